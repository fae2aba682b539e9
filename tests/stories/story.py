"""One story for every marketplace, through the public API only, blocking and on asyncio.

A marketplace tells it in three lines of `tests/stories/test_<name>.py`:

    @pytest.mark.parametrize("driver", DRIVERS)
    def test_a_shops_day(driver: Driver, tmp_path: Path) -> None:
        tell(Story("lazada"), driver, tmp_path)

What differs between marketplaces are methods and attributes of `Story`; override them in a class
of your own beside the test:

- `compared` are the kinds of records that the SDK can list and the sandbox's truth has;
- `hear(scene)` returns the notifications since the last call: by default deliveries are taken from
  the sandbox's push queue with their signed headers and parsed; with `pulls = True` they are
  pulled by `shop.events.pull` (Tiki);
- `ship(scene, order)` arranges the shipment; `number_after` is how many seconds later the tracking
  number is there;
- `decision` is what `returns.accept` is told; `refunded_after` how many seconds later the money is
  back;
- `app` has further fields of `App`, `settled` says which of an order's payments are compared with
  the sandbox's ledger.

The story is one coroutine. On asyncio each call is awaited; blocking, the same calls return values
and the coroutine runs to its end without a loop.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from attrs import define, evolve, field

from entrosdk import (
    App,
    Capability,
    Event,
    Grant,
    MoneyState,
    Order,
    OrderChanged,
    OrderStatus,
    Outcome,
    Shipment,
    StockChange,
    authorize_url,
    connect,
    connect_async,
    exchange_code,
    exchange_code_async,
)
from entrosdk.sandbox.http import Call
from entrosdk.sandbox.transport import AsyncSandboxTransport, SandboxTransport
from entrosdk.sync import SqlSink, sync, sync_shop
from tests.sandboxes import NOON, Table

T = TypeVar("T")

BACK = "https://erp.example/back"
HOOK = "https://erp.example/hooks/orders"
SINCE = NOON - timedelta(days=60)
EVERYTHING = ("orders", "products", "returns", "payments", "payouts")


# Two ways to run the same story


class Driver:
    """The blocking facade: calls return values."""

    name = "threads"

    async def get(self, value: Any) -> Any:
        """Take what a call gives."""
        return value

    async def all(self, records: Any) -> list[Any]:
        """Read a listing to its end."""
        return list(records)

    async def consent(self, scene: Scene, callback: str) -> tuple[Grant, ...]:
        """Exchange the code of a redirect."""
        transport = SandboxTransport(scene.table.box, scene.table.sleep)
        given = {"app": scene.app, "callback": callback, "redirect_uri": BACK, **scene.where}
        return exchange_code(scene.name, transport=transport, **given)

    async def connect(self, scene: Scene, grant: Grant) -> Any:
        """Connect the shop of a grant."""
        transport = SandboxTransport(scene.table.box, scene.table.sleep)
        return connect(**scene.connecting(grant), transport=transport, sleep=scene.table.sleep)

    async def sync(self, scene: Scene, sink: SqlSink) -> Any:
        """Bring everything into the tables."""
        transport = AsyncSandboxTransport(scene.table.box, scene.table.sleep)
        given = scene.connecting(scene.grant)
        return sync(connect_async(**given, transport=transport, sleep=scene.table.nap), sink)

    async def close(self, shop: Any) -> None:
        """Give back connections."""
        shop.close()

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        """Run a story in which nothing is ever waited for."""
        try:
            story.send(None)
        except StopIteration as stop:
            result: T = stop.value
            return result
        raise AssertionError("a blocking story waits for nothing")


class AsyncDriver(Driver):
    """The asyncio facade: calls are awaited."""

    name = "asyncio"

    async def get(self, value: Any) -> Any:
        """Await a call."""
        return await value

    async def all(self, records: AsyncIterator[Any]) -> list[Any]:
        """Read a listing to its end."""
        return [record async for record in records]

    async def consent(self, scene: Scene, callback: str) -> tuple[Grant, ...]:
        """Exchange the code of a redirect."""
        transport = AsyncSandboxTransport(scene.table.box, scene.table.sleep)
        given = {"app": scene.app, "callback": callback, "redirect_uri": BACK, **scene.where}
        return await exchange_code_async(scene.name, transport=transport, **given)

    async def connect(self, scene: Scene, grant: Grant) -> Any:
        """Connect the shop of a grant."""
        transport = AsyncSandboxTransport(scene.table.box, scene.table.sleep)
        return connect_async(**scene.connecting(grant), transport=transport, sleep=scene.table.nap)

    async def sync(self, scene: Scene, sink: SqlSink) -> Any:
        """Bring everything into the tables."""
        return await sync_shop(scene.shop, sink)

    async def close(self, shop: Any) -> None:
        """Give back connections."""
        await shop.aclose()

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        """Run a story in a loop of its own."""
        return asyncio.run(story)


DRIVERS = [Driver(), AsyncDriver()]
"""Both, for `pytest.mark.parametrize`."""


# The stage


@define(eq=False)
class Scene:
    """A sandbox, an app, and the shop as far as the story got."""

    name: str
    driver: Driver
    table: Table
    app: App
    shop: Any = None
    grant: Grant = field(default=None)
    cursor: str | None = None

    @property
    def where(self) -> dict[str, Any]:
        """Where the marketplace is, as `connect` and `exchange_code` want it."""
        store = self.table.box.stores()[0]
        return {
            "base_url": store["base_url"],
            "auth_url": store.get("auth_url", store["base_url"]),
            "clock": self.table.clock,
            "jitter": lambda: 0.0,
        }

    def connecting(self, grant: Grant) -> dict[str, Any]:
        """Keywords of `connect` and `connect_async`."""
        return {
            "marketplace": self.name,
            "app": self.app,
            "shop_id": grant.shop_id or self.table.box.stores()[0]["shop_id"],
            "grant": grant,
            **self.where,
        }

    def can(self, capability: Capability) -> bool:
        """Say whether the marketplace has it."""
        return bool(self.shop.manifest.supports(capability))

    def control(self, method: str, path: str, **body: Any) -> Any:
        """Use the control API."""
        data = json.dumps(body).encode() if body else b""
        reply = self.table.control(method, path, data)
        assert reply.status < 300, reply.body
        return json.loads(reply.body)

    def truth(self) -> dict[str, Any]:
        """What the marketplace really holds, from the control API."""
        held: dict[str, Any] = self.control("GET", f"/control/truth?marketplace={self.name}")
        return held

    def buy(self, **given: Any) -> str:
        """Let a buyer buy and pay; returns the order's id."""
        body = {"marketplace": self.name, "cod": False, **given}
        (bought,) = self.control("POST", "/control/orders", **body)["orders"]
        self.becomes(bought["id"], "TO_SHIP")
        return str(bought["id"])

    def becomes(self, order_id: str, stage: str) -> None:
        """Put an order where the story wants it."""
        self.control("POST", f"/control/orders/{self.name}/{order_id}/status", status=stage)

    def later(self, seconds: int) -> None:
        """Let time pass, for the marketplace and for us."""
        self.table.moment += timedelta(seconds=seconds)
        self.table.box.world.settle()


# What differs between marketplaces


@define(eq=False)
class Story:
    """How the story goes on one marketplace; see the module's docstring."""

    name: str
    compared: tuple[str, ...] = EVERYTHING
    pulls: bool = False
    number_after: int = 120
    decision: str = ""
    refunded_after: int = 4 * 86_400
    app: Mapping[str, Any] = field(factory=dict)

    def scene(self, driver: Driver) -> Scene:
        """Set the stage: a small shop, and an app that nobody has agreed to yet."""
        table = Table(self.name, orders=30, products=8)
        return Scene(self.name, driver, table, evolve(table.market.app, **self.app))

    async def hear(self, scene: Scene) -> list[Event]:
        """Return what the marketplace told since the last call."""
        if not self.pulls:
            return [event for push in self._pushed(scene) for event in push]
        heard: list[Event] = []
        while True:
            page = await scene.driver.get(scene.shop.events.pull(scene.cursor))
            heard += page.items
            scene.cursor = page.next or scene.cursor
            if not page.items:
                return heard

    def _pushed(self, scene: Scene) -> list[tuple[Event, ...]]:
        queue = scene.table.market.pushes
        return [
            scene.shop.events.parse(headers=queue.headers(push), body=push.body, url=HOOK)
            for push in queue.due(scene.table.box.world.now)
        ]

    async def ship(self, scene: Scene, order: Order) -> Shipment:
        """Arrange the shipment as the marketplace likes it best."""
        shipment: Shipment = await scene.driver.get(scene.shop.orders.ship(order.id))
        return shipment

    def settled(self, scene: Scene, order_id: str) -> dict[str, int]:
        """Return an order's money as the sandbox's ledger has it."""
        rows = scene.truth()["payments"]
        return {row["id"]: row["amount_minor"] for row in rows if row["order_id"] == order_id}


# The story


def tell(story: Story, driver: Driver, directory: Path) -> None:
    """Tell it from the beginning; `directory` keeps the database."""
    driver.run(_day(story, story.scene(driver), directory))


async def _day(story: Story, scene: Scene, directory: Path) -> None:
    await _authorise(scene)
    try:
        if story.pulls:  # a queue tells what happens once somebody asked for it
            await story.hear(scene)
        await _sync(story, scene, directory)
        await _sell(story, scene)
        await _take_back(story, scene)
    finally:
        await scene.driver.close(scene.shop)


async def _authorise(scene: Scene) -> None:
    """The seller follows a link and agrees; the code becomes a grant; the shop is connected."""
    url = authorize_url(
        scene.name, app=scene.app, redirect_uri=BACK, state="state-of-a-day", **scene.where
    )
    parts = urlsplit(url)
    page = scene.table.box.handle(scene.name, Call.of("GET", parts.path, parts.query, {}, b""))
    back = page.headers["Location"]
    assert back.startswith(BACK)
    assert "state=state-of-a-day" in back
    (scene.grant,) = await scene.driver.consent(scene, back)
    scene.shop = await scene.driver.connect(scene, scene.grant)
    scene.control("POST", "/control/webhooks", marketplace=scene.name, url="http://127.0.0.1/")
    scene.table.market.pushes.url = HOOK  # the address that is signed; nothing is sent


async def _sync(story: Story, scene: Scene, directory: Path) -> None:
    """Everything the shop holds is in SQLite, and nothing is missing."""
    sink = SqlSink(f"sqlite:///{directory / 'shop.db'}")
    report = await scene.driver.sync(scene, sink)
    sink.close()
    counts = [one.completeness for one in report.streams if one.completeness]
    assert report.ok
    assert sum(count.missing for count in counts) == 0
    await agrees(story, scene)


async def _sell(story: Story, scene: Scene) -> None:
    """A buyer buys; the order is told, fetched, shipped, labelled, delivered and settled."""
    order_id = scene.buy()
    heard = await story.hear(scene)
    assert order_id in {event.order_id for event in heard if isinstance(event, OrderChanged)}
    order = await scene.driver.get(scene.shop.orders.get(order_id))
    assert order.status is OrderStatus.TO_SHIP
    await _restock(story, scene, order)

    shipment = await story.ship(scene, order)
    assert shipment.order_id == order_id
    scene.later(story.number_after)
    order = await scene.driver.get(scene.shop.orders.get(order_id))
    assert order.status is OrderStatus.PACKED
    assert all(package.tracking_number for package in order.packages)
    await agrees(story, scene)
    await _label(scene, order)

    for stage, status in (
        ("DELIVERED", OrderStatus.DELIVERED),
        ("COMPLETED", OrderStatus.COMPLETED),
    ):
        scene.becomes(order_id, stage)
        order = await scene.driver.get(scene.shop.orders.get(order_id))
        assert order.status is status
        await agrees(story, scene)
    await _settled(story, scene, order_id)


async def _restock(story: Story, scene: Scene, order: Order) -> None:
    """Sold elsewhere: buyers can buy seven from now on."""
    line = order.lines[0]
    product = await scene.driver.get(scene.shop.products.get(line.product_id))
    variant = next(one for one in product.variants if one.id == line.variant_id)
    change = StockChange(
        product_id=product.id,
        variant_id=variant.id,
        sku=variant.sku,
        quantity=7,
        warehouse_id=variant.stock[0].warehouse_id,
    )
    (result,) = await scene.driver.get(scene.shop.products.set_stock([change]))
    assert result.outcome is Outcome.ACCEPTED
    product = await scene.driver.get(scene.shop.products.get(line.product_id))
    assert [one.sellable for one in product.variants if one.id == variant.id] == [7]
    await agrees(story, scene)


async def _label(scene: Scene, order: Order) -> None:
    """The shipping document is there, as bytes or as a link."""
    label = await scene.driver.get(scene.shop.orders.label(order.id, order.packages[0].id))
    assert label.content or label.url.startswith("http")
    assert label.kind != "application/pdf" or label.content[:5] in {b"%PDF-", b""}


async def _settled(story: Story, scene: Scene, order_id: str) -> None:
    """The order's payments are the ledger's, to the dong."""
    if not scene.can(Capability.PAYMENTS_FOR_ORDER):
        return
    paid = await scene.driver.get(scene.shop.payments.for_order(order_id))
    assert {one.id: one.amount.minor for one in paid} == story.settled(scene, order_id)
    assert paid


async def _take_back(story: Story, scene: Scene) -> None:
    """Another order comes back: the return is told, agreed to, and refunded."""
    if not scene.can(Capability.RETURNS_ACCEPT):
        return
    order_id = scene.buy()
    scene.becomes(order_id, "RETURNING")
    heard = await story.hear(scene)
    assert any(getattr(event, "order_id", "") == order_id for event in heard)
    returned = await _return_of(scene, order_id)
    assert returned.money_state is MoneyState.PENDING
    await agrees(story, scene)

    await scene.driver.get(scene.shop.returns.accept(returned.id, story.decision))
    await agrees(story, scene)
    scene.later(story.refunded_after)
    returned = await _return_of(scene, order_id)
    assert returned.money_state is MoneyState.REFUNDED
    await agrees(story, scene)


async def _return_of(scene: Scene, order_id: str) -> Any:
    scene.later(1)  # listings end before the present second
    found = await scene.driver.all(scene.shop.returns.list(updated_from=SINCE))
    return next(one for one in found if one.order_id == order_id)


# The truth


async def agrees(story: Story, scene: Scene) -> None:
    """What the SDK reports is what `GET /control/truth` says."""
    scene.later(1)  # listings end before the present second
    truth = scene.truth()
    seen = {kind: await _listed(scene, kind) for kind in story.compared}
    while scene.truth() != truth:  # reading takes time, and life goes on
        truth = scene.truth()
        seen = {kind: await _listed(scene, kind) for kind in story.compared}
    for kind, records in seen.items():
        assert records == sorted(_TRUE[kind](one) for one in truth[kind]), kind


async def _listed(scene: Scene, kind: str) -> list[Any]:
    records = await scene.driver.all(_LISTED[kind](scene.shop))
    return sorted(_SEEN[kind](one) for one in records)


_LISTED: Mapping[str, Any] = {
    "orders": lambda shop: shop.orders.list(updated_from=SINCE),
    "products": lambda shop: shop.products.list(),
    "returns": lambda shop: shop.returns.list(updated_from=SINCE),
    "payments": lambda shop: shop.payments.list(settled_from=SINCE),
    "payouts": lambda shop: shop.payments.payouts(settled_from=SINCE),
}

_SEEN: Mapping[str, Any] = {
    "orders": lambda one: (
        one.id,
        one.raw_status,
        int(one.updated_at.timestamp()),
        str(one.totals.total and one.totals.total.minor),
    ),
    "products": lambda one: (one.id, sorted((v.id, v.sku, v.sellable) for v in one.variants)),
    "returns": lambda one: (one.id, one.order_id, one.status),
    "payments": lambda one: (one.id, one.order_id, one.amount.minor),
    "payouts": lambda one: (one.id, one.amount.minor),
}

_TRUE: Mapping[str, Any] = {
    "orders": lambda one: (one["id"], one["status"], one["updated_at"], str(one["total_minor"])),
    "products": lambda one: (
        one["id"],
        sorted((v["id"], v["sku"], v["sellable"]) for v in one["variants"]),
    ),
    "returns": lambda one: (one["id"], one["order_id"], one["status"]),
    "payments": lambda one: (one["id"], one["order_id"], one["amount_minor"]),
    "payouts": lambda one: (one["id"], one["amount_minor"]),
}
