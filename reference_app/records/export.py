"""Orders as CSV: amounts are bare integers, times are local, personal data stays out."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from reference_app.records.models import Order
from reference_app.web import moments, words

__all__ = ["Echo", "rows", "safe"]


class Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text


def rows(found: QuerySet[Order]) -> Iterator[str]:
    """Yield the lines of a CSV file, newest order first; never holds more than a chunk."""
    writer = csv.writer(Echo())
    yield "\ufeff"  # spreadsheets take the file for UTF-8 only with this mark
    yield writer.writerow(_header())
    newest_first = found.order_by("-created_at", "-id").select_related("store")
    newest_first = newest_first.prefetch_related("packages")
    for order in newest_first.iterator(chunk_size=500):
        yield writer.writerow(safe(value) for value in _values(order))


def _header() -> list[str]:
    return [
        _("Order ID"), _("Marketplace"), _("Store"), _("Placed"), _("Status"), _("Products"),
        _("Units"), _("Goods"), _("Shipping"), _("Total"), _("Currency"), _("Cash on delivery"),
        _("Order number"), _("Ship by"), _("Tracking numbers"),
    ]  # fmt: skip


def _values(order: Order) -> list[Any]:
    return [
        order.external_id,
        words.MARKETPLACES.get(order.marketplace, order.marketplace),
        order.store.name,
        f"{moments.local(order.created_at):%Y-%m-%d %H:%M:%S}",
        str(words.STATUSES.get(order.status, order.status)),
        order.first_line + (f" (+{order.line_count - 1})" if order.line_count > 1 else ""),
        order.units,
        order.items_minor,
        "" if order.shipping_minor is None else order.shipping_minor,
        order.total_minor,
        order.currency,
        _("yes") if order.cod else _("no"),
        order.number,
        f"{moments.local(order.ship_by):%Y-%m-%d %H:%M:%S}" if order.ship_by else "",
        " ".join(box.tracking_number for box in order.packages.all() if box.tracking_number),
    ]


def safe(value: Any) -> Any:
    """Keep spreadsheets from running a product's name as a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
