"""Reading products: whole rows by page, and one by one (fact book section 4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from attrs import frozen

from entrosdk.adapters.tiki import mapping
from entrosdk.adapters.tiki.ask import number
from entrosdk.adapters.tiki.catalogue import INCLUDE, Found, alone, listed
from entrosdk.adapters.tiki.listing import Listing
from entrosdk.adapters.tiki.submitting import Submitting
from entrosdk.domain.product import Product, ProductQuery
from entrosdk.spi.effects import Flow
from entrosdk.spi.page import Batch, Page, Stub
from entrosdk.spi.wire import Mapped

__all__ = ["Products"]


@frozen
class Products(Listing, Submitting):
    """The products of one seller."""

    def page(self, query: ProductQuery, cursor: str | None) -> Flow[Page[Product]]:
        """Return up to 50 products with their stock; bounds are optional.

        Hidden products are listed by another route, which is not established (section 4.1).
        """
        found = yield from listed(query, cursor, INCLUDE)
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
        found = yield from listed(query, cursor, None)
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
            read = yield from alone(name)
            missing += [] if read else [name]
            if read:
                found += read.mapped(partial(mapping.product, access=self.access))
        return Batch(
            items=found.items,
            missing=tuple(missing),
            unreadable=found.unreadable,
            drift=found.drift,
        )


def _next(found: Found, cursor: str | None) -> str | None:
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
