"""Whether the installation can do its work, for those who watch it."""

from __future__ import annotations

import shutil
from datetime import datetime
from functools import cache

from attrs import frozen
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from reference_app.status.signals import alive

__all__ = ["Check", "checks"]

_ENOUGH_BYTES = 200 * 1024 * 1024


@frozen
class Check:
    """One condition: whether it holds, and a few words that give nothing away."""

    name: str
    holds: bool
    says: str


def checks(now: datetime) -> list[Check]:
    """Check the database, its tables, the worker and the disk; never raises for one of them."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        found = [Check("database", True, "answers"), _migrations()]
        # Without its table nobody can have been seen.
        found += [_worker(now)] if found[-1].holds else []
    except DatabaseError:
        found = [Check("database", False, "does not answer")]
    return [*found, _disk()]


def _migrations() -> Check:
    waiting = _unapplied()
    if waiting:
        return Check("migrations", False, f"{waiting} not applied; start the web server or migrate")
    return Check("migrations", True, "applied")


def _unapplied() -> int:
    try:
        return _none_unapplied()
    except _SomeUnapplied as some:
        return some.args[0]


class _SomeUnapplied(Exception):
    """Raised so that only the good answer is remembered."""


@cache
def _none_unapplied() -> int:
    # Reading all migrations takes a while, and what was applied stays so while a process lives.
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        raise _SomeUnapplied(len(plan))
    return 0


def _worker(now: datetime) -> Check:
    lives = alive("worker", now)
    if lives is None:
        return Check("worker", True, "none has reported yet")
    return Check("worker", lives, "reports" if lives else "silent for more than 2 minutes")


def _disk() -> Check:
    try:
        free = shutil.disk_usage(settings.DATA_DIR).free
    except OSError:
        return Check("disk", False, "the data folder cannot be read")
    enough = free >= _ENOUGH_BYTES
    return Check("disk", enough, "has room" if enough else "less than 200 MB are left")
