"""The event queue of a shop: found or made, subscribed, then pulled (fact book section 7.1).

Queues belong to the app and are read with the app's own token; subscriptions are a seller's and
are made with the seller's. Mixing the two gives 401 or 403 (quirk 19).
"""

from __future__ import annotations

from attrs import evolve, frozen

from entrosdk.adapters.tiki.ask import ask, tell
from entrosdk.adapters.tiki.shop import SELLER
from entrosdk.adapters.tiki.sign import bearer
from entrosdk.adapters.tiki.wire import Seller
from entrosdk.adapters.tiki.wire_queue import (
    EVENTS_PAGE,
    EventsPage,
    Queue,
    QueuedEvent,
    Queues,
    Subscriptions,
)
from entrosdk.adapters.tiki.words import EVENTS
from entrosdk.errors import ConfigError, Conflict, Rejected
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import PUBLIC, Request
from entrosdk.spi.wire import Read, read
from entrosdk.spi.writing import settled, write

__all__ = ["SHARED", "Position", "prepared", "pulled"]

SHARED = "queue:"
"""Begins a cursor that names a queue of your own, which may serve many sellers."""

_QUEUES = "v1/queues"


@frozen
class Position:
    """Where reading stands: the queue, the seller's `sid`, and the batch to confirm."""

    queue: str
    sid: str = ""
    ack: str = ""

    @classmethod
    def of(cls, cursor: str) -> Position:
        """Read a cursor; raises `ConfigError` for one that is not of a queue."""
        parts = cursor.split("/")
        if len(parts) != 3 or not all((parts[0], parts[2])):
            raise ConfigError(
                "this position does not belong to an event queue",
                advice=f"Resume with the `next` of a page of events, or with `{SHARED}<code>`.",
            )
        return cls(*parts)

    def after(self, page: EventsPage) -> str | None:
        """Return the cursor that confirms a batch; an empty batch needs none."""
        return f"{self.queue}/{self.sid}/{page.ack_id}" if page.ack_id else None


def prepared(access: Access, token: str, cursor: str | None) -> Flow[Position]:
    """Return where to read: a position seen before, a queue of the caller's, or the shop's own."""
    if cursor is not None and not cursor.startswith(SHARED):
        return Position.of(cursor)
    reply = yield from send(ask(SELLER))
    sid = read(Seller, reply.body).sid
    if cursor is not None:
        return Position(cursor.removeprefix(SHARED), sid)
    queue = yield from _own(token, f"entrosdk-{access.shop_id}")
    yield from _subscribe(queue, sid)
    return Position(queue, sid)


def pulled(token: str, at: Position) -> Flow[Read[EventsPage, QueuedEvent]]:
    """Take the next batch; naming the last batch's `ack_id` confirms that one."""
    path = f"{_QUEUES}/{at.queue}/events/pull"
    # Repeating a pull is harmless: what is not confirmed comes again.
    request = tell(path, {"ack_id": at.ack or None}, template=f"{_QUEUES}/:code/events/pull")
    reply = yield from send(_as_app(request, token))
    return EVENTS_PAGE.read(reply.body)


def _own(token: str, name: str) -> Flow[str]:
    """Find the queue of this name, or make it: names are not unique, so look before and after."""
    found = yield from _named(token, name)
    if found is None:
        found = yield from settled(_made(token, name), lambda: _named(token, name))
    return found or ""


def _named(token: str, name: str) -> Flow[str | None]:
    reply = yield from send(_as_app(ask(_QUEUES), token))
    queues = read(Queues, b'{"rows":' + reply.body + b"}").rows
    return next((queue.code for queue in queues if queue.name == name), None)


def _made(token: str, name: str) -> Flow[str | None]:
    reply = yield from write(_as_app(tell(_QUEUES, {"name": name}), token))
    return read(Queue, reply.body).code


def _subscribe(queue: str, sid: str) -> Flow[None]:
    """Subscribe the seller to every type the queue lacks."""
    path = f"{_QUEUES}/{queue}/subscriptions"
    template = f"{_QUEUES}/:code/subscriptions"
    have = yield from _subscribed(path, template, sid)
    for kind in EVENTS:
        if kind not in have:
            try:
                yield from send(tell(path, {"event_type": kind}, template=template))
            except Conflict:  # it is there already
                continue


def _subscribed(path: str, template: str, sid: str) -> Flow[set[str]]:
    """Name the types a queue receives for this seller; the route is an assumption (7.1)."""
    try:
        reply = yield from send(ask(path, template=f"/integration/{template}"))
    except Rejected:
        return set()
    body = reply.body.strip()
    rows = body if body.startswith(b"[") else b"[]"
    found = read(Subscriptions, b'{"rows":' + rows + b"}").rows
    return {row.event_type for row in found if row.sid in ("", sid)}


def _as_app(request: Request, token: str) -> Request:
    return evolve(request, auth=PUBLIC, headers=(*request.headers, bearer(token)))
