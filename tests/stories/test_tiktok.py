"""A seller's days on TikTok Shop, from consent to refund, through the public API only."""

from __future__ import annotations

import asyncio
import inspect
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from entrosdk import (
    App,
    Grant,
    Money,
    OrderChanged,
    ReturnChanged,
    Secret,
    StockChange,
    authorize_url,
    connect,
    connect_async,
    exchange_code,
)
from entrosdk.sandbox.http import Call
from entrosdk.sandbox.transport import AsyncSandboxTransport, SandboxTransport
from entrosdk.sync import SqlSink, sync_shop
from tests.sandboxes import NOON, Table

SINCE = NOON - timedelta(days=60)
BACK = "https://erp.example/connected"


async def told(value: Any) -> Any:
    """What a facade answers, at once or awaited."""
    return await value if inspect.isawaitable(value) else value


async def every(records: Any) -> list[Any]:
    """All of a listing, of either facade."""
    if hasattr(records, "__aiter__"):
        return [record async for record in records]
    return list(records)


class Story:
    """The seller's app: it knows the marketplace by its addresses only."""

    def __init__(self, kind: str) -> None:
        self.table = Table("tiktok", orders=60, products=6)
        self.kind = kind
        self.heard: list[Any] = []
        store = self.table.box.stores()[0]
        self.where = {"base_url": store["base_url"], "auth_url": store["base_url"]}
        self.app = App(
            key=store["app_key"],
            secret=Secret(store["app_secret"]),
            service_id=self.table.market.app.service_id,
        )
        self.aimed = self.control("POST", "webhooks", url="http://127.0.0.1:1/hooks/tiktok")

    def control(self, method: str, path: str, **body: Any) -> Any:
        """Use the control API."""
        raw = json.dumps(body).encode() if body else b""
        return json.loads(self.table.control(method, f"/control/{path}", raw).body)

    def consent(self) -> Grant:
        """Send the seller to the consent page, and exchange what comes back."""
        url = urlsplit(
            authorize_url(
                "tiktok",
                app=self.app,
                redirect_uri=BACK,
                state="s1",
                clock=self.table.clock,
                **self.where,
            )
        )
        call = Call.of("GET", url.path, url.query, {}, b"")
        back = self.table.box.handle("tiktok", call).headers["Location"]
        assert "state=s1" in back
        (grant,) = exchange_code(
            "tiktok",
            app=self.app,
            callback=back,
            transport=SandboxTransport(self.table.box),
            clock=self.table.clock,
            **self.where,
        )
        return grant

    def shop(self, grant: Grant, *, kind: str = "") -> Any:
        """Connect the shop, on threads or on asyncio."""
        common = {"clock": self.table.clock, "jitter": lambda: 0.0, **self.where}
        granted = {"app": self.app, "shop_id": str(grant.shop_id), "grant": grant, **common}
        if (kind or self.kind) == "threads":
            transport = SandboxTransport(self.table.box, self.table.sleep)
            return connect("tiktok", transport=transport, sleep=self.table.sleep, **granted)
        waiting = AsyncSandboxTransport(self.table.box, self.table.sleep)
        return connect_async("tiktok", transport=waiting, sleep=self.table.nap, **granted)

    def listen(self, shop: Any) -> list[Any]:
        """Receive the webhooks that are due, as an endpoint would."""
        queue = self.table.market.pushes
        found: list[Any] = []
        for push in queue.due(self.table.box.world.now):
            found += shop.events.parse(headers=queue.headers(push), body=push.body, url=queue.url)
            queue.result(push, self.table.box.world.now, 200, empty=True)
        return found

    async def agrees(self, shop: Any) -> None:
        """What the SDK reports is what the marketplace holds."""
        truth = self.control("GET", "truth?marketplace=tiktok")
        orders = await every(shop.orders.list(updated_from=SINCE, updated_to=self.until))
        assert {(o.id, o.raw_status, o.totals.total.minor) for o in orders} == {
            (one["id"], one["status"], one["total_minor"]) for one in truth["orders"]
        }
        products = await every(shop.products.list())
        assert {(v.id, v.sellable) for p in products for v in p.variants} == {
            (v["id"], v["sellable"]) for p in truth["products"] for v in p["variants"]
        }
        payments = await every(shop.payments.list(settled_from=SINCE, settled_to=self.until))
        assert {(p.id, p.amount.minor) for p in payments} == {
            (one["id"], one["amount_minor"]) for one in truth["payments"]
        }
        returns = await every(shop.returns.list(updated_from=SINCE, updated_to=self.until))
        assert {(r.id, r.status) for r in returns} == {
            (one["id"], one["status"]) for one in truth["returns"]
        }

    @property
    def until(self) -> Any:
        """A moment after everything that happened."""
        return self.table.moment + timedelta(seconds=1)

    def move(self, order: str, status: str) -> None:
        """Let the carrier or the buyer do something."""
        self.control("POST", f"orders/tiktok/{order}/status", status=status)

    def buy(self) -> str:
        """Let a buyer buy."""
        bought = self.control("POST", "orders", marketplace="tiktok", cod=True)
        return str(bought["orders"][0]["id"])


async def first_day(story: Story, shop: Any) -> str:
    """A buyer buys, the seller hears of it, sets stock, ships and prints."""
    name = story.buy()
    (event,) = [e for e in story.listen(shop) if isinstance(e, OrderChanged) and e.order_id == name]
    order = await told(shop.orders.get(event.order_id))
    assert order.status == "TO_SHIP"
    line = order.lines[0]
    wish = StockChange(product_id=line.product_id, variant_id=line.variant_id, quantity=41)
    (result,) = await told(shop.products.set_stock([wish]))
    assert result.ok
    await story.agrees(shop)
    shipment = await told(shop.orders.ship(name))
    assert shipment.packages[0].tracking_number
    label = await told(shop.orders.label(name))
    page = story.table.box.handle("tiktok", Call.of("GET", urlsplit(label.url).path, "", {}, b""))
    assert page.body.startswith(b"%PDF-")
    assert (await told(shop.orders.get(name))).status == "PACKED"
    await story.agrees(shop)
    return name


async def days_after(story: Story, shop: Any, name: str) -> None:
    """The parcel arrives, the order ends, its money is in the next statement."""
    for status in ("SHIPPED", "DELIVERED"):
        story.move(name, status)
        assert (await told(shop.orders.get(name))).status == status
        await story.agrees(shop)
    (expected,) = await told(shop.payments.for_order(name))
    assert expected.settled_at is None
    story.move(name, "COMPLETED")
    story.table.sleep(86_400)
    story.table.box.world.settle()
    paid = await told(shop.payments.for_order(name))
    listed = await every(shop.payments.list(settled_from=SINCE, settled_to=story.until))
    own = [payment for payment in listed if payment.order_id == name]
    assert sum(p.amount.minor for p in paid) == sum(p.amount.minor for p in own)
    assert sum(p.amount.minor for p in paid) == expected.amount.minor
    assert {payment.amount.currency for payment in own} == {"VND"}
    await story.agrees(shop)


async def a_return(story: Story, shop: Any) -> None:
    """Another buyer sends the goods back and gets the money."""
    name = story.buy()
    story.move(name, "RETURNING")
    heard = [e for e in story.listen(shop) if isinstance(e, ReturnChanged)]
    (event,) = [e for e in heard if e.order_id == name]
    case = await told(shop.returns.get(event.return_id))
    assert (case.order_id, case.money_state, case.goods_state) == (name, "PENDING", "EXPECTED")
    await told(shop.returns.accept(case.id))
    await story.agrees(shop)
    story.table.sleep(25 * 3600)
    assert (await told(shop.returns.get(case.id))).goods_state == "IN_TRANSIT"
    await told(shop.returns.accept(case.id))
    done = await told(shop.returns.get(case.id))
    assert (done.goods_state, done.money_state) == ("RECEIVED", "REFUNDED")
    assert done.refund > Money.zero("VND")
    await story.agrees(shop)


async def whole(story: Story, place: Path) -> None:
    """The story from its beginning to its end."""
    grant = story.consent()
    shop = story.shop(grant)
    sink = SqlSink(f"sqlite:///{place / 'shop.db'}")
    try:
        assert (await told(shop.info())).name == "Mây Xanh Official"
        async with story.shop(grant, kind="tasks") as syncing:
            report = await sync_shop(syncing, sink)
        assert report.ok
        assert [one.completeness.missing for one in report.streams if one.completeness] == [0] * 5
        name = await first_day(story, shop)
        await days_after(story, shop, name)
        await a_return(story, shop)
        async with story.shop(grant, kind="tasks") as syncing:
            assert (await sync_shop(syncing, sink)).ok
    finally:
        sink.close()
        await told(shop.close() if story.kind == "threads" else shop.aclose())


@pytest.mark.parametrize("kind", ["threads", "tasks"])
def test_a_sellers_days(kind: str, tmp_path: Path) -> None:
    """Authorise, sync, sell, ship, settle, take back; the truth at every step."""
    asyncio.run(whole(Story(kind), tmp_path))
