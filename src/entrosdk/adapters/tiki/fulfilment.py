"""Confirming and refusing orders, and their labels (fact book sections 3.1, 3.5 and 3.7).

At Tiki a seller does not arrange a shipment but confirms to have the goods; what follows depends
on the operation model of the order.
A confirmation that names wrong lines cancels the order (quirk 2), so every write begins with a
fresh read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from attrs import frozen

from entrosdk.adapters.tiki import mapping, wire
from entrosdk.adapters.tiki.ask import ask, tell
from entrosdk.adapters.tiki.pages import alone
from entrosdk.adapters.tiki.wire_writes import Inventories, Labels, Slots
from entrosdk.adapters.tiki.words import QUEUEING, WAITING
from entrosdk.domain.writing import (
    CancelReason,
    Handover,
    Label,
    PickupSlot,
    Shipment,
    ShippingOptions,
    ShipRequest,
)
from entrosdk.errors import BadReply, ConfigError, Conflict, Invalid, NotFound, Rejected
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import Request
from entrosdk.spi.wire import read
from entrosdk.spi.writing import settled, write

__all__ = ["Fulfilment"]

_DROPSHIP = "dropship"
_SELLER = "seller_delivery"
_HANDED_OVER = "handover_to_partner"

# Who brings the goods to whom: Tiki comes, the seller brings them to Tiki, the seller delivers.
_HANDOVER = {
    _DROPSHIP: Handover.PICKUP,
    "tiki_delivery": Handover.DROP_OFF,
    _SELLER: Handover.OWN,
    "cross_border": Handover.OWN,
}

_LABELS = {
    _DROPSHIP: "dropship",
    "tiki_delivery": "tiki-delivery",
    _SELLER: "seller-delivery",
    "cross_border": "cross-border",
}

REJECTED = "seller_canceled"
"""The one word of a refusal before confirmation: it carries no reason."""

_REASONS = (CancelReason(code=REJECTED, text="Nhà bán không có hàng"),)
_FAILURES = (
    CancelReason(code="out_of_needs", text="Khách không còn nhu cầu"),
    CancelReason(code="out_of_stock", text="Hết hàng"),
)
"""What ends an order that the seller delivers; a new appointment does not (section 3.7)."""


@frozen
class Fulfilment:
    """What a seller decides about orders."""

    access: Access

    def shipping_options(self, order_id: str, package_id: str) -> Flow[ShippingOptions]:  # noqa: ARG002
        """Return how an order can be handed over, with the times at which Tiki can come."""
        order = yield from _fresh(order_id)
        _expect_waiting(order)
        slots = (yield from _slots()) if order.fulfillment_type == _DROPSHIP else ()
        places = yield from _places(order)
        return ShippingOptions(
            order_id=order.code,
            methods=(_HANDOVER[order.fulfillment_type],),
            slots=slots,
            warehouse_ids=places,
        )

    def ship(self, wish: ShipRequest) -> Flow[Shipment]:
        """Confirm that all goods are there; for drop shipping with a time for the pickup.

        Tiki gives the tracking number later, and takes none of the seller's.
        An order is confirmed as a whole: lines that are not there are refused with `cancel`.
        """
        order = yield from _fresh(wish.order_id)
        _expect_waiting(order)
        _expect_possible(wish, order)
        place = wish.warehouse_id or (yield from _place(order))
        if order.fulfillment_type == _DROPSHIP:
            request = _dropship(order, "seller_confirmed", place, (yield from _pickup(wish)))
        else:
            request = _available(order, [row.id for row in order.items], place)
        yield from settled(_sent(request), partial(_decided, order.code))
        return (yield from self._shipment(order.code))

    def label(self, order_id: str, package_id: str) -> Flow[Label]:  # noqa: ARG002
        """Return the link to an order's label; raises `Conflict` before the confirmation."""
        order = yield from _fresh(order_id)
        model = _LABELS.get(order.fulfillment_type)
        if model is None:
            raise Conflict(f"Tiki has no label for {order.fulfillment_type or 'such'} orders")
        if _waits(order):
            raise Conflict("the order is not confirmed yet", advice="Confirm it with `ship`.")
        request = ask(
            f"v2/orders/{order.code}/{model}/labels",
            {"format": "html"},  # the only documented one
            template=f"/integration/v2/orders/:code/{model}/labels",
        )
        reply = yield from send(request)
        url = read(Labels, reply.body).url
        if not url:
            raise BadReply("the reply to a label names no link")
        return Label(order_id=order.code, package_id=order.code, kind="text/html", url=url)

    def cancel_reasons(self, order_id: str) -> Flow[tuple[CancelReason, ...]]:
        """Return the words that end an order as it stands; none when it is too late."""
        order = yield from _fresh(order_id)
        if _waits(order):
            return _REASONS
        return _FAILURES if _with_seller(order) else ()

    def cancel(self, order_id: str, reason: str, line_ids: Sequence[str]) -> Flow[None]:
        """Refuse an order that waits for confirmation, or end one the seller delivers.

        Some lines only: the other lines are confirmed by the same call, since Tiki has one call
        for both; drop shipping knows whole orders only.
        After the confirmation Tiki lets a seller cancel no more.
        """
        order = yield from _fresh(order_id)
        lost = _known_lines(order, line_ids)
        if _with_seller(order) and not lost:
            request = _undelivered(order, reason)
        else:
            _expect_waiting(order)
            request = _refusal(order, lost, (yield from _place(order)))
        yield from settled(_sent(request), partial(_decided, order.code))

    def _shipment(self, code: str) -> Flow[Shipment]:
        """Read the order once more: the reply to a confirmation says nothing (section 3.7)."""
        order = mapping.order((yield from _fresh(code)), self.access)
        return Shipment(order_id=order.id, packages=order.packages, raw_status=order.raw_status)


# Looking


def _fresh(order_id: str) -> Flow[wire.Order]:
    if not (order_id.isdecimal() and order_id.isascii()):
        raise NotFound(f"Tiki has no order {order_id}")
    found = yield from alone(order_id)
    if found is None:
        raise NotFound(f"Tiki has no order {order_id}")
    if not found.models:
        raise BadReply(f"order {order_id} cannot be read: {found.unreadable[0].reason}")
    return found.models[0]


def _waits(order: wire.Order) -> bool:
    words = {row.confirmation.status for row in order.items if row.confirmation}
    return order.status == QUEUEING and WAITING in words


def _with_seller(order: wire.Order) -> bool:
    return (order.fulfillment_type, order.status) == (_SELLER, _HANDED_OVER)


def _decided(code: str) -> Flow[bool | None]:
    """Look whether a write whose reply was lost took effect: nothing waits any more."""
    order = yield from _fresh(code)
    return None if _waits(order) or _with_seller(order) else True


def _expect_waiting(order: wire.Order) -> None:
    if order.fulfillment_type not in _HANDOVER:
        raise Conflict(f"a {order.fulfillment_type or 'nameless'} order is not the seller's")
    if not _waits(order):
        raise Conflict(
            f"the order is {order.status} and nothing of it waits for the seller",
            advice="Fetch it again; Tiki ships what it stores itself without the seller.",
        )


def _expect_possible(wish: ShipRequest, order: wire.Order) -> None:
    lines = {row.id for row in order.items}
    if wish.line_ids and set(wish.line_ids) != lines:
        raise Conflict(
            "Tiki confirms an order as a whole: lines left out would be cancelled",
            advice="Refuse the lines that are not there with `orders.cancel(…, line_ids=…)`.",
        )
    natural = _HANDOVER[order.fulfillment_type]
    if wish.method is not None and wish.method is not natural:
        raise Conflict(f"a {order.fulfillment_type} order is handed over by {natural} only")
    if wish.tracking_number:
        raise Conflict("Tiki takes no tracking number", advice="Leave `tracking_number` empty.")


def _known_lines(order: wire.Order, line_ids: Sequence[str]) -> set[str]:
    """Check lines against the fresh order; returns none for the whole order."""
    lines = {row.id for row in order.items}
    strange = set(line_ids) - lines
    if strange:
        raise Invalid(f"{len(strange)} of the lines are not in order {order.code}")
    return set() if set(line_ids) == lines else set(line_ids)


# Places and pickups


def _place(order: wire.Order) -> Flow[str]:
    """Choose the warehouse: the one Tiki assigned, else the first that serves the order."""
    told = [row.seller_inventory_id for row in order.items]
    told += [order.seller_warehouse.id] if order.seller_warehouse else []
    chosen = next((one for one in told if one), "")
    if chosen:
        return chosen
    places = yield from _places(order)
    if not places:
        raise Conflict("none of the seller's warehouses serves this order")
    return places[0]


def _places(order: wire.Order) -> Flow[tuple[str, ...]]:
    code = order.tiki_warehouse.code if order.tiki_warehouse else ""
    if not code:
        return ()
    reply = yield from send(ask("v2/seller-inventories", {"tiki_warehouse_codes": code}))
    return tuple(row.id for row in read(Inventories, reply.body).seller_inventories)


def _slots() -> Flow[tuple[PickupSlot, ...]]:
    """Read when Tiki can come; where the call is refused Tiki chooses (one client knows it)."""
    try:
        reply = yield from send(ask("v2/orders/dropship/expected-pickup-slots"))
    except Rejected:
        return ()
    rows = read(Slots, reply.body).pickup_slots
    return tuple(
        PickupSlot(
            id=row.expected_pickup_time,
            end=row.at,  # "before 18h": the slot is told by its end
            text=row.expected_pickup_slot,
            recommended=number == 0,
        )
        for number, row in enumerate(rows)
    )


def _pickup(wish: ShipRequest) -> Flow[str | None]:
    """The wished time, else the first that can be had; Tiki may choose one itself."""
    if wish.slot:
        return wish.slot.id
    slots = yield from _slots()
    return slots[0].id if slots else None


# Requests


def _dropship(order: wire.Order, word: str, place: str, pickup: str | None = None) -> Request:
    body: dict[str, Any] = {"confirmation_status": word, "seller_inventory_id": _number(place)}
    return _order_call(
        order,
        "dropship/confirm-available",
        body | ({"expected_pickup_time": pickup} if pickup else {}),
    )


def _available(order: wire.Order, line_ids: Sequence[str], place: str) -> Request:
    body = {
        "available_item_ids": [_number(name) for name in line_ids],
        "seller_inventory_id": _number(place),
    }
    return _order_call(order, "confirm-available", body)


def _refusal(order: wire.Order, lost: set[str], place: str) -> Request:
    if order.fulfillment_type == _DROPSHIP:
        if lost:
            raise Conflict("a dropship order is refused as a whole", advice="Pass no `line_ids`.")
        return _dropship(order, REJECTED, place)
    left = [row.id for row in order.items if lost and row.id not in lost]
    return _available(order, left, place)


def _undelivered(order: wire.Order, reason: str) -> Request:
    if reason not in {one.code for one in _FAILURES}:
        known = ", ".join(one.code for one in _FAILURES)
        raise Invalid("Tiki has no such reason", advice=f"Pass one of: {known}.")
    body = {"status": "failed_delivery", "failure_cause": reason}
    return _order_call(order, "seller-delivery/update-delivery", body)


def _order_call(order: wire.Order, call: str, body: Mapping[str, Any]) -> Request:
    return tell(f"v2/orders/{order.code}/{call}", body, template=f"v2/orders/:code/{call}")


def _sent(request: Request) -> Flow[bool | None]:
    yield from write(request)
    return True


def _number(name: str) -> int:
    if not (name.isdecimal() and name.isascii()):
        raise ConfigError(f"{name!r} is no id of Tiki's", advice="Ids are whole numbers.")
    return int(name)
