"""Event queues: made, subscribed, pulled and confirmed (book 7.1)."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import define, field

from entrosdk.sandbox.catalogue import Variant
from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.orders import DAY, Order
from entrosdk.sandbox.tiki.gateway import Endpoint
from entrosdk.sandbox.tiki.parameters import Parameters, Refusal, wrong
from entrosdk.sandbox.tiki.showcase import reserved

if TYPE_CHECKING:
    from entrosdk.sandbox.tiki.market import TikiMarket
    from entrosdk.sandbox.tiki.profile import Profile

__all__ = ["Queues", "table"]

_LIFE = 7 * DAY
_TYPES = {
    "ORDER_CREATED_SUCCESSFULLY": "v1",
    "ORDER_STATUS_UPDATED": "v1",
    "PRODUCT_PRICE_UPDATED": "v1",
    "PRODUCT_MARKET_PRICE_UPDATED": "v1",
    "PRODUCT_INVENTORY_UPDATED": "v2",
}
_UNACCEPTED = {"waiting_payment", "processing"}


def table() -> list[Endpoint]:
    """Return this module's addresses: queues are the app's, subscriptions a seller's (7.1)."""
    queues = "/integration/v1/queues"
    return [
        Endpoint("GET", queues, _list, who="app"),
        Endpoint("POST", queues, _create, who="app"),
        Endpoint("GET", f"{queues}/:code/subscriptions", _subscriptions),
        Endpoint("POST", f"{queues}/:code/subscriptions", _subscribe),
        Endpoint("PUT", f"{queues}/:code/subscriptions/:subscription", _switch),
        Endpoint("POST", f"{queues}/:code/events/pull", _pull, who="app"),
        Endpoint("POST", f"{queues}/:code/events/ack", _ack, who="app"),
    ]


@define
class _Queue:
    """A queue: what it receives, what waits, and what the last batch was."""

    code: str
    name: str
    subscriptions: list[dict[str, Any]] = field(factory=list)
    events: list[dict[str, Any]] = field(factory=list)
    ack: str = ""
    given: int = 0

    def wants(self, kind: str) -> bool:
        """Say whether a seller subscribed this type."""
        return any(row["event_type"] == kind and row["active"] for row in self.subscriptions)

    def confirm(self, ack: str) -> bool:
        """Forget the last batch if this is its name; any other name changes nothing."""
        if not ack or ack != self.ack:
            return False
        del self.events[: self.given]
        self.given = 0
        return True


class Queues:
    """All queues of the app, and what they hear of the shop."""

    def __init__(self, seed: str, profile: Profile) -> None:
        self.all: dict[str, _Queue] = {}
        self.profile = profile
        self._seed = seed
        self._named = 0
        self._statuses: dict[str, str] = {}
        self._levels: dict[int, tuple[int, int]] = {}

    def name(self) -> str:
        """Return a fresh id."""
        self._named += 1
        return str(UUID(sha256(f"{self._seed}:{self._named}".encode()).hexdigest()[:32]))

    def find(self, code: str) -> _Queue:
        """Return a queue; raises 404."""
        if code not in self.all:
            raise Refusal(404, f"Queue not found: {code}")
        return self.all[code]

    def hear(self, change: Change, status: Callable[[Order], str]) -> None:
        """Tell every queue that wants to know."""
        match change.kind:
            case "order":
                self._hear_order(change.subject(Order), change.at, status)
            case "stock":
                self._hear_stock(change.subject(Variant), change.at)
            case "price":
                self._hear_price(change)

    def _hear_order(self, order: Order, at: int, status: Callable[[Order], str]) -> None:
        """An order is announced once Tiki accepted it, not at checkout."""
        word = status(order)
        before = self._statuses.get(order.id, "")
        self._statuses[order.id] = word
        if word == before or (word in _UNACCEPTED):
            return
        if word == "queueing":
            self._add("ORDER_CREATED_SUCCESSFULLY", at, {"order_code": order.id})
            return
        payload = {"order_code": order.id, "orderCode": order.id, "status": word}
        self._add("ORDER_STATUS_UPDATED", at, payload)

    def _hear_stock(self, variant: Variant, at: int) -> None:
        from entrosdk.sandbox.tiki.market import WAREHOUSE  # noqa: PLC0415 - cycle

        held = reserved(variant)
        now = (variant.stock, held)
        sellable, before = self._levels.get(variant.id, now)
        self._levels[variant.id] = now
        payload = {
            "product_id": variant.id,
            "original_sku": variant.sku,
            "warehouse_id": WAREHOUSE,
            "quantity_from": 0,
            "quantity_to": 0,
            "quantity_available_from": sellable + before,
            "quantity_available_to": variant.stock + held,
            "quantity_reserved_from": before,
            "quantity_reserved_to": held,
            "quantity_sellable_from": sellable,
            "quantity_sellable_to": variant.stock,
        }
        self._add("PRODUCT_INVENTORY_UPDATED", at, payload)

    def _hear_price(self, change: Change) -> None:
        variant = change.subject(Variant)
        payload = {
            "product_id": variant.id,
            "original_sku": variant.sku,
            "price_from": change.old,
            "price_to": change.new,
        }
        self._add("PRODUCT_PRICE_UPDATED", change.at, payload)

    def _add(self, kind: str, at: int, payload: dict[str, Any]) -> None:
        from entrosdk.sandbox.tiki.market import SID  # noqa: PLC0415 - cycle

        for queue in self.all.values():
            if queue.wants(kind):
                queue.events.append(
                    {
                        "id": self.name(),
                        "sid": SID,
                        "created_at": at * 1000,
                        "payload": payload,
                        "type": kind,
                        "version": _TYPES[kind],
                    }
                )


# Addresses


def _shown(queue: _Queue) -> dict[str, Any]:
    return {"code": queue.code, "name": queue.name, "status": "ACTIVE"}


def _list(market: TikiMarket, given: Parameters) -> list[dict[str, Any]]:
    del given
    return [_shown(queue) for queue in market.queues.all.values()]


def _create(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    name = given.body.get("name")
    if not isinstance(name, str) or not name:
        raise wrong("name is required")
    queues = market.queues
    if len(queues.all) >= market.profile.queue_limit:
        raise wrong("The number of queues has reached the limit")
    queue = _Queue(queues.name(), name)
    queues.all[queue.code] = queue
    return _shown(queue)


def _subscriptions(market: TikiMarket, given: Parameters) -> list[dict[str, Any]]:
    return market.queues.find(given.names[0]).subscriptions


def _subscribe(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    from entrosdk.sandbox.tiki.market import SID  # noqa: PLC0415 - cycle

    queue = market.queues.find(given.names[0])
    kind = given.body.get("event_type")
    if kind not in _TYPES:
        raise wrong("event_type is invalid")
    old = next((row for row in queue.subscriptions if row["event_type"] == kind), None)
    if old is not None:
        return old
    row = {"code": market.queues.name(), "active": True, "event_type": kind, "sid": SID}
    queue.subscriptions.append(row)
    return row


def _switch(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    queue = market.queues.find(given.names[0])
    row = next((one for one in queue.subscriptions if one["code"] == given.names[1]), None)
    if row is None:
        raise Refusal(404, "Subscription not found")
    row["active"] = bool(given.body.get("active"))
    return row


def _pull(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    """Give the next batch; without the last batch's name it is the same batch again."""
    queue = market.queues.find(given.names[0])
    queue.confirm(str(given.body.get("ack_id") or ""))
    oldest = (market.world.now - _LIFE) * 1000
    queue.events = [event for event in queue.events if event["created_at"] > oldest]
    batch = queue.events[: market.profile.events_per_pull]
    queue.ack, queue.given = market.queues.name(), len(batch)
    return {"events": batch, "ack_id": queue.ack}


def _ack(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    queue = market.queues.find(given.names[0])
    if not queue.confirm(str(given.body.get("ack_id") or "")):
        raise wrong("ack_id is invalid")
    return {"message": "success"}
