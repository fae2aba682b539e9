"""Event queues of the emulated Tiki, and its seller (book 7.1, 8)."""

from __future__ import annotations

from typing import Any

import pytest

from entrosdk.sandbox import selling
from tests.unit.sandbox.tiki.bench import Client

KINDS = (
    "ORDER_CREATED_SUCCESSFULLY",
    "ORDER_STATUS_UPDATED",
    "PRODUCT_PRICE_UPDATED",
    "PRODUCT_INVENTORY_UPDATED",
)


class Listener:
    """A queue that is subscribed to everything."""

    def __init__(self, *kinds: str, **profile: Any) -> None:
        self.client = Client(models=("dropship",), **profile)
        self.token = self.client.app_token()
        self.code = self.client.tell("v1/queues", {"name": "erp"}, self.token)[1]["code"]
        for kind in kinds or KINDS:
            status, row = self.client.tell(
                f"v1/queues/{self.code}/subscriptions", {"event_type": kind}
            )
            assert (status, row["event_type"], row["active"]) == (200, kind, True)

    def pull(self, ack: str | None = None) -> tuple[list[Any], str]:
        """Pull a batch."""
        status, body = self.client.tell(
            f"v1/queues/{self.code}/events/pull", {"ack_id": ack}, self.token
        )
        assert status == 200
        return body["events"], body["ack_id"]


def test_queues_are_listed_as_a_bare_array() -> None:
    """And limited in number."""
    client = Client(queue_limit=2)
    token = client.app_token()
    assert client.ask("v1/queues", token) == (200, [])
    _, queue = client.tell("v1/queues", {"name": "a"}, token)
    assert client.ask("v1/queues", token)[1] == [queue]
    assert (queue["name"], queue["status"], len(queue["code"])) == ("a", "ACTIVE", 36)
    client.tell("v1/queues", {"name": "b"}, token)
    assert client.tell("v1/queues", {"name": "c"}, token)[0] == 400
    assert client.tell("v1/queues", {}, token)[0] == 400


def test_queues_are_the_apps_and_subscriptions_the_sellers() -> None:
    """Mixing the two gives 401 or 403 (quirk 19)."""
    listener = Listener()
    client, path = listener.client, f"v1/queues/{listener.code}"
    assert client.ask("v1/queues")[0] == 403
    assert client.tell(f"{path}/events/pull", {"ack_id": None})[0] == 403
    subscription = {"event_type": "ORDER_STATUS_UPDATED"}
    assert client.tell(f"{path}/subscriptions", subscription, listener.token)[0] == 401
    assert client.ask("v1/queues/x/subscriptions")[0] == 404
    assert client.tell(f"{path}/subscriptions", {"event_type": "MOON"})[0] == 400


def test_an_order_is_announced_once_tiki_accepted_it() -> None:
    """Not at checkout; later every change of status is told, in order."""
    listener = Listener("ORDER_CREATED_SUCCESSFULLY", "ORDER_STATUS_UPDATED")
    client = listener.client
    order = client.market.shop.buy(client.now, cod=True)
    first, ack = listener.pull()
    assert [event for event in first if event["payload"]["order_code"] == order.id] == []
    client.table.sleep(301)
    client.table.box.world.settle()
    selling.arrange(client.market.shop, order, client.now, answer_after=0)
    told = [one for one in listener.pull(ack)[0] if one["payload"]["order_code"] == order.id]
    assert [(one["type"], one["payload"].get("status")) for one in told] == [
        ("ORDER_CREATED_SUCCESSFULLY", None),
        ("ORDER_STATUS_UPDATED", "picking"),
    ]
    assert told[1]["payload"]["orderCode"] == order.id
    assert told[1]["created_at"] == client.now * 1000
    assert told[0]["sid"] == client.ask("v2/sellers/me")[1]["sid"]


def test_stock_and_prices_are_told_from_and_to() -> None:
    """Prices as texts, stock in four pairs."""
    listener = Listener("PRODUCT_PRICE_UPDATED", "PRODUCT_INVENTORY_UPDATED")
    client = listener.client
    product, variant = client.market.rows()[0]
    old = variant.price
    selling.set_price(client.market.shop, product, variant, client.now, price=old + 1000)
    selling.set_stock(client.market.shop, product, variant, 5, client.now)
    selling.set_stock(client.market.shop, product, variant, 9, client.now)
    price, _, stock = listener.pull()[0]
    assert price["payload"] == {
        "product_id": variant.id,
        "original_sku": variant.sku,
        "price_from": str(old),
        "price_to": str(old + 1000),
    }
    told = stock["payload"]
    assert (told["quantity_sellable_from"], told["quantity_sellable_to"]) == (5, 9)
    assert (stock["version"], told["product_id"]) == ("v2", variant.id)


def test_what_is_not_confirmed_comes_again() -> None:
    """With null and with a strange id; the last id moves on."""
    listener = Listener("PRODUCT_INVENTORY_UPDATED", events_per_pull=2)
    client = listener.client
    product, variant = client.market.rows()[0]
    for units in range(3):
        selling.set_stock(client.market.shop, product, variant, units, client.now)
    first, _ = listener.pull()
    again, _ = listener.pull("strange")
    same, ack = listener.pull(None)
    assert first == again == same
    assert len(first) == 2
    rest, ack = listener.pull(ack)
    assert [event["payload"]["quantity_sellable_to"] for event in rest] == [2]
    assert listener.pull(ack)[0] == []


def test_a_batch_may_be_confirmed_by_itself() -> None:
    """By a call of its own."""
    listener = Listener("PRODUCT_INVENTORY_UPDATED")
    client = listener.client
    product, variant = client.market.rows()[0]
    selling.set_stock(client.market.shop, product, variant, 3, client.now)
    _, ack = listener.pull()
    path = f"v1/queues/{listener.code}/events/ack"
    assert client.tell(path, {"ack_id": ack}, listener.token)[0] == 200
    assert client.tell(path, {"ack_id": "strange"}, listener.token)[0] == 400
    assert listener.pull()[0] == []


def test_events_are_kept_seven_days() -> None:
    """Nobody may sleep longer."""
    listener = Listener("PRODUCT_INVENTORY_UPDATED")
    client = listener.client
    product, variant = client.market.rows()[0]
    selling.set_stock(client.market.shop, product, variant, 3, client.now)
    marked = listener.pull()[0][-1]["id"]
    client.table.sleep(7 * 86_400 + 1)
    assert marked not in {event["id"] for event in listener.pull()[0]}


def test_a_subscription_is_switched_off_and_made_once() -> None:
    """Subscribing again returns the same one."""
    listener = Listener("PRODUCT_INVENTORY_UPDATED")
    client, path = listener.client, f"v1/queues/{listener.code}/subscriptions"
    (row,) = client.ask(path)[1]
    assert client.tell(path, {"event_type": row["event_type"]})[1]["code"] == row["code"]
    off = client.tell(f"{path}/{row['code']}", {"active": False}, method="PUT")[1]
    assert not off["active"]
    product, variant = client.market.rows()[0]
    selling.set_stock(client.market.shop, product, variant, 3, client.now)
    assert listener.pull()[0] == []
    assert client.tell(f"{path}/x", {"active": False}, method="PUT")[0] == 404


@pytest.mark.parametrize(
    ("kind", "ids"), [("", [402115, 402117]), ("1", [402115]), ("0", [402117])]
)
def test_warehouses_are_listed_by_kind(kind: str, ids: list[int]) -> None:
    """Those that ship, and those that take returns."""
    query = {"type": kind} if kind else {}
    body = Client().ask("v2/sellers/me/warehouses", status=1, **query)[1]
    assert [row["id"] for row in body["data"]] == ids
    assert body["paging"]["from"] == 0


def test_tikis_own_warehouses_are_a_bare_array() -> None:
    """Their codes find the seller's."""
    assert "sgn3" in {row["code"] for row in Client().ask("v2/warehouses/tiki")[1]}
