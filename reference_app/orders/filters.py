"""Views of the order list: those everybody has, and those a member saved."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from attrs import frozen
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from reference_app.orders.models import SavedFilter
from reference_app.records import links
from reference_app.tenants.models import Merchant, User

__all__ = ["View", "normal", "views_of"]

_KEPT = (
    "q", "store", "marketplace", "status", "from", "to", "due", "cod", "links", "sort",
)  # fmt: skip
MOST = 30

_DEFAULTS = (
    (_("To ship today"), "due=today&sort=due"),
    (_("Late"), "due=late&sort=due"),
    (_("Cash on delivery"), "cod=1"),
    (_("Cancellation asked"), "status=CANCELLING"),
)
_UNLINKED = (_("Unlinked products"), "links=missing")


@frozen(kw_only=True)
class View:
    """A named filter; `pk` is set for a saved one."""

    name: Any
    query: str
    current: bool
    pk: int | None = None


def normal(query: QueryDict) -> str:
    """Return the part of a query string that a saved filter keeps, in one fixed order."""
    pairs = [(name, query.get(name, "")) for name in _KEPT]
    return urlencode([(name, value) for name, value in pairs if value])


def views_of(merchant: Merchant, user: User, query: QueryDict) -> list[View]:
    """Return all views, the current one marked."""
    here = normal(query)
    fixed = [*_DEFAULTS, *([_UNLINKED] if links.available() else [])]
    saved = list(SavedFilter.objects.filter(merchant=merchant, user=user))
    for row in saved:
        row.merchant = merchant
    own = [
        View(name=row.name, query=text, current=text == here, pk=row.pk)
        for row, text in [(row, row.query) for row in saved]
    ]
    return [
        View(name=_("All"), query="", current=here == ""),
        *(View(name=name, query=text, current=_same(text, here)) for name, text in fixed),
        *own,
    ]


def _same(text: str, here: str) -> bool:
    return normal(QueryDict(text)) == here
