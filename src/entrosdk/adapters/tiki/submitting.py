"""Making and changing products: reviewed requests (fact book section 4.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from entrosdk.adapters.tiki.ask import ask, tell
from entrosdk.adapters.tiki.shop import SELLER, warehouses
from entrosdk.adapters.tiki.wire import Seller
from entrosdk.adapters.tiki.wire_writes import Request, Tracking
from entrosdk.adapters.tiki.words import SUBMISSION
from entrosdk.domain.writing import (
    Image,
    Parcel,
    ProductDraft,
    ProductPatch,
    Submission,
    SubmissionState,
    VariantDraft,
)
from entrosdk.errors import ConfigError, NotFound
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.wire import read
from entrosdk.spi.writing import write

__all__ = ["Submitting"]

# In this order where a seller has registered several: fewest hands between seller and buyer.
_MODELS = ("dropship", "seller_backorder", "backorder", "cross_border", "instock")
_MODEL_KEY = "inventory_type"
_MOST_OPTIONS = 2


@frozen(slots=False)  # two such parts make one object
class Submitting:
    """What a seller submits to Tiki's review."""

    access: Access

    def create(self, draft: ProductDraft) -> Flow[Submission]:
        """Submit a new product; Tiki makes one product for each variant once it agrees.

        Tiki reads pictures from public addresses only.
        The operation model is the seller's first registered one, unless `draft.extra` has
        `inventory_type`; a variant without a warehouse goes to the seller's primary one.
        """
        options = _options(draft.variants)
        pictures = _urls(draft.images)
        model = draft.extra.get(_MODEL_KEY) or (yield from _model())
        place = yield from _place(draft.variants)
        variants = [
            _variant(one, options, model, one.warehouse_id or place) for one in draft.variants
        ]
        body: dict[str, Any] = {
            "category_id": _number(draft.category_id, "category_id"),
            "name": draft.title,
            "description": draft.description,
            "market_price": max(one["market_price"] for one in variants),
            "attributes": _attributes(draft.attributes, draft.parcel, draft.brand_id),
            "image": pictures[0] if pictures else "",
            "images": pictures[1:],  # never null (4.5)
            "option_attributes": options,
            "variants": variants,
            "certificate_files": [],
            "meta_data": {"is_auto_turn_on": draft.published},
        }
        extra = {name: value for name, value in draft.extra.items() if name != _MODEL_KEY}
        reply = yield from write(tell("v2.1/requests", {**body, **extra}))
        return _submission(read(Tracking, reply.body))

    def update(self, product_id: str, patch: ProductPatch) -> Flow[Submission]:
        """Submit a change of content; category and operation model cannot be changed."""
        if patch.category_id is not None:
            raise ConfigError(
                "Tiki changes no category", advice="Create the product anew in the other category."
            )
        texts = {"name": patch.title, "description": patch.description}
        # That title and description are attributes here is an assumption (section 4.1 names only
        # attributes and pictures).
        attributes = {name: text for name, text in texts.items() if text is not None}
        attributes |= _attributes(patch.attributes or {}, patch.parcel or Parcel())
        body: dict[str, Any] = {
            "product_id": _number(product_id, "product_id"),
            "attributes": attributes,
        }
        if patch.images is not None:
            pictures = _urls(patch.images)
            body |= {"image": pictures[0] if pictures else "", "images": pictures[1:]}
        reply = yield from write(tell("v2/requests/updateProductInfo", {**body, **patch.extra}))
        return _submission(read(Tracking, reply.body))

    def submission(self, id: str) -> Flow[Submission]:  # noqa: A002 - the field's name
        """Say how far a submitted product got; `id` is the track id, known for 30 days."""
        if not id.isalnum() or not id.isascii():
            raise NotFound(f"Tiki has no track id {id}")
        request = ask(f"v2/tracking/{id}", template="/integration/v2/tracking/:track_id")
        tracking = read(Tracking, (yield from send(request)).body)
        found = _submission(tracking)
        if found.state is not SubmissionState.DONE or not tracking.request_id:
            return found
        return _with_products(tracking, (yield from _request(tracking.request_id)))


# Requests


def _request(name: str) -> Flow[Request]:
    """Read what a request made; a request that is gone made nothing that can be named."""
    request = ask(
        f"v2/requests/{name}", {"include": "products"}, template="/integration/v2/requests/:id"
    )
    try:
        return read(Request, (yield from send(request)).body)
    except NotFound:
        return Request()


def _submission(tracking: Tracking, products: Sequence[tuple[str, str]] = ()) -> Submission:
    return Submission(
        id=tracking.track_id,
        state=SUBMISSION.get(tracking.state, SubmissionState.UNKNOWN),
        raw_state=tracking.state,
        product_id=products[0][1] if products else "",
        variant_ids=tuple(products),
        reason=tracking.why,
    )


def _with_products(tracking: Tracking, request: Request) -> Submission:
    """Pair SKUs with product ids: at Tiki each variant is a product of its own."""
    made = [row for row in request.products if row is not None and row.name]
    return _submission(tracking, [(row.original_sku or row.sku, row.name) for row in made])


def _model() -> Flow[str]:
    seller = read(Seller, (yield from send(ask(SELLER))).body)
    chosen = next((one for one in _MODELS if one in seller.operation_models), "")
    if not chosen:
        raise ConfigError(
            "the seller has registered no operation model that we know",
            advice='Pass `extra={"inventory_type": …}` with the one to sell under.',
        )
    return chosen


def _place(variants: Sequence[VariantDraft]) -> Flow[str]:
    """Find the seller's primary warehouse, if any variant names none."""
    if all(one.warehouse_id for one in variants):
        return ""
    places = yield from warehouses()
    ships = [one.id for one in places if one.is_default] or [one.id for one in places]
    if not ships:
        raise ConfigError("the seller has no warehouse", advice="Pass `warehouse_id`.")
    return ships[0]


# Bodies


def _options(variants: Sequence[VariantDraft]) -> list[str]:
    """The option names all variants share, in order; Tiki knows two."""
    names = [name for name, _ in variants[0].options]
    if any([name for name, _ in one.options] != names for one in variants):
        raise ConfigError("the variants do not have the same options in the same order")
    if len(names) > _MOST_OPTIONS:
        raise ConfigError(f"Tiki knows {_MOST_OPTIONS} options, not {len(names)}")
    return names


def _variant(one: VariantDraft, options: Sequence[str], model: str, place: str) -> dict[str, Any]:
    values = {
        f"option{number}": value for number, (_, value) in enumerate(one.options[: len(options)], 1)
    }
    picture = _urls([one.image]) if one.image else []
    body: dict[str, Any] = {
        "sku": one.sku,
        **({"min_code": one.barcode} if one.barcode else {}),
        **values,
        "price": one.price.minor,
        "market_price": (one.list_price or one.price).minor,
        "inventory_type": model,
        "seller_warehouse": place,
        # camelCase here, unlike everywhere else (quirk 1)
        "warehouse_stocks": [
            {"warehouseId": _number(place, "warehouse_id"), "qtyAvailable": one.quantity}
        ],
        "images": [],
    }
    return body | ({"image": picture[0]} if picture else {})


def _attributes(given: Mapping[str, Any], parcel: Parcel, brand: str = "") -> dict[str, Any]:
    """Add brand and measures to the attributes, as texts; what the caller gave goes first."""
    sides = {
        "product_height": parcel.height_cm,
        "product_width": parcel.width_cm,
        "product_length": parcel.length_cm,
    }
    measures = {name: str(value) for name, value in sides.items() if value}
    if parcel.weight_g:
        whole, rest = divmod(parcel.weight_g, 1000)
        measures["product_weight_kg"] = f"{whole}.{rest:03}".rstrip("0").rstrip(".")
    return {**({"brand": brand} if brand else {}), **measures, **given}


def _urls(images: Sequence[Image]) -> list[str]:
    if any(not image.url for image in images):
        raise ConfigError(
            "Tiki takes pictures by their address only",
            advice="Put the picture on the web and pass `Image(url=…)`.",
        )
    return [image.url for image in images]


def _number(name: str, place: str) -> int:
    if not (name.isdecimal() and name.isascii()):
        raise ConfigError(f"`{place}` is no whole number; Tiki's ids are")
    return int(name)
