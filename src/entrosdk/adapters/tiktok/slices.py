"""Reading a shop with more listings than a search answers: by slices of the creation time.

A search over more than 10 000 listings is refused as a whole (section 4.1), so such a shop is
read from its beginning in slices that shrink when they are still too large and grow when not.
A position names the slice and TikTok Shop's own token in it; it needs no clock, since slices go
on to the end of what four bytes of seconds can say.
"""

from __future__ import annotations

from attrs import evolve, frozen

from entrosdk.errors import ConfigError, Rejected

__all__ = ["Slice", "first", "whole"]

_DAWN = 1_546_300_800  # 2019: before any shop
_END = 4_294_967_295
_WIDTH = 2 * 365 * 86_400


@frozen
class Slice:
    """Listings created in the `width` seconds from `start` on; width 0 means all of them."""

    start: int = 0
    width: int = 0
    token: str = ""

    @property
    def narrow(self) -> bool:
        """Say whether this is a part of the shop only."""
        return self.width > 0

    def bounds(self) -> dict[str, int]:
        """Return the bounds to send; both are included (section 4.2)."""
        if not self.narrow:
            return {}
        return {"create_time_ge": self.start, "create_time_le": self.start + self.width - 1}

    def halved(self) -> Slice:
        """Return the first half of this slice; raises `Rejected` when it is a single second."""
        if self.width == 1:
            raise Rejected("more than 10 000 listings were created in one second")
        return evolve(self, width=self.width // 2)

    def after(self) -> Slice | None:
        """Return the slice that follows, twice as wide; `None` at the end of time."""
        start = self.start + self.width
        if not self.narrow or start > _END:
            return None
        return Slice(start, min(self.width * 2, _END - start + 1))

    def write(self) -> str:
        """Return the position as text."""
        return f"{self.start}+{self.width}:{self.token}"

    @classmethod
    def read(cls, position: str) -> Slice:
        """Read a position; raises `ConfigError` for one of another listing."""
        place, _, token = position.partition(":")
        start, _, width = place.partition("+")
        if not (start.isdecimal() and width.isdecimal()):
            raise ConfigError(
                "this position does not belong to a listing of products",
                advice="Resume with the `next` of a page of the same listing.",
            )
        return cls(int(start), int(width), token)


def whole() -> Slice:
    """Return the whole shop."""
    return Slice()


def first() -> Slice:
    """Return the first slice of a shop that is too large."""
    return Slice(_DAWN, _WIDTH)
