"""One commit as lines of JSON. Pure: bytes out of values, and back.

Every block of lines ends with a `commit` line that holds a checksum of the lines before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias
from zlib import crc32

from attrs import fields, frozen
from pydantic_core import to_json

from entrosdk.domain.order import Order, Recipient
from entrosdk.domain.returns import Return
from entrosdk.spi.page import Unreadable
from entrosdk.sync.sink import Checkpoint, Record
from entrosdk.sync.sinks import openings
from entrosdk.sync.sinks.instants import from_text, to_text

__all__ = [
    "Json",
    "Version",
    "changed",
    "checkpoint_from",
    "ending",
    "is_ending",
    "is_whole",
    "same",
    "unreadable",
    "write",
]

Json: TypeAlias = dict[str, Any]

_END = b'{"change":"commit",'
_OF_PEOPLE = {
    Order: {"buyer_id", "buyer_note", "seller_note"},
    Recipient: {"name", "phone", "district", "ward", "address", "postcode"},
    Return: {"buyer_text"},
}


@frozen(order=True)
class Version:
    """What orders the versions of a record: its update time, then when it was read, as text."""

    updated_at: str
    read_at: str


def write(records: Sequence[Record], *, personal: bool) -> bytes:
    """Write what is stored under one name; raises `ValueError` for what is no JSON.

    A payment source is an object with its `payments`, since they are replaced as a whole.
    """
    what: Any = records[0]
    if hasattr(what, "source_id"):
        what = {"source_id": what.source_id, "payments": records}
    return to_json(what, fallback=_everything if personal else _impersonal)


def changed(change: str, name: str, version: Version, body: bytes, *, history: bool) -> bytes:
    """Write the line of a record that is new or says something new."""
    head = {**_head(change, name, version), "history": history, "crc": crc32(body)}
    return to_json(head)[:-1] + b',"record":' + body + b"}\n"


def same(name: str, version: Version, crc: int, offset: int) -> bytes:
    """Write that a record was read again; its content is in the line at `offset`."""
    return to_json({**_head("same", name, version), "crc": crc, "offset": offset}) + b"\n"


def unreadable(bad: Unreadable, read_at: str) -> bytes:
    """Write a record that cannot be read, whole."""
    body = bad.body.decode("utf-8", "backslashreplace")
    head = {"change": "unreadable", "id": bad.id, "read_at": read_at}
    return to_json({**head, "reason": bad.reason, "body": body}) + b"\n"


def ending(lines: Iterable[bytes], at: Checkpoint | None, read_at: str) -> bytes:
    """Write the line that makes the block valid, with the checkpoint."""
    facts: Json = {"change": "commit", "read_at": read_at, "crc": crc32(b"".join(lines))}
    if at is not None:
        bounds = ("since", "done_to", "checked_to")
        told = {name: getattr(at, name) for name in bounds}
        texts: Json = {name: told[name] and to_text(told[name]) for name in bounds}
        facts["checkpoint"] = texts | {"open": openings.to_json(at.open)}
    return to_json(facts) + b"\n"


def checkpoint_from(found: Json) -> Checkpoint:
    """Read the checkpoint of a `commit` line."""
    bounds = ("since", "done_to", "checked_to")
    moments = {name: found[name] and from_text(found[name]) for name in bounds}
    return Checkpoint(**moments, open=openings.from_json(found["open"]))


def is_ending(line: bytes) -> bool:
    """Is it a `commit` line?"""
    return line.startswith(_END)


def is_whole(block: Sequence[bytes]) -> bool:
    """Is a block, its last line included, what was written?"""
    try:
        told = json.loads(block[-1])
    except ValueError:
        return False
    return bool(block[-1].endswith(b"\n") and told["crc"] == crc32(b"".join(block[:-1])))


def _head(change: str, name: str, version: Version) -> Json:
    moments = {"updated_at": version.updated_at, "read_at": version.read_at}
    return {"change": change, "id": name} | moments


def _everything(value: Any) -> Json:
    return {field.name: getattr(value, field.name) for field in fields(type(value))}


def _impersonal(value: Any) -> Json:
    hidden = _OF_PEOPLE.get(type(value), ())
    told = _everything(value)
    return {name: told[name] for name in told if name not in hidden and name != "source"}
