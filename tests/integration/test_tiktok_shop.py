"""A TikTok Shop shop through the public API: what the SDK reports is what the marketplace holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from entrosdk import authorize_url, connect, exchange_code
from entrosdk.errors import Revoked
from entrosdk.sandbox import TikTokProfile
from entrosdk.sandbox.http import Call
from entrosdk.sandbox.transport import SandboxTransport
from tests.integration.reading import SINCE, by_tasks, by_threads
from tests.sandboxes import NOON, Table


def table(**world: Any) -> Table:
    """A sandbox with TikTok Shop in it."""
    return Table("tiktok", **world)


@pytest.mark.parametrize("read", [by_threads, by_tasks])
@pytest.mark.parametrize("seed", [7, 8])
def test_the_sdk_reports_the_truth(read: Callable[[Table], dict[str, Any]], seed: int) -> None:
    """Every order, product, payment, payout and return, with its figures to the dong."""
    box = table(seed=seed, orders=250)
    seen, truth = read(box), box.truth()
    assert sorted(
        (o.id, o.raw_status, int(o.updated_at.timestamp()), o.totals.total and o.totals.total.minor)
        for o in seen["orders"]
    ) == sorted((o["id"], o["status"], o["updated_at"], o["total_minor"]) for o in truth["orders"])
    assert sorted(
        (p.id, v.id, v.sku, v.sellable) for p in seen["products"] for v in p.variants
    ) == sorted(
        (p["id"], v["id"], v["sku"], v["sellable"])
        for p in truth["products"]
        for v in p["variants"]
    )
    assert sorted((p.id, p.order_id, p.amount.minor) for p in seen["payments"]) == sorted(
        (p["id"], p["order_id"], p["amount_minor"]) for p in truth["payments"]
    )
    assert sorted((p.id, p.amount.minor) for p in seen["payouts"]) == sorted(
        (p["id"], p["amount_minor"]) for p in truth["payouts"]
    )
    assert sorted((r.id, r.order_id, r.status) for r in seen["returns"]) == sorted(
        (r["id"], r["order_id"], r["status"]) for r in truth["returns"]
    )
    assert len(seen["returns"]) > 5
    assert len(seen["payouts"]) > 2


def test_both_drivers_ask_for_the_same_and_get_the_same() -> None:
    """One flow, two drivers: equal results, equal requests in equal order."""
    one, other = table(orders=120), table(orders=120)
    assert by_threads(one) == by_tasks(other)
    assert one.asked() == other.asked()


def test_payments_of_a_thousand_orders_add_up_to_their_settlements() -> None:
    """The sum of signed movements is the marketplace's own figure, of orders and of statements."""
    box = table(orders=1000)
    with box.shop() as shop:
        payments = list(shop.payments.list(settled_from=SINCE))
    statements = box.market.books.statements
    for statement in statements:
        own = [p for p in payments if p.source_id.startswith(statement.id)]
        assert sum(p.amount.minor for p in own) == statement.settlement
    earned = {e.order: e.settlement for s in statements for e in s.entries if e.type == "ORDER"}
    sums: dict[str, int] = {}
    for payment in payments:
        if payment.raw_kind != "DEDUCTIONS_INCURRED_BY_SELLER":
            sums[payment.order_id] = sums.get(payment.order_id, 0) + payment.amount.minor
    assert {name: sums[name] for name in earned} == earned
    assert len(earned) > 600


def test_one_orders_record_agrees_with_its_statement() -> None:
    """Both ways to read an order's money bring the same sum."""
    box = table(orders=60)
    with box.shop() as shop:
        for statement in box.market.books.statements[:6]:
            for entry in statement.entries:
                if entry.type == "ORDER":
                    paid = shop.payments.for_order(entry.order)
                    assert sum(payment.amount.minor for payment in paid) == entry.settlement


def test_orders_add_up_line_by_line() -> None:
    """Goods after discounts, and shipping, are what the buyer pays."""
    box = table(orders=150)
    with box.shop() as shop:
        for order in shop.orders.list(updated_from=SINCE):
            goods = sum(line.unit_price.minor * line.quantity for line in order.lines)
            assert order.totals.items.minor == goods
            assert order.totals.total is not None
            assert order.totals.shipping is not None
            assert order.totals.total.minor == goods + order.totals.shipping.minor


def test_units_are_counted_as_the_world_counts_them() -> None:
    """Folding loses no unit, whatever the vouchers did to their prices."""
    box = table(orders=100)
    with box.shop() as shop:
        seen = {o.id: o for o in shop.orders.list(updated_from=SINCE)}
    for name, order in box.market.shop.orders.items():
        lines = seen[name].lines
        assert sum(line.quantity for line in lines) == sum(one.quantity for one in order.lines)
        assert sum(quantity for _, quantity in seen[name].packages[0].lines) == sum(
            line.quantity for line in lines
        )


@pytest.mark.parametrize("warehouses", [1, 2])
def test_stock_lies_in_its_warehouses(warehouses: int) -> None:
    """Sellable, locked and reserved units, by warehouse."""
    box = table(orders=60, profile=TikTokProfile(warehouses=warehouses))
    product = box.market.shop.products[0]
    product.variants[0].reserved = 7
    with box.shop() as shop:
        places = [place for place in shop.warehouses() if not place.takes_returns]
        read = shop.products.get(str(product.id)).variants[0]
    assert len(places) == len(read.stock) == warehouses
    assert {level.warehouse_id for level in read.stock} == {place.id for place in places}
    assert (read.sellable, sum(level.locked for level in read.stock)) == (
        product.variants[0].stock,
        7,
    )
    assert sum(level.reserved for level in read.stock) == (
        product.variants[0].occupied + product.variants[0].withheld
    )


@pytest.mark.parametrize("masking", [True, False])
def test_recipients_are_masked_or_not(masking: bool) -> None:
    """Stars are recognised, and a blanked address is none."""
    box = table(orders=40, profile=TikTokProfile(masking=masking))
    with box.shop() as shop:
        orders = list(shop.orders.list(updated_from=SINCE))
    recipients = [order.recipient for order in orders if order.recipient]
    assert {recipient.masked for recipient in recipients} == {masking}
    gone = [order for order in orders if order.raw_status == "CANCELLED"]
    assert all(order.recipient is None for order in gone)


def consented(box: Table, **query: str) -> str:
    """Where the consent page sends the browser."""
    store, app = box.box.stores()[0], box.market.app
    where = {"base_url": store["base_url"], "auth_url": store["base_url"], "clock": box.clock}
    parts = urlsplit(authorize_url("tiktok", app=app, redirect_uri="", state="s1", **where))
    more = "".join(f"&{name}={value}" for name, value in query.items())
    page = box.box.handle("tiktok", Call.of("GET", parts.path, parts.query + more, {}, b""))
    return str(page.headers["Location"])


def test_consent_leads_to_grants_that_work() -> None:
    """Consent link, redirect, exchange, first request: nothing else is needed."""
    box = table(orders=3)
    store, app = box.box.stores()[0], box.market.app
    where = {"base_url": store["base_url"], "auth_url": store["base_url"], "clock": box.clock}
    back = consented(box)
    assert "state=s1" in back
    transport = SandboxTransport(box.box)
    (grant,) = exchange_code("tiktok", app=app, callback=back, transport=transport, **where)
    assert (grant.shop_id, grant.shop_ref) == (store["shop_id"], box.market.cipher)
    with connect(
        "tiktok", app=app, shop_id=store["shop_id"], grant=grant, transport=transport, **where
    ) as shop:
        assert shop.info().name == "Mây Xanh Official"
        assert list(shop.orders.list(updated_from=SINCE))
    with pytest.raises(Revoked):
        exchange_code("tiktok", app=app, callback=consented(box, deny="1"), **where)


def test_a_grant_without_its_cipher_looks_it_up_once() -> None:
    """The first refusal completes the grant and spends no token."""
    box = table(orders=3)
    with box.shop() as shop:
        list(shop.orders.list(updated_from=SINCE))
        list(shop.returns.list(updated_from=SINCE))
    verdicts = [visit.verdict for visit in box.market.visits]
    assert verdicts.count("106013") == 1
    assert not [visit for visit in box.market.visits if "token" in visit.path]


def test_tokens_that_ran_out_are_renewed() -> None:
    """A week later everything goes on by itself; the cipher stays."""
    box = table(orders=3)
    with box.shop() as shop:
        shop.warehouses()
        box.sleep(8 * 86_400)
        assert shop.warehouses()
    renewals = [visit for visit in box.market.visits if visit.path.endswith("/token/refresh")]
    assert len(renewals) == 1


def test_an_incremental_reader_misses_nothing_while_orders_move() -> None:
    """Window after window, every order ends as it really stands."""
    box = table(orders=80, seed=9)
    seen: dict[str, str] = {}
    with box.shop() as shop:
        at = NOON - timedelta(days=40)
        for _ in range(6):
            now = box.moment
            for order in shop.orders.list(updated_from=at - timedelta(minutes=5), updated_to=now):
                seen[order.id] = order.raw_status
            at = now
            box.sleep(20 * 3600)
            box.market.shop.buy(box.box.world.now)
        box.sleep(1)
        for order in shop.orders.list(updated_from=at, updated_to=box.moment):
            seen[order.id] = order.raw_status
    assert seen == {one["id"]: one["status"] for one in box.truth()["orders"]}
