"""What the benchmarks are meant to show, as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

Latest = dict[str, Any]


@frozen(kw_only=True)
class Target:
    """A figure and what it should be.

    `value` is `None` where it was not measured; `note` names the file in `benchmarks/missed/`
    that is shown when the target is missed.
    """

    text: str
    value: Callable[[Latest], float | None]
    met: Callable[[float], bool]
    show: Callable[[float], str]
    note: str


def _got(latest: Latest, race: str, name: str, what: str) -> float | None:
    medians = latest.get(race, {}).get("medians", {})
    return medians.get(name, {}).get(what)


def _ratio(race: str, what: str, above: str, below: str) -> Callable[[Latest], float | None]:
    """Divide what two contenders took in one race."""

    def value(latest: Latest) -> float | None:
        upper, lower = _got(latest, race, above, what), _got(latest, race, below, what)
        failed = _got(latest, race, above, "fault") or _got(latest, race, below, "fault")
        return None if not upper or not lower or failed else upper / lower

    return value


def _plainly(race: str, name: str, what: str) -> Callable[[Latest], float | None]:
    return lambda latest: _got(latest, race, name, what)


def _fact(benchmark: str, *way: str) -> Callable[[Latest], float | None]:
    def value(latest: Latest) -> float | None:
        found: Any = latest.get(benchmark)
        for name in way:
            found = found.get(name) if found else None
        return found

    return value


def _late(latest: Latest) -> float | None:
    return _got(latest, "limit", "entrosdk", "late")


def _at_most(limit: float) -> Callable[[float], bool]:
    return lambda value: value <= limit


def _at_least(limit: float) -> Callable[[float], bool]:
    return lambda value: value >= limit


def _times(value: float) -> str:
    return f"{value:.2f} x"


def _share(value: float) -> str:
    return f"{value:.1%}"


def _less(rival: str, ours: str, times: float) -> Target:
    return Target(
        text=f"{rival} takes at least {times:g} x the CPU of {ours}",
        value=_ratio("plain", "cpu", rival, ours),
        met=_at_least(times),
        show=_times,
        note="cpu",
    )


TARGETS = (
    Target(
        text="entrosdk: CPU at most 1.5 x the httpx floor",
        value=_ratio("plain", "cpu", "entrosdk", "httpx floor"),
        met=_at_most(1.5),
        show=_times,
        note="cpu",
    ),
    Target(
        text="entrosdk fast: CPU at most 2 x the aiohttp floor",
        value=_ratio("plain", "cpu", "entrosdk fast", "aiohttp floor"),
        met=_at_most(2.0),
        show=_times,
        note="cpu",
    ),
    _less("dlt", "entrosdk", 4),
    _less("dlt", "entrosdk fast", 4),
    _less("singer-sdk", "entrosdk", 4),
    Target(
        text="airbyte-cdk takes more CPU than entrosdk",
        value=_ratio("plain", "cpu", "airbyte-cdk", "entrosdk"),
        met=lambda value: value > 1,
        show=_times,
        note="cpu",
    ),
    Target(
        text="30 ms delay: the httpx floor takes at least 2 x the wall time of entrosdk",
        value=_ratio("delay", "wall", "httpx floor", "entrosdk"),
        met=_at_least(2.0),
        show=_times,
        note="delay",
    ),
    Target(
        text="peak memory at 200,000 orders within 10 % of that at 20,000",
        value=_fact("memory", "growth"),
        met=_at_most(0.10),
        show=lambda value: f"{value:+.1%}",
        note="memory",
    ),
    Target(
        text="peak memory at 200,000 orders under 120 MB",
        value=_fact("memory", "medians", "200000"),
        met=_at_most(120e6 / 2**20),
        show=lambda value: f"{value * 2**20 / 1e6:.0f} MB",
        note="memory",
    ),
    Target(
        text="20 requests/s: at least 97 % of what is allowed is used",
        value=_plainly("limit", "entrosdk", "used"),
        met=_at_least(0.97),
        show=_share,
        note="limit",
    ),
    Target(
        text="20 requests/s: no refusal after the first second",
        value=_late,
        met=_at_most(1.0),
        show=lambda value: f"the last after {value:.1f} s" if value else "none at all",
        note="limit",
    ),
    Target(
        text="one greedy shop among 200: the others' finish changes by less than 10 %",
        value=_fact("shops", "delays", "last"),
        met=lambda value: abs(value) < 0.10,
        show=lambda value: f"{value:+.1%}",
        note="shops",
    ),
    Target(
        text="2 % faults: no order lost",
        value=_plainly("faults", "entrosdk", "lost"),
        met=_at_most(0),
        show=lambda value: f"{value:.0f}",
        note="faults",
    ),
    Target(
        text="2 % faults: no order doubled",
        value=_plainly("faults", "entrosdk", "doubled"),
        met=_at_most(0),
        show=lambda value: f"{value:.0f}",
        note="faults",
    ),
    Target(
        text="from push to row: median under 200 ms",
        value=_fact("realtime", "medians", "median"),
        met=_at_most(200),
        show=lambda value: f"{value:.0f} ms",
        note="realtime",
    ),
)
