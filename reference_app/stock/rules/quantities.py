"""How many units may be sold: in a warehouse, of a bundle, on a channel (domain 9.1, 9.3, 9.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

__all__ = ["Level", "Share", "bundle_units", "channel_quantity", "sellable_together"]

_WHOLE = 100


@frozen(kw_only=True)
class Level:
    """What is known of a variant in one warehouse."""

    on_hand: int = 0
    reserved: int = 0
    quarantined: int = 0
    buffer: int = 0

    @property
    def free(self) -> int:
        """Units no order holds; below zero when more was sold than is there."""
        return self.on_hand - self.reserved - self.quarantined

    @property
    def sellable(self) -> int:
        """Units that may be offered."""
        return max(0, self.free - self.buffer)

    @property
    def oversold(self) -> int:
        """Units that were sold and are not there."""
        return max(0, -self.free)


def sellable_together(levels: Iterable[Level]) -> int:
    """Add up warehouses; a shortage in one never eats another's stock.

    >>> sellable_together([Level(on_hand=5), Level(on_hand=0, reserved=3)])
    5
    """
    return sum(level.sellable for level in levels)


@frozen(kw_only=True)
class Share:
    """What part of the sellable units a channel is told of; `percent` of 100 is all of them."""

    percent: int = _WHOLE
    buffer: int = 0
    cap: int | None = None


def channel_quantity(sellable: int, share: Share) -> int:
    """Return what a channel is told: min(cap, floor(sellable x share) - buffer), never below 0.

    >>> channel_quantity(12, Share(percent=80))
    9
    """
    told = max(0, sellable) * share.percent // _WHOLE - share.buffer
    if share.cap is not None:
        told = min(told, share.cap)
    return max(0, told)


def bundle_units(sellable: Mapping[int, int], parts: Mapping[int, int]) -> int:
    """Return how many bundles the components make; a bundle has no stock of its own.

    >>> bundle_units({1: 14, 2: 9}, {1: 2, 2: 1})
    7
    """
    return min((max(0, sellable.get(name, 0)) // units for name, units in parts.items()), default=0)
