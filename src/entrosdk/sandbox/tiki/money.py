"""What a seller earns from an order, line by line, as Tiki tells it (book 3.3.1, 3.3.2).

Rates are invented and constant, so that every figure can be recomputed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from attrs import frozen

from entrosdk.sandbox.orders import Order, Stage

__all__ = ["Share", "ends_without_money", "parts", "shares"]

_COMMISSION, _PAYMENT = 8_000, 2_000  # of 100,000
_FIXED = 3_000


@frozen
class Share:
    """A line's part of an order's money; all amounts in dong, fees signed."""

    goods: int
    seller_coupon: int
    platform_coupon: int
    coins: int
    shipping: int
    subsidy: int  # of the shipping, by Tiki
    fees: tuple[tuple[str, int], ...]

    @property
    def discount(self) -> int:
        """What the buyer pays less."""
        return self.seller_coupon + self.platform_coupon + self.coins

    @property
    def sub_total(self) -> int:
        """The line before fees."""
        return self.goods + self.shipping - self.seller_coupon

    @property
    def fee(self) -> int:
        """The fees without the shipping that is passed on."""
        return sum(amount for name, amount in self.fees if name != "shipping_fee")

    @property
    def income(self) -> int:
        """What the seller gets for the line."""
        return self.sub_total + sum(amount for _, amount in self.fees)


def shares(order: Order) -> list[Share]:
    """Split an order's money over its lines; the parts equal the whole."""
    goods = [line.unit_price * line.quantity for line in order.lines]
    subsidy = order.carrier_shipping - order.buyer_shipping
    columns = (
        goods,
        _split(order.seller_voucher, goods),
        _split(order.platform_voucher, goods),
        _split(order.coins, goods),
        _split(order.carrier_shipping, goods),
        _split(subsidy, goods),
    )
    return [
        Share(worth, own, theirs, coins, shipping, tiki, _fees(worth, shipping))
        for worth, own, theirs, coins, shipping, tiki in zip(*columns, strict=True)
    ]


def ends_without_money(order: Order) -> bool:
    """Say whether Tiki zeroes an order's totals: it was cancelled, or came back."""
    return order.stage in {Stage.CANCELLED, Stage.RETURNING}


def parts(order: Order, rejected: Collection[int]) -> dict[str, int]:
    """Return an order's movements as the SDK reports them: by kind, with what is unexplained."""
    found: dict[str, int] = {"item_price": 0}
    rows = shares(order)
    kept = [share for number, share in enumerate(rows) if number not in rejected]
    for share in kept:
        own = {
            "item_price": share.goods,
            "buyer_shipping_fee": share.shipping - share.subsidy,
            "tiki_subsidy": share.subsidy,
            "discount_coupon.seller_discount": -share.seller_coupon,
            **({} if ends_without_money(order) else dict(share.fees)),
        }
        for name, amount in own.items():
            found[name] = found.get(name, 0) + amount
    if ends_without_money(order):
        found["unexplained"] = -sum(found.values())
    return {name: amount for name, amount in found.items() if amount or name == "item_price"}


def _fees(goods: int, shipping: int) -> tuple[tuple[str, int], ...]:
    return (
        ("percent_per_item_sales_value", -_of(goods, _COMMISSION)),
        ("payment_processing_fee", -_of(goods, _PAYMENT)),
        ("base_fee", -_FIXED),
        ("shipping_fee", -shipping),
    )


def _split(amount: int, weights: Sequence[int]) -> list[int]:
    """Split by largest remainder, ties by order."""
    whole = sum(weights) or 1
    found = [amount * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda at: -(amount * weights[at] % whole))
    for at in by_rest[: amount - sum(found)]:
        found[at] += 1
    return found


def _of(amount: int, per_100_000: int) -> int:
    return (amount * per_100_000 + 50_000) // 100_000
