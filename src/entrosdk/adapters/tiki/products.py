"""Reading products: whole rows by page, and one by one (fact book section 4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TypeAlias

from attrs import frozen

from entrosdk.adapters.tiki import mapping
from entrosdk.adapters.tiki import wire_products as goods
from entrosdk.adapters.tiki.ask import PAGE, ask, number
from entrosdk.domain.product import Product, ProductQuery
from entrosdk.errors import ConfigError, NotFound
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.page import Batch, Page, Stub
from entrosdk.spi.wire import Mapped, Read

__all__ = ["Products"]

_Found: TypeAlias = Read[goods.ProductsPage, goods.Product]

_INCLUDE = "inventory,attributes,categories,images"
_ACTIVE = {"enabled": 1, "disabled": 0}


@frozen
class Products:
    """The products of one seller."""

    access: Access

    def page(self, query: ProductQuery, cursor: str | None) -> Flow[Page[Product]]:
        """Return up to 50 products with their stock; bounds are optional.

        Hidden products are listed by another route, which is not established (section 4.1).
        """
        found = yield from _listed(query, cursor, _INCLUDE)
        products = found.mapped(partial(mapping.product, access=self.access))
        return Page(
            items=tuple(one for one in products.items if _wanted(one, query)),
            next=_next(found, cursor),
            unreadable=products.unreadable,
            total=found.page.paging.total,
            drift=products.drift,
        )

    def stubs(self, query: ProductQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return up to 50 product ids with their update times."""
        found = yield from _listed(query, cursor, None)
        stubs = [Stub(id=row.product_id, updated_at=row.updated_at) for row in found.models]
        return Page(
            items=tuple(one for one in stubs if _inside(one.updated_at, query)),
            next=_next(found, cursor),
            unreadable=found.unreadable,
            total=found.page.paging.total,
            drift=found.drift,
        )

    def many(self, ids: Sequence[str]) -> Flow[Batch[Product]]:
        """Fetch products one by one, as Tiki's only way; unknown ones are missing."""
        found: Mapped[Product] = Mapped()
        missing: list[str] = []
        for name in dict.fromkeys(ids):
            read = yield from _alone(name)
            missing += [] if read else [name]
            if read:
                found += read.mapped(partial(mapping.product, access=self.access))
        return Batch(
            items=found.items,
            missing=tuple(missing),
            unreadable=found.unreadable,
            drift=found.drift,
        )


def _listed(query: ProductQuery, cursor: str | None, include: str | None) -> Flow[_Found]:
    """Read one page, newest first: a product added meanwhile repeats a row, it skips none.

    Time filters gave errors in production (section 4.2), so rows are chosen on reading.
    """
    for moment, name in ((query.updated_from, "from"), (query.updated_to, "to")):
        if moment is not None and moment.tzinfo is None:
            raise ConfigError(
                f"`updated_{name}` has no time zone", advice="Pass an aware datetime."
            )
    parameters = {
        "page": number(cursor),
        "limit": PAGE,
        "active": _ACTIVE.get(query.raw_status or ""),
        "include": include,
    }
    reply = yield from send(ask("v2.1/products", parameters))
    return goods.PRODUCTS.read(reply.body)


def _alone(name: str) -> Flow[_Found | None]:
    """Read one product; here the parameter is called `includes` (section 4.2)."""
    if not (name.isdecimal() and name.isascii()):
        return None  # no id of Tiki's: it answers 500 to those (#247)
    request = ask(
        f"v2.1/products/{name}",
        {"includes": _INCLUDE},
        template="/integration/v2.1/products/:id",
    )
    try:
        reply = yield from send(request)
    except NotFound:
        return None
    return goods.PRODUCTS.read(b'{"data":[' + reply.body + b'],"paging":{}}')


def _next(found: _Found, cursor: str | None) -> str | None:
    """Go on to the last page, however short a page is (section 2.1)."""
    here = number(cursor)
    return str(here + 1) if here < found.page.paging.last_page else None


def _wanted(product: Product, query: ProductQuery) -> bool:
    word = query.raw_status
    return (not word or product.raw_status == word) and _inside(product.updated_at, query)


def _inside(moment: datetime | None, query: ProductQuery) -> bool:
    start, end = query.updated_from, query.updated_to
    if moment is None:
        return True
    return (start is None or moment >= start) and (end is None or moment < end)
