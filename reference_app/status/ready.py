"""Whether the installation can do its work, for those who watch it."""

from __future__ import annotations

import shutil
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pkgutil import iter_modules

from attrs import frozen
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

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
    """Count migrations that lie on the disk and are not recorded.

    By name alone: building Django's graph imports them all, which takes seconds on a busy machine,
    and a probe is soon asked again.
    """
    applied = MigrationRecorder(connection).applied_migrations()
    present = {
        (config.label, name)
        for config in apps.get_app_configs()
        for name in _names(f"{config.name}.migrations")
    }
    return len(present - set(applied))


@cache
def _names(package: str) -> frozenset[str]:
    found = find_spec(package)
    places = found.submodule_search_locations if found else None
    modules = (module.name for module in iter_modules(places)) if places else ()
    return frozenset(name for name in modules if name[0] not in "_~")


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
