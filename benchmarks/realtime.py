"""From a push to the row it changes, in one process.

The receiver is `entrosdk.sync.realtime`; `benchmarks.ours.push_to_row` is all that knows it.
"""

from __future__ import annotations

import importlib.util
import json
import tempfile
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.measure import python, run
from benchmarks.sandbox import sandbox

PUSHES = 200
RECEIVER, DRIVER = "entrosdk.sync.realtime", "benchmarks.ours.push_to_row"


def missing() -> str:
    """Say why this cannot be measured, or nothing."""
    gone = [name for name in (RECEIVER, DRIVER) if importlib.util.find_spec(name) is None]
    return f"there is no {gone[0]} yet" if gone else ""


def measure(repeats: int, *, pushes: int = PUSHES) -> dict[str, Any]:
    """Let buyers change orders one after the other; returns the facts, in milliseconds.

    `benchmarks.ours.push_to_row CONTROL_URL PUSHES FILE` writes a list of milliseconds, one for
    each push: from the moment it arrived to the moment its row was committed.
    """
    samples = []
    with tempfile.TemporaryDirectory() as place, sandbox(500) as control:
        for _ in range(repeats):
            told = Path(place, "told.json")
            used = run(python(DRIVER, control.url, str(pushes), str(told)))
            if used.fault:
                raise SystemExit(f"the receiver failed: {used.fault}")
            samples.append(json.loads(told.read_text()))
            print(".", end="", flush=True)
    print()
    return {
        "benchmark": "realtime",
        "title": "from push to row",
        "repeats": repeats,
        "pushes": pushes,
        "medians": {
            "median": median(median(some) for some in samples),
            "p95": median(quantiles(some, n=20)[-1] for some in samples),
        },
        "samples": samples,
    }
