"""Who takes part: floors by hand, other people's frameworks, and ours."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from attrs import frozen

from benchmarks.job import Job
from benchmarks.measure import ROOT, Usage, own_environment, python, run

Kind = Literal["floor", "rival", "ours"]


@frozen(kw_only=True)
class Contender:
    """One way to do the job. `orders` and `order` name its table of orders and the id's column."""

    name: str
    kind: Kind
    about: str
    module: str
    arguments: tuple[str, ...] = ()
    ready: Callable[[], str] = lambda: ""
    environment: str = ""

    def run(self, job: Job) -> Usage:
        """Do the job once in a fresh process."""
        interpreter = str(_interpreter(self.environment)) if self.environment else sys.executable
        command = python(self.module, job.text(), *self.arguments, interpreter=interpreter)
        return run(command, own_environment() if self.environment else None)


def _needs(*modules: str) -> Callable[[], str]:
    def missing() -> str:
        gone = [name for name in modules if not _found(name)]
        return f"not installed: {', '.join(gone)}" if gone else ""

    return missing


def _found(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _interpreter(environment: str) -> Path:
    return ROOT / f".venv-bench-{environment}" / "bin" / "python"


def _own(environment: str) -> Callable[[], str]:
    """Make a rival's environment, once for each list of versions; says why it cannot be made."""

    def made() -> str:
        wanted = ROOT / "benchmarks" / "rivals" / f"{environment}.txt"
        place = ROOT / f".venv-bench-{environment}"
        stamp, digest = place / ".done", hashlib.sha256(wanted.read_bytes()).hexdigest()
        if stamp.exists() and stamp.read_text() == digest:
            return ""
        print(f"Installing {environment} into {place.name} (once)…", flush=True)
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(place)],
            [str(_interpreter(environment)), "-m", "pip", "install", "-q", "-r", str(wanted)],
        ):
            done = subprocess.run(
                command, env=own_environment(), capture_output=True, text=True, check=False
            )
            if done.returncode:
                said = (done.stderr or done.stdout).strip().splitlines()
                return f"cannot be installed: {said[-1] if said else 'pip failed'}"
        stamp.write_text(digest)
        return ""

    return made


CONTENDERS = (
    Contender(
        name="httpx floor",
        kind="floor",
        about="httpx, json and sqlite3 on asyncio by hand; one cursor, details of 50 side by side",
        module="benchmarks.floors.by_httpx",
    ),
    Contender(
        name="aiohttp floor",
        kind="floor",
        about="the same with aiohttp and orjson",
        module="benchmarks.floors.by_aiohttp",
        ready=_needs("aiohttp", "orjson"),
    ),
    Contender(
        name="dlt",
        kind="rival",
        about="a resource over its REST client, details in its thread pool, merged by key into "
        "SQLite by its SQLAlchemy destination; lines are a child table",
        module="benchmarks.rivals.by_dlt",
        ready=_own("dlt"),
        environment="dlt",
    ),
    Contender(
        name="airbyte-cdk",
        kind="rival",
        about="a hand-written stream and sub-stream that validate nothing, read in one process; "
        "its records are written to SQLite by hand",
        module="benchmarks.rivals.by_airbyte",
        ready=_own("airbyte"),
        environment="airbyte",
    ),
    Contender(
        name="singer-sdk",
        kind="rival",
        about="a REST tap with a child stream, piped into a target whose batches are written to "
        "SQLite by hand; two processes",
        module="benchmarks.rivals.by_singer",
        ready=_own("singer"),
        environment="singer",
    ),
    Contender(
        name="entrosdk",
        kind="ours",
        about="`sync_shop` into `SqlSink`, default httpx transport, no completeness check",
        module="benchmarks.ours.sync",
    ),
    Contender(
        name="entrosdk fast",
        kind="ours",
        about="the same with the transport of `entrosdk[fast]`",
        module="benchmarks.ours.sync",
        arguments=("fast",),
        ready=_needs("aiohttp", "entrosdk.runtime.transport.aiohttp"),
    ),
    Contender(
        name="entrosdk checked",
        kind="ours",
        about="default transport, and every id compared with the marketplace's afterwards",
        module="benchmarks.ours.sync",
        arguments=("httpx", "check"),
    ),
)
