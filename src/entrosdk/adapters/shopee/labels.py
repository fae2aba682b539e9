"""Shipping documents: which kind, made, ready, fetched (fact book section 3.7, step 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrosdk.adapters.shopee import wire_writes as wire
from entrosdk.adapters.shopee.ask import tell
from entrosdk.adapters.shopee.errors import failure
from entrosdk.adapters.shopee.fulfilment import named
from entrosdk.domain.writing import Label
from entrosdk.errors import BadReply, Conflict
from entrosdk.spi.effects import Flow, send, sleep
from entrosdk.spi.request import Response
from entrosdk.spi.wire import read

__all__ = ["label"]

_PAUSES = (1.0, 2.0, 3.0, 4.0)  # seconds between looks; documents are made within some seconds
_FALLBACK = "NORMAL_AIR_WAYBILL"

_KINDS: Mapping[bytes, str] = {
    b"%PDF": "application/pdf",
    b"PK\x03\x04": "application/zip",
}


def label(order_id: str, package_id: str, tracking_number: str) -> Flow[Label]:
    """Make a package's document and fetch it; raises `Conflict` while it is not printable.

    The same kind of document is named in all four calls.
    Making it again is harmless, so these requests may be repeated.
    """
    row = named(order_id, package_id)
    kind = yield from _kind(row)
    typed = {**row, "shipping_document_type": kind}
    made = {**typed, "tracking_number": tracking_number}
    yield from _ask("logistics/create_shipping_document", made)
    yield from _ready(typed)
    reply = yield from send(
        tell(
            "logistics/download_shipping_document",
            {"shipping_document_type": kind, "order_list": [row]},
        )
    )
    return Label(order_id=order_id, package_id=package_id, kind=_content(reply), content=reply.body)


def _kind(row: Mapping[str, Any]) -> Flow[str]:
    found = yield from _ask("logistics/get_shipping_document_parameter", row)
    suggested = found.suggest_shipping_document_type
    return suggested or next(iter(found.selectable_shipping_document_type), _FALLBACK)


def _ready(row: Mapping[str, Any]) -> Flow[None]:
    for pause in (*_PAUSES, 0.0):
        found = yield from _ask("logistics/get_shipping_document_result", row)
        if found.status == "READY":
            return
        if found.status == "FAILED":
            raise Conflict(
                f"Shopee could not make the document of order {row['order_sn']}",
                advice="Try again; print it in the seller centre if that does not help.",
            )
        yield from sleep(pause)
    raise Conflict(
        f"Shopee is still making the document of order {row['order_sn']}",
        advice="Ask again in a minute.",
    )


def _ask(path: str, row: Mapping[str, Any]) -> Flow[wire.DocumentRow]:
    """Ask about one order; its row fails alone, and all of a batch of one (quirk 24)."""
    reply = yield from send(tell(path, {"order_list": [row]}))
    rows = read(wire.Documents, reply.body).response.result_list
    if not rows:
        raise BadReply(f"{path} answers nothing about order {row['order_sn']}")
    if rows[0].fail_error:
        raise failure(rows[0].fail_error, rows[0].fail_message)
    return rows[0]


def _content(reply: Response) -> str:
    told = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    for start, kind in _KINDS.items():
        if reply.body.startswith(start):
            return kind
    return "text/html" if reply.body.lstrip()[:1] == b"<" else told or "application/octet-stream"
