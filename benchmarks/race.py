"""The job side by side: every contender in turn, again and again, on one sandbox.

A contender's CPU is what its process took, less what it takes for a job with nothing to do (one
request for a window of one second): the interpreter's start, imports, making clients and tables.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from attrs import asdict, evolve, frozen

from benchmarks.contenders import Contender
from benchmarks.measure import Usage
from benchmarks.sandbox import Control, sandbox

TRIES = 3
"""A run that fails is started again, as a scheduler would."""

FAULTS = (
    {"effect": "500", "probability": 0.01},
    {"effect": "drop_reply", "probability": 0.005},
    {"effect": "truncated_json", "probability": 0.005},
)


@frozen(kw_only=True)
class Scenario:
    """What the marketplace is like while the job is done."""

    name: str
    title: str
    orders: int = 20_000
    delay_ms: int = 0
    rate: int = 0
    faults: tuple[Mapping[str, Any], ...] = ()

    def prepare(self, control: Control) -> None:
        """Make the sandbox like this, and begin its counts anew."""
        control.ask("faults", list(self.faults))
        if self.delay_ms:
            control.ask("delay", {"ms": self.delay_ms})
        if self.rate:
            control.ask("limits", {"marketplace": "shopee", "shop": self.rate})


SCENARIOS = (
    Scenario(name="plain", title="no delay"),
    Scenario(name="delay", title="every reply 30 ms after its request", delay_ms=30),
    Scenario(name="limit", title="20 requests a second", rate=20),
    Scenario(name="faults", title="2 % faults", orders=10_000, faults=FAULTS),
)


@frozen(kw_only=True)
class Sample:
    """One run: what it took, and what its database lacks or has twice.

    `cpu` is the job's, `whole_cpu` counts starting too.
    `used` is the share of the limit that was used (`used_share`), `refused` how many were refused,
    as the marketplace counted them; `late` how many seconds after the first request the last
    refusal came.
    """

    cpu: float
    whole_cpu: float
    wall: float
    peak: float
    tries: int
    lost: int
    doubled: int
    fault: str = ""
    used: float | None = None
    refused: int = 0
    late: float = 0.0


def race(scenario: Scenario, contenders: Sequence[Contender], repeats: int) -> dict[str, Any]:
    """Run a scenario; returns its facts with all samples."""
    samples: dict[str, list[Sample]] = {one.name: [] for one in contenders}
    idle: dict[str, list[float]] = {one.name: [] for one in contenders}
    with sandbox(scenario.orders) as control, tempfile.TemporaryDirectory() as place:
        scenario.prepare(control)
        _warm(control, place, contenders[0])
        for turn in range(repeats):
            # Everyone goes first once: what the machine does meanwhile hits all alike.
            for one in _rotated(contenders, turn):
                idle[one.name].append(_idle(control, one, Path(place, "idle.db")))
                scenario.prepare(control)
                samples[one.name].append(sample(scenario, control, one, Path(place, "bench.db")))
                print(".", end="", flush=True)
    print()
    samples = {name: _without(some, median(idle[name])) for name, some in samples.items()}
    return {
        "benchmark": scenario.name,
        "title": scenario.title,
        "orders": scenario.orders,
        "repeats": repeats,
        "starting": {name: median(some) for name, some in idle.items()},
        "medians": {name: middle(some) for name, some in samples.items()},
        "samples": {name: [asdict(each) for each in some] for name, some in samples.items()},
    }


def once(scenario: Scenario, contenders: Sequence[Contender]) -> Iterator[tuple[Contender, Sample]]:
    """Let every contender do the job once, without measuring what starting takes."""
    with sandbox(scenario.orders) as control, tempfile.TemporaryDirectory() as place:
        scenario.prepare(control)
        for one in contenders:
            yield one, sample(scenario, control, one, Path(place, "bench.db"))


def sample(scenario: Scenario, control: Control, one: Contender, path: Path) -> Sample:
    """Do the job once into an empty database."""
    _clear(path)
    began, total, tries = int(time.time()), Usage(cpu=0, wall=0, peak=0), 0
    while tries < TRIES and (tries == 0 or total.fault):
        total, tries = _added(total, one.run(control.job(str(path), rate=scenario.rate))), tries + 1
    lost, doubled = compared(control, path, began)
    found = Sample(whole_cpu=total.cpu, tries=tries, lost=lost, doubled=doubled, **asdict(total))
    return _limited(found, control, scenario.rate) if scenario.rate else found


def compared(control: Control, path: Path, began: int) -> tuple[int, int]:
    """Count the orders that are missing and those that are there twice.

    An order that changed after the run began is the next run's.
    """
    here = Counter(_ids(path))
    lost = [name for name, at in control.orders().items() if at < began and name not in here]
    return len(lost), sum(number - 1 for number in here.values())


def middle(samples: Sequence[Sample]) -> dict[str, Any]:
    """Return the medians of what was measured, and the worst of what must not be."""
    shares = [one.used for one in samples if one.used is not None]
    return {
        **{name: median(getattr(one, name) for one in samples) for name in _MEASURED},
        **{name: max(getattr(one, name) for one in samples) for name in _COUNTED},
        "used": median(shares) if shares else None,
        "fault": next((one.fault for one in samples if one.fault), ""),
    }


_MEASURED = ("cpu", "whole_cpu", "wall", "peak")
_COUNTED = ("tries", "lost", "doubled", "refused", "late")


def _idle(control: Control, one: Contender, path: Path) -> float:
    """Return the CPU seconds of a job with nothing to do; its faults are no one's concern."""
    _clear(path)
    job = control.job(str(path))
    return one.run(replace(job, since=job.until - 1)).cpu


def _without(samples: Sequence[Sample], starting: float) -> list[Sample]:
    return [evolve(one, cpu=max(0.0, one.whole_cpu - starting * one.tries)) for one in samples]


def _clear(path: Path) -> None:
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()


def _warm(control: Control, place: str, one: Contender) -> None:
    """Let the sandbox print every order once: it keeps what it printed."""
    one.run(control.job(str(Path(place, "warm.db"))))


def _rotated(contenders: Sequence[Contender], turn: int) -> list[Contender]:
    at = turn % len(contenders)
    return [*contenders[at:], *contenders[:at]]


def _ids(path: Path) -> list[str]:
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            return [row[0] for row in connection.execute("select id from orders")]
    except sqlite3.OperationalError:  # it never came as far as making the table
        return []


def _added(total: Usage, more: Usage) -> Usage:
    return evolve(
        more,
        cpu=total.cpu + more.cpu,
        wall=total.wall + more.wall,
        peak=max(total.peak, more.peak),
    )


def _limited(found: Sample, control: Control, rate: int) -> Sample:
    """Add how the limit was used."""
    told = control.ask("limits?marketplace=shopee")["marketplaces"]["shopee"]
    took = told["last_at"] - told["first_at"]
    late = told["last_refused_at"] - told["first_at"] if told["refused"] else 0.0
    used = used_share(told["allowed"], took, rate)
    return evolve(found, used=used, refused=told["refused"], late=late)


def used_share(requests: int, took: float, rate: int) -> float | None:
    """Return which share of what `rate` allows in any second was used; `took` is in seconds.

    That is the least time in which so many requests are allowed, over the time they took: the
    first `rate` may go at once, `rate` more a second later, and the last ones with their second.
    (Requests over seconds would count a last second that needs few requests as unused.)
    """
    return (requests - 1) // rate / took if took else None
