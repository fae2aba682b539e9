"""Uploading pictures: forms with files, signed without their body (sections 1.6 and 4.1)."""

from __future__ import annotations

from collections.abc import Sequence

from entrosdk.adapters.tiktok.sign import SELLER
from entrosdk.adapters.tiktok.wire_writes import UploadReply
from entrosdk.domain.writing import Image
from entrosdk.errors import ConfigError
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import Request
from entrosdk.spi.toolkit import Part, multipart
from entrosdk.spi.wire import read

__all__ = ["MAIN", "all_uploaded", "uploaded"]

MAIN = "MAIN_IMAGE"


def uploaded(image: Image, use_case: str = MAIN) -> Flow[str]:
    """Return the uri of a picture, uploading its bytes first; twice does no harm.

    An `Image.url` that is such a uri already is taken as it is.
    """
    if image.url and not image.content and "://" not in image.url:
        return image.url
    if not image.content:
        raise ConfigError(
            "TikTok Shop takes pictures as bytes only",
            advice="Pass `Image(content=…)`, or the uri of an earlier upload as `url`.",
        )
    reply = yield from send(_request(image, use_case))
    return read(UploadReply, reply.body).data.uri


def all_uploaded(images: Sequence[Image], use_case: str = MAIN) -> Flow[list[str]]:
    """Return the uris of pictures, in their order."""
    uris: list[str] = []
    for image in images:
        uris += [(yield from uploaded(image, use_case))]
    return uris


def _request(image: Image, use_case: str) -> Request:
    kind, body = multipart(
        (
            Part(name="use_case", content=use_case.encode()),
            Part(name="data", content=image.content, filename=image.name, kind=image.kind),
        )
    )
    return Request(
        method="POST",
        path="/product/202309/images/upload",
        headers=(("content-type", kind),),
        body=body,
        auth=SELLER,
    )
