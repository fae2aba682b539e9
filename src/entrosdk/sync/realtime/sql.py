"""An inbox in SQLite or PostgreSQL (needs `entrosdk[sql]`); the sink's own database will do.

Any number of receivers and drains may share it. It holds ids and times, never a body.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    UniqueConstraint,
    and_,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from entrosdk.sync.realtime.hints import Hint, ShopKey
from entrosdk.sync.realtime.inbox import FARTHEST, Claim, Position, Tally
from entrosdk.sync.sink import StreamKey
from entrosdk.sync.sinks.database import hold, open_database, trouble
from entrosdk.sync.sinks.tables import UtcTime

__all__ = ["INBOX", "INBOX_POSITIONS", "SqlInbox"]

_METADATA = MetaData()
_IN_LIST = 500  # databases limit the parameters of one statement

INBOX = Table(
    "inbox",
    _METADATA,
    # SQLite numbers rows by itself only in an INTEGER key.
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("marketplace", Text, nullable=False),
    Column("shop_id", Text, nullable=False),
    Column("delivery_id", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("raw_kind", Text, nullable=False),
    Column("occurred_at", UtcTime),
    Column("received_at", UtcTime, nullable=False),
    Column("due_at", UtcTime),  # NULL: done, or parked
    Column("attempts", Integer, nullable=False),
    Column("done_at", UtcTime),
    UniqueConstraint("marketplace", "shop_id", "delivery_id", "stream", "record_id"),
    Index("inbox_due", "due_at"),
    Index("inbox_by_record", "marketplace", "shop_id", "stream", "record_id"),
    Index("inbox_heard", "marketplace", "shop_id", "stream", "received_at"),
    Index("inbox_done", "done_at"),
)

INBOX_POSITIONS = Table(
    "inbox_positions",
    _METADATA,
    Column("marketplace", Text, primary_key=True),
    Column("shop_id", Text, primary_key=True),
    Column("position", Text, nullable=False),
)


class SqlInbox:
    """Keeps hints in the tables `inbox` and `inbox_positions`, which it makes where missing."""

    def __init__(self, url: str) -> None:
        self._engine = open_database(url)
        with self._writing() as connection:
            hold(connection, "entrosdk inbox")
            _METADATA.create_all(connection)

    def put(self, hints: Sequence[Hint], position: Position | None = None) -> int:
        """Store hints, and a queue's position with them; returns how many are new."""
        new = 0
        with self._writing() as connection:
            if hints:
                # Databases count the rows of a bulk insert differently, or not at all.
                statement = _insert(connection, INBOX).on_conflict_do_nothing()
                statement = statement.returning(INBOX.c.number)
                new = len(connection.execute(statement, [_row(hint) for hint in hints]).all())
            if position is not None:
                _put_position(connection, position)
        return new

    def due(self, now: datetime) -> tuple[StreamKey, ...]:
        """Return the streams that have open hints which nobody has claimed, longest wait first."""
        key = (INBOX.c.marketplace, INBOX.c.shop_id, INBOX.c.stream)
        query = select(*key).where(_due(now)).group_by(*key)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(func.min(INBOX.c.due_at)))
            return tuple(StreamKey(*row) for row in rows)

    def claim(
        self, key: StreamKey, limit: int, *, now: datetime, until: datetime
    ) -> tuple[Claim, ...]:
        """Take up to `limit` hints of a stream, oldest first."""
        waiting = select(INBOX).where(_about(key), _due(now))
        # In PostgreSQL two drains pass each other; in SQLite there is one writer at a time.
        query = waiting.order_by(INBOX.c.number).limit(limit).with_for_update(skip_locked=True)
        with self._writing() as connection:
            claims = tuple(map(_claim, connection.execute(query)))
            values = {"due_at": until, "attempts": INBOX.c.attempts + 1}
            self._change(connection, claims, values)
        return claims

    def done(self, claims: Sequence[Claim], now: datetime) -> None:
        """Close hints; they are remembered, so that repeats are known."""
        with self._writing() as connection:
            self._change(connection, claims, {"due_at": None, "done_at": now})

    def later(self, claims: Sequence[Claim], due: datetime) -> None:
        """Leave hints open, and give them to nobody before `due`."""
        with self._writing() as connection:
            self._change(connection, claims, {"due_at": due})

    def park(self, shop: ShopKey) -> None:
        """Keep all open hints of a shop until `unpark`."""
        with self._writing() as connection:
            mine = and_(_of(INBOX, shop), INBOX.c.done_at.is_(None))
            connection.execute(update(INBOX).where(mine).values(due_at=None))

    def unpark(self, shop: ShopKey, now: datetime) -> int:
        """Make parked hints due; returns how many there were."""
        parked = and_(_of(INBOX, shop), INBOX.c.done_at.is_(None), INBOX.c.due_at.is_(None))
        with self._writing() as connection:
            return connection.execute(update(INBOX).where(parked).values(due_at=now)).rowcount

    def heard(self, key: StreamKey, ids: Collection[str]) -> dict[str, datetime]:
        """Map those of `ids` that were hinted at to the newest moment told or received."""
        record, received, told = INBOX.c.record_id, INBOX.c.received_at, INBOX.c.occurred_at
        query = select(record, func.max(received), func.max(told)).group_by(record)
        query = query.where(_about(key))
        found: dict[str, datetime] = {}
        with self._reading() as connection:
            for some in _chunks(ids):
                for name, at, moment in connection.execute(query.where(record.in_(some))):
                    found[name] = max(at, moment or at)
        return found

    def last_heard(self, shop: ShopKey) -> dict[str, datetime]:
        """Map streams of a shop to the moment the last hint about them was received."""
        query = select(INBOX.c.stream, func.max(INBOX.c.received_at)).where(_of(INBOX, shop))
        with self._reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(INBOX.c.stream))}

    def position(self, shop: ShopKey) -> str | None:
        """Return how far the shop's queue was read."""
        query = select(INBOX_POSITIONS.c.position).where(_of(INBOX_POSITIONS, shop))
        with self._reading() as connection:
            return connection.execute(query).scalar_one_or_none()

    def tally(self, shop: ShopKey | None = None) -> Tally:
        """Count hints, of all shops or of one."""
        open_, done = func.count(INBOX.c.due_at), func.count(INBOX.c.done_at)
        query = select(func.count(), open_, done).select_from(INBOX)
        if shop is not None:
            query = query.where(_of(INBOX, shop))
        with self._reading() as connection:
            total, waiting, closed = connection.execute(query).one()
        return Tally(open=waiting, parked=total - waiting - closed, done=closed)

    def forget(self, before: datetime) -> int:
        """Drop hints that were closed before then; returns how many."""
        with self._writing() as connection:
            return connection.execute(delete(INBOX).where(INBOX.c.done_at < before)).rowcount

    def close(self) -> None:
        """Give back connections."""
        self._engine.dispose()

    def _change(
        self, connection: Connection, claims: Sequence[Claim], values: dict[str, Any]
    ) -> None:
        for some in _chunks(claim.number for claim in claims):
            # What another drain has closed meanwhile stays closed.
            mine = and_(INBOX.c.number.in_(some), INBOX.c.done_at.is_(None))
            connection.execute(update(INBOX).where(mine).values(**values))

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with trouble(), self._engine.execution_options(writes=True).begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with trouble(), self._engine.connect() as connection:
            yield connection


def _insert(connection: Connection, table: Table) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def _put_position(connection: Connection, position: Position) -> None:
    shop, text = position
    statement = _insert(connection, INBOX_POSITIONS)
    statement = statement.on_conflict_do_update(
        index_elements=["marketplace", "shop_id"],
        set_={"position": statement.excluded.position},
    )
    connection.execute(
        statement, {"marketplace": shop.marketplace, "shop_id": shop.shop_id, "position": text}
    )


def _of(table: Table, shop: ShopKey) -> ColumnElement[bool]:
    return and_(table.c.marketplace == shop.marketplace, table.c.shop_id == shop.shop_id)


def _about(key: StreamKey) -> ColumnElement[bool]:
    shop = ShopKey(key.marketplace, key.shop_id)
    return and_(_of(INBOX, shop), INBOX.c.stream == key.stream)


def _due(now: datetime) -> ColumnElement[bool]:
    return or_(INBOX.c.due_at <= now, INBOX.c.due_at > now + FARTHEST)


def _row(hint: Hint) -> dict[str, Any]:
    return {
        "marketplace": hint.shop.marketplace,
        "shop_id": hint.shop.shop_id,
        "delivery_id": hint.delivery_id,
        "stream": hint.stream,
        "record_id": hint.record_id,
        "raw_kind": hint.raw_kind,
        "occurred_at": hint.occurred_at,
        "received_at": hint.received_at,
        "due_at": hint.received_at,
        "attempts": 0,
    }


def _claim(row: Row[Any]) -> Claim:
    hint = Hint(
        shop=ShopKey(row.marketplace, row.shop_id),
        stream=row.stream,
        record_id=row.record_id,
        delivery_id=row.delivery_id,
        raw_kind=row.raw_kind,
        occurred_at=row.occurred_at,
        received_at=row.received_at,
    )
    return Claim(number=row.number, hint=hint, attempt=row.attempts + 1)


def _chunks(values: Collection[Any] | Iterator[Any]) -> Iterator[list[Any]]:
    rest = iter(values)
    while some := list(islice(rest, _IN_LIST)):
        yield some
