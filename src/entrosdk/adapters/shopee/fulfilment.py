"""Handing orders over: ways that are open, shipping, tracking (fact book section 3.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from entrosdk.adapters.shopee import wire_writes as wire
from entrosdk.adapters.shopee.ask import ask, tell
from entrosdk.domain.order import Order, Package
from entrosdk.domain.writing import Handover, PickupSlot, Shipment, ShippingOptions, ShipRequest
from entrosdk.errors import ConfigError, Conflict
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.toolkit import moment
from entrosdk.spi.wire import read
from entrosdk.spi.writing import write

__all__ = ["arranged", "named", "options", "parameters", "request", "shipment", "tracking"]

# The word of info_needed for each way (section 3.7).
_WAYS: Mapping[Handover, str] = {
    Handover.PICKUP: "pickup",
    Handover.DROP_OFF: "dropoff",
    Handover.OWN: "non_integrated",
}

# A package in one of these has been handed to the carrier's care (section 3.5).
_ARRANGED = frozenset(
    {"LOGISTICS_REQUEST_CREATED", "LOGISTICS_PICKUP_DONE", "LOGISTICS_DELIVERY_DONE"}
)


def named(order_id: str, package_id: str) -> dict[str, str]:
    """Name an order or one of its packages; an empty package number is never sent."""
    return {"order_sn": order_id, **({"package_number": package_id} if package_id else {})}


# What is possible


def parameters(order_id: str, package_id: str) -> Flow[wire.ShippingBody]:
    """Ask how a parcel can be handed over; raises `Conflict` while it is not ready."""
    reply = yield from send(ask("logistics/get_shipping_parameter", named(order_id, package_id)))
    return read(wire.ShippingParameters, reply.body).response


def options(order_id: str, body: wire.ShippingBody) -> ShippingOptions:
    """Map what is possible; `info_needed` decides, whatever else is filled (quirk 22)."""
    slugs = body.dropoff.slug_list if body.dropoff else ()
    return ShippingOptions(
        order_id=order_id,
        methods=tuple(way for way, word in _WAYS.items() if word in body.info_needed),
        slots=slots(body),
        carriers=tuple((row.slug, row.slug_name) for row in slugs),
    )


def slots(body: wire.ShippingBody) -> tuple[PickupSlot, ...]:
    """Return the times at which the carrier can come, address by address."""
    if "pickup" not in body.info_needed or body.pickup is None:
        return ()
    return tuple(
        _slot(place, row) for place in body.pickup.address_list for row in place.time_slot_list
    )


def _slot(place: wire.Address, row: wire.Slot) -> PickupSlot:
    return PickupSlot(
        id=row.pickup_time_id,
        address_id=place.address_id,
        start=moment(row.date) if row.date else None,
        text=row.time_text,
        recommended="recommended" in row.flags,
    )


# Shipping


def request(wish: ShipRequest, package_id: str, body: wire.ShippingBody) -> Flow[None]:
    """Arrange the shipment in one of the ways that are open."""
    way = _way(wish, body)
    detail = _DETAILS[way](wish, body)
    yield from write(
        tell("logistics/ship_order", {**named(wish.order_id, package_id), _WAYS[way]: detail or {}})
    )


def _way(wish: ShipRequest, body: wire.ShippingBody) -> Handover:
    given = options(wish.order_id, body)
    wanted = wish.method or (Handover.PICKUP if wish.slot else None)
    if wanted is None:
        wanted = next(iter(_preferred(given)), None)
    if wanted is None or wanted not in given.methods:
        ways = ", ".join(given.methods) or "no ways"
        raise Conflict(
            f"order {wish.order_id} cannot be handed over so ({wanted}); open: {ways}",
            advice="Ask `shipping_options` for what is possible now.",
        )
    return wanted


def _preferred(given: ShippingOptions) -> Sequence[Handover]:
    """Return the open ways, the carrier's visit last where it has no time to come."""
    if Handover.PICKUP in given.methods and not given.slots:
        return sorted(given.methods, key=lambda way: way is Handover.PICKUP)
    return given.methods


def _pickup(wish: ShipRequest, body: wire.ShippingBody) -> dict[str, Any]:
    needed = body.info_needed["pickup"]
    if not needed:
        return {}
    slot = wish.slot or _best(slots(body))
    address = slot.address_id if slot else ""
    if not address and body.pickup and body.pickup.address_list:
        address = body.pickup.address_list[0].address_id
    if not address.isdecimal() or ("pickup_time_id" in needed and slot is None):
        raise Conflict(
            f"the carrier has no time to fetch order {wish.order_id}",
            advice="Try again later, or bring the parcel where `shipping_options` allows it.",
        )
    detail: dict[str, Any] = {"address_id": int(address)}
    return detail | ({"pickup_time_id": slot.id} if slot and slot.id else {})


def _best(found: Sequence[PickupSlot]) -> PickupSlot | None:
    return next((slot for slot in found if slot.recommended), next(iter(found), None))


def _dropoff(wish: ShipRequest, body: wire.ShippingBody) -> dict[str, Any]:
    needed = body.info_needed["dropoff"]
    detail: dict[str, Any] = {}
    if "branch_id" in needed:
        detail["branch_id"] = _branch(wish, body)
    if "tracking_no" in needed:
        detail["tracking_number"] = _number(wish)
    if "sender_real_name" in needed:  # Taiwan's convenience stores; no value of ours fits
        raise ConfigError(
            "this carrier wants the sender's name from an identity card",
            advice="Choose another way of `shipping_options`, or ship in Shopee's seller centre.",
        )
    return detail | ({"slug": wish.carrier} if wish.carrier else {})


def _branch(wish: ShipRequest, body: wire.ShippingBody) -> int:
    branches = body.dropoff.branch_list if body.dropoff else ()
    if not branches:
        raise Conflict(f"no branch takes order {wish.order_id}")
    return branches[0].branch_id


def _own(wish: ShipRequest, body: wire.ShippingBody) -> dict[str, Any]:
    needed = body.info_needed["non_integrated"]
    return {"tracking_number": _number(wish)} if needed or wish.tracking_number else {}


def _number(wish: ShipRequest) -> str:
    if not wish.tracking_number:
        raise ConfigError(
            "this way of shipping needs the carrier's tracking number",
            advice="Pass `tracking_number` in the ShipRequest.",
        )
    return wish.tracking_number


_DETAILS = {Handover.PICKUP: _pickup, Handover.DROP_OFF: _dropoff, Handover.OWN: _own}


# What became of it


def shipment(order: Order) -> Shipment:
    """Return an order's packages as they stand; numbers come minutes after the request."""
    return Shipment(order_id=order.id, packages=order.packages, raw_status=order.raw_status)


def arranged(order: Order, package_id: str) -> bool:
    """Say whether a package, or all of an order's, have been handed to the carrier's care."""
    packages = [one for one in order.packages if package_id in {"", one.id}]
    return bool(packages) and all(one.raw_status in _ARRANGED for one in packages)


def tracking(order_id: str, package_id: str, known: Package | None) -> Flow[str]:
    """Return a package's tracking number; raises `Conflict` while there is none."""
    if known and known.tracking_number:
        return known.tracking_number
    reply = yield from send(ask("logistics/get_tracking_number", named(order_id, package_id)))
    body = read(wire.Tracking, reply.body).response
    # Cross-border parcels carry the number of their first leg (section 3.7).
    number = body.tracking_number or body.first_mile_tracking_number
    if not number:
        raise Conflict(
            f"order {order_id} has no tracking number yet",
            advice="Ship it first; the carrier's number comes minutes later (wait for the push).",
        )
    return number
