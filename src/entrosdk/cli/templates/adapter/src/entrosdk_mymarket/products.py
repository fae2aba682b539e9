"""Reading products with variants and stock (manual 4)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from attrs import frozen
from entrosdk.domain.product import Product, ProductQuery
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.page import Batch, Page, Stub
from entrosdk.spi.request import get
from entrosdk.spi.toolkit import batches
from entrosdk.spi.wire import Mapped, Read, instant

from entrosdk_mymarket import mapping, wire

__all__ = ["PAGE", "Products"]

PAGE = 50
"""Rows of a page, and ids of a request (manual 4.1)."""


@frozen
class Products:
    """The products of one shop."""

    access: Access

    def page(self, query: ProductQuery, cursor: str | None) -> Flow[Page[Product]]:
        """Return up to 50 whole products; My Market lists them all, by id."""
        found = yield from _listed(query, cursor)
        products = found.mapped(partial(mapping.product, access=self.access))
        return Page(
            items=products.items,
            next=found.page.next,
            unreadable=products.unreadable,
            total=found.page.total,
            drift=products.drift,
        )

    def stubs(self, query: ProductQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return the ids of the same pages; there is no cheaper listing."""
        found = yield from _listed(query, cursor)
        return Page(
            items=tuple(
                Stub(id=row.id, updated_at=instant(row.updated_at)) for row in found.models
            ),
            next=found.page.next,
            unreadable=found.unreadable,
            total=found.page.total,
        )

    def many(self, ids: Sequence[str]) -> Flow[Batch[Product]]:
        """Fetch products by id; My Market leaves out unknown ones."""
        found: Mapped[Product] = Mapped()
        for batch in batches(ids, PAGE):
            reply = yield from send(get("/v1/products", {"ids": ",".join(batch)}))
            rows = wire.PRODUCTS.read(reply.body)
            found += rows.mapped(partial(mapping.product, access=self.access))
        told = {each.id for each in found.items} | {each.id for each in found.unreadable}
        return Batch(
            items=found.items,
            missing=tuple(dict.fromkeys(name for name in ids if name not in told)),
            unreadable=found.unreadable,
            drift=found.drift,
        )


def _listed(query: ProductQuery, cursor: str | None) -> Flow[Read[wire.ProductsPage, wire.Product]]:
    asked = {"status": query.raw_status, "limit": PAGE, "after": cursor}
    reply = yield from send(get("/v1/products", asked))
    return wire.PRODUCTS.read(reply.body)
