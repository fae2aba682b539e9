"""Reading parameters the way Tiki does, and refusing them in its words (book 2.2, 2.3, 3.2)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

from entrosdk.sandbox.http import Call

__all__ = ["LOCAL", "Parameters", "Refusal", "local", "stamp", "wrong"]

LOCAL = timezone(timedelta(hours=7))
_FORM = "%Y-%m-%d %H:%M:%S"


class Refusal(Exception):
    """An error Tiki answers: texts, and for product writes the service that refused (E1, E2)."""

    def __init__(self, status: int, *texts: str, source: str = "") -> None:
        super().__init__(status, *texts)
        self.status = status
        self.texts = texts
        self.source = source


def wrong(text: str) -> Refusal:
    """Return the refusal of a bad value."""
    return Refusal(400, text)


def local(moment: int) -> str:
    """Print a moment as Tiki does: Vietnam's time, no zone."""
    return datetime.fromtimestamp(moment, LOCAL).strftime(_FORM)


def stamp(text: str, name: str) -> int:
    """Read such a moment."""
    try:
        return int(datetime.strptime(text, _FORM).replace(tzinfo=LOCAL).timestamp())
    except ValueError:
        raise wrong(f"{name} is not in format yyyy-MM-dd HH:mm:ss") from None


class Parameters:
    """Query and body of a call; `names` are the variable parts of its path."""

    def __init__(self, call: Call, names: tuple[str, ...] = ()) -> None:
        self.call = call
        self.names = names

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object of a write; a broken one, or another shape, is refused."""
        found = self.call.json()
        if not isinstance(found, dict):
            raise wrong("Can't read http message, please check your request")
        return found

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form."""
        return dict(parse_qsl(self.call.body.decode("utf-8", "replace"), keep_blank_values=True))

    def text(self, *names: str) -> str:
        """Return the first of these parameters that was given."""
        return next((value for name in names if (value := self.call.one(name))), "")

    def number(self, name: str, default: int) -> int:
        """Return a whole number of at least 1."""
        text = self.text(name) or str(default)
        if not text.isdecimal() or int(text) < 1:
            raise wrong(f"{name} must be greater than 0")
        return int(text)

    def page(self, largest: int) -> tuple[int, int]:
        """Return page number and size."""
        page, limit = self.number("page", 1), self.number("limit", 20)
        if limit > largest:
            raise wrong(f"limit must be less than or equal to {largest}")
        return page, limit

    def words(self, *names: str) -> frozenset[str]:
        """Return a comma-joined list; blanks do not matter."""
        return frozenset(part.strip() for part in self.text(*names).split(",") if part.strip())

    def moment(self, name: str) -> int | None:
        """Return a local time as epoch seconds."""
        text = self.text(name)
        return stamp(text, name) if text else None

    def choice(self, name: str, known: Collection[str]) -> Choice:
        """Read a set expression: `in|a,b`, `nin|a,b`, a word, or words with commas (3.2)."""
        text = self.text(name)
        head, pipe, rest = text.partition("|")
        if pipe and head not in {"in", "nin"}:
            raise wrong(f"{name} is invalid: {head}")
        words = {part.strip() for part in (rest if pipe else text).split(",") if part.strip()}
        if strange := words - set(known):
            raise wrong(f"{name} is invalid: {min(strange)}")
        return Choice(frozenset(words), pipe != "" and head == "nin")


class Choice:
    """A set of words that a value must be in, or must not."""

    def __init__(self, words: frozenset[str], without: bool) -> None:  # noqa: FBT001
        self._words = words
        self._without = without

    def __contains__(self, word: str) -> bool:
        if not self._words:
            return True
        return (word in self._words) is not self._without
