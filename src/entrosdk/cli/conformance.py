"""`entrosdk conformance`: run the kit against an adapter and write a report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from attrs import asdict, frozen
from rich.console import Console
from rich.table import Table

from entrosdk.errors import ConfigError, EntroError
from entrosdk.registry import find
from entrosdk.testing.bench import NOON, Driver, MakeEmulator, bench_of, loaded
from entrosdk.testing.laws import RULES
from entrosdk.testing.rules import Inapplicable, Rule
from entrosdk.testing.worlds import emulated, emulator

__all__ = ["Verdict", "run"]

_DRIVERS: tuple[Driver, ...] = ("threads", "asyncio")
_SEED = 7


@frozen
class Verdict:
    """What became of one rule under one driver; `why` says what was broken or not declared."""

    rule: str
    driver: Driver
    outcome: Literal["kept", "broken", "skipped"]
    why: str = ""


def run(name: str, *, world: str, report: Path | None) -> int:
    """Run every rule under both drivers; returns 0 when none is broken."""
    factory, make = find(name), _world(name, world)
    verdicts = list(_judge(factory, make))
    _print(verdicts)
    if report is not None:
        report.write_text(json.dumps(_report(name, factory.manifest.version, verdicts), indent=2))
    return int(any(verdict.outcome == "broken" for verdict in verdicts))


def _world(name: str, world: str) -> MakeEmulator:
    if world:
        made: MakeEmulator = loaded(world)
        return made
    if name not in emulated():
        raise ConfigError(
            f"no emulated world is known for {name!r}",
            advice="Pass --world package.module:function, which makes one.",
        )
    return emulator(name)


def _judge(factory: Any, make: MakeEmulator) -> Iterator[Verdict]:
    for rule in RULES.values():
        for driver in _DRIVERS:
            yield _verdict(rule, driver, factory, make)


def _verdict(rule: Rule, driver: Driver, factory: Any, make: MakeEmulator) -> Verdict:
    bench = bench_of(factory, make, driver, rule.orders)
    if not rule.applies(bench):
        return Verdict(rule.id, driver, "skipped", f"no {rule.missing(bench)}")
    try:
        rule.check(bench)
    except Inapplicable as nothing:
        return Verdict(rule.id, driver, "skipped", str(nothing))
    except (AssertionError, EntroError, LookupError, TypeError, ValueError) as error:
        why = error.message if isinstance(error, EntroError) else str(error)
        return Verdict(rule.id, driver, "broken", f"{type(error).__name__}: {why}".rstrip(": "))
    return Verdict(rule.id, driver, "kept")


def _print(verdicts: list[Verdict]) -> None:
    console = Console()
    table = Table("rule", "driver", "outcome", "why", box=None, pad_edge=False)
    for verdict in verdicts:
        if verdict.outcome != "kept":
            table.add_row(verdict.rule, verdict.driver, verdict.outcome, verdict.why)
    if table.row_count:
        console.print(table)
    counts = [sum(v.outcome == outcome for v in verdicts) for outcome in ("kept", "broken")]
    skipped = len(verdicts) - sum(counts)
    console.print(f"{counts[0]} kept, {counts[1]} broken, {skipped} skipped.")


def _report(name: str, version: str, verdicts: list[Verdict]) -> dict[str, Any]:
    return {
        "adapter": name,
        "version": version,
        "seed": _SEED,
        "moment": NOON.isoformat(),
        "rules": {rule.id: rule.about for rule in RULES.values()},
        "verdicts": [asdict(verdict) for verdict in verdicts],
    }
