"""One of several processes that ask as fast as they may; prints when each request went."""

from __future__ import annotations

import sys
import threading
import time

from entrosdk import connect
from entrosdk.runtime.limits.sql import SqlLimits
from entrosdk.spi.manifest import Limit
from entrosdk.spi.request import Request, Response
from tests.toymarket import ToyAdapter, app, grant, reply


class Stamps:
    """A transport that notes the time and answers at once."""

    def __init__(self) -> None:
        self.went: list[float] = []

    def send(self, request: Request, timeout: float) -> Response:
        """Note the time."""
        self.went.append(time.time())
        return reply({"name": "Tiệm"})

    def close(self) -> None:
        """Nothing to give back."""


def main(url: str, rate: int, shop_id: str, seconds: float) -> None:
    """Ask from several threads until the time is over."""
    limits, stamps = SqlLimits(url), Stamps()
    shop = connect(
        ToyAdapter,
        app=app(),
        shop_id=shop_id,
        grant=grant(),
        transport=stamps,
        limits=[Limit(scope="app", count=rate)],
        shared_limits=limits,
    )
    shop.info()
    print("ready", flush=True)
    until = float(sys.stdin.readline()) + seconds

    def ask() -> None:
        while time.time() < until:
            shop.info()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    limits.close()
    print(*stamps.went)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4]))
