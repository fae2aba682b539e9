"""Tables of results: for the terminal and for Markdown, and where results are kept."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

RESULTS = Path(__file__).parent / "results"

Rows = Sequence[Sequence[str]]


def keep(facts: dict[str, Any]) -> None:
    """Write a benchmark's facts as JSON, with the machine they were taken on."""
    whole = {**facts, "python": platform.python_version(), "cores": os.cpu_count()}
    RESULTS.mkdir(exist_ok=True)
    place = RESULTS / f"{facts['benchmark'].replace(' ', '_')}.json"
    place.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")


def plain(head: Sequence[str], rows: Rows) -> str:
    """Lay a table out for a terminal; the first column is text, the others are numbers."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    lines = [
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (head, *rows)
    ]
    return "\n".join(f"  {line.rstrip()}" for line in lines)


def markdown(head: Sequence[str], rows: Rows) -> str:
    """Lay a table out as Markdown; columns of words are to the left, of numbers to the right."""
    marks = [
        "---" if at == 0 or _words(row[at] for row in rows) else "---:" for at in range(len(head))
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, marks, *rows))


def _words(cells: Iterable[str]) -> bool:
    return any(re.search("[a-z]{5}", cell) for cell in cells)


def report(name: str, unit: str, samples: dict[str, list[float]], base: str) -> None:
    """Print medians and their ratio to `base`, and keep all samples as JSON."""
    medians = {label: median(values) for label, values in samples.items()}
    print(f"\n{name} ({unit}, median of {len(next(iter(samples.values())))})")
    rows = [
        (label, f"{taken:.2f}", f"{taken / medians[base]:.2f} x")
        for label, taken in medians.items()
    ]
    print(plain(("", unit, f"to {base}"), rows))
    keep({"benchmark": name, "unit": unit, "medians": medians, "samples": samples})
