"""Endpoints of pictures (book 4.3)."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.lazada.gateway import Endpoint
from entrosdk.sandbox.lazada.parameters import Parameters, Refusal
from entrosdk.sandbox.lazada.payload import product, rows, tree

if TYPE_CHECKING:
    from entrosdk.sandbox.lazada.market import LazadaMarket

__all__ = ["table"]

_LARGEST = 3_145_728


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "/images/set": Endpoint(_images_set),
        "/image/upload": Endpoint(_upload),
        "/image/migrate": Endpoint(_migrate),
        "/images/migrate": Endpoint(_migrate_many, shape="flat"),
        "/image/response/get": Endpoint(_migrated),
    }


def _images_set(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    del market
    text = given.text("payload")
    for sku in rows(product(text), "Skus", "Sku", text):
        if len(rows(sku, "Images", "Image", text)) > 8:
            raise Refusal("203", "E203: more than 8 images")
    return {}


def _kept(content: bytes) -> dict[str, str]:
    name = sha256(content).hexdigest()[:32]
    return {"hash_code": name, "url": f"https://vn-live-01.slatic.net/p/{name}.jpg"}


def _upload(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    del market
    content = given.files.get("image", b"")
    if not content:
        raise Refusal("300", "E300: Upload image failed")
    if len(content) > _LARGEST:
        raise Refusal("303", "E303: The image is too large")
    return {"image": _kept(content)}


def _migrate(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    del market
    image = tree(given.text("payload")).get("Image")
    url = str(image.get("Url", "")) if isinstance(image, dict) else ""
    if not url.startswith(("http://", "https://")):
        raise Refusal("302", "E302: The URL is not supported")
    return {"image": _kept(url.encode())}


def _migrate_many(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    text = given.text("payload")
    urls = [str(url) for url in rows(tree(text), "Images", "Url", text)]
    if not urls or len(urls) > 8:
        raise Refusal("301", "E301: Migrate image failed")
    name = sha256("".join(urls).encode()).hexdigest()[:24]
    market.batches[name] = urls
    return {"batch_id": name}


def _migrated(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    urls = market.batches.get(given.text("batch_id"))
    if urls is None:
        raise Refusal("304", "E304: Get response failed")
    return {"images": [_kept(url.encode()) for url in urls], "errors": []}
