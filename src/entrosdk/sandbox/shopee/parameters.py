"""Reading parameters the way Shopee's gateway does, and refusing them in its words (book 2.3)."""

from __future__ import annotations

import json
import re
from typing import Any

from entrosdk.sandbox.http import Call

__all__ = ["Parameters", "Refusal"]


class Refusal(Exception):
    """An error Shopee answers; `response` accompanies the failures of batches."""

    def __init__(self, code: str, message: str, status: int = 200, response: Any = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status
        self.response = response


class Parameters:
    """Query and JSON body of a call as one set of names."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self._query = call.query
        body = call.json()
        self._body: dict[str, Any] = body if isinstance(body, dict) else {}

    def has(self, name: str) -> bool:
        """Say whether the name was given with a value."""
        return self._raw(name) not in (None, "")

    def named(self, name: str) -> bool:
        """Say whether the name was given at all, be it empty."""
        return name in self._body or any(key == name for key, _ in self._query)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; without a default the name is required."""
        value = self._raw(name)
        if value in (None, ""):
            if default is None:
                raise _wrong(f"{name} is a required field.")
            return default
        return str(value)

    def number(self, name: str, default: int | None = None) -> int:
        """Return a whole number from 0; without a default the name is required."""
        text = self.text(name, None if default is None else str(default))
        if not re.fullmatch(r"[0-9]{1,19}", text):
            raise _wrong(f"{name}: Invalid type. Expected: integer, given: string.")
        return int(text)

    def flag(self, name: str) -> bool:
        """Return a boolean that travels as true/false."""
        return self.text(name, "false").lower() in {"true", "1"}

    def page_size(self, default: int | None = None) -> int:
        """Return `page_size`, 1 to 100."""
        size = self.number("page_size", default)
        if size > 100:
            raise _wrong("page_size must be 100 or less.")
        if size < 1:
            raise _wrong("page_size must be 1 or greater.")
        return size

    def items(self, name: str, most: int) -> list[str]:
        """Return a list: comma-joined, repeated, or looking like JSON (book 1.6)."""
        found: list[str] = []
        for value in self._all(name):
            found += _parts(value)
        if not found:
            raise _wrong(f"{name} is a required field.")
        if len(found) > most:
            raise _wrong(f"{name} length must be {most} or less.")
        return found

    def numbers(self, name: str) -> set[int]:
        """Return a list of whole numbers, empty when it is missing."""
        parts = [part for value in self._all(name) for part in _parts(value)]
        return {int(part) for part in parts if re.fullmatch(r"[0-9]{1,19}", part)}

    def mapping(self, name: str) -> dict[str, Any]:
        """Return an object of the body, empty when it is missing."""
        value = self._raw(name)
        return value if isinstance(value, dict) else {}

    def within(self, name: str) -> Parameters:
        """Return the parameters inside an object of the body."""
        body = json.dumps(self.mapping(name)).encode()
        return Parameters(Call(method="POST", path="", body=body))

    def rows(self, name: str, most: int = 50) -> list[dict[str, Any]]:
        """Return a list of 1 to `most` objects of the body."""
        value = self._body.get(name)
        rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
        if not rows:
            raise _wrong(f"{name} is a required field.")
        if len(rows) > most:
            raise _wrong(f"{name} length must be {most} or less.")
        return rows

    def window(
        self, start: str, end: str, longest: int, code: str, message: str
    ) -> tuple[int, int]:
        """Return two moments that span less than `longest` seconds."""
        first, last = self.number(start), self.number(end)
        if first >= last or last - first >= longest:
            raise Refusal(code, message)
        return first, last

    def _raw(self, name: str) -> Any:
        if name in self._body:
            return self._body[name]
        return next((value for key, value in self._query if key == name), None)

    def _all(self, name: str) -> list[Any]:
        if name in self._body:
            value = self._body[name]
            return value if isinstance(value, list) else [value]
        return [value for key, value in self._query if key == name]


def _parts(value: Any) -> list[str]:
    text = str(value).strip()
    if text.startswith("["):
        try:
            return [str(part) for part in json.loads(text)]
        except (ValueError, RecursionError):
            text = text.strip("[]")
    return [part.strip() for part in text.split(",") if part.strip()]


def _wrong(detail: str) -> Refusal:
    return Refusal("error_param", f"Wrong parameters, detail: {detail}")
