"""Reading a request's parameters, wherever a client put them, and refusing them (book 1.5, 2.4)."""

from __future__ import annotations

import json
from ast import literal_eval
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from attrs import field, frozen

from entrosdk.sandbox.http import Call

__all__ = ["LOCAL", "Parameters", "Refusal"]

LOCAL = timezone(timedelta(hours=7))


class Refusal(Exception):
    """An error answer; `detail` names rows of a batch."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        kind: str = "ISP",
        detail: list[dict[str, Any]] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.kind = code, message, kind
        self.detail = detail
        self.extra = extra


@frozen
class Parameters:
    """All text parameters of a call, and its files."""

    values: Mapping[str, str] = field(repr=False)
    files: Mapping[str, bytes] = field(factory=dict, repr=False)
    host: str = ""

    @classmethod
    def of(cls, call: Call) -> Parameters:
        """Merge query, form, multipart text parts and top-level keys of a JSON body."""
        texts, files = _body(call)
        values = {**dict(call.query), **texts}
        return cls(values, files, call.headers.get("host", "lazada.sandbox"))

    def has(self, name: str) -> bool:
        """Say whether a parameter says something."""
        return bool(self.values.get(name))

    def text(self, name: str, default: str | None = None) -> str:
        """Return a parameter; one that is mandatory raises `Refusal`."""
        value = self.values.get(name, "")
        if value:
            return value
        if default is None:
            raise Refusal(
                "MissingParameter",
                f'The input parameter "{name}" that is mandatory for processing this request '
                "is not supplied",
                kind="ISV",
            )
        return default

    def whole(self, name: str, default: int, code: str, most: int = 2**31) -> int:
        """Return a whole number from 0 to `most`; another one raises `Refusal` with `code`."""
        said = self.text(name, str(default))
        if not (said.isascii() and said.isdecimal()) or int(said) > most:
            word = {"14": "Offset", "19": "Limit"}.get(code, "Value")
            raise Refusal(code, f'E0{code}: "{said}" Invalid {word}')
        return int(said)

    def moment(self, name: str) -> int | None:
        """Return an ISO 8601 moment in epoch seconds; `None` where it is absent."""
        said = self.text(name, "")
        if not said:
            return None
        try:
            told = datetime.fromisoformat(said)
        except ValueError:
            told = None
        if told is None or told.tzinfo is None:
            raise Refusal("17", f'E017: "{said}" Invalid Date Format')
        return int(told.timestamp())

    def day(self, name: str) -> datetime:
        """Return a local day that begins at midnight."""
        said = self.text(name)
        try:
            return datetime.fromisoformat(said).replace(tzinfo=LOCAL)
        except ValueError:
            raise Refusal("17", f'E017: "{said}" Invalid Date Format') from None

    def ids(self, name: str, code: str, text: str) -> list[str]:
        """Return an array of ids, which is text: `[1, 2]`, numbers or words."""
        found = loose(self.text(name))
        if not isinstance(found, list):
            raise Refusal(code, text)
        return [str(one) for one in found]

    def tree(self, name: str) -> dict[str, Any]:
        """Return a JSON object that is text, lenient about quotes (book 3.7)."""
        found = loose(self.text(name))
        if not isinstance(found, dict):
            raise Refusal("5", "E005: Invalid Request Format")
        return found


def loose(text: str) -> Any:
    """Read JSON, or what Python's `repr` makes of it; anything else is `None`."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None


def _body(call: Call) -> tuple[dict[str, str], dict[str, bytes]]:
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not call.body:
        return {}, {}
    if kind == "multipart/form-data":
        return _multipart(call)
    if kind == "application/json":
        body = call.json()
        return (
            {name: _plain(one) for name, one in body.items()} if isinstance(body, dict) else {}
        ), {}
    try:
        return dict(parse_qsl(call.body.decode(), keep_blank_values=True)), {}
    except UnicodeDecodeError:
        return {}, {}


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _multipart(call: Call) -> tuple[dict[str, str], dict[str, bytes]]:
    head = f"Content-Type: {call.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + call.body)
    texts: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            continue
        if part.get_filename() is None:
            texts[name] = content.decode(errors="replace")
        else:
            files[name] = content
    return texts, files
