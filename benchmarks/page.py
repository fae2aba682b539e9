"""The page of results, made from what the benchmarks kept.

    python -m benchmarks page

gathers `benchmarks/results/*.json` into `latest.json` and writes `docs/benchmarks.md`.
"""

from __future__ import annotations

import json
from typing import Any

from benchmarks import table
from benchmarks.contenders import CONTENDERS
from benchmarks.measure import ROOT
from benchmarks.targets import TARGETS, Target

LATEST = table.RESULTS / "latest.json"
PAGE = ROOT / "docs" / "benchmarks.md"
MISSED = ROOT / "benchmarks" / "missed"

HEAD = ROOT / "benchmarks" / "head.md"


def gather() -> dict[str, Any]:
    """Collect what the benchmarks kept; what was not run again stays as it was."""
    known: dict[str, Any] = json.loads(LATEST.read_text()) if LATEST.exists() else {}
    found = [
        json.loads(place.read_text())
        for place in sorted(table.RESULTS.glob("*.json"))
        if place != LATEST
    ]
    return known | {facts["benchmark"]: facts for facts in found}


def write() -> None:
    """Write `latest.json` and the page."""
    latest = gather()
    LATEST.write_text(json.dumps(latest, indent=1, ensure_ascii=False) + "\n")
    PAGE.write_text(render(latest))
    print(f"wrote {LATEST.relative_to(ROOT)} and {PAGE.relative_to(ROOT)}")


def render(latest: dict[str, Any]) -> str:
    """Write the page."""
    races = [latest[name] for name in ("plain", "delay", "limit", "faults") if name in latest]
    if not races:
        return "# Benchmarks\n\nNothing has been measured yet: run `make bench`.\n"
    parts = [
        HEAD.read_text().format(**races[0]),
        "## Who takes part\n",
        table.markdown(("contender", "what it does"), [(c.name, c.about) for c in CONTENDERS]),
        "",
        "## Targets\n",
        _targets(latest),
        *(_race(facts) for facts in races),
        *(_small(latest[name]) for name in ("memory", "shops", "realtime") if name in latest),
        *_missed(latest),
    ]
    return "\n".join(parts).rstrip() + "\n"


def summary(facts: dict[str, Any]) -> str:
    """Lay a race out for a terminal."""
    return "\n".join([f"\n{_title(facts)}", table.plain(*_rows(facts)), *_skipped(facts)])


def _title(facts: dict[str, Any]) -> str:
    return f"{facts['title'][0].upper()}{facts['title'][1:]}: {facts['orders']:,} orders"


def _race(facts: dict[str, Any]) -> str:
    lines = [f"\n## {_title(facts)}\n", table.markdown(*_rows(facts)), *_skipped(facts)]
    return "\n".join(lines)


def _rows(facts: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    limited, faulty = facts["benchmark"] == "limit", facts["benchmark"] == "faults"
    head = ["contender", "CPU s / 10,000", "x httpx floor", "x aiohttp floor", "with start, s"]
    head += ["wall s", "peak MiB", "lost", "doubled"]
    head += ["used", "refused", "last refusal"] if limited else []
    head += ["tries"] if faulty or _retried(facts) else []
    rows = []
    for name, got in facts["medians"].items():
        row = [name, f"{got['cpu'] / facts['orders'] * 10_000:.2f}"]
        row += [_ratio(facts, name, floor) for floor in ("httpx floor", "aiohttp floor")]
        row += [f"{got['whole_cpu']:.2f}", f"{got['wall']:.1f}", f"{got['peak']:.0f}"]
        row += [f"{got['lost']:,}", f"{got['doubled']:,}"]
        if limited:
            used = "-" if got["used"] is None else f"{got['used']:.1%}"
            row += [used, str(got["refused"]), f"{got['late']:.1f} s" if got["refused"] else "-"]
        if "tries" in head:
            row.append(f"{got['tries']}" + (f" ({got['fault']})" if got["fault"] else ""))
        rows.append(row)
    return head, rows


def _retried(facts: dict[str, Any]) -> bool:
    return any(got["tries"] > 1 or got["fault"] for got in facts["medians"].values())


def _ratio(facts: dict[str, Any], name: str, floor: str) -> str:
    base = facts["medians"].get(floor, {}).get("cpu")
    return f"{facts['medians'][name]['cpu'] / base:.2f}" if base else "-"


def _skipped(facts: dict[str, Any]) -> list[str]:
    return [f"\nSkipped: {name} ({why})." for name, why in facts.get("skipped", {}).items()]


def _small(facts: dict[str, Any]) -> str:
    """Describe one of the benchmarks that only we take part in."""
    head, rows = {"memory": _memory, "shops": _shops, "realtime": _realtime}[facts["benchmark"]](
        facts
    )
    title = f"{facts['title'][0].upper()}{facts['title'][1:]}"
    return f"\n## {title}\n\n{table.markdown(head, rows)}"


def _memory(facts: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    rows = [[f"{int(size):,} orders", f"{peak:.1f}"] for size, peak in facts["medians"].items()]
    return ["shop", "peak MiB"], [*rows, ["growth", f"{facts['growth']:+.1%}"]]


def _shops(facts: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    told = facts["medians"]
    rows = [
        [name, f"{told['alone'][key]:.1f}", f"{told['greedy'][key]:.1f}", f"{delay:+.1%}"]
        for key, name in (("median", "half of the shops"), ("last", "the last shop"))
        if (delay := facts["delays"][key]) is not None
    ]
    return ["finished after, s", "without", "with the greedy shop", "later"], rows


def _realtime(facts: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    told = facts["medians"]
    rows = [["median, ms", f"{told['median']:.0f}"], ["95 %, ms", f"{told['p95']:.0f}"]]
    return ["", ""], [
        *rows,
        ["right in the end, forged refused", "yes" if facts["right"] else "no"],
    ]


def _targets(latest: dict[str, Any]) -> str:
    rows = []
    for one in TARGETS:
        value = one.value(latest)
        if value is not None:
            rows.append((one.text, one.show(value), "met" if one.met(value) else "**missed**"))
        else:
            rows.append((one.text, "not measured", ""))
    return table.markdown(("target", "measured", ""), rows)


def _missed(latest: dict[str, Any]) -> list[str]:
    """Say for each target that was missed what the profile tells and what comes next."""
    missed = [one for one in TARGETS if _misses(one, latest)]
    if not missed:
        return []
    notes = dict.fromkeys(one.note for one in missed)
    parts = ["\n## What was missed, why, and what comes next\n"]
    for note in notes:
        place = MISSED / f"{note}.md"
        titles = "; ".join(one.text for one in missed if one.note == note)
        text = place.read_text().strip() if place.exists() else "No profile was taken yet."
        parts.append(f"### {titles}\n\n{text}\n")
    return parts


def _misses(one: Target, latest: dict[str, Any]) -> bool:
    value = one.value(latest)
    return value is not None and not one.met(value)
