"""The SDK's sink over this app's tables.

One commit is one transaction: records, quarantine and checkpoint together.
Stock follows the orders in that same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import Error, connections, transaction

from entrosdk.spi.page import Unreadable
from entrosdk.sync.sink import Checkpoint, Commit, SinkFailed, StreamKey, Written
from entrosdk.sync.sinks import openings
from reference_app.goods import booking, listings
from reference_app.records.models import (
    Order,
    PaymentSource,
    Payout,
    Product,
    Quarantined,
    Return,
    StreamCheckpoint,
    Versioned,
)
from reference_app.records.writers import money, orders, products, returns
from reference_app.settling import keeping
from reference_app.stock import booking as orders_in_stock
from reference_app.stock import watching
from reference_app.stores.models import Store

__all__ = ["DjangoSink"]

_WRITERS: dict[str, Callable[[Store, Commit, Sequence[Any]], Written]] = {
    "orders": orders.write,
    "products": products.write,
    "payments": money.write_payments,
    "payouts": money.write_payouts,
    "returns": returns.write,
}
_TABLES: dict[str, type[Versioned]] = {
    "orders": Order,
    "products": Product,
    "payments": PaymentSource,
    "payouts": Payout,
    "returns": Return,
}
_CHUNK = 500  # ids in one query; SQLite allows about a thousand values


class DjangoSink:
    """Keeps the records of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def checkpoint(self, key: StreamKey) -> Checkpoint | None:
        """Return where the stream stands, or `None` when it was never read."""
        with _told("read the checkpoint"):
            row = StreamCheckpoint.objects.filter(store=self._store, stream=key.stream).first()
        if row is None:
            return None
        return Checkpoint(
            since=row.since,
            done_to=row.done_to,
            checked_to=row.checked_to,
            open=openings.from_json(row.open),
        )

    def commit(self, commit: Commit) -> Written:
        """Store everything or nothing."""
        with _told("store a page"), transaction.atomic():
            written = _WRITERS[commit.key.stream](self._store, commit, commit.records)
            self._follow(commit)
            self._release(commit)
            self._quarantine(commit)
            keeping.follow(self._store, commit)
            self._move_checkpoint(commit)
        return written + Written(quarantined=len(commit.unreadable))

    def _follow(self, commit: Commit) -> None:
        """Let the catalogue, and then the stock, follow what was written."""
        ids = [record.id for record in commit.records]
        if commit.key.stream == "products":
            listings.refresh(self._store, ids)
            watching.note(self._store, commit.records, commit.read_at)
        elif commit.key.stream == "orders":
            booking.book_orders(self._store, ids)
            if not commit.history:
                orders_in_stock.follow(self._store, ids)

    def known(self, key: StreamKey, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that are stored."""
        return self._present(_TABLES[key.stream]._default_manager.all(), ids)

    def quarantined(self, key: StreamKey, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that stand in quarantine."""
        return self._present(Quarantined.objects.filter(stream=key.stream), ids)

    def close(self) -> None:
        """Give back the connections of the calling thread."""
        connections.close_all()

    def _present(self, rows: Any, ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        with _told("look up ids"):
            for start in range(0, len(ids), _CHUNK):
                part = rows.filter(store=self._store, external_id__in=ids[start : start + _CHUNK])
                found.update(part.values_list("external_id", flat=True))
        return found

    def _release(self, commit: Commit) -> None:
        ids = {getattr(record, "source_id", "") or record.id for record in commit.records}
        if ids:
            held = Quarantined.objects.filter(store=self._store, stream=commit.key.stream)
            held.filter(external_id__in=ids).delete()

    def _quarantine(self, commit: Commit) -> None:
        if not commit.unreadable:
            return
        # A page may show the same bad record twice; one row of a statement may not be hit twice.
        rows = {item.id: self._held(commit, item) for item in commit.unreadable}
        Quarantined.objects.bulk_create(
            rows.values(),
            update_conflicts=True,
            unique_fields=["store", "stream", "external_id"],
            update_fields=["reason", "body_sealed", "last_seen_at", "retry_asked_at"],
        )

    def _held(self, commit: Commit, item: Unreadable) -> Quarantined:
        body = item.body.decode("utf-8", "replace")
        context = f"quarantine:{commit.key.stream}:{item.id}"
        return Quarantined(
            merchant_id=self._store.merchant_id,
            store=self._store,
            stream=commit.key.stream,
            external_id=item.id,
            reason=item.reason[:500],
            body_sealed=self._store.merchant.seal().seal(body, context),
            first_seen_at=commit.read_at,
            last_seen_at=commit.read_at,
        )

    def _move_checkpoint(self, commit: Commit) -> None:
        at = commit.checkpoint
        if at is None:
            return
        StreamCheckpoint.objects.update_or_create(
            store=self._store,
            stream=commit.key.stream,
            defaults={
                "done_to": at.done_to,
                "open": openings.to_json(at.open),
                "since": at.since,
                "checked_to": at.checked_to,
            },
        )
        if commit.key.stream == "orders" and at.complete_to is not None:
            Store.objects.filter(pk=self._store.pk).update(read_to=at.complete_to)


@contextmanager
def _told(doing: str) -> Iterator[None]:
    """Raise the database's errors as the protocol wants them, without values of the statement."""
    try:
        yield
    except Error as error:
        raise SinkFailed(f"the database could not {doing}: {type(error).__name__}") from error
