"""Two hundred shops of one app under the app's limit, with and without a greedy one among them.

The greedy shop is synced fifty times at once, again and again, for as long as the others sync.
What counts is when the others finish.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import python, run
from benchmarks.sandbox import sandbox

SHOPS, ORDERS, RATE = 200, 60, 100


def measure(repeats: int, *, shops: int = SHOPS, orders: int = ORDERS) -> dict[str, Any]:
    """Sync all shops with and without the greedy one, in turn; returns the facts."""
    samples: dict[str, list[dict[str, float]]] = {"alone": [], "greedy": []}
    options = ["--shops", str(shops + 1)]  # one more than are counted: the greedy one
    with tempfile.TemporaryDirectory() as place, sandbox(orders, options=options) as control:
        for _ in range(repeats):
            for way, some in samples.items():
                control.ask("limits", {"marketplace": "shopee", "app": RATE})
                some.append(_once(control.url, way, Path(place)))
                told = control.ask("limits?marketplace=shopee")["marketplaces"]["shopee"]
                some[-1]["refused"] = told["refused"]
                print(".", end="", flush=True)
    print()
    middle = {
        way: {name: median(each[name] for each in some) for name in some[0]}
        for way, some in samples.items()
    }
    delays = {
        name: middle["greedy"][name] / middle["alone"][name] - 1 for name in ("median", "last")
    }
    return {
        "benchmark": "shops",
        "title": f"{shops} shops under {RATE} requests a second, one of them greedy",
        "repeats": repeats,
        "medians": middle,
        "delays": delays,
        "samples": samples,
    }


def _once(url: str, way: str, place: Path) -> dict[str, float]:
    told = place / "told.json"
    told.unlink(missing_ok=True)
    used = run(python("benchmarks.ours.shops", url, str(RATE), way, str(told)))
    if used.fault:
        raise SystemExit(f"the shops did not sync: {used.fault}")
    finished = sorted(json.loads(told.read_text()))
    return {"median": median(finished), "last": finished[-1], "cpu": used.cpu}
