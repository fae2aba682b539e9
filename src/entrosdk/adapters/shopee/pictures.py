"""Handing pictures over: to the picture store of items, and to a return (sections 4.7, 6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from entrosdk.adapters.shopee import wire_writes as wire
from entrosdk.adapters.shopee.errors import failure
from entrosdk.domain.writing import Image
from entrosdk.errors import BadReply, ConfigError
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import PUBLIC, Request
from entrosdk.spi.toolkit import Part, multipart
from entrosdk.spi.wire import read

__all__ = ["evidence", "uploaded"]

_AT_ONCE = 9  # files in one upload
_LARGEST = 10 * 1024 * 1024
_FILES = "/file/"


def uploaded(images: Sequence[Image]) -> Flow[tuple[str, ...]]:
    """Return Shopee's ids of pictures, in their order; bytes are uploaded, up to nine at once.

    Uploading again only leaves an unused picture behind, so these requests may be repeated.
    """
    _check(images)
    fresh = [image for image in images if image.content]
    ids: list[str] = []
    for start in range(0, len(fresh), _AT_ONCE):
        ids += yield from _upload(fresh[start : start + _AT_ONCE])
    made = iter(ids)
    return tuple(next(made) if image.content else _known(image) for image in images)


def evidence(return_id: str, images: Sequence[Image]) -> Flow[tuple[str, ...]]:
    """Return the addresses of pictures that prove a dispute; bytes are uploaded one by one."""
    _check(images)
    urls: tuple[str, ...] = ()
    for image in images:
        urls += ((yield from _converted(return_id, image)) if image.content else image.url,)
    return urls


def _check(images: Sequence[Image]) -> None:
    for image in images:
        if len(image.content) > _LARGEST:
            raise ConfigError(f"{image.name} is larger than the 10 MB Shopee takes")
        if not image.content and not image.url:
            raise ConfigError("a picture has neither bytes nor an address")


def _known(image: Image) -> str:
    """Read the id out of the address of a picture that Shopee holds already."""
    path = urlsplit(image.url).path
    if _FILES not in path:
        raise ConfigError(
            "Shopee does not fetch pictures from other places",
            advice="Pass the picture's bytes as `Image(content=…)`.",
        )
    return path.rpartition("/")[2].removesuffix("_tn")  # the small version has the same id


def _upload(images: Sequence[Image]) -> Flow[list[str]]:
    parts = [Part(name="scene", content=b"normal"), *(_file("image", image) for image in images)]
    # Signed without a shop, as the reference says; with one it works too (section 1.6).
    reply = yield from send(_form("media_space/upload_image", parts, auth=PUBLIC))
    body = read(wire.Uploaded, reply.body).response
    rows = sorted(body.image_info_list, key=lambda row: row.id)
    for row in rows:
        if row.error:
            raise failure(row.error, row.message)
    found = [row.image_info.image_id for row in rows if row.image_info]
    if not found and body.image_info:
        found = [body.image_info.image_id]
    if len(found) != len(images):
        raise BadReply(f"{len(images)} pictures were uploaded and {len(found)} ids came back")
    return found


def _converted(return_id: str, image: Image) -> Flow[str]:
    parts = [Part(name="return_sn", content=return_id.encode()), _file("upload_image", image)]
    reply = yield from send(_form("returns/convert_image", parts))
    return read(wire.Converted, reply.body).response.url


def _file(name: str, image: Image) -> Part:
    return Part(name=name, content=image.content, filename=image.name, kind=image.kind)


def _form(path: str, parts: Sequence[Part], auth: str = "shop") -> Request:
    kind, body = multipart(parts)
    return Request(
        method="POST",
        path=f"/api/v2/{path}",
        headers=(("content-type", kind),),
        body=body,
        auth=auth,
    )
