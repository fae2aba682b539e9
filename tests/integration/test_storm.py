"""A small storm of pushes over real HTTP, and a drain that is killed in the middle of its work."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from entrosdk.sync import StreamKey
from entrosdk.sync.realtime import Hint, ShopKey, SqlInbox, Tally
from tests.toymarket import NOON
from tools.storm import Weather, storm

LEASE = timedelta(minutes=3)


def test_a_storm_of_pushes_ends_with_the_truth(tmp_path: Path) -> None:
    """200 pushes at once: lost ones are found by the poll, forged ones refused, none is wrong."""
    found = asyncio.run(storm(Weather(pushes=200, seconds=1.0, seed=11), tmp_path))
    assert found.ok
    assert found.forged_refused == 2
    assert found.lost > 0
    assert found.found_by_polling > 0
    assert found.accepted >= found.hints
    assert found.median < 2000  # milliseconds; the figure is for `python -m tools.storm`


DRAIN = """
import asyncio, sys
from entrosdk.sync import MemorySink
from entrosdk.sync.realtime import Drain, ShopKey, SqlInbox
from tests import shelf
from tests.shelf import Shelves
from tests.toymarket import NOON

class Stuck(MemorySink):
    def commit(self, commit):
        print("claimed", flush=True)
        sys.stdin.read()

shelves = Shelves()
shelves.orders.put(*(shelf.order(f"o{n}") for n in range(5)))
shops = {ShopKey("toy", "1"): shelves.shop()}
drain = Drain(shops, Stuck(), SqlInbox(sys.argv[1]), clock=lambda: NOON)
asyncio.run(drain.run())
"""


def test_a_drain_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    """Killed between claim and commit, all of its hints are given out again, and only then."""
    url, shop = f"sqlite:///{tmp_path / 'inbox.db'}", ShopKey("toy", "1")
    inbox, key = SqlInbox(url), StreamKey("toy", "1", "orders")
    hints = [
        Hint(shop=shop, stream="orders", record_id=f"o{n}", delivery_id=f"d{n}", received_at=NOON)
        for n in range(5)
    ]
    inbox.put(hints)
    command = [sys.executable, "-c", DRAIN, url]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "claimed\n"
        process.send_signal(signal.SIGKILL)
    held = inbox.claim(key, 10, now=NOON, until=NOON + LEASE)
    back = inbox.claim(key, 10, now=NOON + LEASE, until=NOON + 2 * LEASE)
    assert (held, {claim.hint.record_id for claim in back}) == ((), {f"o{n}" for n in range(5)})
    assert inbox.tally() == Tally(open=5)
    inbox.close()
