"""Reading pages of products and single products (fact book section 4.2)."""

from __future__ import annotations

from typing import TypeAlias

from entrosdk.adapters.tiki import wire_products as goods
from entrosdk.adapters.tiki.ask import PAGE, ask, number
from entrosdk.adapters.tiki.pages import as_asked
from entrosdk.domain.product import ProductQuery
from entrosdk.errors import ConfigError, NotFound
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.wire import Read

__all__ = ["INCLUDE", "Found", "alone", "listed"]

Found: TypeAlias = Read[goods.ProductsPage, goods.Product]

INCLUDE = "inventory,attributes,categories,images"
"""What is asked for beside the bare rows."""

_ACTIVE = {"enabled": 1, "disabled": 0}


def listed(query: ProductQuery, cursor: str | None, include: str | None) -> Flow[Found]:
    """Read one page, newest first: a product added meanwhile repeats a row, it skips none.

    Time filters gave errors in production (section 4.2), so rows are chosen on reading.
    """
    for moment, name in ((query.updated_from, "from"), (query.updated_to, "to")):
        if moment is not None and moment.tzinfo is None:
            raise ConfigError(
                f"`updated_{name}` has no time zone", advice="Pass an aware datetime."
            )
    page = number(cursor)
    parameters = {
        "page": page,
        "limit": PAGE,
        "active": _ACTIVE.get(query.raw_status or ""),
        "include": include,
    }
    reply = yield from send(ask("v2.1/products", parameters))
    found = goods.PRODUCTS.read(reply.body)
    as_asked(found.page.paging, page)
    return found


def alone(name: str) -> Flow[Found | None]:
    """Read one product; here the parameter is called `includes` (section 4.2)."""
    if not (name.isdecimal() and name.isascii()):
        return None  # no id of Tiki's: it answers 500 to those (#247)
    request = ask(
        f"v2.1/products/{name}",
        {"includes": INCLUDE},
        template="/integration/v2.1/products/:id",
    )
    try:
        reply = yield from send(request)
    except NotFound:
        return None
    return goods.PRODUCTS.read(b'{"data":[' + reply.body + b'],"paging":{}}')
