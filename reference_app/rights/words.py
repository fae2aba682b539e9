"""Tables and times in the seller's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

__all__ = ["kept_how_long", "sums", "titles"]

_GROUPS = {
    "records.order": _("Orders"),
    "records.orderline": _("Lines of orders"),
    "records.orderprivate": _("Recipients and notes"),
    "records.product": _("Products of the stores"),
    "records.payment": _("Payments"),
    "records.payout": _("Payouts"),
    "records.return": _("Returns"),
    "records.quarantined": _("Records that could not be read"),
    "goods.variant": _("Catalogue"),
    "goods.listing": _("Listings"),
    "stock.movement": _("Stock movements"),
    "stores.store": _("Stores"),
    "stores.credential": _("Access to the marketplaces"),
    "tenants.user": _("Accounts of people"),
    "tenants.membership": _("Memberships"),
    "tenants.merchant": _("The business itself"),
    "audit.entry": _("Audit log"),
}


def titles(rows: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """Return pairs of a table's title and its value; what has no title goes by its own name."""
    known = [(_GROUPS[label], rows[label]) for label in _GROUPS if label in rows]
    return known + [(label, rows[label]) for label in sorted(rows) if label not in _GROUPS]


def sums(rows: Mapping[str, int]) -> list[tuple[Any, int]]:
    """Return pairs of title and count; tables without a title are added up."""
    known = {label: number for label, number in rows.items() if label in _GROUPS}
    rest = sum(rows.values()) - sum(known.values())
    return titles(known) + ([(_("Everything else"), rest)] if rest else [])


def kept_how_long() -> list[tuple[Any, Any]]:
    """Return what is kept, and how long."""
    return [
        (
            _("Orders, payments, returns, stock"),
            _("as long as you have your account; disconnecting a store keeps its history"),
        ),
        (
            _("Buyers' names, phones, addresses, notes"),
            _("90 days after the order closed; amounts and quantities stay"),
        ),
        (_("Records that could not be read"), _("their raw text 90 days")),
        (_("Shipping labels"), _("1 day")),
        (_("Messages to your webhooks"), _("30 days")),
        (_("Exports"), _("7 days")),
        (_("Backups"), _("as long as whoever runs this server keeps them")),
    ]
