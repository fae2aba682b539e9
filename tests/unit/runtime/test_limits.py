"""Limits that processes share: even spacing, short horizon, a database that is down."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from entrosdk import MemoryStore, connect, connect_async
from entrosdk.runtime.limits.sql import SqlLimits
from entrosdk.spi.effects import Claim
from entrosdk.spi.manifest import Limit
from entrosdk.spi.request import Request, Response
from tests.crowd import most_in
from tests.toymarket import NOON, ToyAdapter, app, grant, reply

APP = Claim("toy:app", 10, 1.0)
GAP = 1.015 / 10


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def shared(place: Path, clock: Callable[[], float], **rest: Any) -> SqlLimits:
    """Limits in a file, on a clock of our own."""
    return SqlLimits(f"sqlite:///{place / 'limits.db'}", clock=clock, **rest)


def test_requests_are_spaced_evenly(tmp_path: Path) -> None:
    """Each next one is a share of the time later, whoever asks."""
    one, two = shared(tmp_path, clock := Clock()), shared(tmp_path, clock)
    waits = [limits.reserve([APP], 1.0)[0] for limits in (one, two, one)]
    assert waits == pytest.approx([0.0, GAP, 2 * GAP])
    one.close()
    two.close()


def test_nothing_is_booked_far_ahead(tmp_path: Path) -> None:
    """Who would have to wait longer asks again, and meanwhile others may."""
    limits = shared(tmp_path, clock := Clock())
    limits.reserve([APP], 0.05)
    assert [limits.reserve([APP], 0.05)[0] for _ in range(2)] == pytest.approx([GAP, GAP])
    clock.now += 0.06
    assert limits.reserve([APP], 0.05)[0] == pytest.approx(GAP - 0.06)
    limits.close()


def test_every_claim_tells_its_own_wait(tmp_path: Path) -> None:
    """A shop that is full does not count against the app."""
    limits, slow = shared(tmp_path, Clock()), Claim("toy:shop", 1, 1.0)
    assert limits.reserve([APP, slow], 0.1) == (0.0, 0.0)
    assert limits.reserve([APP, slow], 0.1) == pytest.approx((GAP, 1.015))
    assert limits.reserve([APP], 0.2) == pytest.approx((GAP,))
    assert limits.reserve([], 0.1) == ()
    limits.close()


def test_a_clock_that_was_ahead_stops_nobody_for_long(tmp_path: Path) -> None:
    """Bookings of a wrong clock are cut to what a booking can be."""
    limits = shared(tmp_path, clock := Clock())
    clock.now += 3600
    limits.reserve([APP], 0.1)
    clock.now -= 3600
    assert limits.reserve([APP], 0.1)[0] <= 1.0 + GAP
    limits.close()


class Broken:
    """A database that can be switched off."""

    def __init__(self, place: Path) -> None:
        self.engine = create_engine(f"sqlite:///{place / 'limits.db'}")
        self.place = place / "limits.db"

    def off(self) -> None:
        """Put rubbish where the database was."""
        self.engine.dispose()
        for rest in self.place.parent.glob("limits.db*"):
            rest.unlink()
        self.place.write_bytes(b"no database " * 400)

    def on(self) -> None:
        """Let it be made anew."""
        self.engine.dispose()
        self.place.unlink()


def test_without_the_database_each_process_keeps_to_its_share(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once, and the database is asked again after some seconds."""
    base, clock = Broken(tmp_path), Clock()
    limits = SqlLimits(base.engine, processes=4, clock=clock)
    base.off()
    with caplog.at_level(logging.INFO, "entrosdk"):
        waits = [limits.reserve([APP], 9.0)[0] for _ in range(3)]
        assert waits == pytest.approx([0.0, 4 * GAP, 8 * GAP])
        base.on()
        clock.now += 6.0
        assert limits.reserve([APP], 9.0)[0] == 0.0
        assert limits.reserve([APP], 9.0)[0] == pytest.approx(GAP)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "1/4" in caplog.text
    limits.close()


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.floats(0, 0.3), st.sampled_from([0.05, 0.1, 0.3])), max_size=40),
)
def test_no_second_holds_more_than_allowed(asked: list[tuple[float, float]]) -> None:
    """Whoever asks when, and however far ahead it may book."""
    clock, went = Clock(), []
    limits = SqlLimits("sqlite://", clock=clock)
    for pause, ahead in asked:
        clock.now += pause
        (wait,) = limits.reserve([APP], ahead)
        if wait <= ahead:
            went.append(clock.now + wait)
    limits.close()
    assert most_in(went, 1.0) <= APP.count


class Quick:
    """A transport of a virtual clock, for both drivers."""

    def __init__(self) -> None:
        self.now = NOON
        self.went: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def seconds(self) -> float:
        """The time as the limits want it."""
        return self.now.timestamp()

    async def nap(self, seconds: float) -> None:
        """Let time pass, on asyncio."""
        self.sleep(seconds)

    def answer(self) -> Response:
        """Note the time."""
        self.went.append(self.now.timestamp())
        return reply({"name": "Tiệm"})

    def setting(self, limits: SqlLimits) -> dict[str, Any]:
        """What both `connect`s take."""
        return {
            "app": app(),
            "shop_id": 1,
            "grant": grant(),
            "store": MemoryStore(),
            "clock": lambda: self.now,
            "jitter": lambda: 0.0,
            "limits": [Limit(scope="app", count=5)],
            "shared_limits": limits,
        }


class Blocking(Quick):
    """For threads."""

    def send(self, request: Request, timeout: float) -> Response:
        """Answer at once."""
        return self.answer()

    def close(self) -> None:
        """Nothing to give back."""


class Waiting(Quick):
    """For asyncio."""

    async def send(self, request: Request, timeout: float) -> Response:
        """Answer at once."""
        return self.answer()

    async def aclose(self) -> None:
        """Nothing to give back."""


def gaps(went: list[float]) -> list[float]:
    """The times between departures."""
    return [later - earlier for earlier, later in pairwise(went)]


def test_a_blocking_shop_keeps_to_shared_limits(tmp_path: Path) -> None:
    """The engine asks the database after its own limiter, and waits as told."""
    quick = Blocking()
    limits = shared(tmp_path, quick.seconds)
    with connect(ToyAdapter, transport=quick, sleep=quick.sleep, **quick.setting(limits)) as shop:
        for _ in range(4):
            shop.info()
    limits.close()
    assert gaps(quick.went) == pytest.approx([0.203] * 3, abs=1e-4)


def test_an_async_shop_keeps_to_shared_limits(tmp_path: Path) -> None:
    """The same on asyncio, with background work that asks closer to its time."""

    async def go() -> None:
        setting = quick.setting(limits)
        async with connect_async(ToyAdapter, transport=quick, sleep=quick.nap, **setting) as shop:
            for _ in range(4):
                await shop.in_background().info()

    quick = Waiting()
    limits = shared(tmp_path, quick.seconds)
    asyncio.run(go())
    limits.close()
    assert gaps(quick.went) == pytest.approx([0.203] * 3, abs=1e-4)
