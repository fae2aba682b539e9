"""Limits shared by several processes through a database: PostgreSQL, or SQLite on one machine.

One row for each limit says when its next request may go, by the database's clock.
Requests are spaced evenly (a generic cell rate algorithm without a burst), so no span of the
limit's time holds more than its count, whichever processes they come from.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Double,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from entrosdk.engine.limits import spacing
from entrosdk.spi.effects import Claim

__all__ = ["SqlLimits"]

_metadata = MetaData()
_limits = Table(
    "shared_limits",
    _metadata,
    Column("key", String(300), primary_key=True),
    Column("due", Double, nullable=False),
)

# A moment farther away than a booking can be is left from a clock that was wrong.
_FARTHEST = 1.0
# After the database failed, how many seconds we go on alone before it is asked again.
_ALONE = 5.0

_logger = logging.getLogger("entrosdk")


class SqlLimits:
    """Counts the requests of all processes that use the same database; pass it to `connect`.

    `url` is a database or an engine of it; on SQLite all processes are on one machine.
    `processes` is how many share the limits. It matters when the database does not answer: each
    then keeps to its share of every limit, says so once in the log, and asks again after 5 s.
    """

    def __init__(
        self,
        url: str | Engine,
        *,
        processes: int = 4,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine = _prepared(create_engine(url) if isinstance(url, str) else url)
        self._processes = processes
        self._clock = clock
        self._guard = threading.Lock()
        self._ready = False
        self._own: dict[str, float] = {}
        self._alone_until = 0.0

    def reserve(self, claims: Sequence[Claim], ahead: float) -> tuple[float, ...]:
        """Return the seconds until each claim lets one more request go.

        If none is above `ahead`, the request is booked for the latest of them; else nothing is.
        """
        if not claims:
            return ()
        if self._clock() < self._alone_until:
            return self._reserve_alone(claims, ahead)
        try:
            waits = self._reserve_together(claims, ahead)
        except SQLAlchemyError as error:
            self._say_alone(error)
            return self._reserve_alone(claims, ahead)
        self._say_together()
        return waits

    def close(self) -> None:
        """Give back connections."""
        self._engine.dispose()

    def _reserve_together(self, claims: Sequence[Claim], ahead: float) -> tuple[float, ...]:
        self._make_table()
        with self._engine.begin() as connection:
            due = _locked(connection, [claim.key for claim in claims])
            now = self._now(connection)
            waits, booked = _decide(claims, due, now, ahead)
            for key, moment in booked.items():
                mine = _limits.c.key == key
                connection.execute(update(_limits).where(mine).values(due=moment))
        return waits

    def _reserve_alone(self, claims: Sequence[Claim], ahead: float) -> tuple[float, ...]:
        with self._guard:
            waits, booked = _decide(claims, self._own, self._clock(), ahead, self._processes)
            self._own.update(booked)
        return waits

    def _now(self, connection: Connection) -> float:
        """The clock that all processes agree on, read while the rows are ours."""
        if connection.dialect.name == "sqlite":  # one machine, one clock
            return self._clock()
        epoch = func.extract("epoch", func.clock_timestamp())
        return float(connection.execute(select(epoch)).scalar_one())

    def _make_table(self) -> None:
        if self._ready:
            return
        try:
            _metadata.create_all(self._engine)
        except DBAPIError:  # several first workers at once: one of them makes the table
            if not inspect(self._engine).has_table(_limits.name):
                raise
        self._ready = True

    def _say_alone(self, error: SQLAlchemyError) -> None:
        if not self._alone_until:
            _logger.warning(
                "limits are not shared now: their database does not answer (%s); this process "
                "keeps to a share of 1/%d of each limit until it does",
                type(error).__name__, self._processes,
            )  # fmt: skip
        self._alone_until = self._clock() + _ALONE

    def _say_together(self) -> None:
        if self._alone_until:
            _logger.info("limits are shared again")
        self._alone_until = 0.0


def _decide(
    claims: Sequence[Claim], due: Mapping[str, float], now: float, ahead: float, share: int = 1
) -> tuple[tuple[float, ...], dict[str, float]]:
    """Return how long each claim waits, and when each is due next if the request is booked."""
    gaps = {claim.key: spacing(claim.count, claim.per) * share for claim in claims}
    moments = {
        key: max(now, min(due.get(key, now), now + _FARTHEST + gap)) for key, gap in gaps.items()
    }
    waits = tuple(moments[claim.key] - now for claim in claims)
    if max(waits) > ahead:
        return waits, {}
    latest = max(moments.values())
    return waits, {key: latest + gap for key, gap in gaps.items()}


def _locked(connection: Connection, keys: Sequence[str]) -> dict[str, float]:
    """Take the rows of `keys`, always in the same order, so that nobody waits in a circle."""
    query = (
        select(_limits.c.key, _limits.c.due)
        .where(_limits.c.key.in_(keys))
        .order_by(_limits.c.key)
        .with_for_update()
    )
    found = {row.key: float(row.due) for row in connection.execute(query)}
    if len(found) < len(set(keys)):
        missing = [{"key": key, "due": 0.0} for key in sorted(set(keys) - set(found))]
        connection.execute(_adding(connection), missing)
        found = {row.key: float(row.due) for row in connection.execute(query)}
    return found


def _adding(connection: Connection) -> Any:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(_limits).on_conflict_do_nothing()
    return insert(_limits)  # SQLite: the whole database is ours already


def _prepared(engine: Engine) -> Engine:
    """Let SQLite lock at the beginning of a transaction, not at its first write."""
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _(connection: SqliteConnection, _record: object) -> None:
            connection.isolation_level = None
            connection.execute("PRAGMA busy_timeout = 5000")
            connection.execute("PRAGMA journal_mode = WAL")
            # A lost booking costs nothing worth a sync to disk.
            connection.execute("PRAGMA synchronous = OFF")

        @event.listens_for(engine, "begin")
        def _(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
