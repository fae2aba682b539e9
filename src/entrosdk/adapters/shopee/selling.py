"""The orders of a shop, read and changed (fact book sections 3.7 and 3.8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve, frozen

from entrosdk.adapters.shopee import fulfilment, labels
from entrosdk.adapters.shopee.ask import tell
from entrosdk.adapters.shopee.orders import Orders
from entrosdk.domain.order import Order, OrderLine, OrderStatus, Package
from entrosdk.domain.writing import CancelReason, Label, Shipment, ShippingOptions, ShipRequest
from entrosdk.errors import ConfigError, EntroError, NotFound
from entrosdk.spi.effects import Flow
from entrosdk.spi.request import Request
from entrosdk.spi.writing import settled, write

__all__ = ["SellingOrders"]

_OUT_OF_STOCK = "OUT_OF_STOCK"
_REASONS = (
    CancelReason(code=_OUT_OF_STOCK, text="Out of stock"),
    CancelReason(code="CUSTOMER_REQUEST", text="The buyer asked for it"),
    CancelReason(code="COD_NOT_SUPPORTED", text="Cash on delivery is not possible"),
)
_FAR_AWAY = CancelReason(code="UNDELIVERABLE_AREA", text="The area cannot be reached")

_ENDING = frozenset({OrderStatus.CANCELLED, OrderStatus.CANCELLING})


@frozen
class SellingOrders(Orders):
    """The orders of one shop, with what a seller does to them."""

    def shipping_options(self, order_id: str, package_id: str) -> Flow[ShippingOptions]:
        """Return how a parcel can be handed over; raises `Conflict` while it is screened."""
        number = yield from self._number(order_id, package_id)
        body = yield from fulfilment.parameters(order_id, number)
        return fulfilment.options(order_id, body)

    def ship(self, wish: ShipRequest) -> Flow[Shipment]:
        """Arrange the shipment: a way that is open, the recommended time, unless you choose.

        A lost reply is settled by the state of the packages.
        """
        if wish.line_ids:
            raise ConfigError(
                "Shopee ships whole packages",
                advice="Split the order in the seller centre, then ship each `package_id`.",
            )
        number = yield from self._number(wish.order_id, wish.package_id)
        body = yield from fulfilment.parameters(wish.order_id, number)
        return (
            yield from settled(
                self._ship(wish, number, body), lambda: self._shipped(wish.order_id, number)
            )
        )

    def label(self, order_id: str, package_id: str) -> Flow[Label]:
        """Return the waybill's bytes; raises `Conflict` while it is not printable."""
        order = yield from self._order(order_id)
        package = _package(order, package_id)
        number = package.id if package and len(order.packages) > 1 else ""
        tracking = yield from fulfilment.tracking(order_id, number, package)
        found = yield from labels.label(order_id, number, tracking)
        return evolve(found, package_id=package.id) if package else found

    def cancel_reasons(self, order_id: str) -> Flow[tuple[CancelReason, ...]]:
        """Return the reasons of this market; Shopee has them in its manual only."""
        del order_id
        yield from ()  # a flow that asks nobody
        far = self.access.region.code in {"TW", "MY"}
        return (*_REASONS, _FAR_AWAY) if far else _REASONS

    def cancel(self, order_id: str, reason: str, line_ids: Sequence[str]) -> Flow[None]:
        """Cancel an order before it is shipped, or some of its lines.

        A lost reply is settled by the order's status; for a part of it, nothing can be told.
        """
        body: dict[str, Any] = {"order_sn": order_id, "cancel_reason": reason}
        if reason == _OUT_OF_STOCK or line_ids:
            order = yield from self._order(order_id)
            body |= _lines(order, line_ids)
        request = tell("order/cancel_order", body)
        if "partial_cancel_item_list" in body:
            yield from write(request)
        else:
            yield from self._settle(request, order_id, lambda order: order.status in _ENDING)

    def accept_cancellation(self, order_id: str) -> Flow[None]:
        """Agree: the order is cancelled."""
        yield from self._answer(
            order_id, "ACCEPT", lambda order: order.status is OrderStatus.CANCELLED
        )

    def refuse_cancellation(self, order_id: str, reason: str, comment: str) -> Flow[None]:
        """Refuse: the order goes on. Shopee asks for no reason."""
        del reason, comment
        yield from self._answer(order_id, "REJECT", lambda order: order.status not in _ENDING)

    def _answer(self, order_id: str, word: str, done: Callable[[Order], bool]) -> Flow[None]:
        body = {"order_sn": order_id, "operation": word}
        yield from self._settle(tell("order/handle_buyer_cancellation", body), order_id, done)

    def _settle(self, request: Request, order_id: str, done: Callable[[Order], bool]) -> Flow[None]:
        yield from settled(_sent(request), lambda: self._seen(order_id, done))

    def _seen(self, order_id: str, done: Callable[[Order], bool]) -> Flow[bool | None]:
        order = yield from self._order(order_id)
        return done(order) or None

    def _ship(self, wish: ShipRequest, number: str, body: Any) -> Flow[Shipment]:
        yield from fulfilment.request(wish, number, body)
        try:
            order = yield from self._order(wish.order_id)
        except EntroError:  # it is shipped, whatever became of the look
            return Shipment(order_id=wish.order_id)
        return fulfilment.shipment(order)

    def _shipped(self, order_id: str, number: str) -> Flow[Shipment | None]:
        order = yield from self._order(order_id)
        return fulfilment.shipment(order) if fulfilment.arranged(order, number) else None

    def _number(self, order_id: str, package_id: str) -> Flow[str]:
        """Return the package number to send: none for an order of one package (quirk 22)."""
        if not package_id:
            return ""
        order = yield from self._order(order_id)
        return package_id if len(order.packages) > 1 else ""

    def _order(self, order_id: str) -> Flow[Order]:
        found = yield from self.many([order_id])
        if not found.items:
            raise NotFound(f"Shopee has no readable order {order_id} in this shop")
        return found.items[0]


def _sent(request: Request) -> Flow[bool | None]:
    yield from write(request)
    return True


def _package(order: Order, package_id: str) -> Package | None:
    if len(order.packages) > 1 and package_id not in {one.id for one in order.packages}:
        raise ConfigError(
            f"order {order.id} has {len(order.packages)} packages",
            advice="Pass the `package_id` of one of `order.packages`.",
        )
    return next((one for one in order.packages if package_id in {"", one.id}), None)


def _lines(order: Order, line_ids: Sequence[str]) -> dict[str, Any]:
    """Name the lines of a cancellation: a part of them, or all that are out of stock."""
    known = {line.id: line for line in order.lines}
    strange = [name for name in line_ids if name not in known]
    if strange:
        raise NotFound(f"order {order.id} has no line {strange[0]}")
    if line_ids and len(set(line_ids)) < len(known):
        rows = [{**_pair(known[name]), "model_quantity": known[name].quantity} for name in line_ids]
        return {"partial_cancel_item_list": rows}
    pairs = {(line.product_id, line.variant_id): _pair(line) for line in order.lines}
    return {"item_list": list(pairs.values())}


def _pair(line: OrderLine) -> dict[str, int]:
    return {"item_id": int(line.product_id), "model_id": int(line.variant_id or 0)}
