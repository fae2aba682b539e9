"""Many shops of Shopee under one app: each with its own data, behind its own token."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from entrosdk import Shop, connect
from entrosdk.sandbox.transport import SandboxTransport
from tests.sandboxes import NOON, Table, connecting
from tests.unit.sandbox.test_gateway import Client

SHOPS, ORDERS = 12, 9
LONG_AGO = NOON - timedelta(days=40)


@pytest.fixture(scope="module")
def table() -> Table:
    """A Shopee of a dozen small shops."""
    return Table(orders=ORDERS, shops=SHOPS, products=4)


def opened(table: Table, store: dict[str, str]) -> Shop:
    """The SDK's view of one of them."""
    transport = SandboxTransport(table.box, table.sleep)
    common = {"base_url": store["base_url"], "clock": table.clock, "sleep": table.sleep}
    return connect("shopee", **common, **connecting(store), transport=transport)


def truth(table: Table, shop: str) -> dict[str, list[dict[str, Any]]]:
    """What one shop really holds."""
    reply = table.control("GET", f"/control/truth?marketplace=shopee&shop={shop}")
    found: dict[str, list[dict[str, Any]]] = json.loads(reply.body)
    return found


def test_every_shop_has_an_id_and_a_token_of_its_own(table: Table) -> None:
    """And all belong to the same app."""
    stores = table.box.stores()
    for key in ("shop_id", "name", "access_token", "refresh_token"):
        assert len({store[key] for store in stores}) == SHOPS, key
    assert len({store["app_key"] for store in stores}) == 1


def test_a_token_opens_its_own_shop_only(table: Table) -> None:
    """Every shop is read whole, and holds what its truth says and nothing of another's."""
    seen: set[str] = set()
    for store in table.box.stores():
        told = truth(table, store["shop_id"])
        with opened(table, store) as shop:
            orders = {order.id for order in shop.orders.list(updated_from=LONG_AGO)}
            products = {product.id for product in shop.products.list()}
        assert orders == {row["id"] for row in told["orders"]}
        assert products == {row["id"] for row in told["products"]}
        assert len(orders) == ORDERS
        assert not seen & (orders | products)
        seen |= orders | products


def test_an_order_of_another_shop_is_not_found(table: Table) -> None:
    """Its id is no key to it."""
    client = Client(table)
    foreign = truth(table, table.box.stores()[1]["shop_id"])["orders"][0]["id"]
    body = client.get("/api/v2/order/get_order_detail", order_sn_list=foreign)
    assert body["error"] == "error_not_found"


def test_a_token_of_one_shop_is_refused_for_another(table: Table) -> None:
    """The signature is right and the shop exists, but the token was made for somebody else."""
    client = Client(table)
    client.store = {**client.store, "shop_id": table.box.stores()[1]["shop_id"]}
    body = client.get("/api/v2/shop/get_shop_info")
    assert body["error"] == "invalid_acceess_token"


def test_the_first_shop_is_the_same_however_many_there_are(table: Table) -> None:
    """Neighbours change nothing in a shop that a seed made."""
    alone = Table(orders=ORDERS, products=4)
    first = table.box.stores()[0]["shop_id"]
    assert truth(alone, first) == truth(table, first)


def test_buyers_buy_in_the_shop_that_is_named() -> None:
    """And its order can be moved on without naming the shop again."""
    table = Table(orders=1, shops=3, products=4)
    second = table.box.stores()[1]["shop_id"]
    given = json.dumps({"marketplace": "shopee", "shop": second}).encode()
    bought = json.loads(table.control("POST", "/control/orders", given).body)["orders"][0]["id"]
    table.control("POST", f"/control/orders/shopee/{bought}/status", b'{"status": "CANCELLED"}')
    status = {row["id"]: row["status"] for row in truth(table, second)["orders"]}
    assert status[bought] == "CANCELLED"


def test_an_unknown_shop_has_no_truth(table: Table) -> None:
    """The answer says so."""
    reply = table.control("GET", "/control/truth?marketplace=shopee&shop=1")
    assert reply.status == 400
    assert json.loads(reply.body) == {"error": "shopee has no shop 1"}
