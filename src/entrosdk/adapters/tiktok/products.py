"""Reading listings: the search, then each in detail, and their stock (fact book section 4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias

from attrs import evolve, frozen

from entrosdk.adapters.tiktok import catalogue
from entrosdk.adapters.tiktok import wire_products as goods
from entrosdk.adapters.tiktok.ask import window
from entrosdk.adapters.tiktok.drafts import Drafts
from entrosdk.adapters.tiktok.listing import Listing, stocks
from entrosdk.adapters.tiktok.slices import Slice, first, whole
from entrosdk.domain.product import Product, ProductQuery
from entrosdk.errors import BadReply, NotFound, Rejected
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.page import Batch, Page, Stub
from entrosdk.spi.request import get, post
from entrosdk.spi.wire import Mapped, Read, drift, fault, instant, read

__all__ = ["Products"]

_PAGE = 50
_STUBS = 100
_STOCKS = 100
_TOO_MANY = "12052180"

_Listed: TypeAlias = Read[goods.ProductsPage, goods.Product]


@frozen
class Products(Listing, Drafts):
    """The listings of one shop."""

    access: Access

    def page(self, query: ProductQuery, cursor: str | None) -> Flow[Page[Product]]:
        """Return up to 50 listings with variants and stock; bounds are optional.

        Only the detail tells options, pictures and category. A listing that cannot be had in
        detail any more (section 4.4) is read from the search.
        """
        listed, at = yield from self._listed(query, cursor, _PAGE)
        levels = yield from stocks([row.id for row in listed.models])
        found: Mapped[Product] = Mapped()
        for row in listed.models:
            one = yield from self._one(row.id, levels)
            found += one if one is not None else self._mapped(listed, row, levels)
        return Page(
            items=found.items,
            next=_next(listed, at),
            unreadable=(*listed.unreadable, *found.unreadable),
            total=None if at.narrow else listed.page.data.total_count,
            drift=listed.drift + found.drift,
        )

    def stubs(self, query: ProductQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return up to 100 listing ids with their update times."""
        listed, at = yield from self._listed(query, cursor, _STUBS)
        return Page(
            items=tuple(
                Stub(id=row.id, updated_at=instant(row.update_time)) for row in listed.models
            ),
            next=_next(listed, at),
            unreadable=listed.unreadable,
            total=None if at.narrow else listed.page.data.total_count,
            drift=listed.drift,
        )

    def many(self, ids: Sequence[str]) -> Flow[Batch[Product]]:
        """Fetch listings by id; unknown ones are missing."""
        numbers = [name for name in dict.fromkeys(ids) if name.isdecimal()]
        levels = yield from stocks(numbers)
        found: Mapped[Product] = Mapped()
        missing = [name for name in dict.fromkeys(ids) if not name.isdecimal()]
        for name in numbers:
            one = yield from self._one(name, levels)
            missing += [name] if one is None else []
            found += one or Mapped()
        return Batch(
            items=found.items,
            missing=tuple(missing),
            unreadable=found.unreadable,
            drift=found.drift,
        )

    # The search

    def _listed(
        self, query: ProductQuery, cursor: str | None, size: int
    ) -> Flow[tuple[_Listed, Slice]]:
        """Search; a shop with more than 10 000 listings is read by creation time (quirk 19)."""
        at = whole() if cursor is None else Slice.read(cursor)
        while True:
            try:
                return (yield from self._searched(query, at, size)), at
            except Rejected as error:
                if error.context.code != _TOO_MANY or at.token:
                    raise
                at = at.halved() if at.narrow else first()

    def _searched(self, query: ProductQuery, at: Slice, size: int) -> Flow[_Listed]:
        status = {"status": query.raw_status} if query.raw_status else {}
        body = {**_bounds(query), **at.bounds(), **status}
        paging = {"page_size": size, "page_token": at.token or None}
        reply = yield from send(post("/product/202502/products/search", body, paging))
        return goods.PRODUCTS.read(reply.body)

    # Details

    def _one(self, name: str, levels: dict[str, goods.Stock]) -> Flow[Mapped[Product] | None]:
        """Fetch one listing; `None` when it cannot be had in detail."""
        try:
            reply = yield from send(
                get(
                    f"/product/202309/products/{name}",
                    template="/product/202309/products/{product_id}",
                )
            )
        except NotFound:
            return None
        try:
            body = read(goods.ProductReply, reply.body)
            product = catalogue.product(body.data, levels.get(name), self.access)
            return Mapped((product,), (), drift(body))
        except (BadReply, ValueError, LookupError, ArithmeticError) as error:
            return Mapped((), (fault(name, error, reply.body),), Counter())

    def _mapped(
        self, listed: _Listed, row: goods.Product, levels: dict[str, goods.Stock]
    ) -> Mapped[Product]:
        try:
            return Mapped((catalogue.product(row, levels.get(row.id), self.access),))
        except (ValueError, LookupError, ArithmeticError) as error:
            return Mapped(unreadable=(listed.fault(row, error),))


def _bounds(query: ProductQuery) -> dict[str, int]:
    """Return the bounds to send: here, unlike anywhere else, the upper one is included (4.2)."""
    names = ("updated_from", "updated_to")
    half_open = window(query.updated_from, query.updated_to, names, "update_time")
    bounds: dict[str, Any] = {name: at for name, at in half_open.items() if name.endswith("_ge")}
    if "update_time_lt" in half_open:
        bounds["update_time_le"] = half_open["update_time_lt"] - 1
    return bounds


def _next(listed: _Listed, at: Slice) -> str | None:
    token = listed.page.data.next_page_token
    following = evolve(at, token=token) if token else at.after()
    return following.write() if following else None
