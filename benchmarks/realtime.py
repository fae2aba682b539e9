"""From a push to the row it changes, in one process: `tools.storm`, several times."""

from __future__ import annotations

import importlib.util
import json
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import python, run

PUSHES = 1000
_STORM = "tools.storm"


def missing() -> str:
    """Say why this cannot be measured, or nothing."""
    return "" if importlib.util.find_spec(_STORM) else f"there is no {_STORM}"


def measure(repeats: int, *, pushes: int = PUSHES) -> dict[str, Any]:
    """Let storms rage; returns the facts, in milliseconds from push to row."""
    samples = []
    with tempfile.TemporaryDirectory() as place:
        told = Path(place, "told.json")
        for _ in range(repeats):
            used = run(python("benchmarks.ours.push_to_row", str(pushes), str(told)))
            if used.fault:
                raise SystemExit(f"the receiver failed: {used.fault}")
            samples.append(json.loads(told.read_text()))
            print(".", end="", flush=True)
    print()
    return {
        "benchmark": "realtime",
        "title": f"from push to row: {pushes:,} pushes in 10 s, some lost, twice, late or forged",
        "repeats": repeats,
        "medians": {name: median(one[name] for one in samples) for name in ("median", "p95")},
        "right": all(one["ok"] for one in samples),
        "samples": samples,
    }
