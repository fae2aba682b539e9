"""The items of a shop, read and changed (fact book sections 4.5 to 4.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from entrosdk.adapters.shopee import drafts, pictures, shelves
from entrosdk.adapters.shopee import wire_writes as wire
from entrosdk.adapters.shopee.ask import ask, tell
from entrosdk.adapters.shopee.products import Products
from entrosdk.adapters.shopee.words import ITEM_STATUS
from entrosdk.domain.product import Product, ProductStatus
from entrosdk.domain.writing import (
    ItemResult,
    PriceChange,
    ProductDraft,
    ProductPatch,
    StockChange,
    Submission,
    SubmissionState,
)
from entrosdk.errors import ConfigError, NotFound, OutcomeUnknown, Rejected
from entrosdk.spi.effects import Flow, send, sleep
from entrosdk.spi.wire import read
from entrosdk.spi.writing import settled, write

__all__ = ["SellingProducts"]

_SETTLING = 5.0  # seconds Shopee needs between an item and its variants (section 4.5)

_STATES: Mapping[ProductStatus, SubmissionState] = {
    ProductStatus.ACTIVE: SubmissionState.DONE,
    ProductStatus.INACTIVE: SubmissionState.DONE,
    ProductStatus.REVIEWING: SubmissionState.REVIEWING,
    ProductStatus.BLOCKED: SubmissionState.REFUSED,
    ProductStatus.DELETED: SubmissionState.REFUSED,
}


@frozen
class SellingProducts(Products):
    """The listings of one shop, with what a seller does to them."""

    def set_stock(self, changes: Sequence[StockChange]) -> Flow[tuple[ItemResult, ...]]:
        """Set absolute quantities; one result for each change, in their order."""
        return shelves.set_stock(changes, self.many)

    def set_price(self, changes: Sequence[PriceChange]) -> Flow[tuple[ItemResult, ...]]:
        """Set original prices; a variant in a promotion keeps its own (LOCKED)."""
        return shelves.set_price(changes, self.access.region.currency, self.many)

    def publish(self, ids: Sequence[str]) -> Flow[tuple[ItemResult, ...]]:
        """Put items on sale; one result for each."""
        return shelves.set_listed(ids, self.many, listed=True)

    def unpublish(self, ids: Sequence[str]) -> Flow[tuple[ItemResult, ...]]:
        """Take items off sale; one result for each."""
        return shelves.set_listed(ids, self.many, listed=False)

    def create(self, draft: ProductDraft) -> Flow[Submission]:
        """Make an item: pictures, the item, five seconds later its variants.

        An item with variants is hidden until they are there.
        A lost reply stays `OutcomeUnknown`: titles and SKUs are not unique, so another item could
        be taken for this one.
        """
        drafts.checked(draft)
        images = yield from pictures.uploaded(draft.images)
        by_value = yield from _option_pictures(draft)
        channels = yield from self._channels(draft)
        reply = yield from write(tell("product/add_item", drafts.item(draft, images, channels)))
        made = _submission(read(wire.Created, reply.body).response)
        if not drafts.option_names(draft):
            return evolve(made, variant_ids=((draft.variants[0].sku, ""),))
        return (yield from self._with_variants(draft, by_value, made))

    def update(self, product_id: str, patch: ProductPatch) -> Flow[Submission]:
        """Change an item's content; a lost reply is settled by title, description and category."""
        images = yield from pictures.uploaded(patch.images or ())
        body = {"item_id": _number(product_id), **drafts.changed(patch, images)}
        return (
            yield from settled(
                self._update(product_id, body), lambda: self._updated(product_id, patch)
            )
        )

    def submission(self, id: str) -> Flow[Submission]:  # noqa: A002 - the field's name
        """Say whether Shopee still looks at an item; `id` is the item's."""
        return _shown((yield from self._product(id)))

    # Variants

    def _with_variants(
        self, draft: ProductDraft, by_value: Mapping[str, str], made: Submission
    ) -> Flow[Submission]:
        """Give a new item its variants; without them it stays hidden, and is told as refused."""
        yield from sleep(_SETTLING)
        item_id = int(made.product_id)
        try:
            reply = yield from write(
                tell(
                    "product/init_tier_variation",
                    {"item_id": item_id, **drafts.tiers(draft, by_value)},
                )
            )
        except OutcomeUnknown:
            reply = yield from send(ask("product/get_model_list", {"item_id": item_id}))
        except Rejected as error:
            reason = f"the item was made and stays hidden without its variants: {error.message}"
            return evolve(made, state=SubmissionState.REFUSED, reason=reason)
        rows = read(wire.Models, reply.body).response.model
        made = evolve(made, variant_ids=tuple((row.model_sku, str(row.model_id)) for row in rows))
        if len(rows) != len(draft.variants):
            reason = f"{len(draft.variants)} variants were sent and {len(rows)} are there"
            return evolve(made, state=SubmissionState.UNKNOWN, reason=reason)
        return (yield from self._revealed(made)) if draft.published else made

    def _revealed(self, made: Submission) -> Flow[Submission]:
        (result,) = yield from self.publish([made.product_id])
        if result.ok:
            return evolve(made, raw_state="NORMAL")
        reason = f"the item was made and stays hidden: {result.reason or result.outcome}"
        return evolve(made, reason=reason)

    def _channels(self, draft: ProductDraft) -> Flow[list[dict[str, Any]]]:
        """Return every way of delivery the shop has switched on, unless `extra` chooses."""
        if "logistic_info" in draft.extra:
            return []
        reply = yield from send(ask("logistics/get_channel_list"))
        rows = read(wire.Channels, reply.body).response.logistics_channel_list
        # Called logistics_channel_id there and logistic_id here (section 4.6).
        found = [
            {"logistic_id": row.logistics_channel_id, "enabled": True}
            for row in rows
            if row.enabled and row.mask_channel_id == 0
        ]
        if not found:
            raise ConfigError(
                "the shop has no way of delivery switched on",
                advice="Switch one on in Shopee's seller centre.",
            )
        return found

    # Changes

    def _update(self, product_id: str, body: Mapping[str, Any]) -> Flow[Submission]:
        reply = yield from write(tell("product/update_item", body))
        shown = read(wire.Created, reply.body).response
        # The view of the item may leave its id and status out.
        return evolve(_submission(shown), id=product_id, product_id=product_id)

    def _updated(self, product_id: str, patch: ProductPatch) -> Flow[Submission | None]:
        product = yield from self._product(product_id)
        return _shown(product) if _stands(product, patch) else None

    def _product(self, product_id: str) -> Flow[Product]:
        found = yield from self.many([product_id])
        if not found.items:
            raise NotFound(f"Shopee has no readable item {product_id} in this shop")
        return found.items[0]


def _option_pictures(draft: ProductDraft) -> Flow[dict[str, str]]:
    wanted = drafts.pictures_of(draft)
    ids = yield from pictures.uploaded(tuple(wanted.values()))
    return dict(zip(wanted, ids, strict=True))


def _submission(body: wire.CreatedBody) -> Submission:
    name = str(body.item_id)
    # A word we do not know, or none: Shopee took the item.
    status = ITEM_STATUS.get(body.item_status, ProductStatus.ACTIVE)
    return Submission(id=name, product_id=name, state=_STATES[status], raw_state=body.item_status)


def _shown(product: Product) -> Submission:
    return Submission(
        id=product.id,
        product_id=product.id,
        state=_STATES.get(product.status, SubmissionState.UNKNOWN),
        raw_state=product.raw_status,
        variant_ids=tuple((variant.sku, variant.id) for variant in product.variants),
    )


def _stands(product: Product, patch: ProductPatch) -> bool:
    """Say whether everything that was to change is as wanted; other parts cannot be compared."""
    pairs = (
        (patch.title, product.title),
        (patch.category_id, product.category_id),
        (patch.description, getattr(product.source, "description", None)),
    )
    hidden = (patch.images, patch.parcel, patch.attributes, patch.extra or None)
    return all(part is None for part in hidden) and all(
        wanted in {None, seen} for wanted, seen in pairs
    )


def _number(product_id: str) -> int:
    if not product_id.isdecimal():
        raise NotFound(f"Shopee has no item {product_id}: its ids are numbers")
    return int(product_id)
