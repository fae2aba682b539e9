"""Reading listings: ids by page, base info in batches, models item by item (section 4.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import ceil
from typing import TypeAlias

from attrs import evolve, frozen

from entrosdk.adapters.shopee import mapping
from entrosdk.adapters.shopee import wire_products as goods
from entrosdk.adapters.shopee.ask import ask, bounds, number, window
from entrosdk.adapters.shopee.orders import NOT_ANSWERED
from entrosdk.adapters.shopee.words import ITEM_STATUS
from entrosdk.domain.product import Product, ProductQuery, ProductStatus
from entrosdk.errors import BadReply, NotFound
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.page import Batch, Page, Stub, Unreadable
from entrosdk.spi.request import Request
from entrosdk.spi.toolkit import batches
from entrosdk.spi.wire import Mapped, Misfit, Read, drift, instant, read

__all__ = ["Products"]

# Every model list is a request of its own, so a page stays small enough to repeat after a crash.
_PAGE = 50
_BATCH = 50

# All of them: a deleted listing stays readable and its end is news (quirk 33).
_STATUSES = ("NORMAL", "UNLIST", "REVIEWING", "BANNED", "SELLER_DELETE", "SHOPEE_DELETE")

_Items: TypeAlias = Read[goods.ItemsPage, goods.Item]


@frozen
class Products:
    """The listings of one shop."""

    access: Access

    def page(self, query: ProductQuery, cursor: str | None) -> Flow[Page[Product]]:
        """Return up to 50 listings with variants and stock; bounds are optional.

        A listing listed and then not answered is asked for once more alone, then unreadable.
        """
        listed = yield from self._listed(query, cursor)
        ids = [row.item_id for row in _inside(listed, query)]
        found, missing = yield from self._details(ids)
        for name in missing:
            found += yield from self._alone(name)
        return Page(
            items=found.items,
            next=_next(listed.page.response, cursor),
            unreadable=(*listed.unreadable, *found.unreadable),
            total=listed.page.response.total_count,
            drift=listed.drift + found.drift,
        )

    def stubs(self, query: ProductQuery, cursor: str | None) -> Flow[Page[Stub]]:
        """Return up to 50 listing ids with their update times."""
        listed = yield from self._listed(query, cursor)
        return Page(
            items=tuple(
                Stub(id=row.item_id, updated_at=instant(row.update_time))
                for row in _inside(listed, query)
            ),
            next=_next(listed.page.response, cursor),
            unreadable=listed.unreadable,
            total=listed.page.response.total_count,
            drift=listed.drift,
        )

    def many(self, ids: Sequence[str]) -> Flow[Batch[Product]]:
        """Fetch listings by item_id; unknown ones are missing."""
        # An id that is no number cannot be one of Shopee's and would spoil its whole batch.
        numbers = [name for name in ids if name.isdecimal()]
        found, missing = yield from self._details(numbers)
        strange = dict.fromkeys(name for name in ids if not name.isdecimal())
        return Batch(
            items=found.items,
            missing=(*strange, *missing),
            unreadable=found.unreadable,
            drift=found.drift,
        )

    def _listed(
        self, query: ProductQuery, cursor: str | None
    ) -> Flow[Read[goods.ItemListPage, goods.ItemStub]]:
        reply = yield from send(_list_request(query, number(cursor, 0)))
        return goods.ITEM_LIST.read(reply.body)

    def _details(self, ids: Sequence[str]) -> Flow[tuple[Mapped[Product], list[str]]]:
        """Fetch details in batches; returns what was found and the ids without an answer."""
        found: Mapped[Product] = Mapped()
        missing: list[str] = []
        for batch in batches(ids, _BATCH):
            part = yield from self._batch(batch)
            found += part
            answered = {one.id for one in part.items} | {bad.id for bad in part.unreadable}
            missing += [name for name in batch if name not in answered]
        return found, missing

    def _batch(self, batch: Sequence[str]) -> Flow[Mapped[Product]]:
        request = ask("product/get_item_base_info", {"item_id_list": ",".join(batch)})
        try:
            reply = yield from send(request)
        except NotFound:  # none of them exists; a part of them would just be left out
            return Mapped()
        base = goods.ITEMS.read(reply.body)
        found: Mapped[Product] = Mapped(unreadable=base.unreadable, drift=base.drift)
        for item in base.models:
            found += yield from self._whole(base, item)
        return found

    def _whole(self, base: _Items, item: goods.Item) -> Flow[Mapped[Product]]:
        """Complete one listing with its models; what does not fit stays with this one."""
        body = (yield from self._models_body(item)) if item.has_model else b""
        try:
            models = _models(item, body)
            product = mapping.product(item, models, self.access)
        except (BadReply, ValueError, LookupError, ArithmeticError) as error:
            return Mapped(unreadable=(_aside(base, item, body, error),))
        return Mapped((product,), (), drift(models.response, "models") if models else Counter())

    def _models_body(self, item: goods.Item) -> Flow[bytes]:
        try:
            reply = yield from send(ask("product/get_model_list", {"item_id": item.item_id}))
        except NotFound:
            return b""
        return reply.body

    def _alone(self, name: str) -> Flow[Mapped[Product]]:
        found = yield from self._batch([name])
        if found.items or found.unreadable:
            return found
        return Mapped(unreadable=(Unreadable(id=name, reason=NOT_ANSWERED),))


def _models(item: goods.Item, body: bytes) -> goods.Models | None:
    if not item.has_model:
        return None
    if body:
        return read(goods.Models, body)
    # A deleted listing may have lost its models; that it is gone is still worth telling.
    if ITEM_STATUS.get(item.item_status) is ProductStatus.DELETED:
        return goods.Models(response=goods.ModelsBody())
    raise Misfit("the listing has models, and the model list was not found")


def _asked(query: ProductQuery) -> dict[str, int]:
    """Return the bounds to send; either may be absent, and no longest span is documented."""
    start, end = query.updated_from, query.updated_to
    if start is not None and end is not None:
        asked = window(start, end, ("updated_from", "updated_to"), span=end - start)
        first, last = bounds(asked)
        return {"update_time_from": first, "update_time_to": last}
    if start is not None:
        return {"update_time_from": ceil(start.timestamp())}
    return {} if end is None else {"update_time_to": ceil(end.timestamp()) - 1}


def _list_request(query: ProductQuery, offset: int) -> Request:
    parameters = {"offset": offset, "page_size": _PAGE, **_asked(query)}
    request = ask("product/get_item_list", parameters)
    statuses = (query.raw_status,) if query.raw_status else _STATUSES
    # The one list that repeats its key (section 1.6).
    return evolve(request, query=(*request.query, *(("item_status", word) for word in statuses)))


def _inside(
    listed: Read[goods.ItemListPage, goods.ItemStub], query: ProductQuery
) -> list[goods.ItemStub]:
    """Leave out rows of the second asked for beside a window of one (see `bounds`)."""
    start, end = query.updated_from, query.updated_to
    return [
        row
        for row in listed.models
        if not row.update_time
        or (
            (start is None or row.update_time >= start.timestamp())
            and (end is None or row.update_time < end.timestamp())
        )
    ]


def _next(body: goods.ItemListBody, cursor: str | None) -> str | None:
    if not body.has_next_page:
        return None
    if body.next_offset <= number(cursor, 0):
        raise BadReply("the product list goes on and its next offset does not")
    return str(body.next_offset)


def _aside(base: _Items, item: goods.Item, models: bytes, error: Exception) -> Unreadable:
    """Keep both bodies of a listing that could not be read."""
    own = base.fault(item, error)
    return evolve(own, body=own.body + b"\n" + models) if models else own
