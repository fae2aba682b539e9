"""The picture store (book 4.7), and evidence for disputes (book 6.3)."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.paper import Upload, form
from entrosdk.sandbox.shopee.gateway import Endpoint
from entrosdk.sandbox.shopee.lookup import returned
from entrosdk.sandbox.shopee.parameters import Parameters, Refusal

if TYPE_CHECKING:
    from entrosdk.sandbox.shopee.market import ShopeeMarket

__all__ = ["table"]

_MOST, _LARGEST = 9, 10 * 1024 * 1024
_STARTS = (b"\xff\xd8", b"\x89PNG")


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "media_space/upload_image": Endpoint("POST", "public", _upload),
        "returns/convert_image": Endpoint("POST", "shop", _convert),
    }


def _upload(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    files = [part for part in form(given.call) if part.name == "image"]
    if not 1 <= len(files) <= _MOST:
        raise Refusal("error_param", "Wrong parameters, detail: image is a required field.")
    rows = [_row(market, number, part) for number, part in enumerate(files)]
    good = [row["image_info"] for row in rows if not row["error"]]
    if not good:
        raise Refusal("error_param", rows[0]["message"])
    return {"image_info": good[0], "image_info_list": rows}


def _row(market: ShopeeMarket, number: int, part: Upload) -> dict[str, Any]:
    why = _wrong(part)
    if why:
        return {"id": number, "error": "error_param", "message": why, "image_info": {}}
    name = f"vn-11134207-{sha256(part.content).hexdigest()[:24]}"
    market.pictures.add(name)
    info = {
        "image_id": name,
        "image_url_list": [
            {"image_url_region": "VN", "image_url": f"https://cf.shopee.vn/file/{name}"}
        ],
    }
    return {"id": number, "error": "", "message": "", "image_info": info}


def _wrong(part: Upload) -> str:
    if not part.content.startswith(_STARTS):
        return "Wrong parameters, detail: the image format is not supported."
    return "Wrong parameters, detail: the image is too large." * (len(part.content) > _LARGEST)


def _convert(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    parts = {part.name: part for part in form(given.call)}
    name = parts.get("return_sn")
    found = market.shop.returns.get(name.content.decode("utf-8", "replace") if name else "")
    if found is None:
        found = returned(market, given)  # in the query, or refused in the usual words
    picture = parts.get("upload_image")
    if picture is None or _wrong(picture):
        raise Refusal("error_param", "Wrong parameters, detail: upload_image is invalid.")
    name_of = sha256(picture.content).hexdigest()[:24]
    url = f"https://cf.shopee.vn/file/proof-{found.id}-{name_of}"
    return {"url": url, "thumbnail": f"{url}_tn"}
