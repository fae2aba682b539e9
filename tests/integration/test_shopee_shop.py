"""A Shopee shop through the public API: what the SDK reports is what the marketplace holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from entrosdk.sandbox import ShopeeProfile
from entrosdk.sandbox.shopee.payments import _escrow
from tests.integration.reading import SINCE, by_tasks, by_threads
from tests.sandboxes import NOON, Table


@pytest.mark.parametrize("read", [by_threads, by_tasks])
@pytest.mark.parametrize("seed", [7, 8])
def test_the_sdk_reports_the_truth(read: Callable[[Table], dict[str, Any]], seed: int) -> None:
    """Every order, product, payment, payout and return, with its figures to the dong."""
    table = Table(seed=seed, orders=250)
    seen, truth = read(table), table.truth()
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


def test_both_drivers_ask_for_the_same_and_get_the_same() -> None:
    """One flow, two drivers: equal results, equal requests in equal order."""
    one, other = Table(orders=120), Table(orders=120)
    assert by_threads(one) == by_tasks(other)
    assert one.asked() == other.asked()


def test_payments_of_every_order_add_up_to_what_shopee_pays() -> None:
    """Over a thousand orders, to the dong: the escrow figure, and the wallet's rows."""
    table = Table(orders=1000)
    with table.shop() as shop:
        payments = list(shop.payments.list(settled_from=SINCE))
    paid: Counter[str] = Counter()
    for payment in payments:
        if payment.order_id:  # advertising is of no order
            paid[payment.order_id] += payment.amount.minor
    market = table.market
    released = [name for _, name in market.wallet.released]
    assert len(released) > 600
    assert paid == {
        name: _escrow(market, market.shop.orders[name])["order_income"][
            "escrow_amount_after_adjustment"
        ]
        for name in released
    }
    moved: Counter[str] = Counter()
    for row in market.wallet.rows:
        if row.order:
            moved[row.order] += row.amount
    assert paid == moved


def test_a_correction_after_release_reaches_an_incremental_reader() -> None:
    """Money corrected long after its window was read is reported again, corrected."""
    table = Table(orders=400)
    shop_world = table.market.shop
    late = next(
        o for o in shop_world.orders.values() if "late_return" in dict(map(reversed, o.steps))
    )
    done, corrected = late.steps[-3][0], late.steps[-1][0]
    table.moment = NOON
    with table.shop() as shop:
        until = NOON.fromtimestamp(corrected, NOON.tzinfo) + timedelta(hours=1)
        window = {"settled_from": until - timedelta(hours=2), "settled_to": until}
        if table.box.world.now < corrected + 3600:
            table.sleep(corrected + 3600 - table.box.world.now)
        found = [p for p in shop.payments.list(**window) if p.order_id == late.id]
    assert done < corrected
    assert f"{late.id}:adjustment:0" in {payment.id for payment in found}


@pytest.mark.parametrize("masking", ["full", "partial", "none"])
def test_recipients_are_masked_or_not(masking: Any) -> None:
    """Three styles of stars are recognised as such."""
    table = Table(orders=12, profile=ShopeeProfile(masking=masking))
    with table.shop() as shop:
        recipients = [order.recipient for order in shop.orders.list(updated_from=SINCE)]
    assert {recipient.masked for recipient in recipients if recipient} == {masking != "none"}


def test_named_warehouses_are_read() -> None:
    """A shop on the multi-warehouse list has named places."""
    table = Table(orders=1, profile=ShopeeProfile(warehouses=True))
    with table.shop() as shop:
        assert "VN0009QKZ" in {place.id for place in shop.warehouses()}


def test_consent_leads_to_grants_that_work() -> None:
    """Consent link, redirect, exchange, first request: nothing else is needed."""
    from urllib.parse import urlsplit

    from entrosdk import authorize_url, connect, exchange_code
    from entrosdk.sandbox.http import Call
    from entrosdk.sandbox.transport import SandboxTransport

    table = Table(orders=3)
    store, app = table.box.stores()[0], table.market.app
    where = {"base_url": store["base_url"], "auth_url": store["base_url"], "clock": table.clock}
    url = authorize_url(
        "shopee", app=app, redirect_uri="https://erp.example/back", state="s1", **where
    )
    parts = urlsplit(url)
    page = table.box.handle("shopee", Call.of("GET", parts.path, parts.query, {}, b""))
    back = page.headers["Location"]
    assert "state=s1" in back
    transport = SandboxTransport(table.box)
    (grant,) = exchange_code("shopee", app=app, callback=back, transport=transport, **where)
    assert grant.shop_id == store["shop_id"]
    with connect(
        "shopee", app=app, shop_id=grant.shop_id, grant=grant, transport=transport, **where
    ) as shop:
        assert shop.info().name == "Tiệm Mộc Lan Demo"


def test_lost_pushes_are_pulled_and_confirmed() -> None:
    """What nobody took is pulled from the queue, page by page, once."""
    table = Table(orders=1)
    table.market.pushes.aim("http://127.0.0.1:1/hook", {"lose": 1.0})
    bought = [table.market.shop.buy(table.box.world.now, cod=True).id for _ in range(3)]
    with table.shop() as shop:
        page = shop.events.pull()
        assert {getattr(event, "order_id", None) for event in page} >= set(bought)
        last = shop.events.pull(page.next)
    assert (len(last), last.next) == (0, None)
