"""The marketplace dies in the middle of a run and comes back: the next run completes."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import tenacity

from entrosdk import AsyncShop, Limiter, MemoryStore, Policy, connect_async
from entrosdk.errors import Unreachable
from entrosdk.sync import Progress, SqlSink, sync
from tests.integration.test_sync_sandbox import rows
from tests.ports import free_ports
from tests.sandboxes import NOON, ask, connecting

# A server whose clock stands still, so that midnight cannot fall between its two lives.
SERVER = """
import asyncio, sys
from entrosdk.sandbox import Sandbox, server
box = Sandbox(orders=60, products=8, wall=lambda: float(sys.argv[2]))
asyncio.run(server._serve(box, "127.0.0.1", int(sys.argv[1])))
"""


@contextmanager
def living(port: int) -> Iterator[subprocess.Popen[str]]:
    """A sandbox in a process of its own, on a port of our choice."""
    command = [sys.executable, "-c", SERVER, str(port), str(NOON.timestamp())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["ready"]
            yield process
        finally:
            process.kill()


def connected(port: int, store: MemoryStore) -> AsyncShop:
    """The shop at a port, over real HTTP; nothing is tried twice."""
    given = ask(f"http://127.0.0.1:{port}/control/stores")[0]
    return connect_async(
        "shopee",
        **connecting(given),
        base_url=given["base_url"],
        store=store,
        clock=lambda: NOON,
        limiter=Limiter(),
        policy=Policy(stop=tenacity.stop_after_attempt(1)),
    )


def killing(process: subprocess.Popen[str], stream: str) -> Callable[[Progress], None]:
    """Progress that kills the sandbox at the first page of a stream."""

    def watch(progress: Progress) -> None:
        if progress.key.stream == stream and process.poll() is None:
            process.kill()
            process.wait()

    return watch


@pytest.fixture(autouse=True)
def forgotten_sockets() -> Iterator[None]:
    """Collect connections here that anyio forgets when it is cancelled as they are made.

    They would be reported wherever the next collection happens to fall.
    """
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def truth(port: int, kind: str) -> set[Any]:
    """The ids of what the shop really holds."""
    found = ask(f"http://127.0.0.1:{port}/control/truth?marketplace=shopee")[kind]
    return {(record["id"],) for record in found}


def test_a_second_run_completes_what_a_killed_sandbox_left(tmp_path: Path) -> None:
    """What was stored stays, what failed says why, and the second run misses nothing."""
    port, store = free_ports(), MemoryStore()
    options: dict[str, Any] = {"since": NOON - timedelta(days=31)}
    with closing(SqlSink(f"sqlite:///{tmp_path / 'shop.db'}")) as sink:
        with living(port) as process:
            watch = killing(process, "payments")
            first = sync(connected(port, store), sink, on_progress=watch, **options)
        kept = rows(sink, "select id from orders")
        with living(port):
            second = sync(connected(port, store), sink, **options)
            held = {kind: rows(sink, f"select id from {kind}") for kind in KINDS}
            assert held == {kind: truth(port, kind) for kind in KINDS}
    failed = {report.stream: report.error for report in first.streams if report.error}
    assert "payments" in failed
    assert all(isinstance(error, Unreachable) for error in failed.values())
    assert kept <= held["orders"]
    assert second.ok
    assert all(report.completeness.missing == 0 for report in second.streams if report.completeness)


KINDS = ("orders", "products", "payments", "payouts", "returns")
