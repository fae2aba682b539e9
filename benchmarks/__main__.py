"""Run the benchmarks: `make bench`, or some of them by name.

python -m benchmarks [NAME …] [--orders N] [--repeats 5] [--only CONTENDER,…] [--quick]
python -m benchmarks page
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from attrs import evolve

from benchmarks import imports, memory, page, realtime, shops, table
from benchmarks.contenders import CONTENDERS, Contender
from benchmarks.race import SCENARIOS, Scenario, once, race

QUICK = 150  # orders


def main() -> int:
    """Run what was asked for; fails when an order was lost or one of ours failed."""
    options = _parsed()
    if options.names == ["page"]:
        page.write()
        return 0
    wanted = set(options.names or _names())
    if options.quick:
        return _quick(options.orders)
    if "imports" in wanted:
        imports.main()
    takers, skipped = _ready(_chosen(options.only))
    failed = False
    for scenario in SCENARIOS:
        if scenario.name in wanted:
            smaller = evolve(scenario, orders=options.orders or scenario.orders)
            failed |= _race(smaller, takers, skipped, options.repeats)
    for name, measure in _OWN.items():
        if name in wanted:
            _own(name, measure, options.repeats)
    return int(failed)


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of: {', '.join([*_names(), 'page'])}")
    parser.add_argument("--orders", type=int, default=0, help="instead of each scenario's own")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", default="", help="contenders, with commas between them")
    parser.add_argument("--quick", action="store_true", help="few orders once, without rivals")
    options = parser.parse_args()
    strange = set(options.names) - {*_names(), "page"}
    if strange:
        parser.error(f"there is no benchmark {', '.join(sorted(strange))}")
    return options


def _names() -> list[str]:
    return ["imports", *(one.name for one in SCENARIOS), *_OWN]


def _chosen(only: str) -> list[Contender]:
    if not only:
        return list(CONTENDERS)
    names = only.split(",")
    strange = set(names) - {one.name for one in CONTENDERS}
    if strange:
        raise SystemExit(f"there is no contender {', '.join(sorted(strange))}")
    return [one for one in CONTENDERS if one.name in names]


def _ready(takers: list[Contender]) -> tuple[list[Contender], dict[str, str]]:
    """Prepare environments; returns who can take part, and why others cannot."""
    reasons = {one.name: one.ready() for one in takers}
    skipped = {name: why for name, why in reasons.items() if why}
    return [one for one in takers if one.name not in skipped], skipped


def _race(
    scenario: Scenario, takers: list[Contender], skipped: dict[str, str], repeats: int
) -> bool:
    print(f"\n{scenario.title}, {repeats} x {len(takers)} runs", end=" ", flush=True)
    facts = {**race(scenario, takers, repeats), "skipped": skipped}
    print(page.summary(facts))
    table.keep(facts)
    return _bad(facts)


def _bad(facts: dict[str, Any]) -> bool:
    """Say whether one of ours failed, lost or doubled an order."""
    ours = [one.name for one in CONTENDERS if one.kind == "ours"]
    found = [got for name, got in facts["medians"].items() if name in ours]
    return any(got["fault"] or got["lost"] or got["doubled"] for got in found)


def _own(name: str, measure: Callable[[int], dict[str, Any]], repeats: int) -> None:
    why = realtime.missing() if name == "realtime" else ""
    if why:
        print(f"\n{name}: skipped, {why}")
        return
    print(f"\n{name}", end=" ", flush=True)
    facts = measure(repeats)
    print(json.dumps(facts["medians"], indent=1))
    table.keep(facts)


def _quick(orders: int) -> int:
    """Prove that every floor and ours still do the job; nothing is kept."""
    takers, skipped = _ready([one for one in CONTENDERS if one.kind != "rival"])
    scenario = evolve(SCENARIOS[0], orders=orders or QUICK)
    failed = 0
    for name, why in skipped.items():
        print(f"{name}: skipped, {why}")
    for one, got in once(scenario, takers):
        good = not (got.fault or got.lost or got.doubled)
        failed += not good
        print(f"{one.name}: {'ok' if good else got}", flush=True)
    return failed


_OWN: dict[str, Callable[[int], dict[str, Any]]] = {
    "memory": memory.measure,
    "shops": shops.measure,
    "realtime": realtime.measure,
}

if __name__ == "__main__":
    sys.exit(main())
