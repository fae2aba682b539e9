"""Notifications."""

from __future__ import annotations

from entrosdk.domain.events import OrderChanged
from entrosdk.errors import BadSignature
from entrosdk.spi.manifest import Capability
from entrosdk.testing.bench import Bench
from entrosdk.testing.rules import Inapplicable, rule

_PUSH, _PULL = Capability.EVENTS_PARSE, Capability.EVENTS_PULL


@rule("notices.push", _PUSH)
def push(bench: Bench) -> None:
    """A push about a new order is verified, names the order, and the order can be fetched."""
    list(bench.world.pushes())
    name = bench.buy(cod=True)
    pushed = list(bench.world.pushes())
    if not pushed and bench.can(_PULL):
        raise Inapplicable("orders are told by the queue, which is a law of its own")
    with bench.shop() as shop:
        events = [
            event
            for headers, body, url in pushed
            for event in shop.events.parse(headers=headers, body=body, url=url)
        ]
        told = {event.order_id for event in events if isinstance(event, OrderChanged)}
        assert name in told
        assert shop.orders.get(name).id == name
    assert all(event.delivery_id for event in events)
    assert all(event.body for event in events)


@rule("notices.forged", _PUSH)
def forged(bench: Bench) -> None:
    """One changed byte, or no signature, and the delivery is refused."""
    list(bench.world.pushes())
    bench.buy(cod=True)
    pushed = list(bench.world.pushes())
    if not pushed and bench.can(_PULL):
        raise Inapplicable("nothing about orders is pushed, so there is nothing to forge")
    headers, body, url = pushed[0]
    with bench.shop() as shop:
        for wrong_headers, wrong_body in ((headers, body + b" "), ({}, body)):
            try:
                shop.events.parse(headers=wrong_headers, body=wrong_body, url=url)
            except BadSignature:
                continue
            raise AssertionError("a forged delivery was believed")


@rule("notices.queue", _PULL)
def queue(bench: Bench) -> None:
    """A queue (of changes, or of pushes that were lost) tells of a new order, and ends."""
    with bench.shop() as shop:
        cursor = _drained(shop, None)[1]
        if bench.can(_PUSH):
            bench.lose_pushes()
        name = bench.buy(cod=True)
        bench.wait(600)  # a marketplace may look at an order for minutes before it tells
        told, _ = _drained(shop, cursor)
    assert name in told


def _drained(shop: object, cursor: str | None) -> tuple[set[str], str | None]:
    told: set[str] = set()
    for _ in range(1000):
        page = shop.events.pull(cursor)  # type: ignore[attr-defined]
        told |= {event.order_id for event in page if isinstance(event, OrderChanged)}
        if not page.items or page.next is None:
            return told, page.next or cursor
        cursor = page.next
    raise AssertionError("the queue never ends")
