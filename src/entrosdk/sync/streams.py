"""How each stream is asked for: one shape for the five kinds of records."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, TypeAlias

from attrs import evolve, frozen

from entrosdk.client.async_shop import AsyncShop
from entrosdk.domain.order import OrderQuery
from entrosdk.domain.payment import PaymentQuery
from entrosdk.domain.product import ProductQuery
from entrosdk.domain.returns import ReturnQuery
from entrosdk.engine.windows import Window
from entrosdk.errors import ConfigError, Rejected
from entrosdk.spi.manifest import Capability, Stream
from entrosdk.spi.page import Batch, Page, Stub
from entrosdk.spi.toolkit import batches
from entrosdk.sync.lanes import gathered
from entrosdk.sync.sink import StreamKey

__all__ = ["STREAMS", "Feed", "Listing", "by_ids", "chosen", "feed", "offered"]

STREAMS = ("orders", "products", "payments", "returns")
"""What can be asked for; payments bring payouts along where the marketplace has them."""

Paged: TypeAlias = Callable[[Any, str | None], Awaitable[Page[Any]]]
Fetch: TypeAlias = Callable[[Sequence[str]], Awaitable[Batch[Any]]]

_LISTING = {
    "orders": Capability.ORDERS_LIST,
    "products": Capability.PRODUCTS_LIST,
    "payments": Capability.PAYMENTS_LIST,
    "payouts": Capability.PAYMENTS_PAYOUTS,
    "returns": Capability.RETURNS_LIST,
}


@frozen(kw_only=True)
class Listing:
    """One page as a listing gives it: `whole` records, or what their details are asked for with.

    `read_at` is the marketplace's time before it was asked for.
    """

    page: Page[Any]
    read_at: datetime
    whole: bool


@frozen(kw_only=True)
class Feed:
    """One stream of one shop.

    `heads` and `details` are there where the marketplace lists ids and tells the rest apart.
    `many` is `None` where records cannot be fetched by id; what is missing is then taken from
    the listing.
    """

    key: StreamKey
    stream: Stream
    query: Callable[[Window], Any]
    whole: Paged
    ids: Paged
    many: Fetch | None
    heads: Paged | None = None
    details: Callable[[Sequence[Any]], Coroutine[Any, Any, Batch[Any]]] | None = None

    async def page(self, window: Window, cursor: str | None) -> Page[Any]:
        """Return one page of whole records."""
        return await self.whole(self.query(window), cursor)

    async def stubs(self, window: Window, cursor: str | None) -> Page[Stub]:
        """Return one page of ids."""
        return await self.ids(self.query(window), cursor)

    async def listing(self, window: Window, cursor: str | None, read_at: datetime) -> Listing:
        """List one page, without its details where they are told apart."""
        ask = self.heads or self.whole
        page = await ask(self.query(window), cursor)
        return Listing(page=page, read_at=read_at, whole=self.heads is None)

    async def complete(self, listing: Listing) -> Page[Any]:
        """Return a listed page with its records whole; batches of details come side by side."""
        page, details = listing.page, self.details
        if listing.whole or details is None:
            return page
        found = await gathered(*map(details, batches(page.items, self.stream.batch)))
        return evolve(
            page,
            items=tuple(chain.from_iterable(batch.items for batch in found)),
            unreadable=(*page.unreadable, *chain.from_iterable(b.unreadable for b in found)),
        )


def chosen(streams: Sequence[str]) -> tuple[str, ...]:
    """Check names of streams and put payouts behind payments; raises `ConfigError`."""
    unknown = [name for name in streams if name not in _LISTING]
    if unknown:
        raise ConfigError(
            f"there is no stream called {unknown[0]!r}", advice=f"Known are: {', '.join(STREAMS)}."
        )
    wanted = {*streams, *(["payouts"] if "payments" in streams else [])}
    return tuple(name for name in _LISTING if name in wanted)


def offered(shop: AsyncShop, name: str) -> bool:
    """Say whether the marketplace lists such records at all."""
    declared = any(stream.name == name for stream in shop.manifest.streams)
    return declared and shop.manifest.supports(_LISTING[name])


def feed(shop: AsyncShop, name: str) -> Feed:
    """Return how the stream called `name` is read from `shop`."""
    stream = shop.manifest.stream(name)
    key = StreamKey(shop.marketplace, shop.shop_id, name)
    if name == "payouts":
        payouts = shop.payments.payouts_page
        return Feed(
            key=key, stream=stream, query=_settled, whole=payouts, ids=_stubs(payouts), many=None
        )
    records: Any = getattr(shop, name)
    heads, details = _apart(shop, name)
    return Feed(
        key=key,
        stream=stream,
        query=_queries(stream),
        whole=records.page,
        ids=records.stubs,
        many=records.get_many,
        heads=heads,
        details=details,
    )


async def by_ids(many: Fetch, ids: Sequence[str]) -> Batch[Any]:
    """Fetch by id; an id that the marketplace refuses must not keep the others from coming."""
    try:
        return await many(ids)
    except Rejected:
        if len(ids) <= 1:
            return Batch(items=(), missing=tuple(ids))
    middle = len(ids) // 2
    one, two = await by_ids(many, ids[:middle]), await by_ids(many, ids[middle:])
    return Batch(
        items=one.items + two.items,
        missing=one.missing + two.missing,
        unreadable=one.unreadable + two.unreadable,
    )


def _apart(shop: AsyncShop, name: str) -> tuple[Any, Any]:
    """How the two steps of a listing are asked for, where the adapter offers them apart."""
    resource = getattr(shop.operations, name)
    if not resource.apart:
        return None, None
    return (
        lambda query, cursor: shop.run(resource.heads(query, cursor)),
        lambda heads: shop.run(resource.details(heads)),
    )


def _queries(stream: Stream) -> Callable[[Window], Any]:
    if stream.name == "payments":
        return _settled
    kind: Any = {"orders": OrderQuery, "products": ProductQuery, "returns": ReturnQuery}[
        stream.name
    ]
    if stream.clock == "none":
        return lambda _: kind()
    start, end = f"{stream.clock}_from", f"{stream.clock}_to"
    return lambda window: kind(**{start: window[0], end: window[1]})


def _settled(window: Window) -> PaymentQuery:
    return PaymentQuery(settled_from=window[0], settled_to=window[1])


def _stubs(whole: Paged) -> Paged:
    """List ids from whole records, where the marketplace has no cheaper listing."""

    async def ids(query: Any, cursor: str | None) -> Page[Any]:
        page = await whole(query, cursor)
        names = [record.id for record in page.items] + [bad.id for bad in page.unreadable]
        return evolve(page, items=tuple(Stub(id=name) for name in names), unreadable=())

    return ids
