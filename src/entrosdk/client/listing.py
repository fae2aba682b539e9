"""Listings over any span of time, and what their callers pass."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Generic, TypeAlias, TypedDict, TypeVar

from attrs import evolve, frozen

from entrosdk.domain.writing import Handover, PickupSlot
from entrosdk.engine.windows import Window
from entrosdk.errors import BadReply, ConfigError
from entrosdk.spi.effects import Flow
from entrosdk.spi.page import Page, Unreadable

__all__ = [
    "Listing",
    "OnUnreadable",
    "OrderWindow",
    "ProductWindow",
    "ReturnWindow",
    "SettledWindow",
    "ShipHow",
    "hand_over",
]

T = TypeVar("T")

OnUnreadable: TypeAlias = Callable[[Unreadable], None]
"""Takes a record that cannot be read, so that iteration may go on."""


class OrderWindow(TypedDict, total=False):
    """Which orders: a half-open window over the update or the creation time, and a status word."""

    updated_from: datetime | None
    updated_to: datetime | None
    created_from: datetime | None
    created_to: datetime | None
    raw_status: str | None


class ProductWindow(TypedDict, total=False):
    """Which products: a half-open window over the update time, and a status word."""

    updated_from: datetime | None
    updated_to: datetime | None
    raw_status: str | None


class ReturnWindow(TypedDict, total=False):
    """Which returns: a half-open window over the update or the creation time."""

    updated_from: datetime | None
    updated_to: datetime | None
    created_from: datetime | None
    created_to: datetime | None


class ShipHow(TypedDict, total=False):
    """Which parcel, and how it is handed over; what is left out the adapter chooses."""

    package_id: str
    line_ids: tuple[str, ...]
    method: Handover | None
    slot: PickupSlot | None
    warehouse_id: str
    carrier: str
    tracking_number: str


class SettledWindow(TypedDict, total=False):
    """Which money: a half-open window over the time it was settled."""

    settled_from: datetime | None
    settled_to: datetime | None


@frozen
class Listing(Generic[T]):
    """A listing over any span of time, cut into windows the marketplace accepts.

    A position names the window and the marketplace's own cursor in it, so a caller may store it
    and go on in another process.
    """

    fetch: Callable[[Window, str | None], Flow[Page[T]]]
    windows: tuple[Window, ...] | None  # None: a listing without a clock

    def page(self, position: str | None) -> Flow[Page[T]]:
        """Return the page at `position` (`None`: the first); its `next` is a position too."""
        if self.windows is None:
            return (yield from self.fetch(_ALWAYS, position))
        if not self.windows:
            return Page(items=())
        number, cursor = self._at(position)
        page = yield from self.fetch(self.windows[number], cursor)
        return evolve(page, next=self._after(number, page.next))

    def _at(self, position: str | None) -> tuple[int, str | None]:
        if position is None:
            return 0, None
        start, _, cursor = position.partition("|")
        for number, window in enumerate(self.windows or ()):
            if _mark(window) == start:
                return number, cursor or None
        raise ConfigError(
            "this position does not belong to this listing",
            advice="Resume with the same bounds as before.",
        )

    def _after(self, number: int, cursor: str | None) -> str | None:
        windows = self.windows or ()
        if cursor is not None:
            return f"{_mark(windows[number])}|{cursor}"
        following = number + 1
        return f"{_mark(windows[following])}|" if following < len(windows) else None


_ALWAYS: Window = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def _mark(window: Window) -> str:
    return str(int(window[0].timestamp() * 1000))


def hand_over(unreadable: Unreadable, take: OnUnreadable | None) -> None:
    """Give an unreadable record to `take`, or raise `BadReply` when nobody takes it."""
    if take is None:
        raise BadReply(
            f"{unreadable.id} cannot be read: {unreadable.reason}",
            advice="Pass `on_unreadable=` to keep it aside and go on.",
        )
    take(unreadable)
