"""Free ports for servers that tests start."""

from __future__ import annotations

import random
import socket

__all__ = ["HOST", "free_ports"]

HOST = "127.0.0.1"


def free_ports(count: int = 5) -> int:
    """Return the first of `count` neighbouring ports that nobody uses."""
    chance = random.SystemRandom()  # the other workers of the suite are seeded like this one
    for _ in range(100):
        first = chance.randrange(20_000, 32_000, 10)  # below what systems give to clients
        if all(_is_free(first + number) for number in range(count)):
            return first
    raise OSError("no free ports were found")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
