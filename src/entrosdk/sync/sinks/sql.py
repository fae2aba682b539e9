"""The SQL sink: SQLite out of the box, PostgreSQL by URL (needs `entrosdk[sql]`).

A commit is one transaction: a page's records, its quarantine and the checkpoint stand or fall
together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, StatementError

from entrosdk.sync.sink import Checkpoint, Commit, StreamKey, Written
from entrosdk.sync.sinks import openings
from entrosdk.sync.sinks.backend import Backend, Postgres, Sqlite, StreamRows
from entrosdk.sync.sinks.database import hold, open_database, prepare, trouble
from entrosdk.sync.sinks.page import Page, Refusal
from entrosdk.sync.sinks.rows import LAYOUTS
from entrosdk.sync.sinks.tables import CHECKPOINTS, QUARANTINE

__all__ = ["SqlSink"]

_UNFIT = (StatementError, OverflowError, ValueError)


class SqlSink:
    """Keeps records in the tables of `entrosdk.sync.sinks.tables`.

    Names, phones, addresses, notes and whole bodies of records are stored only with
    `personal=True`; quarantine keeps the body of a record that cannot be read in any case, so a
    SQLite file that is made here is readable by its owner only.
    """

    def __init__(self, url: str, *, personal: bool = False) -> None:
        self._personal = personal
        self._engine = open_database(url)
        self._backend: Backend = Postgres() if self._engine.name == "postgresql" else Sqlite()
        self._commits = 0
        prepare(self._engine)

    def checkpoint(self, key: StreamKey) -> Checkpoint | None:
        """Return where the stream stands, or `None` when it was never read."""
        mine = [CHECKPOINTS.c[name] == getattr(key, name) for name in _NAMES]
        with trouble(), self._engine.connect() as connection:
            row = connection.execute(select(CHECKPOINTS).where(*mine)).one_or_none()
        if row is None:
            return None
        return Checkpoint(
            since=row.since,
            done_to=row.done_to,
            checked_to=row.checked_to,
            open=openings.from_json(row.open or ()),
        )

    def commit(self, commit: Commit) -> Written:
        """Store everything or nothing; a record the database refuses goes to quarantine."""
        return self.commit_all((commit,))[0]

    def commit_all(self, commits: Sequence[Commit]) -> list[Written]:
        """Store commits of any streams in one transaction, in their order.

        A database writes several pages at once for little more than the price of one.
        When it refuses a record, each commit is stored in a transaction of its own.
        """
        try:
            with self._writing(commits) as connection:
                told = [self._page(connection, commit).store() for commit in commits]
                self._learn(connection, commits)
                return told
        except _Unfit:
            if len(commits) == 1:
                return [self._sift(commits[0])]
            return [self.commit(commit) for commit in commits]

    def known(self, key: StreamKey, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that are stored (for payments: source ids)."""
        layout = LAYOUTS[key.stream]
        with trouble(), self._engine.connect() as connection:
            rows = self._rows(connection, key).find(layout.table, layout.key, ids)
            return {row[0] for row in rows}

    def dates(self, key: StreamKey, ids: Sequence[str]) -> dict[str, datetime]:
        """Map those of `ids` that are stored with an update time to that time."""
        layout = LAYOUTS[key.stream]
        if not layout.dated:
            return {}
        with trouble(), self._engine.connect() as connection:
            rows = self._rows(connection, key).find(layout.table, "id", ids, "updated_at")
            return {name: self._backend.moment(told) for name, told in rows if told is not None}

    def quarantined(self, key: StreamKey, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that stand in quarantine."""
        with trouble(), self._engine.connect() as connection:
            rows = self._rows(connection, key).find(QUARANTINE, "record_id", ids)
            return {row[0] for row in rows}

    def close(self) -> None:
        """Give back connections."""
        self._engine.dispose()

    @contextmanager
    def _writing(self, commits: Sequence[Commit]) -> Iterator[Connection]:
        streams = sorted({f"{c.key.marketplace}:{c.key.shop_id}:{c.key.stream}" for c in commits})
        with trouble(), self._engine.execution_options(writes=True).begin() as connection:
            for name in streams:  # in one order everywhere, so that no two wait for each other
                hold(connection, name)
            with _told_apart():
                yield connection

    def _page(self, connection: Connection, commit: Commit) -> Page:
        return Page.of(self._rows(connection, commit.key), commit, personal=self._personal)

    def _rows(self, connection: Connection, key: StreamKey) -> StreamRows:
        return StreamRows(self._backend, connection, key)

    def _sift(self, commit: Commit) -> Written:
        """One record of the page is unfit for the database: find it, keep the others."""
        with self._writing((commit,)) as connection:
            page, refusals = self._page(connection, commit), list[Refusal]()
            for name in page.units:
                try:
                    with connection.begin_nested():
                        page.keep_warily(name)
                except _UNFIT as error:
                    if not _about_data(error):
                        raise
                    refusals.append(Refusal(name, type(getattr(error, "orig", None) or error)))
            return page.finish(refusals)

    def _learn(self, connection: Connection, commits: Sequence[Commit]) -> None:
        """Let the database look at tables that grew, ever more seldom."""
        self._commits += 1
        if self._commits & (self._commits - 1) == 0:
            streams = sorted({commit.key.stream for commit in commits})  # in one order: see above
            for layout in map(LAYOUTS.__getitem__, streams):
                grown = (layout.table, *(part.table for part in layout.parts))
                self._backend.learn(connection, grown)


_NAMES = ("marketplace", "shop_id", "stream")


class _Unfit(Exception):
    """The database refused a value, not the work."""


@contextmanager
def _told_apart() -> Iterator[None]:
    try:
        yield
    except _UNFIT as error:
        if not _about_data(error):
            raise
        raise _Unfit from None


def _about_data(error: Exception) -> bool:
    """Is it about a value, so that other records may do better, or about the database?"""
    if isinstance(error, DBAPIError):
        return isinstance(error, DataError | IntegrityError | InterfaceError)
    return True
