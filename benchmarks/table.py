"""Medians, ratios, and where results are kept."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from statistics import median
from typing import Any

RESULTS = Path(__file__).parent / "results"


def report(name: str, unit: str, samples: dict[str, list[float]], base: str) -> None:
    """Print medians and their ratio to `base`, and keep all samples as JSON."""
    medians = {label: median(values) for label, values in samples.items()}
    print(f"\n{name} ({unit}, median of {len(next(iter(samples.values())))})")
    for label, value in medians.items():
        print(f"  {label:<44} {value:>10.2f}   {value / medians[base]:>6.2f} x {base}")
    facts: dict[str, Any] = {
        "benchmark": name,
        "unit": unit,
        "python": platform.python_version(),
        "medians": medians,
        "samples": samples,
    }
    RESULTS.mkdir(exist_ok=True)
    place = RESULTS / f"{name.replace(' ', '_')}.json"
    place.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
