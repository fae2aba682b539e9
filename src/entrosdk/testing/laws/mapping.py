"""Mapping and money."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from entrosdk.domain.order import OrderStatus
from entrosdk.spi.manifest import Capability
from entrosdk.testing.bench import Bench
from entrosdk.testing.rules import rule

_ORDERS = Capability.ORDERS_LIST


@rule("mapping.orders", _ORDERS)
def orders(bench: Bench) -> None:
    """Status word, update time and total of every order are the marketplace's own."""
    with bench.shop() as shop:
        found = {order.id: order for order in shop.orders.list(updated_from=bench.since)}
    for true in bench.truth()["orders"]:
        order = found[true["id"]]
        total = order.totals.total
        assert order.raw_status == true["status"]
        assert int(order.updated_at.timestamp()) == true["updated_at"]
        assert (None if total is None else total.minor) == true["total_minor"]


@rule("mapping.values", _ORDERS)
def values(bench: Bench) -> None:
    """Times are aware UTC, ids are text, money is whole minor units of the shop's currency."""
    with bench.shop() as shop:
        found = list(shop.orders.list(updated_from=bench.since))
    for order in found:
        assert order.created_at.utcoffset() == timedelta(0)
        assert order.created_at <= order.updated_at
        assert isinstance(order.id, str)
        assert order.status is not OrderStatus.UNKNOWN, f"{order.raw_status} is a known word"
        assert order.lines, "an order has lines"
        for line in order.lines:
            assert line.quantity > 0
            assert isinstance(line.unit_price.minor, int)
            assert line.unit_price.currency == order.currency == "VND"


@rule("mapping.one-line-a-variant", _ORDERS)
def one_line_a_variant(bench: Bench) -> None:
    """Rows of single units are folded: an order has one line for each variant and price."""
    with bench.shop() as shop:
        found = list(shop.orders.list(updated_from=bench.since))
    for order in found:
        shown = Counter(
            (x.product_id, x.variant_id, x.unit_price, x.raw_status) for x in order.lines
        )
        assert set(shown.values()) == {1}


@rule("mapping.stock", Capability.PRODUCTS_LIST)
def stock(bench: Bench) -> None:
    """What can be sold of each variant is what the marketplace would sell."""
    with bench.shop() as shop:
        found = {(p.id, v.id): v.sellable for p in shop.products.list() for v in p.variants}
    for product in bench.truth()["products"]:
        for variant in product["variants"]:
            assert found[product["id"], variant["id"]] == variant["sellable"]


@rule("mapping.money", Capability.PAYMENTS_LIST)
def money(bench: Bench) -> None:
    """An order's movements, signed towards the seller, add up to the platform's own figure."""
    earned: Counter[str] = Counter()
    for row in bench.truth()["payments"]:
        earned[row["order_id"]] += row["amount_minor"]
    paid: Counter[str] = Counter()
    with bench.shop() as shop:
        for payment in shop.payments.list(settled_from=bench.since):
            paid[payment.order_id] += payment.amount.minor
    assert dict(paid) == dict(earned)


@rule("mapping.money-ids", Capability.PAYMENTS_LIST)
def money_ids(bench: Bench) -> None:
    """Movements have ids of their own that stay the same when they are read again."""
    with bench.shop() as shop:
        first = [payment.id for payment in shop.payments.list(settled_from=bench.since)]
        again = [payment.id for payment in shop.payments.list(settled_from=bench.since)]
    assert sorted(first) == sorted(again) == sorted(set(first))


@rule("mapping.payouts", Capability.PAYMENTS_PAYOUTS)
def payouts(bench: Bench) -> None:
    """Every transfer to the bank is listed with its amount."""
    with bench.shop() as shop:
        found = {p.id: p.amount.minor for p in shop.payments.payouts(settled_from=bench.since)}
    assert found == {row["id"]: row["amount_minor"] for row in bench.truth()["payouts"]}


@rule("mapping.returns", Capability.RETURNS_LIST)
def returns(bench: Bench) -> None:
    """Every return names its order, its lines and its refund."""
    with bench.shop() as shop:
        found = {each.id: each for each in shop.returns.list(updated_from=bench.since)}
    for true in bench.truth()["returns"]:
        one = found[true["id"]]
        assert (one.order_id, one.status) == (true["order_id"], true["status"])
        assert one.lines
        assert one.refund.minor >= 0


@rule("mapping.unreadable", _ORDERS)
def unreadable(bench: Bench) -> None:
    """A record that cannot be read stands aside with its body; the others are read."""
    bench.fault("malformed_record", probability=0.3)
    aside: list[str] = []
    with bench.shop() as shop:
        listing = shop.orders.list(updated_from=bench.since, on_unreadable=_keep(aside))
        good = [order.id for order in listing]
    assert aside, "the emulator broke no record"
    assert good, "one bad record must not hide the others"
    names = {order["id"] for order in bench.truth()["orders"]}
    assert set(good) | set(aside) == names
    assert not set(good) & set(aside)


def _keep(aside: list[str]) -> object:
    def take(item: object) -> None:
        assert getattr(item, "body", b""), "the raw body of a bad record is kept"
        aside.append(str(getattr(item, "id", "")))

    return take


@rule("mapping.unknown-word", _ORDERS)
def unknown_word(bench: Bench) -> None:
    """A status nobody has heard of is UNKNOWN, keeps its word, and is counted as drift."""
    bench.fault("unknown_enum", probability=1.0)
    with bench.shop() as shop:
        pages = list(shop.orders.pages(updated_from=bench.since))
    found = [order for page in pages for order in page]
    strange = [order for order in found if order.status is OrderStatus.UNKNOWN]
    assert strange, "an unknown word became a known status"
    assert all(order.raw_status for order in strange)
    assert any(page.drift for page in pages), "drift is counted"
