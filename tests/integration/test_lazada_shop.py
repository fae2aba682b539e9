"""A Lazada shop through the public API: what the SDK reports is what the marketplace holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from entrosdk import authorize_url, connect, exchange_code
from entrosdk.domain.order import OrderQuery
from entrosdk.domain.product import ProductQuery
from entrosdk.domain.returns import ReturnQuery
from entrosdk.errors import Revoked
from entrosdk.sandbox import LazadaProfile
from entrosdk.sandbox.http import Call
from entrosdk.sandbox.transport import SandboxTransport
from tests.integration.reading import SINCE, by_tasks, by_threads
from tests.sandboxes import NOON, Table


def table(**parts: Any) -> Table:
    """A Lazada sandbox on a clock of its own."""
    return Table("lazada", **parts)


def seen_equals_truth(seen: dict[str, Any], truth: dict[str, Any]) -> None:
    """Every order, product, payment, payout and return, with its figures to the dong."""
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


@pytest.mark.parametrize("read", [by_threads, by_tasks])
@pytest.mark.parametrize("seed", [7, 8])
def test_the_sdk_reports_the_truth(read: Callable[[Table], dict[str, Any]], seed: int) -> None:
    """Under both drivers, over more orders than a page holds."""
    at = table(seed=seed, orders=250)
    seen_equals_truth(read(at), at.truth())


@pytest.mark.parametrize(
    "profile",
    [
        LazadaProfile(times="naive"),
        LazadaProfile(times="iso", typing="doc"),
        LazadaProfile(masking=False, user_info="both"),
        LazadaProfile(warehouses=True, detail="min"),
    ],
)
def test_the_truth_does_not_depend_on_its_dress(profile: LazadaProfile) -> None:
    """Times without offset, all values as text, unmasked buyers."""
    at = table(orders=60, profile=profile)
    seen_equals_truth(by_threads(at), at.truth())


def test_both_drivers_ask_for_the_same_and_get_the_same() -> None:
    """One flow, two drivers: equal results, equal requests in equal order."""
    one, other = table(orders=120), table(orders=120)
    assert by_threads(one) == by_tasks(other)
    assert one.asked() == other.asked()


def test_what_the_sandbox_sends_is_no_drift() -> None:
    """Its keys and words are those of the book."""
    at = table(orders=120)
    window = {"updated_from": NOON - timedelta(days=30), "updated_to": NOON}
    with at.shop() as shop:
        assert shop.orders.page(OrderQuery(**window)).drift == {}
        assert shop.products.page(ProductQuery()).drift == {}
        assert shop.returns.page(ReturnQuery(**window)).drift == {}


def test_payments_of_every_order_add_up_to_what_lazada_pays() -> None:
    """Over a thousand orders, to the dong: rows by order, and statements by week."""
    at = table(orders=1000)
    with at.shop() as shop:
        paid = list(shop.payments.list(settled_from=SINCE))
        payouts = {one.id: one.amount.minor for one in shop.payments.payouts(settled_from=SINCE)}
    sums: dict[str, int] = {}
    weeks: dict[str, int] = {}
    for one in paid:
        sums[one.order_id] = sums.get(one.order_id, 0) + one.amount.minor
        weeks[one.payout_id or ""] = weeks.get(one.payout_id or "", 0) + one.amount.minor
    account = at.market.account
    for name, order in at.market.shop.orders.items():
        assert sums.get(name, 0) == sum(row.amount for row in account.rows if row.order == name)
        if sums.get(name) and not order.returns:
            assert sums[name] == earned(order)
    for statement in account.statements:
        assert payouts[statement.number] == max(statement.opening + weeks[statement.number], 0)
    assert len(payouts) >= 3


def earned(order: Any) -> int:
    """What a delivered order earns, by the sandbox's own percentages."""
    fees = sum(
        line.quantity * sum(line.unit_price * percent // 100 for percent in (8, 5, 6))
        for line in order.lines
    )
    shipping = order.buyer_shipping + (order.carrier_shipping - order.buyer_shipping)
    return int(order.goods - fees - order.seller_voucher + shipping - order.carrier_shipping)


def test_one_orders_payments_are_found_by_its_id() -> None:
    """As many as the account has rows of it."""
    at = table(orders=60)
    rows = at.market.account.rows
    names = list(dict.fromkeys(row.order for row in rows if row.order))[:10]
    with at.shop() as shop:
        for name in names:
            own = [row.amount for row in rows if row.order == name]
            assert [one.amount.minor for one in shop.payments.for_order(name)] == own


def test_consent_leads_to_grants_that_work() -> None:
    """Consent link, redirect, exchange, first request: nothing else is needed."""
    at = table(orders=3)
    store, app = at.box.stores()[0], at.market.app
    where = {"base_url": store["base_url"], "auth_url": store["base_url"], "clock": at.clock}
    url = authorize_url(
        "lazada", app=app, redirect_uri="https://erp.example/back", state="s1", **where
    )
    parts = urlsplit(url)
    page = at.box.handle("lazada", Call.of("GET", parts.path, parts.query, {}, b""))
    back = page.headers["Location"]
    assert "state=s1" in back
    transport = SandboxTransport(at.box)
    (grant,) = exchange_code("lazada", app=app, callback=back, transport=transport, **where)
    assert (grant.shop_id, grant.shop_ref) == (store["shop_id"], "vn")
    with connect(
        "lazada", app=app, shop_id=grant.shop_id, grant=grant, transport=transport, **where
    ) as shop:
        assert shop.info().name == "Tiệm Mộc Lan Demo"


def test_tokens_are_renewed_until_the_consent_ends() -> None:
    """An access token lives a week; the refresh token's end does not move."""
    at = table(orders=3)
    with at.shop() as shop:
        for _ in range(4):
            at.sleep(7 * 86_400)
            shop.info()
        assert sum(path.endswith("/auth/token/refresh") for path in at.asked()) == 4
        at.sleep(7 * 86_400)
        with pytest.raises(Revoked):
            shop.info()
