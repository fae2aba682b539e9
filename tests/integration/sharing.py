"""Several real processes under one limit."""

from __future__ import annotations

import subprocess
import sys
import time

from tests.crowd import most_in


def keep_together(url: str, *, rate: int = 40, processes: int = 3, seconds: float = 1.0) -> None:
    """Start processes that share `url`; fails when together they go over the limit, or idle."""
    command = [sys.executable, "-m", "tests.integration.limit_worker", url, str(rate)]
    workers = [
        subprocess.Popen(
            [*command, str(number), str(seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(processes)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    begin = str(time.time() + 0.1)
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write(begin + "\n")
        worker.stdin.flush()
    went = [worker.communicate(timeout=60)[0].split() for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * processes
    moments = sorted(float(moment) for one in went for moment in one)
    # A process that the machine held up at the wrong moment may bring two close together.
    assert most_in(moments, 1.0) <= rate + 2
    inside = [moment for moment in moments if float(begin) <= moment < float(begin) + seconds]
    assert len(inside) >= 0.8 * rate * seconds
    assert min(map(len, went)) >= len(moments) / processes / 6
