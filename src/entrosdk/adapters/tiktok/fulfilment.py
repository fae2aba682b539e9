"""Shipping and cancelling orders (fact book sections 3.9 and 6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from attrs import frozen

from entrosdk.adapters.tiktok import mapping, wire
from entrosdk.adapters.tiktok import wire_writes as writes
from entrosdk.adapters.tiktok.words import SELLER_REASONS
from entrosdk.domain.order import Order
from entrosdk.domain.writing import (
    CancelReason,
    Handover,
    Label,
    PickupSlot,
    Shipment,
    ShippingOptions,
    ShipRequest,
)
from entrosdk.errors import BadReply, ConfigError, Conflict, NotFound, Unsupported
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import Request, Response, get, post
from entrosdk.spi.toolkit import moment
from entrosdk.spi.wire import read
from entrosdk.spi.writing import settled, write

__all__ = ["Fulfilment"]

_WAITING = {"AWAITING_SHIPMENT", "PARTIALLY_SHIPPING", "ON_HOLD", "UNPAID"}
_DOCUMENT = {"document_type": "SHIPPING_LABEL", "document_size": "A6", "document_format": "PDF"}
_LINK_LIFE = timedelta(hours=24)


@frozen
class Fulfilment:
    """The writes of orders."""

    access: Access

    # Shipping

    def shipping_options(self, order_id: str, package_id: str) -> Flow[ShippingOptions]:
        """Return how a package can be handed over; a seller who ships alone chooses a carrier."""
        order = yield from _order(order_id)
        if order.shipping_type == "SELLER":
            carriers = yield from _carriers(order)
            return ShippingOptions(
                order_id=order_id, methods=(Handover.OWN,), carriers=tuple(carriers)
            )
        told = yield from _handover(_packages(order, package_id)[0])
        slots = [slot for slot in told.pickup_slots if slot.avaliable]
        return ShippingOptions(
            order_id=order_id,
            methods=_methods(told),
            slots=tuple(_slot(slot, first=slot is slots[0]) for slot in slots),
            warehouse_ids=(order.warehouse_id,) if order.warehouse_id else (),
        )

    def ship(self, wish: ShipRequest) -> Flow[Shipment]:
        """Arrange the shipment of one package, or of all packages of the order."""
        if wish.line_ids:
            raise Unsupported(
                "TikTok Shop ships packages, not lines",
                advice="Split the order in the Seller Center first, then name the package.",
            )
        order = yield from _order(wish.order_id)
        for package in _packages(order, wish.package_id):
            body = yield from _ship_body(order, package, wish)
            look = partial(_left, wish.order_id, package)
            yield from settled(_ship(package, body), look)
        found = mapping.order((yield from _order(wish.order_id)), self.access)
        return Shipment(order_id=found.id, packages=found.packages, raw_status=found.raw_status)

    def label(self, order_id: str, package_id: str) -> Flow[Label]:
        """Return a link to the shipping label; it works for a day."""
        package = package_id or _packages((yield from _order(order_id)), "")[0]
        reply = yield from send(_of_package("GET", package, "shipping_documents", _DOCUMENT))
        document = read(writes.DocumentReply, reply.body).data
        if not document.doc_url:
            raise Conflict("the shipping label is not there yet", advice="Try again in a minute.")
        told = _told_time(reply)
        return Label(
            order_id=order_id,
            package_id=package,
            url=document.doc_url,
            valid_until=told + _LINK_LIFE if told else None,
        )

    # Cancelling

    def cancel_reasons(self, order_id: str) -> Flow[tuple[CancelReason, ...]]:
        """Return what a seller may say in the order's present state.

        No call lists them; they are the fact book's, for Vietnam (section 6.4).
        """
        order = yield from _order(order_id)
        known = SELLER_REASONS.get(order.status, ())
        return tuple(CancelReason(code=code, text=text) for code, text in known)

    def cancel(self, order_id: str, reason: str, line_ids: Sequence[str]) -> Flow[None]:
        """Cancel an order; lines alone cannot be cancelled in Vietnam (25005010)."""
        body: dict[str, Any] = {"order_id": order_id, "cancel_reason": reason}
        if line_ids:
            body["order_line_item_ids"] = yield from self._units(order_id, line_ids)
        request = post("/return_refund/202602/cancellations", body)
        yield from settled(_done(request), lambda: self._cancelled(order_id))

    def accept_cancellation(self, order_id: str) -> Flow[None]:
        """Agree to a buyer's request to cancel."""
        name = yield from _asked(order_id)
        yield from settled(_done(_answer(name, "approve", {})), lambda: _answered(order_id))

    def refuse_cancellation(self, order_id: str, reason: str, comment: str) -> Flow[None]:
        """Refuse a buyer's request to cancel; TikTok Shop wants a reason of its own (6.4)."""
        if not reason:
            raise ConfigError(
                "a refusal needs a reason of TikTok Shop's",
                advice="Pass `seller_reject_apply_product_has_been_packed`, or another of its own.",
            )
        name = yield from _asked(order_id)
        body = {"reject_reason": reason, **({"comment": comment} if comment else {})}
        yield from settled(_done(_answer(name, "reject", body)), lambda: _answered(order_id))

    def _cancelled(self, order_id: str) -> Flow[bool | None]:
        order = yield from _order(order_id)
        return True if order.status == "CANCELLED" else None

    def _units(self, order_id: str, line_ids: Sequence[str]) -> Flow[list[str]]:
        """Return the units of lines: TikTok Shop knows units only."""
        order: Order = mapping.order((yield from _order(order_id)), self.access)
        known = {line.id: line.unit_ids for line in order.lines}
        missing = next((name for name in line_ids if name not in known), None)
        if missing is not None:
            raise ConfigError(f"order {order_id} has no line {missing}")
        return [unit for name in line_ids for unit in known[name]]


# Reading


def _order(name: str) -> Flow[wire.Order]:
    reply = yield from send(get("/order/202507/orders", {"ids": name}))
    found = wire.ORDERS.read(reply.body)
    for order in found.models:
        if order.id == name:
            return order
    if found.unreadable:
        raise BadReply(f"order {name} cannot be read: {found.unreadable[0].reason}")
    raise NotFound(f"there is no order {name} in this shop")


def _left(order_id: str, package: str) -> Flow[bool | None]:
    """Say whether a package left its waiting after a lost reply; `None` when it did not."""
    order = yield from _order(order_id)
    states = {row.package_status for row in order.line_items if row.package_id == package}
    left = order.status not in _WAITING or bool(states - {"", "TO_FULFILL"})
    return True if left else None


def _packages(order: wire.Order, wanted: str) -> list[str]:
    """Return the packages meant: the one that is named, or all that still wait."""
    if wanted:
        return [wanted]
    waiting = {row.package_id for row in order.line_items if row.package_status == "TO_FULFILL"}
    names = [row.id for row in order.packages]
    names = [name for name in names if name in waiting] or names
    if not names:
        raise Conflict(f"order {order.id} has no package yet")
    return names


def _of_package(method: str, name: str, what: str, query: dict[str, Any] | None = None) -> Request:
    return Request(
        method=method,
        path=f"/fulfillment/202309/packages/{name}/{what}",
        query=tuple((query or {}).items()),
        template=f"/fulfillment/202309/packages/{{package_id}}/{what}",
    )


def _handover(package: str) -> Flow[writes.Handover]:
    reply = yield from send(_of_package("GET", package, "handover_time_slots"))
    return read(writes.HandoverReply, reply.body).data


def _carriers(order: wire.Order) -> Flow[list[tuple[str, str]]]:
    request = get(
        f"/logistics/202309/delivery_options/{order.delivery_option_id}/shipping_providers",
        template="/logistics/202309/delivery_options/{delivery_option_id}/shipping_providers",
    )
    reply = yield from send(request)
    rows = read(writes.ProvidersReply, reply.body).data.shipping_providers
    return [(row.id, row.name) for row in rows]


def _methods(told: writes.Handover) -> tuple[Handover, ...]:
    pairs = ((told.can_pickup, Handover.PICKUP), (told.can_drop_off, Handover.DROP_OFF))
    return tuple(method for possible, method in pairs if possible)


def _slot(slot: writes.Slot, *, first: bool) -> PickupSlot:
    return PickupSlot(
        id=f"{slot.start_time}-{slot.end_time}",
        start=moment(slot.start_time),
        end=moment(slot.end_time),
        recommended=first,
    )


def _told_time(reply: Response) -> datetime | None:
    """The moment of the reply by its own header."""
    try:
        told = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return None
    return told.astimezone(UTC) if told.tzinfo else None


# Writing


def _done(request: Request) -> Flow[bool | None]:
    yield from write(request)
    return True


def _ship(package: str, body: dict[str, Any]) -> Flow[bool | None]:
    path = f"/fulfillment/202309/packages/{package}/ship"
    template = "/fulfillment/202309/packages/{package_id}/ship"
    return (yield from _done(post(path, body, template=template)))


def _ship_body(order: wire.Order, package: str, wish: ShipRequest) -> Flow[dict[str, Any]]:
    """Choose what was left open: pick-up at the first slot where it is offered."""
    if order.shipping_type == "SELLER" or wish.method is Handover.OWN:
        return {"self_shipment": _own(wish)}
    method: Handover | None = wish.method
    slot = wish.slot
    if method is None and slot is None:
        told = yield from _handover(package)
        method = (*_methods(told), Handover.PICKUP)[0]
        slots = [one for one in told.pickup_slots if one.avaliable]
        slot = _slot(slots[0], first=True) if slots and method is Handover.PICKUP else None
    body: dict[str, Any] = {"handover_method": (method or Handover.PICKUP).value}
    if slot is not None and slot.start and slot.end:
        start, end = int(slot.start.timestamp()), int(slot.end.timestamp())
        body["pickup_slot"] = {"start_time": start, "end_time": end}
    return body


def _own(wish: ShipRequest) -> dict[str, str]:
    if not wish.tracking_number or not wish.carrier:
        raise ConfigError(
            "a parcel that the seller ships needs its carrier and its tracking number",
            advice="Pass `carrier` (see `orders.shipping_options`) and `tracking_number`.",
        )
    return {"tracking_number": wish.tracking_number, "shipping_provider_id": wish.carrier}


def _asked(order_id: str) -> Flow[str]:
    """Find a buyer's open request to cancel."""
    name = yield from _open_request(order_id)
    if name is None:
        raise Conflict(f"no buyer asks to cancel order {order_id}")
    return name


def _open_request(order_id: str) -> Flow[str | None]:
    body = {"order_ids": [order_id], "cancel_status": [_PENDING]}
    path = "/return_refund/202602/cancellations/search"
    reply = yield from send(post(path, body, {"page_size": 50}))
    rows = read(writes.CancellationsReply, reply.body).data.cancellations
    found = (row for row in rows if row.order_id == order_id and row.cancel_status == _PENDING)
    return next((row.cancel_id for row in found), None)


_PENDING = "CANCELLATION_REQUEST_PENDING"


def _answered(order_id: str) -> Flow[bool | None]:
    """Say whether a request is answered after a lost reply: it is not open any more."""
    name = yield from _open_request(order_id)
    return True if name is None else None


def _answer(name: str, what: str, body: dict[str, Any]) -> Request:
    path = f"/return_refund/202309/cancellations/{name}/{what}"
    template = f"/return_refund/202309/cancellations/{{cancel_id}}/{what}"
    return post(path, body, template=template)
