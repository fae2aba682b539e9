"""Starts `entrosdk sandbox serve` on free ports for pages and examples."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from attrs import frozen

HOST = "127.0.0.1"


@frozen
class Sandbox:
    """A running sandbox: its control port and the line it printed when it was ready."""

    port: int
    ready: dict[str, Any]

    @property
    def url(self) -> str:
        """Address of the control API."""
        return f"http://{HOST}:{self.port}"


def free_ports(count: int = 5) -> int:
    """Return the first of `count` neighbouring ports that nobody uses."""
    chance = random.SystemRandom()  # the other workers of the suite are seeded like this one
    for _ in range(100):
        first = chance.randrange(20_000, 32_000, 10)  # below what systems give to clients
        if all(is_free(first + number) for number in range(count)):
            return first
    raise OSError("no free ports were found")


def is_free(port: int) -> bool:
    """Say whether a port can be listened on."""
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


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
