"""The worker process: jobs survive what happens to it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.app.conftest import call_control, running_sandbox

ROOT = Path(__file__).resolve().parents[2]


class Place:
    """A folder with a database of its own, and the processes that work on it."""

    def __init__(self, folder: Path, sandbox: str) -> None:
        self._folder = folder
        self._file = folder / "app.sqlite3"
        self._sandbox = sandbox
        self._env = {
            **{name: text for name, text in os.environ.items() if not name.startswith("ENTRO_")},
            "ENTRO_DATA_DIR": str(folder),
            "ENTRO_DATABASE_URL": f"sqlite:///{self._file}",
            "ENTRO_SANDBOX": sandbox,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        }

    def set_up(self) -> None:
        """Connect the sandbox's stores."""
        command = [sys.executable, "-m", "reference_app.demo", "--sandbox", self._sandbox]
        subprocess.run(command, cwd=self._folder, env=self._env, check=True, capture_output=True)

    def python(self, *arguments: str) -> None:
        """Run Python in the installation."""
        env = {**self._env, "DJANGO_SETTINGS_MODULE": "reference_app.settings"}
        subprocess.run(
            [sys.executable, *arguments], cwd=self._folder, env=env, check=True, capture_output=True
        )

    def worker(self) -> subprocess.Popen[bytes]:
        """Start a worker."""
        command = [sys.executable, "-m", "reference_app.worker"]
        with (self._folder / "worker.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=self._folder, env=self._env, stdout=log, stderr=log
            )

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Read from the database."""
        with closing(sqlite3.connect(self._file, timeout=30)) as connection:
            return connection.execute(statement).fetchall()

    def wait(self, statement: str, seconds: float = 60.0) -> None:
        """Wait until a statement finds a row."""
        end = time.monotonic() + seconds
        while not self.rows(statement):
            assert time.monotonic() < end, (self._folder / "worker.log").read_text()[-2000:]
            threading.Event().wait(0.1)


@pytest.fixture
def without_limits() -> None:
    """The worker is another process; its limits make runs long enough to be killed in."""


@pytest.mark.slow
def test_a_killed_worker_goes_on_where_it_was(tmp_path: Path) -> None:
    """Kill -9 in the middle of a run: the next start closes that run and completes the work."""
    with running_sandbox(orders=40) as sandbox:
        place = Place(tmp_path, sandbox)
        place.set_up()
        first = place.worker()
        place.wait("select 1 from syncing_streamrun where stream = 'products' and done > 0")
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        second = place.worker()
        try:
            place.wait("select 1 from syncing_syncrun where state = 'done'")
        finally:
            second.terminate()
            second.wait(30)
        truth = call_control(sandbox, "GET", "truth?marketplace=shopee")["orders"]
    runs = [state for (state,) in place.rows("select state from syncing_syncrun order by id")]
    jobs = {job for (job,) in place.rows("select job_id from syncing_syncrun")}
    orders = {name for (name,) in place.rows("select external_id from records_order")}
    assert (runs, len(jobs), orders) == (["interrupted", "done"], 1, {o["id"] for o in truth})


_ASK = """
import django
django.setup()
from datetime import timedelta
from django.utils import timezone
from reference_app import samples
from reference_app.rights import deleting, exporting
for name, email in (("Tiệm Sen", "sen@example.vn"), ("Tiệm Cúc", "cuc@example.vn")):
    merchant, owner = samples.merchant_with_owner(name, email)
    samples.fill(samples.store(merchant, "shopee", str(merchant.pk)), orders=5)
    merchant.stores.update(state="paused")
    if name == "Tiệm Sen":
        exporting.ask(merchant, owner, timezone.now())
    else:
        deleting.ask(merchant, owner, name, timezone.now() - timedelta(days=8))
"""


@pytest.mark.slow
def test_a_worker_makes_exports_and_finishes_deletions(tmp_path: Path) -> None:
    """What an owner asked for on a page is done by a running worker, unasked again."""
    place = Place(tmp_path, "")
    place.python("-m", "reference_app.manage", "migrate")
    place.python("-c", _ASK)
    worker = place.worker()
    try:
        place.wait("select 1 from rights_export where state = 'done' and size > 0")
        place.wait("select 1 from rights_deletion where state = 'done'")
    finally:
        worker.terminate()
        worker.wait(30)
    # Books are kept of the business that is gone, under a number.
    assert place.rows("select name from tenants_merchant") == [("Tiệm Sen",), ("#2",)]
    assert place.rows("select distinct merchant_id from records_order") == [(1,)]
