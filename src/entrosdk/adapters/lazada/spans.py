"""Positions in the list of listings, which Lazada reads up to an offset of 10,000 (section 4.1).

A longer list is cut into spans of creation time that are halved until they are short enough.
A position is "OFFSET" in the whole list, or "SINCE-UNTIL:OFFSET" in a span of epoch seconds whose
end is open when `UNTIL` is 0.
"""

from __future__ import annotations

import re

from attrs import evolve, frozen

from entrosdk.errors import BadReply, ConfigError

__all__ = ["LAST_OFFSET", "PAGE", "Span"]

PAGE = 50
LAST_OFFSET = 10_000

_FIRST = 1_300_000_000  # before Lazada's first listing
_SHAPE = re.compile(r"(?:(\d{1,10})-(\d{1,10}):)?(\d{1,10})", re.ASCII)


@frozen
class Span:
    """Where a page begins: listings made from `since` to before `until`, less `offset` of them."""

    since: int = 0
    until: int = 0
    offset: int = 0

    @classmethod
    def read(cls, cursor: str | None) -> Span:
        """Read a position; raises `ConfigError` for one that is not ours."""
        found = _SHAPE.fullmatch(cursor or "0")
        if found is None:
            raise ConfigError(
                "this position does not belong to this listing",
                advice="Resume with the `next` of a page of the same listing.",
            )
        since, until, offset = (int(part or 0) for part in found.groups())
        return cls(since, until, offset)

    def __str__(self) -> str:
        whole = not (self.since or self.until)
        return str(self.offset) if whole else f"{self.since}-{self.until}:{self.offset}"

    def too_long(self, total: int) -> bool:
        """Say whether a span that begins here goes beyond the last offset."""
        return not self.offset and total > LAST_OFFSET

    def shorter(self, latest: int) -> Span:
        """Return a span to read in place of one that is too long.

        `latest` is the creation time of the newest listing seen: an open end is closed behind it
        first, and what is made later follows in a span of its own.
        """
        if not self.until and latest >= self.since:
            return evolve(self, until=latest + 1)
        start = max(self.since, _FIRST)
        middle = (start + self.until) // 2
        if middle <= start:
            raise BadReply("more listings share one second than Lazada's offset reaches")
        return evolve(self, until=middle)

    def following(self, size: int, total: int) -> Span | None:
        """Return where the next page begins; `None` at the end of the list.

        The total counts listings, and an empty page ends a span, whatever it says.
        """
        offset = self.offset + size
        if not size or (offset >= total and (total or size < PAGE)):
            return Span(since=self.until) if self.until else None
        if offset > LAST_OFFSET:
            raise BadReply("the list grew beyond Lazada's last offset; read it again")
        return evolve(self, offset=offset)
