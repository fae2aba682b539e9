"""Money as CSV: amounts are bare integers, times are local, personal data stays out."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from reference_app.records.models import Payment, Payout, Return
from reference_app.settling import words as titles
from reference_app.settling.models import OrderMoney
from reference_app.web import moments, words

__all__ = ["movements", "orders", "payouts", "returns"]

T = TypeVar("T")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text


def _lines(
    header: Sequence[Any], rows: QuerySet[Any], values: Callable[[Any], Sequence[Any]]
) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # spreadsheets take the file for UTF-8 only with this mark
    yield writer.writerow(header)
    for row in rows.select_related("store").iterator(chunk_size=500):
        yield writer.writerow(_safe(value) for value in values(row))


def _safe(value: Any) -> Any:
    """Keep spreadsheets from running text as a formula."""
    text = str(value)
    return f"'{text}" if not isinstance(value, int) and text[:1] in set("=+-@\t\r") else value


def _at(moment: Any) -> str:
    return "" if moment is None else f"{moments.local(moment):%Y-%m-%d %H:%M:%S}"


def _title(family: Any, code: str) -> str:
    return str(family.get(code, code))


def _amount(minor: int | None) -> int | str:
    return "" if minor is None else minor


def movements(found: QuerySet[Payment]) -> Iterator[str]:
    """Yield the lines of the movements' file, newest first."""
    header = [
        _("Time (UTC+7)"), _("Marketplace"), _("Store"), _("Order ID"), _("Kind"),
        _("Code at the marketplace"), _("Amount"), _("Currency"), _("Settled"),
        pgettext("transfer", "Payout"),
    ]  # fmt: skip
    return _lines(header, found.order_by("-occurred_at", "-id"), _movement)


def _movement(row: Payment) -> list[Any]:
    return [
        _at(row.occurred_at), _title(words.MARKETPLACES, row.store.marketplace), row.store.name,
        row.order_ref, _title(words.PAYMENT_KINDS, row.kind), row.raw_kind, row.amount_minor,
        row.currency, _at(row.settled_at), row.payout_ref,
    ]  # fmt: skip


def payouts(found: QuerySet[Payout]) -> Iterator[str]:
    """Yield the lines of the payouts' file, newest first."""
    header = [
        pgettext("transfer", "Payout"), _("Marketplace"), _("Store"), _("Asked"), _("Paid out"),
        _("State"), _("Amount"), _("Currency"), _("Sum of its movements"),
    ]  # fmt: skip
    return _lines(header, found.order_by("-requested_at", "-id"), _payout)


def _payout(row: Any) -> list[Any]:
    return [
        row.external_id, _title(words.MARKETPLACES, row.store.marketplace), row.store.name,
        _at(row.requested_at), _at(row.paid_at), _title(titles.PAYOUT_STATES, row.status),
        row.amount_minor, row.currency, _amount(row.linked_minor),
    ]  # fmt: skip


def orders(found: QuerySet[OrderMoney]) -> Iterator[str]:
    """Yield the lines of the file of orders and their money, newest first."""
    header = [
        _("Order ID"), _("Marketplace"), _("Store"), _("Placed"), _("State"), _("Paid"),
        pgettext("money", "Expected"), _("Difference"), _("Currency"), _("Why"),
    ]  # fmt: skip
    newest_first = found.order_by("-placed_at", "-id").select_related("order")
    return _lines(header, newest_first, _order)


def _order(row: OrderMoney) -> list[Any]:
    why = "; ".join(
        f"{one['kind']}: {one['title']} ({one['amount']})" for one in titles.causes(row.causes)
    )
    return [
        row.order.external_id, _title(words.MARKETPLACES, row.store.marketplace), row.store.name,
        _at(row.placed_at), _title(titles.STATES, row.shown_state), _amount(row.payout_minor),
        _amount(row.expected_minor), row.difference_minor, row.order.currency, why,
    ]  # fmt: skip


def returns(found: QuerySet[Return]) -> Iterator[str]:
    """Yield the lines of the returns' file, newest first."""
    header = [
        _("Return"), _("Marketplace"), _("Store"), _("Order ID"), _("Asked"),
        pgettext("returns", "Goods"), _("Money"), _("Refund"), _("Currency"), _("Reason"),
        _("Refunded since"),
    ]  # fmt: skip
    newest_first = found.order_by("-requested_at", "-id").select_related("clock")
    return _lines(header, newest_first, _return)


def _return(row: Return) -> list[Any]:
    clock = getattr(row, "clock", None)
    return [
        row.external_id, _title(words.MARKETPLACES, row.store.marketplace), row.store.name,
        row.order_ref, _at(row.requested_at), _title(words.GOODS_STATES, row.goods_state),
        _title(words.MONEY_STATES, row.money_state), row.refund_minor, row.currency, row.reason,
        _at(clock.refunded_at if clock else None),
    ]  # fmt: skip
