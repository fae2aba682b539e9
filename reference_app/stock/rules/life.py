"""What an order does to stock in each phase of its life (domain 9.2).

An order's lines become parts: units of one variant for one line. What the order should hold is
compared with what it holds; the difference is a list of steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import frozen

__all__ = ["Act", "Held", "Key", "Phase", "State", "Step", "phase_of", "steps"]

Key = tuple[str, int]
"""An order line's id and a variant."""


class Phase(StrEnum):
    """Where the goods of an order are."""

    HELD = "held"  # sold, not handed over: units are reserved
    GONE = "gone"  # handed over to the carrier
    VOID = "void"  # cancelled
    UNSURE = "unsure"  # a word nobody knows: what is, stays


class State(StrEnum):
    """Where a reservation stands."""

    OPEN = "open"
    CONSUMED = "consumed"
    RELEASED = "released"


class Act(StrEnum):
    """What happens to the units of a part."""

    RESERVE = "reserve"  # hold `units` more (fewer when negative)
    RELEASE = "release"  # nothing is held any more
    SHIP = "ship"  # what is held leaves: reservation and stock go down together
    UNSHIP = "unship"  # a hand-over that did not happen: stock comes back, to be held again


@frozen
class Held:
    """What an order holds of one part."""

    state: State
    units: int


@frozen
class Step:
    """One change of one part."""

    key: Key
    act: Act
    units: int


_PHASES = {
    # Cash on delivery has no unpaid stage; TikTok's first hour is ON_HOLD: reserved all the same.
    **dict.fromkeys(("UNPAID", "ON_HOLD", "TO_SHIP", "PACKED", "CANCELLING"), Phase.HELD),
    **dict.fromkeys(("SHIPPED", "DELIVERED", "COMPLETED", "RETURNED"), Phase.GONE),
    "CANCELLED": Phase.VOID,
}


def phase_of(status: str) -> Phase:
    """Return the phase of an order's status in the SDK's words."""
    return _PHASES.get(status, Phase.UNSURE)


def steps(phase: Phase, wanted: Mapping[Key, int], held: Mapping[Key, Held]) -> list[Step]:
    """Return what must happen so that an order holds what it should.

    `wanted` has the units of every line that is left; a line that is gone was cancelled.
    Doing the steps and asking again gives none.
    """
    if phase is Phase.UNSURE:
        phase = Phase.HELD if not held else Phase.UNSURE
    found: list[Step] = []
    for key in sorted({*wanted, *held}):
        found += _part(phase, key, wanted.get(key, 0), held.get(key))
    return found


def _part(phase: Phase, key: Key, units: int, now: Held | None) -> list[Step]:
    if phase is Phase.UNSURE:
        return []
    if phase is Phase.VOID or not units:
        # Nothing of what was handed over is released: it is a return to come.
        return [Step(key, Act.RELEASE, now.units)] if now and now.state is State.OPEN else []
    if phase is Phase.GONE:
        return _gone(key, units, now)
    return _held(key, units, now)


def _held(key: Key, units: int, now: Held | None) -> list[Step]:
    if now is not None and now.state is State.CONSUMED:
        back = [Step(key, Act.UNSHIP, now.units)]
        return back + _held(key, units, Held(State.OPEN, now.units))
    more = units - (now.units if now and now.state is State.OPEN else 0)
    return [Step(key, Act.RESERVE, more)] if more else []


def _gone(key: Key, units: int, now: Held | None) -> list[Step]:
    if now is not None and now.state is State.CONSUMED:
        return []
    return [*_held(key, units, now), Step(key, Act.SHIP, units)]
