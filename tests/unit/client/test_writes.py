"""The laws every write keeps, whatever the marketplace: shown on a market of a few lines."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
import tenacity
from attrs import evolve

from entrosdk import (
    ItemResult,
    Money,
    Outcome,
    Policy,
    PriceChange,
    ProductDraft,
    Shipment,
    ShipRequest,
    Shop,
    StockChange,
    connect,
    connect_async,
)
from entrosdk.errors import BadReply, ConfigError, OutcomeUnknown, Unreachable, Unsupported
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.manifest import Capability, Support
from entrosdk.spi.request import Request, Response, get, post
from entrosdk.spi.writing import settled, write
from tests.toymarket import MANIFEST, ToyAdapter, app, grant, reply

WRITES = {Capability.PRODUCTS_SET_STOCK: Support("yes"), Capability.ORDERS_SHIP: Support("yes")}


class WritingMarket(ToyAdapter):
    """A toy market that sells: stock in one call, shipping with a read-back."""

    manifest = evolve(MANIFEST, capabilities={**MANIFEST.capabilities, **WRITES})

    def set_stock(self, changes: Sequence[StockChange]) -> Flow[tuple[ItemResult, ...]]:
        body = {change.product_id: change.quantity for change in changes}
        taken = (yield from write(post("/stock", body))).json()["taken"]
        return tuple(ItemResult(product_id=name, outcome=Outcome.ACCEPTED) for name in taken)

    def ship(self, wish: ShipRequest) -> Flow[Shipment]:
        return settled(self._ship(wish.order_id), lambda: self._shipped(wish.order_id))

    def _ship(self, order_id: str) -> Flow[Shipment]:
        yield from send(post(f"/orders/{order_id}/ship", {}))
        raise AssertionError("the reply is lost in these tests")

    def _shipped(self, order_id: str) -> Flow[Shipment | None]:
        found = (yield from send(get(f"/orders/{order_id}"))).json()
        return Shipment(order_id=order_id) if found["shipped"] else None


class Line:
    """Answers by path; a path without an answer loses its reply after it was sent."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def send(self, request: Request, timeout: float) -> Response:
        """Answer, or break off."""
        self.asked.append(request.path)
        if request.path not in self.answers:
            raise Unreachable("broke off")
        return reply(self.answers[request.path])

    def close(self) -> None:
        """Nothing to give back."""


def shop(line: Line) -> Shop:
    """A connected shop that never waits."""
    return connect(
        WritingMarket,
        app=app(),
        shop_id="1",
        grant=grant(),
        transport=line,
        sleep=lambda _: None,
        policy=Policy(stop=tenacity.stop_after_attempt(3)),
    )


def change(name: str, quantity: int = 5) -> StockChange:
    """A change of a product without variants."""
    return StockChange(product_id=name, quantity=quantity)


def test_each_item_has_its_result() -> None:
    """Results come in the order of the changes."""
    with shop(Line({"/stock": {"taken": ["a", "b"]}})) as market:
        results = market.products.set_stock([change("a"), change("b")])
    assert [(r.product_id, r.ok) for r in results] == [("a", True), ("b", True)]


def test_a_forgotten_item_is_no_success() -> None:
    """An adapter that answers for fewer items than were written is found out."""
    with shop(Line({"/stock": {"taken": ["a"]}})) as market, pytest.raises(BadReply) as caught:
        market.products.set_stock([change("a"), change("b")])
    assert "2 items were written and 1 results came back" in str(caught.value)


def test_a_lost_reply_is_not_repeated() -> None:
    """A write without a read-back is sent once, and its outcome is unknown."""
    line = Line({})
    with shop(line) as market, pytest.raises(OutcomeUnknown) as caught:
        market.products.set_stock([change("a")])
    assert (line.asked, caught.value.context.operation) == (["/stock"], "products.set_stock")


@pytest.mark.parametrize("shipped", [True, False])
def test_a_lost_reply_is_read_back(shipped: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can be looked up is looked up once; only what stays unclear is raised."""

    def unsafe(market: WritingMarket, order_id: str) -> Flow[Shipment]:
        yield from write(post(f"/orders/{order_id}/ship", {}))
        raise AssertionError("the reply is lost in these tests")

    monkeypatch.setattr(WritingMarket, "_ship", unsafe)
    line = Line({"/orders/7": {"shipped": shipped}})
    with shop(line) as market:
        if shipped:
            assert market.orders.ship("7") == Shipment(order_id="7")
        else:
            with pytest.raises(OutcomeUnknown):
                market.orders.ship("7")
    assert line.asked == ["/orders/7/ship", "/orders/7"]


def test_nothing_to_write_asks_nobody() -> None:
    """An empty list of changes is done at once."""
    line = Line({})
    with shop(line) as market:
        assert (market.products.set_stock([]), line.asked) == ((), [])


def test_a_negative_quantity_is_refused_here() -> None:
    """Nobody can have fewer than no units."""
    line = Line({})
    with shop(line) as market, pytest.raises(ConfigError) as caught:
        market.products.set_stock([change("a"), change("b", -1)])
    assert (line.asked, "product b" in str(caught.value)) == ([], True)


def test_what_is_not_declared_is_never_sent() -> None:
    """A write that the marketplace does not have raises before any request."""
    line, price = Line({}), PriceChange(product_id="a", price=Money(1, "VND"))
    with shop(line) as market:
        for attempt in (
            lambda: market.products.set_price([price]),
            lambda: market.products.set_price([]),
            lambda: market.orders.cancel("7", "out of stock"),
            lambda: market.returns.accept("7"),
        ):
            with pytest.raises(Unsupported):
                attempt()
    assert line.asked == []


def test_a_product_needs_a_variant() -> None:
    """A draft that nobody could buy is refused before it is sent."""
    draft = ProductDraft(title="Áo thun", description="", category_id="1", variants=())
    with shop(Line({})) as market, pytest.raises(ConfigError):
        market.products.create(draft)


def test_the_same_on_asyncio() -> None:
    """The asynchronous facade runs the same flows."""

    class AsyncLine(Line):
        async def send(self, request: Request, timeout: float) -> Response:  # type: ignore[override]
            return Line.send(self, request, timeout)

        async def aclose(self) -> None:
            """Nothing to give back."""

    async def main() -> tuple[ItemResult, ...]:
        line = AsyncLine({"/stock": {"taken": ["a"]}})
        given = {"app": app(), "shop_id": "1", "grant": grant(), "transport": line}
        async with connect_async(WritingMarket, **given) as market:
            return await market.products.set_stock([change("a")])

    assert asyncio.run(main()) == (ItemResult(product_id="a", outcome=Outcome.ACCEPTED),)
