"""From an order's income to movements (fact book sections 3.3.2 and 5).

Tiki has no record of a payment: these are computed, and say so (`derived`).
They add up to Tiki's own figure, `invoice.total_seller_income`, to the dong; what the parts do
not explain becomes a movement of its own and is never lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TypeAlias

from attrs import frozen

from entrosdk.adapters.tiki import wire
from entrosdk.adapters.tiki.fees import FEES
from entrosdk.adapters.tiki.manifest import NAME
from entrosdk.adapters.tiki.mapping import delivered_at, money, seller_discount
from entrosdk.domain.money import Money, total
from entrosdk.domain.payment import Payment, PaymentKind
from entrosdk.spi.adapter import Access

__all__ = ["GOODS", "REST", "income", "moves"]

GOODS = "item_price"
"""The part that every order with money has, be it zero."""

REST = "unexplained"
"""What Tiki's figure has and the parts do not."""

_BUYER_SHIPPING = "buyer_shipping_fee"
_TIKI_SHIPPING = "tiki_subsidy"
_SELLER_COUPON = "discount_coupon.seller_discount"

_KINDS = {
    GOODS: PaymentKind.ITEM_PRICE,
    _BUYER_SHIPPING: PaymentKind.BUYER_SHIPPING,
    _TIKI_SHIPPING: PaymentKind.SHIPPING_REBATE,
    _SELLER_COUPON: PaymentKind.SELLER_VOUCHER,
}

_Part: TypeAlias = tuple[str, PaymentKind, Money]


def moves(body: wire.Order) -> bool:
    """Say whether an order moves money: a cancelled one does not, whatever its lines say (5)."""
    return body.status not in {"canceled", "seller_canceled"}


def income(body: wire.Order, access: Access) -> tuple[Payment, ...]:
    """Return the movements of an order as it stands: an estimate until it is delivered.

    None of them is ever settled: when Tiki pays is told in Seller Center only.
    """
    if not moves(body):
        return ()
    ledger = _Ledger(body, access)
    kept = (row for row in body.items if not _refused(row))
    added = _added(part for row in kept for part in _parts(row, ledger.currency))
    rest = _rest(body, [amount for _, amount in added.values()], ledger.currency)
    movements = [ledger.movement(raw, kind, amount) for raw, (kind, amount) in added.items()]
    if rest:
        movements.append(ledger.movement(REST, _kind_of_rest(body), rest))
    return tuple(movements)


def _refused(row: wire.Item) -> bool:
    """A line the seller refused is dropped, and the rest goes on (section 3.5)."""
    return row.confirmation is not None and row.confirmation.status == "seller_canceled"


@frozen
class _Ledger:
    """What the movements of one order have in common."""

    body: wire.Order
    access: Access

    @property
    def currency(self) -> str:
        return self.access.region.currency

    def movement(self, raw_kind: str, kind: PaymentKind, amount: Money) -> Payment:
        code = self.body.code
        return Payment(
            marketplace=NAME,
            shop_id=self.access.shop_id,
            id=f"{code}:{raw_kind}",
            source_id=code,
            order_id=code,
            kind=kind,
            raw_kind=raw_kind,
            amount=amount,
            occurred_at=delivered_at(self.body) or self.body.created_at,
            derived=True,
        )


def _added(parts: Iterator[_Part]) -> dict[str, tuple[PaymentKind, Money]]:
    """Add up the lines' parts by their raw kind; zeros are left out, but for the goods."""
    sums: dict[str, tuple[PaymentKind, Money]] = {}
    for raw, kind, amount in parts:
        before = sums[raw][1] if raw in sums else Money.zero(amount.currency)
        sums[raw] = kind, before + amount
    return {raw: (kind, amount) for raw, (kind, amount) in sums.items() if amount or raw == GOODS}


def _parts(row: wire.Item, currency: str) -> Iterator[_Part]:
    """Take a line's income apart: goods, shipping, the seller's coupon, fees."""
    detail = row.seller_income_detail
    if detail is None:
        yield from _plain_parts(row, currency)
        return
    price = money(detail.item_price, currency, "item_price") * detail.item_qty
    yield _part(GOODS, price)
    shipping = tuple(_shipping(detail, currency))
    yield from shipping
    before = total((price, *(amount for _, _, amount in shipping)), currency)
    yield _part(_SELLER_COUPON, _coupon(row, before, currency))
    yield from _fees(detail.seller_fees, currency)


def _plain_parts(row: wire.Item, currency: str) -> Iterator[_Part]:
    """Do with the line's invoice, where the income is not told in detail."""
    yield _part(GOODS, money(row.price, currency, "price") * row.qty)
    yield _part(_SELLER_COUPON, -seller_discount(row, currency))
    invoice = row.invoice or wire.ItemInvoice()
    if invoice.fees:
        yield from _fees(invoice.fees, currency)
    elif invoice.seller_fee:
        yield "seller_fee", PaymentKind.OTHER, money(invoice.seller_fee, currency, "seller_fee")


def _shipping(detail: wire.IncomeDetail, currency: str) -> Iterator[_Part]:
    """Split a line's shipping by who pays: the buyer, Tiki; the seller's part is no income."""
    discount = detail.discount.discount_shipping_fee if detail.discount else None
    shares = discount or wire.ShippingDiscount()
    whole = money(detail.shipping_fee, currency, "shipping_fee")
    tiki = money(shares.tiki_subsidy, currency, "tiki_subsidy")
    seller = money(shares.seller_subsidy, currency, "seller_subsidy")
    yield _part(_BUYER_SHIPPING, whole - tiki - seller)
    yield _part(_TIKI_SHIPPING, tiki)


def _coupon(row: wire.Item, before: Money, currency: str) -> Money:
    """What the seller's coupon takes away.

    That coupons are subtracted is an assumption of the book (section 12), so the line's own
    `sub_total` decides where it is told.
    """
    taken = -seller_discount(row, currency)
    detail = row.seller_income_detail
    if detail is None or detail.sub_total is None:
        return taken
    told = money(detail.sub_total, currency, "sub_total")
    return Money.zero(currency) if told == before else taken


def _fees(fees: tuple[wire.Fee, ...], currency: str) -> Iterator[_Part]:
    for fee in fees:
        raw = fee.fee_type_key or "fee"
        kind = FEES.get(raw, PaymentKind.OTHER)
        yield raw, kind, money(fee.final_amount, currency, "final_amount")


def _part(raw: str, amount: Money) -> _Part:
    return raw, _KINDS[raw], amount


def _rest(body: wire.Order, amounts: list[Money], currency: str) -> Money:
    """The difference between Tiki's figure of the order and the parts."""
    told = _figure(body)
    if told is None:
        return Money.zero(currency)
    return money(told, currency, "total_seller_income") - total(amounts, currency)


def _figure(body: wire.Order) -> Decimal | None:
    return body.invoice.total_seller_income if body.invoice else None


def _kind_of_rest(body: wire.Order) -> PaymentKind:
    """A returned order whose figure fell below its parts was refunded."""
    return PaymentKind.REFUND if body.status == "returned" else PaymentKind.OTHER
