"""What is measured of a process, and what the page makes of it."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from benchmarks import page
from benchmarks.measure import python, run
from benchmarks.race import used_share
from benchmarks.targets import TARGETS

_BURNS = "import time\nend = time.process_time() + 0.15\nwhile time.process_time() < end: pass"
_RUN = {
    "cpu": 1.0,
    "whole_cpu": 1.5,
    "wall": 2.0,
    "peak": 50.0,
    "tries": 1,
    "lost": 0,
    "doubled": 0,
    "fault": "",
    "used": None,
    "refused": 0,
    "late": 0.0,
}


def plain(**medians: float) -> dict[str, Any]:
    """The facts of a race in which contenders took these CPU seconds."""
    names = {name.replace("_", " "): {**_RUN, "cpu": cpu} for name, cpu in medians.items()}
    facts = {"benchmark": "plain", "title": "no delay", "orders": 20_000, "repeats": 5}
    return {"plain": {**facts, "cores": 2, "python": "3.11.7", "medians": names}}


def test_the_cpu_of_children_counts() -> None:
    """A contender of two processes is measured as one."""
    parent = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {_BURNS!r}])"
    assert run([sys.executable, "-c", parent]).cpu >= 0.15


def test_a_failure_tells_its_last_words() -> None:
    """So that the table can show why."""
    used = run(python("benchmarks.floors.by_httpx", "no job"))
    assert "JSONDecodeError" in used.fault


@pytest.mark.parametrize(
    ("requests", "took", "share"),
    [(41, 2.0, 1.0), (50, 2.0, 1.0), (60, 2.5, 0.8), (61, 3.0, 1.0), (5, 0.4, 0.0)],
)
def test_the_share_of_a_limit_is_the_least_time_over_the_time_taken(
    requests: int, took: float, share: float
) -> None:
    """Twenty a second: twenty at once, twenty a second later, and so on."""
    assert used_share(requests, took, 20) == pytest.approx(share)


def test_the_page_is_what_the_results_say() -> None:
    """`python -m benchmarks page` was run after the results were kept."""
    latest = json.loads(page.LATEST.read_text()) if page.LATEST.exists() else {}
    assert page.render(latest) == page.PAGE.read_text()


def test_ratios_are_to_the_floors_of_the_same_race() -> None:
    """Two columns, one for each floor."""
    shown = page.render(plain(httpx_floor=2.0, aiohttp_floor=1.0, entrosdk=3.0))
    assert "| entrosdk | 1.50 | 1.50 | 3.00 |" in shown


def test_a_missed_target_has_its_reason_on_the_page() -> None:
    """A met one has none."""
    missed = page.render(plain(httpx_floor=2.0, entrosdk=3.2))
    assert "| entrosdk: CPU at most 1.5 x the httpx floor | 1.60 x | **missed** |" in missed
    assert "## What was missed, why, and what comes next" in missed
    met = page.render(plain(httpx_floor=2.0, entrosdk=2.8))
    assert "| entrosdk: CPU at most 1.5 x the httpx floor | 1.40 x | met |" in met
    assert "What was missed" not in met


def test_who_is_skipped_is_named_with_the_reason() -> None:
    """Never silently."""
    latest = plain(httpx_floor=2.0)
    latest["plain"]["skipped"] = {"dlt": "cannot be installed: no network"}
    assert "Skipped: dlt (cannot be installed: no network)." in page.render(latest)


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    """Every target says so by itself."""
    assert [one.text for one in TARGETS if one.value({}) is not None] == []
