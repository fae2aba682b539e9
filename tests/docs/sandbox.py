"""Starts `entrosdk sandbox serve` on free ports for pages and examples."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from attrs import frozen

from tests.ports import HOST, free_ports


@frozen
class Sandbox:
    """A running sandbox: its control port and the line it printed when it was ready."""

    port: int
    ready: dict[str, Any]

    @property
    def url(self) -> str:
        """Address of the control API."""
        return f"http://{HOST}:{self.port}"


@contextmanager
def sandbox(*options: str, orders: int = 60) -> Iterator[Sandbox]:
    """Run a sandbox while the block runs."""
    port = free_ports()
    command = ["-m", "entrosdk.sandbox", "--port", str(port), "--orders", str(orders)]
    process = subprocess.Popen(
        [sys.executable, *command, "--seed", "7", *options], text=True, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout
        try:
            yield Sandbox(port, json.loads(process.stdout.readline()))
        finally:
            process.terminate()
