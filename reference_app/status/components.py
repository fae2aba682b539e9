"""What the service consists of for those who use it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from reference_app.web.words import MARKETPLACES

__all__ = ["SYNC", "codes", "title"]

SYNC = {f"sync-{marketplace}": marketplace for marketplace in MARKETPLACES}
_TITLES: dict[str, Any] = {
    "web": _("Web pages"),
    "worker": _("Background work"),
    **{code: MARKETPLACES[marketplace] for code, marketplace in SYNC.items()},
    "api": _("API and webhooks"),
    "payments": _("Payments of your subscription"),
}


def codes() -> list[str]:
    """Return the components, in the order they are shown."""
    return list(_TITLES)


def title(code: str) -> str:
    """Return what a component is called."""
    name = _TITLES.get(code, code)
    if code in SYNC:
        return _("Sync with %(marketplace)s") % {"marketplace": name}
    return str(name)
