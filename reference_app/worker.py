"""The process that runs jobs: `python -m reference_app.worker [--name worker-1] [--at-once 4]`.

Any number may run beside each other, each with a name of its own; a name must stay the same over
restarts, so that a worker finds the jobs it was killed in.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reference_app.syncing.jobs import Jobs

_log = logging.getLogger("reference_app.worker")
_TICK = 0.5  # seconds between looks for stores that are due, and for pushes


def main() -> int:
    """Run jobs until told to stop."""
    parser = argparse.ArgumentParser(description="Run the jobs of the reference app.")
    parser.add_argument("--name", default="worker-1")
    parser.add_argument("--at-once", type=int, default=4, help="stores synced at a time")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reference_app.settings")
    import django  # noqa: PLC0415 - settings first

    django.setup()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    work(stop, options.name, options.at_once)
    return 0


def work(stop: threading.Event, name: str = "worker-1", at_once: int = 4) -> None:
    """Take jobs and hand over stores that fall due, until `stop` is set."""
    from reference_app.goods import errands  # noqa: PLC0415 - models need settings
    from reference_app.rights import chores  # noqa: PLC0415
    from reference_app.syncing.durable import DurableJobs, jobs_url  # noqa: PLC0415
    from reference_app.syncing.runner import run_job  # noqa: PLC0415 - models need settings

    jobs = DurableJobs(jobs_url(), executor=name, at_once=at_once)
    jobs.start(run_job, errands.run, chores.run)
    _log.info("%s is ready", name)
    try:
        _tick(stop, jobs, name)
    finally:
        jobs.stop()


def _tick(stop: threading.Event, engine: Jobs, name: str) -> None:
    from django.db import DatabaseError, close_old_connections  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from reference_app.api.delivering import Courier  # noqa: PLC0415
    from reference_app.billing import clock  # noqa: PLC0415
    from reference_app.billing.renewing import renew_all  # noqa: PLC0415
    from reference_app.goods.errands import due  # noqa: PLC0415
    from reference_app.paying.sweeping import Sweeper  # noqa: PLC0415
    from reference_app.rights import chores  # noqa: PLC0415
    from reference_app.stock.keeping import review_busy  # noqa: PLC0415
    from reference_app.stores.notices import tell  # noqa: PLC0415
    from reference_app.support.rounds import Rounds  # noqa: PLC0415
    from reference_app.syncing.jobs import hand_over, hand_over_hints  # noqa: PLC0415

    courier, sweeper, rounds = Courier(), Sweeper(), Rounds(name)
    now_and_then = [
        Duty(60, lambda: renew_all(clock.now())),
        Duty(600, review_busy),
        Duty(3600, lambda: tell(timezone.now())),
        Duty(3600, lambda: _tidy(engine)),
    ]
    while not stop.wait(_TICK):
        try:
            hand_over(engine)
            hand_over_hints(engine)
            for errand in due():
                engine.enqueue_errand(errand)
            for chore in chores.due(timezone.now()):
                engine.enqueue_chore(*chore)
            courier.look()
            sweeper.look()
            rounds.look()
            for duty in now_and_then:
                duty.look()
        except DatabaseError:  # the database is away: look again in a second
            _log.exception("could not look for due stores")
            close_old_connections()
    courier.stop()


class Duty:
    """Something to be done every so many seconds, and once at the start."""

    def __init__(self, every: float, work: Callable[[], object]) -> None:
        self._every, self._work = every, work
        self._done_at = -every

    def look(self) -> None:
        """Do it if it is due."""
        if time.monotonic() - self._done_at >= self._every:
            self._done_at = time.monotonic()
            self._work()


def _tidy(engine: Jobs) -> None:
    """Forget what has no use any more, and compare the stock's cache with its ledger."""
    from django.utils import timezone  # noqa: PLC0415

    from reference_app.api.keys import forget_answers  # noqa: PLC0415
    from reference_app.api.outbox import forget_events  # noqa: PLC0415
    from reference_app.orders.acting import forget_labels  # noqa: PLC0415
    from reference_app.orders.forgetting import forget_words  # noqa: PLC0415
    from reference_app.records.forgetting import (  # noqa: PLC0415
        forget_bodies,
        forget_recipients,
    )
    from reference_app.rights import chores  # noqa: PLC0415
    from reference_app.stock.keeping import compare_all  # noqa: PLC0415
    from reference_app.tenants import sessions  # noqa: PLC0415

    engine.tidy()
    forget_recipients()
    forget_bodies()
    forget_words(timezone.now())
    compare_all()
    forget_answers()
    forget_events()
    forget_labels()
    chores.tidy()
    sessions.forget(timezone.now())


if __name__ == "__main__":
    raise SystemExit(main())
