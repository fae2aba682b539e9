"""Shipping, labels and cancelling (fact book sections 3.7 and 3.8).

Several of these calls change something by GET; all that change are sent as writes (quirk 14).
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from attrs import frozen

from entrosdk.adapters.lazada import wire
from entrosdk.adapters.lazada.ask import array, ask, tell
from entrosdk.adapters.lazada.errors import meaning
from entrosdk.adapters.lazada.mapping import place
from entrosdk.adapters.lazada.orders import Orders
from entrosdk.adapters.lazada.payload import as_json
from entrosdk.adapters.lazada.wire_writes import (
    DocumentReply,
    PackReply,
    ParcelsReply,
    ProvidersReply,
    TipReply,
    Unit,
)
from entrosdk.domain.order import Order
from entrosdk.domain.writing import (
    CancelReason,
    Handover,
    Label,
    Shipment,
    ShippingOptions,
    ShipRequest,
)
from entrosdk.errors import BadReply, ConfigError, Conflict, Context, NotFound, Rejected
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import Request, Response
from entrosdk.spi.toolkit import batches
from entrosdk.spi.wire import read
from entrosdk.spi.writing import settled, write

__all__ = ["WritableOrders"]

_BATCH = 20
_LINK_LIFE = timedelta(minutes=10)

_OPEN = {"pending", "topack", "repacked"}
_PACKED = {"packed"}
_READY = {"ready_to_ship", "ready_to_ship_pending", "toship", "transit_to_ship"}
_GONE = {"shipped", "shipping", "delivered", "confirmed"}
_CANCELLABLE = {"unpaid", *_OPEN, *_PACKED, *_READY}

_LOOK = "Fetch the order again; labels take up to half a minute after the parcel is ready to ship."


@frozen
class WritableOrders(Orders):
    """The orders of one shop, with what moves them on."""

    # Shipping

    def shipping_options(self, order_id: str, package_id: str) -> Flow[ShippingOptions]:
        """Return how an order can be handed over: Lazada decides, unless the seller delivers."""
        rows = yield from self._rows_of(order_id)
        waiting = [row for row in rows if row.status in _OPEN] or _of_package(rows, package_id)
        if not waiting:
            raise Conflict(f"nothing of the order {order_id} waits to be shipped")
        layer = yield from self._providers(order_id, waiting)
        return ShippingOptions(
            order_id=order_id,
            methods=(Handover.OWN if _own_fleet(waiting) else Handover.PICKUP,),
            carriers=tuple((one.provider_code, one.name) for one in layer.shipment_providers),
            warehouse_ids=tuple(
                dict.fromkeys(place(row.warehouse_code) for row in waiting if row.warehouse_code)
            ),
        )

    def ship(self, wish: ShipRequest) -> Flow[Shipment]:
        """Pack what waits, then tell the carrier that it is ready; returns the parcels.

        Units that an earlier attempt packed are not packed again.
        Lost replies are answered by looking at the units.
        """
        rows = yield from self._rows_of(wish.order_id)
        asked = _asked_for(rows, wish)
        _as_lazada_does(asked, wish)
        if not any(row.status in _OPEN | _PACKED for row in asked):
            raise Conflict(f"nothing of the order {wish.order_id} waits to be shipped")
        packages = [row.package_id for row in asked if row.status in _PACKED]
        waiting = [row for row in asked if row.status in _OPEN]
        if waiting:
            packages += yield from self._packed(wish, waiting)
        for batch in batches([name for name in packages if name], _BATCH):
            yield from settled(self._ready(batch), lambda: self._are_ready(wish.order_id, packages))
        return (yield from self._shipment(wish.order_id, packages))

    def _packed(self, wish: ShipRequest, waiting: Sequence[wire.Row]) -> Flow[list[str]]:
        units = [row.order_item_id for row in waiting]
        layer = yield from self._providers(wish.order_id, waiting)
        kind = layer.shipping_allocate_type or "TFS"
        body: dict[str, Any] = {
            "pack_order_list": [
                {"order_id": int(wish.order_id), "order_item_list": [int(one) for one in units]}
            ],
            "delivery_type": "dropship",
            "shipping_allocate_type": kind,
        }
        # A carrier is named by cross-border sellers only, and never for the seller's own fleet.
        if wish.carrier and kind == "NTFS" and not _own_fleet(waiting):
            body["shipment_provider_code"] = wish.carrier
        return (yield from settled(self._pack(body), lambda: self._packages(wish.order_id, units)))

    def _pack(self, body: dict[str, Any]) -> Flow[list[str]]:
        reply = yield from write(tell("/order/fulfill/pack", {"packReq": as_json(body)}))
        units = read(PackReply, reply.body).units
        _each_worked(units, reply)
        if not units:
            raise BadReply("Lazada packed and names no unit")
        return list(dict.fromkeys(unit.package_id for unit in units if unit.package_id))

    def _packages(self, order_id: str, units: Sequence[str]) -> Flow[list[str] | None]:
        """Look whether units were packed by a call whose reply was lost."""
        rows = [row for row in (yield from self._rows_of(order_id)) if row.order_item_id in units]
        names = [row.package_id for row in rows if row.status in _PACKED]
        return list(dict.fromkeys(names)) if len(names) == len(units) else None

    def _ready(self, packages: Sequence[str]) -> Flow[bool]:
        body = {"packages": [{"package_id": name} for name in packages]}
        sent = tell("/order/package/rts", {"readyToShipReq": as_json(body)})
        reply = yield from write(sent)
        _each_worked(read(ParcelsReply, reply.body).result.data.packages, reply)
        return True

    def _are_ready(self, order_id: str, packages: Sequence[str]) -> Flow[bool | None]:
        rows = yield from self._rows_of(order_id)
        own = [row for row in rows if row.package_id in packages]
        return _done(bool(own) and all(row.status in _READY | _GONE for row in own))

    def _shipment(self, order_id: str, packages: Sequence[str]) -> Flow[Shipment]:
        order = yield from self._one_order(order_id)
        own = tuple(one for one in order.packages if one.id in packages)
        return Shipment(
            order_id=order_id, packages=own or order.packages, raw_status=order.raw_status
        )

    def _providers(self, order_id: str, rows: Sequence[wire.Row]) -> Flow[Any]:
        units = [int(row.order_item_id) for row in rows if row.order_item_id.isdecimal()]
        body = {"orders": [{"order_id": int(order_id), "order_item_ids": units}]}
        request = {"getShipmentProvidersReq": as_json(body)}
        reply = yield from send(ask("/order/shipment/providers/get", request))
        return read(ProvidersReply, reply.body).result.data

    # Labels

    def label(self, order_id: str, package_id: str) -> Flow[Label]:
        """Return the shipping label as a link that lives ten minutes, or as a page.

        Right after packing Lazada may not know the parcel yet: that is `Conflict` too.
        """
        name = package_id or (yield from self._only_package(order_id))
        body = {"doc_type": "PDF", "print_item_list": False, "packages": [{"package_id": name}]}
        sent = tell("/order/package/document/get", {"getDocumentReq": as_json(body)})
        try:
            reply = yield from send(sent)
        except NotFound as error:
            raise Conflict(error.message, context=error.context, advice=_LOOK) from error
        document = read(DocumentReply, reply.body).result.data
        if document.pdf_url:
            return Label(
                order_id=order_id,
                package_id=name,
                url=document.pdf_url,
                valid_until=_told_time(reply, _LINK_LIFE),
            )
        content = _decoded(document.file)
        if not content:
            raise Conflict(f"Lazada has no label of the parcel {name} yet", advice=_LOOK)
        return Label(order_id=order_id, package_id=name, kind="text/html", content=content)

    def _only_package(self, order_id: str) -> Flow[str]:
        rows = yield from self._rows_of(order_id)
        names = list(dict.fromkeys(row.package_id for row in rows if row.package_id))
        if not names:
            raise Conflict(
                f"the order {order_id} has no parcel yet", advice="Ship it first (`orders.ship`)."
            )
        return names[0]

    # Cancelling

    def cancel_reasons(self, order_id: str) -> Flow[tuple[CancelReason, ...]]:
        """Return the reasons a seller may give for what can still be cancelled."""
        units = yield from self._cancellable(order_id, ())
        query = {"order_id": order_id, "order_item_id_list": array(units)}
        reply = yield from send(ask("/order/reverse/cancel/validate", query))
        tip = read(TipReply, reply.body).data
        if tip.tip_type == "error":
            raise Conflict(f"Lazada refuses to cancel: {_words(tip.tip_content)}")
        return tuple(
            CancelReason(code=one.reason_id, text=one.reason_name) for one in tip.reason_options
        )

    def cancel(self, order_id: str, reason: str, line_ids: Sequence[str]) -> Flow[None]:
        """Cancel an order or some of its lines; `reason` is one of `cancel_reasons`.

        Cancelling one unit of a parcel cancels them all; "out of stock" and "wrong price" set the
        stock of the SKU to nothing (quirks 28 and 29).
        """
        units = yield from self._cancellable(order_id, line_ids)
        query = {
            "order_id": order_id,
            "order_item_id_list": array(units),
            "reason_id": reason,
        }
        yield from settled(self._cancelled(query), lambda: self._are_cancelled(order_id, units))

    def _cancelled(self, query: dict[str, str]) -> Flow[bool]:
        reply = yield from write(ask("/order/reverse/cancel/create", query))
        tip = read(TipReply, reply.body).data
        if tip.tip_type == "error":
            raise Conflict(f"Lazada refuses to cancel: {_words(tip.tip_content)}")
        return True

    def _are_cancelled(self, order_id: str, units: Sequence[str]) -> Flow[bool | None]:
        rows = yield from self._rows_of(order_id)
        return _done(all(row.status == "canceled" for row in rows if row.order_item_id in units))

    def _cancellable(self, order_id: str, line_ids: Sequence[str]) -> Flow[list[str]]:
        rows = yield from self._rows_of(order_id)
        asked = _of_lines(rows, line_ids)
        units = [row.order_item_id for row in asked if row.status in _CANCELLABLE]
        if not units:
            raise Conflict(f"nothing of the order {order_id} can be cancelled any more")
        return units

    def accept_cancellation(self, order_id: str) -> Flow[None]:
        """Agree to a buyer's request to cancel."""
        yield from self._decide(order_id, agree=True, reason="")

    def refuse_cancellation(self, order_id: str, reason: str, comment: str) -> Flow[None]:
        """Refuse a buyer's request to cancel; Lazada takes a reason and no comment."""
        del comment
        yield from self._decide(order_id, agree=False, reason=reason)

    def _decide(self, order_id: str, *, agree: bool, reason: str) -> Flow[None]:
        rows = yield from self._rows_of(order_id)
        pending = {
            row.reverse_order_id for row in rows if row.asks_to_cancel and row.reverse_order_id
        }
        if not pending:
            raise Conflict(f"no buyer asks to cancel the order {order_id}")
        for name in sorted(pending):
            query = {
                "reverse_order_id": name,
                "agree_cancel": agree,
                "reason_code": reason or None,
            }
            sent = ask("/order/reverse/cancel/seller/decide", query)
            yield from settled(_sent(sent), lambda: self._is_decided(order_id))

    def _is_decided(self, order_id: str) -> Flow[bool | None]:
        rows = yield from self._rows_of(order_id)
        return _done(not any(row.asks_to_cancel for row in rows))

    # Looking

    def _rows_of(self, order_id: str) -> Flow[tuple[wire.Row, ...]]:
        if not order_id.isdecimal():
            raise NotFound(f"Lazada has no order {order_id!r}: its ids are numbers")
        reply = yield from send(ask("/orders/items/get", {"order_ids": array([order_id])}))
        found = wire.ITEMS.read(reply.body)
        rows = next((one.order_items for one in found.models if one.order_id == order_id), None)
        if rows is None:
            raise BadReply(f"the units of the order {order_id} cannot be read")
        return rows

    def _one_order(self, order_id: str) -> Flow[Order]:
        batch = yield from self.many([order_id])
        if not batch.items:
            raise BadReply(f"the order {order_id} cannot be read")
        return batch.items[0]


# Which units


def _of_lines(rows: Sequence[wire.Row], line_ids: Sequence[str]) -> list[wire.Row]:
    """Take the units of lines: a line is named by its first unit and has all that equal it."""
    if not line_ids:
        return list(rows)
    wanted = {_alike(row) for row in rows if row.order_item_id in line_ids}
    return [row for row in rows if _alike(row) in wanted]


def _alike(row: wire.Row) -> tuple[object, ...]:
    prices = (row.item_price, row.paid_price, row.currency)
    return (row.product_id, row.sku_id, row.sku, *prices, row.status, place(row.warehouse_code))


def _of_package(rows: Sequence[wire.Row], package_id: str) -> list[wire.Row]:
    packed = [row for row in rows if row.status in _PACKED]
    return [row for row in packed if package_id in {"", row.package_id}]


def _asked_for(rows: Sequence[wire.Row], wish: ShipRequest) -> list[wire.Row]:
    if wish.package_id:
        return _of_package(rows, wish.package_id)
    return _of_lines(rows, wish.line_ids)


def _as_lazada_does(rows: Sequence[wire.Row], wish: ShipRequest) -> None:
    """Refuse a wish that Lazada has no word for: it numbers parcels and sends its own carriers."""
    if wish.tracking_number:
        raise ConfigError(
            "a parcel of Lazada has Lazada's tracking number", advice="Leave `tracking_number` out."
        )
    if wish.method is Handover.OWN and not _own_fleet(rows):
        raise Conflict(f"Lazada's carriers deliver the order {wish.order_id}")


def _own_fleet(rows: Iterable[wire.Row]) -> bool:
    return any(row.delivery_option_sof for row in rows)


# Replies


def _sent(request: Request) -> Flow[bool]:
    yield from write(request)
    return True


def _done(seen: bool) -> bool | None:  # noqa: FBT001 - reads as a sentence
    """Say that a write took effect, or that this cannot be told."""
    return seen or None


def _each_worked(units: Iterable[Unit], reply: Response) -> None:
    """Raise what an element of a batch says: a success of the call is none of its elements."""
    request_id = _request_id(reply)
    for unit in units:
        code = unit.item_err_code
        if code in {"0", ""}:
            continue
        rule = meaning(code, unit.msg)
        said = f': "{_words(unit.msg)}"' if unit.msg else f" with code {code}"
        where = Context(code=code, request_id=request_id)
        kind = rule.kind if issubclass(rule.kind, Rejected) else Conflict
        raise kind(f"Lazada {rule.says}{said}", context=where, advice=rule.advice or None)


def _request_id(reply: Response) -> str:
    told = reply.json()
    found = told.get("request_id") if isinstance(told, dict) else ""
    return found if isinstance(found, str) else ""


def _words(text: str) -> str:
    return " ".join(text.split())[:300]


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""


def _told_time(reply: Response, later: timedelta) -> datetime | None:
    try:
        told = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return None
    return told.astimezone(UTC) + later if told.tzinfo else None
