"""Bodies of new and changed items (fact book sections 4.5 and 4.6): pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from entrosdk.adapters.shopee.shelves import number
from entrosdk.domain.writing import Image, Parcel, ProductDraft, ProductPatch, VariantDraft
from entrosdk.errors import ConfigError

__all__ = ["changed", "checked", "item", "option_names", "tiers"]

_TIERS = 2
_MODELS = 50
_PICTURES = 9


def checked(draft: ProductDraft) -> None:
    """Refuse before anything is sent what Shopee cannot hold (section 4.1)."""
    names = option_names(draft)
    many = len(draft.variants)
    if not draft.category_id.isdecimal():
        raise ConfigError("`category_id` is a number at Shopee", advice="Pass a leaf category.")
    if not draft.images and "image" not in draft.extra:
        raise ConfigError("Shopee wants one to nine pictures", advice="Pass `images`.")
    if len(draft.images) > _PICTURES:
        raise ConfigError(f"Shopee takes {_PICTURES} pictures, not {len(draft.images)}")
    if len(names) > _TIERS or many > _MODELS:
        raise ConfigError(
            f"Shopee has up to {_TIERS} options and {_MODELS} variants, not {len(names)} and {many}"
        )
    if not names and many > 1:
        raise ConfigError(
            f"{many} variants without options cannot be told apart",
            advice="Give each VariantDraft its `options`.",
        )
    _each_has_all(draft.variants, names)


def _each_has_all(variants: Sequence[VariantDraft], names: Sequence[str]) -> None:
    seen = set()
    for variant in variants:
        if [name for name, _ in variant.options] != list(names):
            raise ConfigError(
                f"variant {variant.sku} has other options than the first one ({', '.join(names)})"
            )
        if variant.options in seen:
            raise ConfigError(f"variant {variant.sku} repeats the options of another one")
        seen.add(variant.options)


def option_names(draft: ProductDraft) -> tuple[str, ...]:
    """Name the options in the order in which the first variant has them."""
    return tuple(name for name, _ in draft.variants[0].options)


# A new item


def item(
    draft: ProductDraft, pictures: Sequence[str], channels: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the body of add_item; an item with options is hidden until its variants are there."""
    first, alone = draft.variants[0], not option_names(draft)
    body: dict[str, Any] = {
        "item_name": draft.title,
        "description": draft.description,
        "category_id": int(draft.category_id),
        "image": {"image_id_list": list(pictures)},
        "original_price": number(first.price),
        "seller_stock": [_stock(first)],
        "logistic_info": list(channels),
        "brand": _brand(draft.brand_id),
        "condition": "NEW",
        "item_status": "NORMAL" if draft.published and alone else "UNLIST",
        **_parcel(draft.parcel),
    }
    if alone:
        body |= {"item_sku": first.sku}
        body |= {"gtin_code": first.barcode} if first.barcode else {}
    if draft.attributes:
        body["attribute_list"] = _attributes(draft.attributes)
    return {**body, **draft.extra}


def _stock(variant: VariantDraft) -> dict[str, Any]:
    place = {"location_id": variant.warehouse_id} if variant.warehouse_id else {}
    return {**place, "stock": variant.quantity}


def _brand(brand_id: str) -> dict[str, Any]:
    # Brand 0 is "no brand" (section 4.2). A brand's name is asked for as well and is not ours to
    # guess: pass `extra={"brand": {...}}` where Shopee checks it.
    if not brand_id or brand_id == "0":
        return {"brand_id": 0, "original_brand_name": "NoBrand"}
    return {"brand_id": int(brand_id), "original_brand_name": ""}


def _parcel(parcel: Parcel) -> dict[str, Any]:
    """Weight is a number of kilograms on writes, text on reads (quirk 9)."""
    body: dict[str, Any] = {"weight": parcel.weight_g / 1000} if parcel.weight_g else {}
    sides = (parcel.length_cm, parcel.width_cm, parcel.height_cm)
    if all(sides):
        names = ("package_length", "package_width", "package_height")
        body["dimension"] = dict(zip(names, sides, strict=True))
    return body


def _attributes(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"attribute_id": int(name), "attribute_value_list": _values(value)}
        for name, value in given.items()
    ]


def _values(value: Any) -> list[dict[str, Any]]:
    """Read an attribute: a value's id (a number), free text, the platform's object, or several."""
    many = value if isinstance(value, list | tuple) else [value]
    return [_value(one) for one in many]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, int):
        return {"value_id": value}
    return {"value_id": 0, "original_value_name": str(value)}


# Variants


def tiers(draft: ProductDraft, pictures: Mapping[str, str]) -> dict[str, Any]:
    """Return the body of init_tier_variation without its item.

    `pictures` are image ids by value of the first option, the only one that may have them.
    """
    names = option_names(draft)
    values = [
        list(dict.fromkeys(variant.options[at][1] for variant in draft.variants))
        for at in range(len(names))
    ]
    return {
        "standardise_tier_variation": [
            {
                "variation_id": 0,  # a name of the seller's own
                "variation_name": name,
                "variation_option_list": [
                    _option(value, pictures if at == 0 else {}) for value in values[at]
                ],
            }
            for at, name in enumerate(names)
        ],
        "model": [_model(variant, values) for variant in draft.variants],
    }


def _option(value: str, pictures: Mapping[str, str]) -> dict[str, Any]:
    picture = {"image_id": pictures[value]} if value in pictures else {}
    return {"variation_option_id": 0, "variation_option_name": value, **picture}


def _model(variant: VariantDraft, values: Sequence[Sequence[str]]) -> dict[str, Any]:
    places = [known.index(value) for known, (_, value) in zip(values, variant.options, strict=True)]
    code = {"gtin_code": variant.barcode} if variant.barcode else {}
    return {
        "tier_index": places,
        "original_price": number(variant.price),
        "model_sku": variant.sku,
        "seller_stock": [_stock(variant)],
        **code,
    }


# A changed item


def changed(patch: ProductPatch, pictures: Sequence[str]) -> dict[str, Any]:
    """Return the body of update_item without its item; only what is given is sent."""
    body: dict[str, Any] = {}
    if patch.title is not None:
        body["item_name"] = patch.title
    if patch.description is not None:
        body["description"] = patch.description
    if patch.category_id is not None:
        body["category_id"] = int(patch.category_id)
    if patch.images is not None:
        body["image"] = {"image_id_list": list(pictures)}
    if patch.parcel is not None:
        body |= _parcel(patch.parcel)
    if patch.attributes is not None:
        body["attribute_list"] = _attributes(patch.attributes)
    body |= patch.extra
    if not body:
        raise ConfigError("this patch changes nothing", advice="Set what is to be changed.")
    return body


def pictures_of(draft: ProductDraft) -> dict[str, Image]:
    """Return the pictures of the first option's values, by value."""
    return {
        variant.options[0][1]: variant.image
        for variant in reversed(draft.variants)
        if variant.options and variant.image
    }
