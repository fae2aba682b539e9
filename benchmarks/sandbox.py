"""The sandbox in a process of its own, and what the benchmarks ask of its control API."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from attrs import frozen

from benchmarks.job import Job

_DAYS = 31  # the sandbox draws 29 days of history
_PATIENCE = 600.0


@frozen
class Control:
    """One running sandbox."""

    url: str

    def ask(self, path: str, body: Any = None) -> Any:
        """GET, or POST JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/control/{path}", data=data)
        with urllib.request.urlopen(request, timeout=_PATIENCE) as reply:
            return json.loads(reply.read())

    def job(self, path: str, *, rate: int = 0, shop: int = 0) -> Job:
        """Describe the job: all orders of a shop into the database at `path`."""
        store = self.ask("stores")[shop]
        now = int(time.time())
        return Job(
            base_url=store["base_url"],
            partner_id=store["app_key"],
            partner_key=store["app_secret"],
            shop_id=store["shop_id"],
            access_token=store["access_token"],
            since=now - _DAYS * 86_400,
            until=now,
            path=path,
            rate=rate,
        )

    def orders(self) -> dict[str, int]:
        """Return what the shop really holds: ids and when they were changed last."""
        rows = self.ask("truth?marketplace=shopee")["orders"]
        return {row["id"]: row["updated_at"] for row in rows}


@contextmanager
def sandbox(orders: int, *, options: Sequence[str] = ()) -> Iterator[Control]:
    """Serve one Shopee shop with `orders` orders on loopback."""
    command = [sys.executable, "-m", "entrosdk.sandbox", "--port", "0", "--only", "shopee"]
    command += ["--orders", str(orders), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise SystemExit("the sandbox did not start; what it said is above")
            yield Control(json.loads(line)["control"])
        finally:
            process.terminate()
