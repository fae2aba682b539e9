"""Reading parameters the way TikTok Shop does, and refusing them in its words (book 2.2, 2.3)."""

from __future__ import annotations

import re
from typing import Any

from entrosdk.sandbox.http import Call

__all__ = ["BAD", "Parameters", "Refusal", "whole"]

BAD = 36009004

_DIGITS = re.compile(r"[0-9]{1,19}")


def whole(value: Any) -> int | None:
    """Read a whole number that may travel as text; `None` for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value) if isinstance(value, str) or abs(value) < 10**19 else ""
    return int(text) if _DIGITS.fullmatch(text) else None


class Refusal(Exception):
    """An error TikTok Shop answers; business codes come with status 200."""

    def __init__(self, code: int, message: str, status: int = 200) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status


def _wrong(message: str) -> Refusal:
    return Refusal(BAD, message, 400)


class Parameters:
    """Query, JSON body and the ids in the path of a call."""

    def __init__(self, call: Call, ids: tuple[str, ...] = ()) -> None:
        self.call = call
        self.ids = ids
        body = call.json()
        self.body: dict[str, Any] = body if isinstance(body, dict) else {}

    def query(self, name: str, default: str = "") -> str:
        """Return a query parameter; repeated ones are joined by commas."""
        values = [value for key, value in self.call.query if key == name]
        return ",".join(values) if values else default

    def needed(self, name: str, *allowed: str) -> str:
        """Return a query parameter that must be given, in one of the allowed words."""
        value = self.query(name)
        if not value:
            raise _wrong(f"{_go(name)} is a required field")
        if allowed and value not in allowed:
            raise _wrong(f"{_go(name)} must be one of {', '.join(allowed)}")
        return value

    def word(self, name: str, *allowed: str) -> str:
        """Return a query parameter in one of the allowed words; the first is the default."""
        value = self.query(name) or allowed[0]
        if value not in allowed:
            raise _wrong(f"{_go(name)} must be one of {', '.join(allowed)}")
        return value

    def page_size(self, least: int, most: int, default: int | None = None) -> int:
        """Return `page_size`; numbers and numeric texts are both accepted."""
        text = self.query("page_size") or ("" if default is None else str(default))
        if not text:
            raise _wrong("PageSize is a required field")
        size = whole(text)
        if size is None or not least <= size <= most:
            raise _wrong(f"PageSize must be between {least} and {most}")
        return size

    def ids_of(self, name: str, most: int) -> list[str]:
        """Return ids of the query: comma-joined or repeated."""
        found = [part.strip() for part in self.query(name).split(",") if part.strip()]
        return self._checked(name, found, most)

    def list_of(self, name: str, most: int, *, needed: bool = False) -> list[str]:
        """Return a list of texts in the body."""
        value = self.body.get(name)
        if value is None and not needed:
            return []
        if not isinstance(value, list):
            raise _wrong(f"{_go(name)} is a required field and has not been provided.")
        return self._checked(name, [str(one) for one in value], most)

    def among(self, name: str) -> set[str] | None:
        """Return a filter of the body: the texts allowed, `None` when all are."""
        return set(self.list_of(name, 1000)) if self.body.get(name) else None

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return a list of objects in the body that must be given."""
        value = self.body.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(r, dict) for r in value):
            raise _wrong(f"{_go(name)} is a required field and has not been provided.")
        return value

    def text(self, name: str) -> str:
        """Return a text of the body that must be given."""
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise _wrong(f"param body.{name} is missing")
        return value

    def window(self, source: dict[str, Any], clock: str, end: str = "lt") -> tuple[int, int]:
        """Return a half-open span; a missing side is the beginning or for ever."""
        start, stop = self._moment(source, f"{clock}_ge"), self._moment(source, f"{clock}_{end}")
        if stop is None:
            stop = 2**40
        elif end == "le":
            stop += 1
        return start or 0, stop

    def flat(self) -> dict[str, Any]:
        """Return the query as one object."""
        return dict(self.call.query)

    def _moment(self, source: dict[str, Any], name: str) -> int | None:
        value = source.get(name)
        if value is None or value == "":
            return None
        moment = whole(value)
        if moment is None:
            raise _wrong(f"{_go(name)} is invalid")
        return moment

    def _checked(self, name: str, found: list[str], most: int) -> list[str]:
        if not found:
            raise _wrong(f"{_go(name)} is a required field and has not been provided.")
        if len(found) > most:
            raise _wrong(f"{_go(name)} must contain {most} items at most")
        return found


def _go(name: str) -> str:
    """Spell a name as the server's structs do: their messages leak it (2.2)."""
    return "".join(part.capitalize() for part in name.split("_"))
