"""One act on one order through the SDK, and the verdict in the SDK's own terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx
from attrs import frozen

from entrosdk import EntroError, Handover, PickupSlot, Shop
from entrosdk.domain.writing import Label
from entrosdk.errors import (
    ConfigError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unauthorised,
    Unreachable,
    Unsupported,
)
from entrosdk.registry import find
from entrosdk.spi.manifest import Capability, Support
from reference_app.orders.models import Kind, Outcome
from reference_app.records.models import Order

__all__ = ["CAPABILITIES", "Verdict", "happened", "packages", "send", "slot_name", "support"]

CAPABILITIES = {
    Kind.SHIP: Capability.ORDERS_SHIP,
    Kind.LABEL: Capability.ORDERS_LABEL,
    Kind.CANCEL: Capability.ORDERS_CANCEL,
    Kind.ACCEPT: Capability.ORDERS_ACCEPT_CANCELLATION,
    Kind.REFUSE: Capability.ORDERS_REFUSE_CANCELLATION,
}
_PATIENCE = 10.0  # seconds for a label that is fetched by its link
_LARGEST = 8 * 1024 * 1024  # bytes of a label
_ON_THE_WAY = frozenset({"PACKED", "SHIPPED", "DELIVERED", "COMPLETED", "RETURNED"})


@frozen(kw_only=True)
class Verdict:
    """What became of an act; `label` is there for one that asked for it."""

    outcome: Outcome
    cause: str = ""
    code: str = ""
    reason: str = ""
    label: tuple[str, bytes] | None = None  # kind, content


def support(marketplace: str, kind: str) -> Support:
    """Return whether a marketplace offers an act, with the place that says so."""
    capabilities = find(marketplace).manifest.capabilities
    return capabilities.get(CAPABILITIES[Kind(kind)], Support("no"))


def send(shop: Shop, kind: str, order_id: str, how: Mapping[str, Any]) -> Verdict:
    """Ask the marketplace once; never raises the SDK's errors.

    Whether a failed write may have taken effect decides between refused and unknown: what was
    surely not done may be tried again by a person, the rest is looked at first.
    """
    try:
        label = _SENDERS[Kind(kind)](shop, order_id, how)
    except EntroError as error:
        return _failed(error, reads=kind == Kind.LABEL)
    except httpx.HTTPError:  # the link of a label
        return Verdict(outcome=Outcome.REFUSED, cause="Unreachable")
    return Verdict(outcome=Outcome.ACCEPTED, label=label)


def _failed(error: EntroError, *, reads: bool) -> Verdict:
    surely_not = isinstance(
        error, Rejected | Unauthorised | RateLimited | ConfigError | Unsupported
    )
    unsent = isinstance(error, Unreachable) and not error.sent
    # The SDK looks a lost write up; when that look fails, its error comes in place of the first.
    lost = _lost(error)
    told = f"{error.message} {error.advice}" if isinstance(error, ConfigError) else error.message
    return Verdict(
        outcome=Outcome.REFUSED
        if reads or (not lost and (surely_not or unsent))
        else Outcome.UNKNOWN,
        cause=type(error).__name__,
        code=error.context.code[:80],
        reason=told[:300],
    )


def _lost(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OutcomeUnknown):
            return True
        error = error.__context__
    return False


def _ship(shop: Shop, order_id: str, how: Mapping[str, Any]) -> None:
    shop.orders.ship(
        order_id,
        method=Handover(how["method"]) if how.get("method") else None,
        slot=_slot(shop, order_id, str(how.get("slot", ""))),
        carrier=str(how.get("carrier", "")),
        tracking_number=str(how.get("tracking_number", "")),
    )


def _slot(shop: Shop, order_id: str, wanted: str) -> PickupSlot | None:
    # A form carries a slot's name only: its times are the marketplace's to say.
    if not wanted:
        return None
    slots = shop.orders.shipping_options(order_id).slots
    found = next((slot for slot in slots if slot_name(slot) == wanted), None)
    if found is None:
        raise ConfigError("the pick-up time is no longer offered", advice="Choose another one.")
    return found


def slot_name(slot: PickupSlot) -> str:
    """Return how a form names a slot."""
    return f"{slot.address_id}/{slot.id}"


def _label(shop: Shop, order_id: str, how: Mapping[str, Any]) -> tuple[str, bytes]:
    label = shop.orders.label(order_id)
    return label.kind, label.content or _fetched(label)


def _fetched(label: Label) -> bytes:
    content = b""
    with httpx.stream("GET", label.url, timeout=_PATIENCE, follow_redirects=False) as reply:
        reply.raise_for_status()
        for part in reply.iter_bytes():
            content += part
            if len(content) > _LARGEST:
                raise ConfigError("the label is too large", advice="Print it at the marketplace.")
    return content


def _cancel(shop: Shop, order_id: str, how: Mapping[str, Any]) -> None:
    shop.orders.cancel(order_id, str(how.get("reason", "")))


def _accept(shop: Shop, order_id: str, how: Mapping[str, Any]) -> None:
    shop.orders.accept_cancellation(order_id)


def _refuse(shop: Shop, order_id: str, how: Mapping[str, Any]) -> None:
    shop.orders.refuse_cancellation(
        order_id, str(how.get("reason", "")), str(how.get("comment", ""))
    )


_SENDERS: dict[Kind, Callable[[Shop, str, Mapping[str, Any]], Any]] = {
    Kind.SHIP: _ship,
    Kind.LABEL: _label,
    Kind.CANCEL: _cancel,
    Kind.ACCEPT: _accept,
    Kind.REFUSE: _refuse,
}


def packages(order: Order) -> list[list[str]]:
    """Return how an order's packages stand, to be compared with how they stood before."""
    rows = order.packages.order_by("position").values_list(
        "external_id", "raw_status", "tracking_number"
    )
    return [list(row) for row in rows]


def happened(kind: str, order: Order, before: list[list[str]]) -> bool | None:
    """Say from an order as it is now whether an act took effect; `None` when it does not tell.

    Some marketplaces keep an order's status until the carrier answers, and change its package.
    """
    match Kind(kind):
        case Kind.SHIP:
            return order.status in _ON_THE_WAY or packages(order) != before
        case Kind.CANCEL | Kind.ACCEPT:
            return order.status == "CANCELLED"
        case Kind.REFUSE:
            return order.status not in {"CANCELLING", "CANCELLED"}
    return None
