"""Reading pages of orders and orders by code (fact book sections 3.2 and 3.6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from entrosdk.adapters.tiki import wire
from entrosdk.adapters.tiki.ask import PAGE, Window, ask, number
from entrosdk.errors import BadReply, NotFound
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.toolkit import batches
from entrosdk.spi.wire import Read

__all__ = ["as_asked", "Found", "alone", "by_code", "following", "inside", "listed"]

Found: TypeAlias = Read[wire.OrdersPage, wire.Order]

# Without them an order tells neither when it was paid for nor the fees that are final.
_INCLUDE = "status_histories,item.fees"


def listed(
    asked: Window, cursor: str | None, *, status: str | None = None, include: str | None = _INCLUDE
) -> Flow[tuple[Found, int]]:
    """Read one page of a window; returns it and its number.

    Pages are read from the last to the first. An order that changes meanwhile leaves the window,
    and the rows behind it move forward: read forward, one of them would be skipped; read
    backward, one is repeated.
    A short page is no end (section 2.1): only the numbers count.
    """
    here = number(cursor)
    found = yield from _page(asked, here, status, include)
    if cursor is None and found.page.paging.last_page > 1:
        here = found.page.paging.last_page
        found = yield from _page(asked, here, status, include)
    return found, here


def following(here: int) -> str | None:
    """Return the position after page `here`: the page before it."""
    return str(here - 1) if here > 1 else None


def inside(found: Found, asked: Window) -> list[wire.Order]:
    """Leave out rows that only a laxer reading of the bounds brought."""
    return [row for row in found.models if getattr(row, asked.column) in asked]


def _page(asked: Window, page: int, status: str | None, include: str | None) -> Flow[Found]:
    query = {
        "page": page,
        "limit": PAGE,
        "status": status,
        **asked.asked,
        "order_by": f"{asked.column}|asc",
        "include": include,
    }
    reply = yield from send(ask("v2/orders", query))
    found = wire.ORDERS.read(reply.body)
    as_asked(found.page.paging, page)
    return found


def as_asked(paging: wire.Paging, page: int) -> None:
    """Refuse a page that says it is another one than `page`: it would hide the rows of that one.

    Past the last page anything may come: rows that moved away left nothing behind.
    """
    told = paging.current_page
    if told and told != page <= paging.last_page:
        raise BadReply(f"page {told} of the listing came for page {page}")


def by_code(ids: Sequence[str]) -> Flow[tuple[list[Found], list[str]]]:
    """Read orders by code; returns the replies and the codes nobody knows.

    Listed by code in batches; one that is not listed is asked for alone, because an order that
    was split may be missing from lists (quirk 12).
    """
    # A code that is no number cannot be one of Tiki's and would spoil its whole batch.
    codes = [name for name in ids if name.isdecimal() and name.isascii()]
    missing = list(dict.fromkeys(name for name in ids if name not in codes))
    reads: list[Found] = []
    for batch in batches(codes, PAGE):
        query = {"page": 1, "limit": PAGE, "code": ",".join(batch), "include": _INCLUDE}
        reply = yield from send(ask("v2/orders", query))
        found = wire.ORDERS.read(reply.body)
        reads.append(found)
        told = {row.code for row in found.models} | {bad.id for bad in found.unreadable}
        for name in (name for name in batch if name not in told):
            own = yield from alone(name)
            reads += [own] if own else []
            missing += [] if own else [name]
    return reads, missing


def alone(code: str) -> Flow[Found | None]:
    """Read one order by its own route, whose reply is the bare object."""
    request = ask(
        f"v2/orders/{code}", {"include": _INCLUDE}, template="/integration/v2/orders/:code"
    )
    try:
        reply = yield from send(request)
    except NotFound:
        return None
    return wire.ORDERS.read(b'{"data":[' + reply.body + b'],"paging":{}}')
