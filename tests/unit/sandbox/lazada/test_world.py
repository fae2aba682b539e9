"""A thousand orders of the emulated Lazada keep the book's sums and states (book 3, 4.2)."""

from __future__ import annotations

from functools import cache
from typing import Any

from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.lazada.ledger import shares, unit_ids, units
from entrosdk.sandbox.lazada.rendering import header_body, row_bodies
from entrosdk.sandbox.lazada.words import row_status
from tests.sandboxes import Table
from tests.unit.sandbox.lazada.desk import table

# Which word may follow which on one unit; section 3.6, and late returns of section 6.
NEXT = {
    "": {"unpaid", "pending"},
    "unpaid": {"pending", "canceled"},
    "pending": {"packed", "ready_to_ship", "canceled"},
    "packed": {"repacked", "ready_to_ship", "canceled"},
    "repacked": {"packed", "canceled"},
    "ready_to_ship": {"shipped", "canceled"},
    "shipped": {"delivered", "failed_delivery"},
    "delivered": {"confirmed", "returned"},
    "confirmed": {"returned"},
}


@cache
def whole() -> Table:
    """A shop with a thousand orders, at rest."""
    return table(orders=1000)


def test_headers_and_units_of_a_thousand_orders_agree() -> None:
    """Sums of the rows are the header's, to the dong."""
    market = whole().market
    for order in market.shop.orders.values():
        header, rows = header_body(market, order, listed=True), row_bodies(market, order)
        assert float(header["price"]) == sum(row["item_price"] for row in rows)
        for name in ("voucher_seller", "voucher_platform"):
            assert header[name] == sum(row[name] for row in rows)
        assert header["shipping_fee"] == sum(row["shipping_amount"] for row in rows)
        paid = float(header["price"]) - header["voucher"] + header["shipping_fee"]
        assert paid == order.total
        assert header["shipping_fee"] == (
            header["shipping_fee_original"]
            - header["shipping_fee_discount_seller"]
            - header["shipping_fee_discount_platform"]
        )


def test_ids_of_units_belong_to_one_order() -> None:
    """No two orders share one."""
    orders = whole().market.shop.orders.values()
    names = [name for order in orders for name in unit_ids(order)]
    assert len(names) == len(set(names))


def test_shares_add_up() -> None:
    """Whatever is spread over units, nothing is lost."""
    for order in whole().market.shop.orders.values():
        for amount in (0, 1, 999, 10_001):
            assert sum(shares(order, amount)) == amount


def test_stock_is_never_negative() -> None:
    """Sellable, withheld and occupied."""
    variants = [one for p in whole().market.shop.products for one in p.variants]
    assert all(min(one.stock, one.withheld, one.occupied) >= 0 for one in variants)


def test_units_move_along_the_books_transitions_only() -> None:
    """A thousand lives, watched from their first day to their last."""
    at = table(orders=0)
    market: Any = at.market
    seen: dict[str, str] = {}

    def watch(change: Change) -> None:
        order = change.order
        if order is None:
            return
        for line, name in zip(units(order), unit_ids(order), strict=True):
            word = row_status(market, order, line, name)
            if word != seen.get(name, ""):
                assert word in NEXT[seen.get(name, "")], (seen.get(name), word)
                seen[name] = word

    market.shop.listeners.append(watch)
    for number in range(1000):
        market.shop.buy(at.box.world.now, key=f"life:{number}")
    for _ in range(40):
        at.sleep(86_400)
        at.box.world.settle()
    ends = {"confirmed", "returned", "canceled", "failed_delivery"}
    assert set(seen.values()) <= ends
    assert {"confirmed", "canceled"} <= set(seen.values())


def test_an_unpaid_order_ends_after_half_an_hour() -> None:
    """And its stock comes back."""
    at = table(orders=0)
    market: Any = at.market
    lapsed = [
        (step, order)
        for number in range(300)
        for order in [market.shop.buy(at.box.world.now, cod=False, key=f"unpaid:{number}")]
        for step in order.steps
        if step[1] == "unpaid_timeout"
    ]
    assert lapsed
    for (moment, _), order in lapsed:
        assert moment - order.created == 1800
    at.sleep(1800)
    at.box.world.settle()
    assert {order.cancel_reason for _, order in lapsed} == {"Unpaid Order"}
