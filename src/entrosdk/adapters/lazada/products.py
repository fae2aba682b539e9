"""Reading listings: whole in their list, and one by one by id (fact book section 4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import ceil
from typing import TypeAlias

from attrs import evolve, frozen

from entrosdk.adapters.lazada import goods
from entrosdk.adapters.lazada import wire_products as wire
from entrosdk.adapters.lazada.ask import ask, text, window, zone
from entrosdk.adapters.lazada.spans import PAGE, Span
from entrosdk.adapters.lazada.times import maybe
from entrosdk.domain.product import Product, ProductQuery
from entrosdk.errors import BadReply, NotFound
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.page import Batch, Page, Stub
from entrosdk.spi.toolkit import batches
from entrosdk.spi.wire import Mapped, Misfit, Read, drift, fault, read

__all__ = ["Products"]

_Listed: TypeAlias = Read[wire.ItemsPage, wire.Item]


@frozen
class Products:
    """The listings of one shop."""

    access: Access

    def page(self, query: ProductQuery, cursor: str | None) -> Flow[Page[Product]]:
        """Return up to 50 listings with variants and stock; bounds are optional.

        A shop with more than 10,000 is read in spans of creation time; a page may then be empty.

        `raw_status` is a word of Lazada's filter, such as `live` or `sold-out`.
        """
        listed, following = yield from self._listed(query, Span.read(cursor))
        found = listed.mapped(partial(goods.product, access=self.access))
        return Page(
            items=found.items,
            next=following,
            unreadable=found.unreadable,
            total=listed.page.data.total_products if cursor is None else None,
            drift=found.drift,
        )

    def stubs(self, query: ProductQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return up to 50 listing ids with their update times."""
        listed, following = yield from self._listed(query, Span.read(cursor))
        return Page(
            items=tuple(self._stub(item) for item in listed.models),
            next=following,
            unreadable=listed.unreadable,
            total=listed.page.data.total_products if cursor is None else None,
            drift=listed.drift,
        )

    def many(self, ids: Sequence[str]) -> Flow[Batch[Product]]:
        """Fetch listings by item_id, one by one; unknown ones are missing."""
        found: Mapped[Product] = Mapped()
        missing: list[str] = []
        for (name,) in batches(ids, 1):
            one = yield from self._one(name)
            missing += [name] if one is None else []
            found += one or Mapped()
        return Batch(
            items=found.items,
            missing=tuple(missing),
            unreadable=found.unreadable,
            drift=found.drift,
        )

    def _listed(self, query: ProductQuery, at: Span) -> Flow[tuple[_Listed, str | None]]:
        """Return a page and the next position; the page of a span that is cut is left empty."""
        request = ask(
            "/products/get",
            {
                "filter": query.raw_status or "all",
                **self._bounds(query),
                "create_after": text(at.since, self.access) if at.since else None,
                "create_before": text(at.until - 1, self.access) if at.until else None,
                "offset": at.offset,
                "limit": PAGE,
                "options": 1,  # stock fields
            },
        )
        reply = yield from send(request)
        listed = wire.ITEMS.read(reply.body)
        total = listed.page.data.total_products
        if at.too_long(total):
            cut = at.shorter(max((self._second(item) for item in listed.models), default=-1))
            return evolve(listed, models=(), unreadable=()), str(cut)
        following = at.following(len(listed.models) + len(listed.unreadable), total)
        return listed, str(following) if following else None

    def _second(self, item: wire.Item) -> int:
        """The second a listing was made in; -1 where that cannot be read."""
        try:
            told = maybe(item.created_time, zone(self.access), "created_time")
        except Misfit:
            told = None
        return int(told.timestamp()) if told else -1

    def _bounds(self, query: ProductQuery) -> dict[str, str]:
        """Return the bounds to send; either may be absent, and no longest span is documented."""
        start, end = query.updated_from, query.updated_to
        if start is not None and end is not None:
            window(start, end, ("updated_from", "updated_to"))
        bounds = {}
        if start is not None:
            bounds["update_after"] = text(ceil(start.timestamp()), self.access)
        if end is not None:
            bounds["update_before"] = text(ceil(end.timestamp()) - 1, self.access)
        return bounds

    def _one(self, name: str) -> Flow[Mapped[Product] | None]:
        if not name.isdecimal():  # no id of Lazada's
            return None
        try:
            reply = yield from send(ask("/product/item/get", {"item_id": name}))
        except NotFound:
            return None
        try:
            item = read(wire.ItemReply, reply.body).data
            return Mapped((goods.product(item, self.access),), (), drift(item, "data"))
        except (BadReply, ValueError, LookupError, ArithmeticError) as error:
            return Mapped(unreadable=(fault(name, error, reply.body),))

    def _stub(self, item: wire.Item) -> Stub:
        try:
            told = maybe(item.updated_time, zone(self.access), "updated_time")
        except Misfit:
            told = None
        return Stub(id=item.item_id, updated_at=told)
