"""The rules of the conformance kit, and tests of our own that need neither network nor mock."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from entrosdk import App, OrderQuery, OrderStatus, Secret
from entrosdk.spi.adapter import Access, Adapter
from entrosdk.spi.request import Response
from entrosdk.testing import AdapterSuite, play

import entrosdk_mymarket
from entrosdk_mymarket.manifest import MANIFEST

ITEM = {
    "id": "A1-1",
    "product_id": "P1",
    "variant_id": "P1-M",
    "sku": "AT-1-M",
    "name": "Áo thun",
    "quantity": 2,
    "list_price": 120000,
    "price": 110000,
}
ORDER = {
    "id": "A1",
    "status": "ready",
    "created_at": 1764000000,
    "updated_at": 1764003600,
    "cash_on_delivery": True,
    "items": [ITEM],
    "shipping_fee": 16500,
    "voucher": 5000,
    "total": 231500,
}


class TestConformance(AdapterSuite):
    """Every rule, under threads and under asyncio."""

    adapter = entrosdk_mymarket.MyMarketAdapter
    world = "entrosdk_mymarket.testing:emulator"


def adapter() -> Adapter:
    """An adapter of the shop 4711; a type checker says here what an adapter lacks."""
    app = App("app-1", secret=Secret("not-used-here"))
    region = MANIFEST.regions["VN"]
    access = Access(app=app, region=region, shop_id="4711")
    return entrosdk_mymarket.MyMarketAdapter(access)


def reply(**body: object) -> Response:
    """A success of My Market."""
    return Response(status=200, body=json.dumps(body).encode())


def test_orders_are_asked_for_by_window_and_mapped() -> None:
    """[from, to) becomes bounds that are both included; money is whole dong."""
    query = OrderQuery(
        updated_from=datetime(2025, 11, 24, tzinfo=UTC),
        updated_to=datetime(2025, 11, 25, tzinfo=UTC),
    )
    played = play(adapter().orders.page(query, None), [reply(orders=[ORDER], next="p2")])
    asked = dict(played.requests[0].query)
    order = played.result.items[0]
    assert (asked["updated_from"], asked["updated_to"]) == ("1763942400", "1764028799")
    assert (order.id, order.status) == ("A1", OrderStatus.TO_SHIP)
    assert order.lines[0].seller_discount.minor == 20000
    assert played.result.next == "p2"


def test_an_order_nobody_knows_is_missing() -> None:
    """My Market leaves out unknown ids, and the batch names them."""
    played = play(adapter().orders.many(["A1", "A2"]), [reply(orders=[ORDER])])
    assert [order.id for order in played.result] == ["A1"]
    assert played.result.missing == ("A2",)
