"""Making and changing products, and asking how far they got (fact book section 4.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from entrosdk.adapters.tiktok import wire_products as goods
from entrosdk.adapters.tiktok.listing import amount, product_body
from entrosdk.adapters.tiktok.upload import all_uploaded, uploaded
from entrosdk.adapters.tiktok.wire_writes import Created, CreatedReply
from entrosdk.domain.writing import (
    Image,
    Parcel,
    ProductDraft,
    ProductPatch,
    Submission,
    SubmissionState,
    VariantDraft,
)
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import post
from entrosdk.spi.wire import read
from entrosdk.spi.writing import settled, write

__all__ = ["Drafts"]

_REVIEWED = "PENDING"
_STATES = {
    "PENDING": SubmissionState.REVIEWING,
    "FAILED": SubmissionState.REFUSED,
    "PLATFORM_DEACTIVATED": SubmissionState.REFUSED,
    "FREEZE": SubmissionState.REFUSED,
    "DELETED": SubmissionState.REFUSED,
    "DRAFT": SubmissionState.DONE,
    "ACTIVATE": SubmissionState.DONE,
    "SCHEDULED": SubmissionState.DONE,
    "SELLER_DEACTIVATED": SubmissionState.DONE,
}
# A live product that was changed keeps its status while the change is looked at.
_AUDITS = {"AUDITING": SubmissionState.REVIEWING, "FAILED": SubmissionState.REFUSED}


@frozen
class Drafts:
    """The writes of one product at a time."""

    def create(self, draft: ProductDraft) -> Flow[Submission]:
        """Make a product: pictures first, then the listing, which is reviewed.

        An unpublished one is kept as a draft.
        After a lost reply the product is looked for by its seller SKUs.
        """
        body = yield from _body(draft)
        request = post("/product/202309/products", body)
        skus = [variant.sku for variant in draft.variants if variant.sku]
        state = _REVIEWED if draft.published else "DRAFT"

        def make() -> Flow[Submission]:
            reply = yield from write(request)
            return _submission(read(CreatedReply, reply.body).data, state)

        return (yield from settled(make(), lambda: _made(skus, draft.title)))

    def update(self, product_id: str, patch: ProductPatch) -> Flow[Submission]:
        """Change parts of a product; the old version stays on sale until the new one passes."""
        body = yield from _patch(patch)
        request = post(
            f"/product/202509/products/{product_id}/partial_edit",
            body,
            template="/product/202509/products/{product_id}/partial_edit",
        )

        def change() -> Flow[Submission]:
            reply = yield from write(request)
            made = read(CreatedReply, reply.body).data
            return _submission(made, _REVIEWED, product_id)

        return (yield from settled(change(), lambda: _changed(product_id, patch)))

    def submission(self, id: str) -> Flow[Submission]:  # noqa: A002 - the field's name
        """Say how far a product got in its review."""
        body = yield from product_body(id, {"return_under_review_version": False})
        return _judged(body)


def _submission(made: Created, status: str, product: str = "") -> Submission:
    name = made.product_id or product
    return Submission(
        id=name,
        state=_STATES.get(status, SubmissionState.UNKNOWN),
        raw_state=status,
        product_id=name,
        variant_ids=tuple((sku.seller_sku, sku.id) for sku in made.skus),
    )


def _judged(body: goods.Product) -> Submission:
    audit = body.audit.status if body.audit else ""
    reasons = [text for row in body.audit_failed_reasons for text in row.reasons]
    return Submission(
        id=body.id,
        state=_AUDITS.get(audit) or _STATES.get(body.status, SubmissionState.UNKNOWN),
        raw_state=body.status,
        product_id=body.id,
        variant_ids=tuple((sku.seller_sku, sku.id) for sku in body.skus),
        reason="; ".join(reasons),
    )


def _made(skus: Sequence[str], title: str) -> Flow[Submission | None]:
    """Look for a product that may have been made: same code, same title."""
    if not skus:
        return None
    body = {"seller_skus": list(skus[:10])}
    reply = yield from send(post("/product/202502/products/search", body, {"page_size": 10}))
    found = goods.PRODUCTS.read(reply.body).models
    return next((_judged(row) for row in found if row.title == title), None)


def _changed(product: str, patch: ProductPatch) -> Flow[Submission | None]:
    """Look whether a change took effect, as far as its title tells."""
    if patch.title is None:
        return None
    body = yield from product_body(product, {"return_under_review_version": True})
    return _judged(body) if body.title == patch.title else None


# Bodies


def _body(draft: ProductDraft) -> Flow[dict[str, Any]]:
    skus = []
    for variant in draft.variants:
        picture = (yield from uploaded(variant.image, "ATTRIBUTE_IMAGE")) if variant.image else ""
        skus.append(_sku(variant, picture))
    body: dict[str, Any] = {
        "save_mode": "LISTING" if draft.published else "AS_DRAFT",
        "title": draft.title,
        "description": draft.description,
        "category_id": draft.category_id,
        # Category trees of version 2 are demanded in South-East Asia (quirk 30).
        "category_version": "v2",
        "main_images": (yield from _images(draft.images)),
        "skus": skus,
        **_parcel(draft.parcel),
        **_attributes(draft.attributes),
        **draft.extra,
    }
    return {**body, "brand_id": draft.brand_id} if draft.brand_id else body


def _patch(patch: ProductPatch) -> Flow[dict[str, Any]]:
    body: dict[str, Any] = {
        name: value
        for name, value in (
            ("title", patch.title),
            ("description", patch.description),
            ("category_id", patch.category_id),
        )
        if value is not None
    }
    if patch.category_id is not None:
        body["category_version"] = "v2"
    if patch.images is not None:
        body["main_images"] = yield from _images(patch.images)
    parcel = _parcel(patch.parcel) if patch.parcel else {}
    attributes = _attributes(patch.attributes) if patch.attributes is not None else {}
    return {**body, **parcel, **attributes, **patch.extra}


def _images(images: Sequence[Image]) -> Flow[list[dict[str, str]]]:
    uris = yield from all_uploaded(images)
    return [{"uri": uri} for uri in uris]


def _sku(variant: VariantDraft, picture: str) -> dict[str, Any]:
    """Write a variant; without a warehouse the shop's default one is meant (section 8)."""
    place = {"warehouse_id": variant.warehouse_id} if variant.warehouse_id else {}
    options: list[dict[str, Any]] = [
        {"name": name, "value_name": value} for name, value in variant.options
    ]
    if picture and options:
        options[0]["sku_img"] = {"uri": picture}
    code = {"identifier_code": {"code": variant.barcode, "type": "EAN"}} if variant.barcode else {}
    return {
        "seller_sku": variant.sku,
        "price": amount(variant.price),
        "inventory": [{**place, "quantity": variant.quantity}],
        **({"sales_attributes": options} if options else {}),
        **code,
    }


def _parcel(parcel: Parcel) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if parcel.weight_g:
        body["package_weight"] = {"value": f"{parcel.weight_g / 1000:g}", "unit": "KILOGRAM"}
    sides = (parcel.length_cm, parcel.width_cm, parcel.height_cm)
    if all(sides):
        names = ("length", "width", "height")
        told = dict(zip(names, map(str, sides), strict=True))
        body["package_dimensions"] = {**told, "unit": "CENTIMETER"}
    return body


def _attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Write attributes by id; a value is a text, a list of texts, or the platform's own form."""
    rows = [{"id": name, "values": _values(value)} for name, value in attributes.items()]
    return {"product_attributes": rows} if rows else {}


def _values(value: Any) -> list[Any]:
    values = value if isinstance(value, list | tuple) else [value]
    return [one if isinstance(one, dict) else {"name": str(one)} for one in values]
