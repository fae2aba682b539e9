"""What a contender is told to do, and the mark it leaves when the job itself begins.

Standard library only: it runs in every contender's environment.
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

_MARKS = "BENCH_MARKS"


@dataclass(frozen=True)
class Job:
    """Bring a Shopee shop's orders that changed from `since` to `until` into SQLite at `path`.

    `rate` is how many requests a second the marketplace allows; 0 means no limit.
    """

    base_url: str
    partner_id: str
    partner_key: str
    shop_id: str
    access_token: str
    since: int
    until: int
    path: str
    rate: int = 0

    def text(self) -> str:
        """Write the job as one argument of a command."""
        return json.dumps(asdict(self))


def given() -> Job:
    """Read the job from the command line."""
    return Job(**json.loads(sys.argv[1]))


def begin() -> Job:
    """Read the job and mark its beginning."""
    mark()
    return given()


def mark() -> None:
    """Note that imports are over and the job begins."""
    place = os.environ.get(_MARKS)
    if place:
        _note(place, "ready")
        atexit.register(_note, place, "end")


def _note(place: str, what: str) -> None:
    noted = {"pid": os.getpid(), "what": what, "at": time.monotonic(), "peak_kib": _peak_kib()}
    with Path(place).open("a") as file:
        file.write(json.dumps(noted) + "\n")


def _peak_kib() -> int:
    # ru_maxrss begins with the parent's size; the high-water mark of the own image does not.
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lines = status.read_text().splitlines()
    return next((int(one.split()[1]) for one in lines if one.startswith("VmHWM")), 0)
