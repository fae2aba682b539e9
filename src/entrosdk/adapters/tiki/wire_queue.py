"""Bodies of event queues (fact book section 7.1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from entrosdk.adapters.tiki.wire_scalars import When
from entrosdk.adapters.tiki.words import EVENTS
from entrosdk.spi.wire import Id, Many, Maybe, Rows, Text, WireModel

__all__ = [
    "EVENTS_PAGE",
    "EventsPage",
    "Queue",
    "QueuedEvent",
    "Queues",
    "Subscription",
    "Subscriptions",
]


class Queue(WireModel):
    """An event queue of the app."""

    known: ClassVar[frozenset[str]] = frozenset({"status"})

    code: Id
    name: Text = ""


class Subscription(WireModel):
    """What a queue receives, and of whom."""

    known: ClassVar[frozenset[str]] = frozenset({"code", "active"})

    event_type: Text = ""
    sid: Text = ""


class Queues(WireModel):
    """The list of queues, which comes as a bare array and is wrapped for reading."""

    rows: tuple[Queue, ...]


class Subscriptions(WireModel):
    """The list of a queue's subscriptions, wrapped likewise."""

    rows: tuple[Subscription, ...]


class QueuedEvent(WireModel):
    """An event; its time is in epoch milliseconds."""

    known: ClassVar[frozenset[str]] = frozenset({"version"})
    words: ClassVar[Mapping[str, Collection[str]]] = {"type": EVENTS}

    id: Id
    sid: Text = ""
    created_at: When = None
    type: Text = ""
    payload: Maybe[dict[str, Any]] = None


class EventsPage(WireModel):
    """A batch of events; `ack_id` confirms it with the next pull."""

    events: Many[QueuedEvent]
    ack_id: Text = ""


EVENTS_PAGE = Rows(EventsPage, "events", QueuedEvent, "id")
