"""What an order costs and brings, as TikTok Shop counts it (book 3.5, 5.4, 5.5)."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from attrs import frozen

from entrosdk.sandbox.orders import Line, Order, ReturnStage

__all__ = ["Blocks", "Unit", "parts", "seller_discount", "share", "units"]

_RETURN_LABEL = 18_000


@frozen
class Unit:
    """One physical unit of an order; amounts in dong."""

    id: str
    line: Line
    seller_discount: int
    platform_discount: int

    @property
    def sale_price(self) -> int:
        """What the buyer owes for it."""
        return self.line.list_price - self.seller_discount - self.platform_discount


def share(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights so that the parts equal the whole: largest remainder first."""
    whole = sum(weights) or 1
    found = [amount * weight // whole for weight in weights]
    rest = [(-(amount * weight % whole), place) for place, weight in enumerate(weights)]
    for _, place in sorted(rest)[: amount - sum(found)]:
        found[place] += 1
    return found


def units(order: Order) -> list[Unit]:
    """Return the units of an order, vouchers split over them."""
    lines = [line for line in order.lines for _ in range(line.quantity)]
    weights = [line.unit_price for line in lines]
    own = share(order.seller_voucher, weights)
    theirs = share(order.platform_voucher + order.coins, weights)
    return [
        Unit(
            id=str(int(order.id) + 65_536 * (place + 1)),
            line=line,
            seller_discount=line.list_price - line.unit_price + own[place],
            platform_discount=theirs[place],
        )
        for place, line in enumerate(lines)
    ]


def seller_discount(order: Order) -> int:
    """Return what the seller takes off."""
    return sum(unit.seller_discount for unit in units(order))


@frozen
class Blocks:
    """The three blocks whose sum is a settlement: names with signed amounts."""

    revenue: dict[str, int]
    shipping: dict[str, int]
    fee: dict[str, int]
    tax: dict[str, int]

    @property
    def all(self) -> dict[str, int]:
        """Every part."""
        return {**self.revenue, **self.shipping, **self.fee, **self.tax}

    @property
    def total(self) -> int:
        """The settlement."""
        return sum(self.all.values())


def parts(order: Order) -> Blocks:
    """Return what an order brings at its end; fees are counted on what the seller keeps."""
    returned = [
        each
        for each in order.returns
        if each.stage is ReturnStage.ACCEPTED and not each.after_completion
    ]
    listed = sum(line.list_price * line.quantity for line in order.lines)
    back = sum(each.line.list_price * each.quantity for each in returned)
    refunded = sum(each.refund for each in returned)
    off = seller_discount(order)
    revenue = {
        "subtotal_before_discount_amount": listed,
        "refund_subtotal_before_discount_amount": -back,
        "seller_discount_amount": -off,
        "seller_discount_refund_amount": back - refunded,
    }
    base = max(0, sum(revenue.values()))
    return Blocks(revenue, _shipping(order), _fees(order, base), _taxes(base))


def _shipping(order: Order) -> dict[str, int]:
    back = any(each.goods_back and each.stage is ReturnStage.ACCEPTED for each in order.returns)
    return {
        "actual_shipping_fee_amount": -order.carrier_shipping,
        "shipping_fee_discount_amount": order.carrier_shipping - order.buyer_shipping,
        "customer_paid_shipping_fee_amount": order.buyer_shipping,
        "return_shipping_fee_amount": -_RETURN_LABEL if back else 0,
    }


def _fees(order: Order, base: int) -> dict[str, int]:
    by_affiliate = crc32(order.id.encode()) % 7 == 0
    return {
        "platform_commission_amount": -_part(base, 40),
        "transaction_fee_amount": -_part(base, 50),
        "affiliate_commission_amount": -_part(base, 80) if by_affiliate else 0,
        "sfp_service_fee_amount": -_part(base, 60),
        "voucher_xtra_service_fee_amount": -_part(base, 40),
        "vn_fix_infrastructure_fee": -3_000,
    }


def _taxes(base: int) -> dict[str, int]:
    return {"local_vat_amount": -_part(base, 10), "pit_amount": -_part(base, 5)}


def _part(base: int, thousandths: int) -> int:
    return (base * thousandths + 500) // 1000
