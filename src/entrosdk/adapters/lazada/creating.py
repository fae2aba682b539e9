"""Making listings and changing their content (fact book section 4.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from entrosdk.adapters.lazada.ask import array, ask, tell
from entrosdk.adapters.lazada.payload import Tree, as_json, as_xml, prices, request
from entrosdk.adapters.lazada.selling import SellingProducts
from entrosdk.adapters.lazada.wire_products import ITEMS, Item, ItemReply
from entrosdk.adapters.lazada.wire_writes import Created, CreatedReply, PictureReply
from entrosdk.adapters.lazada.words import ITEM_STATUS, REFUSED
from entrosdk.domain.product import ProductStatus
from entrosdk.domain.writing import (
    Image,
    Parcel,
    ProductDraft,
    ProductPatch,
    Submission,
    SubmissionState,
    VariantDraft,
)
from entrosdk.errors import NotFound
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.toolkit import Part, multipart
from entrosdk.spi.wire import read
from entrosdk.spi.writing import settled, write

__all__ = ["WritableProducts", "picture"]

_STATES: Mapping[ProductStatus, SubmissionState] = {
    ProductStatus.ACTIVE: SubmissionState.DONE,
    ProductStatus.INACTIVE: SubmissionState.DONE,
    ProductStatus.REVIEWING: SubmissionState.REVIEWING,
    ProductStatus.BLOCKED: SubmissionState.REFUSED,
    ProductStatus.DELETED: SubmissionState.REFUSED,
}


def picture(image: Image) -> Flow[str]:
    """Hand a picture to Lazada and return its address there.

    Bytes are uploaded, an address is fetched by Lazada: listings show its own pictures only
    (code 4138).
    """
    if image.content:
        kind, body = multipart(
            [Part(name="image", content=image.content, filename=image.name, kind=image.kind)]
        )
        # What a lost reply leaves behind is a picture that nobody uses: it may be sent again.
        sent = evolve(tell("/image/upload", {}), headers=(("content-type", kind),), body=body)
    else:
        tree = {"Request": {"Image": {"Url": image.url}}}
        sent = tell("/image/migrate", {"payload": as_xml(tree)})
    reply = yield from send(sent)
    return read(PictureReply, reply.body).data.image.url


@frozen
class WritableProducts(SellingProducts):
    """The listings of one shop, with what makes and changes them."""

    def create(self, draft: ProductDraft) -> Flow[Submission]:
        """Make a listing; Lazada looks at it before buyers see it.

        A lost reply is answered by looking for the seller's codes.
        """
        product = yield from self._drawn(draft)
        sent = tell("/product/create", {"payload": as_json(request(**product))})
        made = yield from settled(self._made(sent), lambda: self._found(draft))
        if made.product_id and not draft.published:
            yield from self.unpublish([made.product_id])
        return (yield from self._standing(made))

    def update(self, product_id: str, patch: ProductPatch) -> Flow[Submission]:
        """Change what a patch names; every SKU has to be named with it (code 4216)."""
        item = yield from self._item(product_id)
        product = yield from self._patched(item, patch)
        sent = tell("/product/update", {"payload": as_json(request(**product))})
        made = yield from self._made(sent)
        return (yield from self._standing(evolve(made, id=product_id, product_id=product_id)))

    def submission(self, id: str) -> Flow[Submission]:  # noqa: A002 - the field's name
        """Say how far a listing got with Lazada's look at it."""
        return _submission((yield from self._item(id)))

    # Making

    def _made(self, sent: Any) -> Flow[Submission]:
        reply = yield from write(sent)
        return _created(read(CreatedReply, reply.body).data)

    def _standing(self, made: Submission) -> Flow[Submission]:
        """Look at a listing whose state the reply did not tell."""
        if made.raw_state:
            return made
        try:
            seen = yield from self.submission(made.product_id)
        except NotFound:  # made a moment ago, and not to be seen yet
            return made
        return evolve(seen, variant_ids=made.variant_ids or seen.variant_ids)

    def _found(self, draft: ProductDraft) -> Flow[Submission | None]:
        """Look for the listing that a lost reply may have made: same codes and same title."""
        skus = array([variant.sku for variant in draft.variants])
        query = {"filter": "all", "sku_seller_list": skus, "limit": 50, "offset": 0}
        reply = yield from send(ask("/products/get", query))
        own = [one for one in ITEMS.read(reply.body).models if _is(one, draft)]
        return _submission(own[0]) if len(own) == 1 else None

    def _item(self, product_id: str) -> Flow[Item]:
        if not product_id.isdecimal():
            raise NotFound(f"Lazada has no listing {product_id!r}: its ids are numbers")
        reply = yield from send(ask("/product/item/get", {"item_id": product_id}))
        return read(ItemReply, reply.body).data

    # Bodies

    def _drawn(self, draft: ProductDraft) -> Flow[dict[str, Any]]:
        images = yield from self._pictures(draft.images)
        skus = []
        for variant in draft.variants:
            own = yield from self._pictures([variant.image] if variant.image else [])
            skus.append({**_sku(variant, draft.parcel), **_images(own)})
        brand = {"brand": draft.brand_id} if draft.brand_id else {}
        words = {"name": draft.title, "description": draft.description, **brand}
        axes = _axes(draft.variants)
        return {
            "PrimaryCategory": draft.category_id,
            **_images(images),
            "Attributes": {**words, **draft.attributes},
            **({"variation": axes} if axes else {}),
            "Skus": {"Sku": skus},
            **draft.extra,
        }

    def _patched(self, item: Item, patch: ProductPatch) -> Flow[dict[str, Any]]:
        images = yield from self._pictures(patch.images or ())
        words = {"name": patch.title, "description": patch.description}
        attributes = {key: word for key, word in words.items() if word is not None}
        attributes |= dict(patch.attributes or {})
        parcel = _parcel(patch.parcel) if patch.parcel else {}
        category = {"PrimaryCategory": patch.category_id} if patch.category_id else {}
        return {
            "ItemId": item.item_id,
            **category,
            **_images(images),
            **({"Attributes": attributes} if attributes else {}),
            "Skus": {"Sku": [{"SkuId": sku.SkuId, **parcel} for sku in item.skus]},
            **patch.extra,
        }

    def _pictures(self, images: Sequence[Image]) -> Flow[list[str]]:
        urls = []
        for image in images:
            urls.append((yield from picture(image)))  # noqa: PERF401 - a flow in between
        return urls


def _images(urls: Sequence[str]) -> Tree:
    return {"Images": {"Image": list(urls)}} if urls else {}


def _sku(variant: VariantDraft, parcel: Parcel) -> dict[str, Any]:
    """Write a variant; every value is text (code 1001)."""
    listed, special = prices(variant.price, variant.list_price)
    options = {"saleProp": dict(variant.options)} if variant.options else {}
    return {
        "SellerSku": variant.sku,
        "quantity": str(variant.quantity),
        "price": listed,
        **({"special_price": special} if special else {}),
        **_parcel(parcel),
        **options,
    }


def _parcel(parcel: Parcel) -> dict[str, str]:
    """Write weight and sides in kilograms and centimetres, where they are known."""
    sides = {
        "package_weight": f"{parcel.weight_g / 1000:.2f}",
        "package_length": f"{parcel.length_cm}",
        "package_width": f"{parcel.width_cm}",
        "package_height": f"{parcel.height_cm}",
    }
    known = (parcel.weight_g, parcel.length_cm, parcel.width_cm, parcel.height_cm)
    return {name: text for (name, text), one in zip(sides.items(), known, strict=True) if one}


def _axes(variants: Sequence[VariantDraft]) -> dict[str, Any]:
    """Name the dimensions and their options, in the order they are first used."""
    axes: dict[str, dict[str, None]] = {}
    for variant in variants:
        for name, option in variant.options:
            axes.setdefault(name, {})[option] = None
    return {
        f"variation{at}": {"name": name, "hasImage": False, "options": {"option": list(options)}}
        for at, (name, options) in enumerate(axes.items(), 1)
    }


# What became of it


def _created(data: Created) -> Submission:
    status = ITEM_STATUS.get(data.item_status.lower(), ProductStatus.UNKNOWN)
    return Submission(
        id=data.item_id,
        state=_STATES.get(status, SubmissionState.UNKNOWN),
        raw_state=data.item_status,
        product_id=data.item_id,
        variant_ids=tuple((sku.seller_sku, sku.sku_id) for sku in data.sku_list),
    )


def _submission(item: Item) -> Submission:
    status = ITEM_STATUS.get(item.status.lower(), ProductStatus.UNKNOWN)
    held = item.sub_status.lower() in REFUSED
    state = SubmissionState.REFUSED if held else _STATES.get(status, SubmissionState.UNKNOWN)
    return Submission(
        id=item.item_id,
        state=state,
        raw_state="/".join(word for word in (item.status, item.sub_status) if word),
        product_id=item.item_id,
        variant_ids=tuple((sku.SellerSku, sku.SkuId) for sku in item.skus),
        reason=_why(item) if state is SubmissionState.REFUSED else "",
    )


def _why(item: Item) -> str:
    rows = (item.__pydantic_extra__ or {}).get("rejectReason")
    texts = [row.get("violationDetail") for row in rows or () if isinstance(row, dict)]
    return "; ".join(text for text in texts if isinstance(text, str))[:300]


def _is(item: Item, draft: ProductDraft) -> bool:
    skus = {sku.SellerSku for sku in item.skus}
    return item.attributes.get("name") == draft.title and skus == {v.sku for v in draft.variants}
