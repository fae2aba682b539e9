"""What a member may do with an order now, and what was done, for the order's page."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from reference_app.orders import tickets
from reference_app.orders.models import OPEN, Kind, Outcome
from reference_app.orders.sending import support
from reference_app.orders.telling import told
from reference_app.records.models import Order
from reference_app.tenants.models import Membership

__all__ = ["Choice", "of"]

_WHEN = {
    Kind.SHIP: {"TO_SHIP"},
    Kind.LABEL: {"TO_SHIP", "PACKED", "SHIPPED"},
    Kind.CANCEL: {"UNPAID", "ON_HOLD", "TO_SHIP", "PACKED"},
    Kind.ACCEPT: {"CANCELLING"},
    Kind.REFUSE: {"CANCELLING"},
}


@frozen(kw_only=True)
class Choice:
    """An act that fits the order's status; not every marketplace offers it.

    `again` marks what was taken already: the order's status follows when the carrier answers.
    """

    kind: Kind
    offered: bool
    again: bool = False


def of(order: Order, membership: Membership) -> dict[str, Any]:
    """Return the choices, the form's ticket, and the latest acts with their outcomes."""
    items = list(order.acts.select_related("act__user").order_by("-id")[:10])
    busy = any(item.outcome in OPEN and item.kind != Kind.LABEL for item in items)
    done = {item.kind for item in items if item.outcome == Outcome.ACCEPTED}
    return {
        "choices": [] if busy else _choices(order, done),
        "busy": busy,
        "acts": [(item, told(item)) for item in items],
        "ticket": tickets.issue(membership.pk),
    }


def _choices(order: Order, done: set[str]) -> list[Choice]:
    fitting = [kind for kind, statuses in _WHEN.items() if order.status in statuses]
    return [_choice(order, kind, again=kind in done) for kind in fitting]


def _choice(order: Order, kind: Kind, *, again: bool) -> Choice:
    offered = support(order.marketplace, kind).level != "no"
    return Choice(kind=kind, offered=offered, again=again)
