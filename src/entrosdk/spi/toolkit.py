"""Small pure tools that adapters share: signing, seconds, batches, forms. Standard library only."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, TypeVar

from attrs import field, frozen

__all__ = [
    "Part",
    "Seconds",
    "batches",
    "hmac_hex",
    "json_object",
    "matches",
    "moment",
    "multipart",
]

T = TypeVar("T")


def hmac_hex(key: str, message: str | bytes) -> str:
    """Return the HMAC-SHA256 of `message` as lower-case hex; the key is used as UTF-8 text."""
    raw = message.encode() if isinstance(message, str) else message
    return hmac.new(key.encode(), raw, hashlib.sha256).hexdigest()


def matches(given: str, expected: str) -> bool:
    """Compare two signatures in constant time, whatever characters `given` has."""
    return hmac.compare_digest(given.encode(), expected.encode())


def moment(seconds: int) -> datetime:
    """Turn epoch seconds into an aware instant."""
    return datetime.fromtimestamp(seconds, UTC)


@frozen
class Seconds:
    """A half-open window [start, end), as marketplaces with a one-second clock ask for it.

    `first` and `last` are the first and the last whole second in it, both inclusive.
    """

    start: datetime
    end: datetime

    @property
    def first(self) -> int:
        """The first whole second at or after the start."""
        return ceil(self.start.timestamp())

    @property
    def last(self) -> int:
        """The last whole second before the end."""
        return ceil(self.end.timestamp()) - 1

    @property
    def span(self) -> timedelta:
        """How long the window is."""
        return self.end - self.start

    def __bool__(self) -> bool:
        return self.first <= self.last

    def __contains__(self, seconds: int) -> bool:
        return self.first <= seconds <= self.last


def batches(ids: Sequence[T], size: int) -> Iterator[tuple[T, ...]]:
    """Cut `ids` into runs of at most `size`, without repeats, in their order."""
    unique = tuple(dict.fromkeys(ids))
    for start in range(0, len(unique), size):
        yield unique[start : start + size]


@frozen(kw_only=True)
class Part:
    """One field of a form that carries files; a field without `filename` is plain text."""

    name: str
    content: bytes = field(repr=False)
    filename: str = ""
    kind: str = "application/octet-stream"


def multipart(parts: Iterable[Part]) -> tuple[str, bytes]:
    """Return content type and body of a `multipart/form-data` request, in the order of `parts`.

    The boundary comes from the content, so the same form is the same bytes and no part holds it.
    """
    given = tuple(parts)
    boundary = hashlib.sha256(b"\0".join(part.content for part in given)).hexdigest()
    body = b"".join(b"--%b\r\n%b\r\n" % (boundary.encode(), _part(part)) for part in given)
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()


def _part(part: Part) -> bytes:
    head = f'Content-Disposition: form-data; name="{_quoted(part.name)}"'
    if part.filename:
        head += f'; filename="{_quoted(part.filename)}"\r\nContent-Type: {part.kind}'
    return head.encode() + b"\r\n\r\n" + part.content


def _quoted(text: str) -> str:
    # As browsers do it: what would end the quotes or the line is percent-encoded.
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def json_object(body: bytes | str) -> dict[str, Any] | None:
    """Read a delivery that should be a JSON object; `None` for whatever else came."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
