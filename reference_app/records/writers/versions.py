"""The one version rule all records share: an older reading never overwrites a newer one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from attrs import frozen
from django.db.models import Model

from entrosdk.sync.sink import Written
from reference_app.records.models import Versioned
from reference_app.stores.models import Store

__all__ = ["Sorted", "sort_out", "upsert"]

T = TypeVar("T")
Version = tuple[datetime, datetime]
_NEVER = datetime.min.replace(tzinfo=UTC)


@frozen
class Sorted(Generic[T]):
    """Records worth writing, and what is known about their stored versions."""

    fresh: tuple[T, ...]
    stored: dict[str, dict[str, Any]]
    written: Written


def sort_out(
    model: type[Versioned],
    store: Store,
    records: Sequence[T],
    version: Callable[[T], tuple[str, datetime | None]],
    *,
    read_at: datetime,
    also: tuple[str, ...] = (),
) -> Sorted[T]:
    """Keep the records that are not older than what is stored.

    `version` tells a record's id and update time; `also` names more columns to load.
    A page may show a record twice: the newest wins.
    """
    newest: dict[str, tuple[Version, T]] = {}
    for record in records:
        external_id, updated_at = version(record)
        stamp = (updated_at or _NEVER, read_at)
        if external_id not in newest or stamp >= newest[external_id][0]:
            newest[external_id] = (stamp, record)
    stored = _stored(model, store, list(newest), also)
    return _compared(newest, stored, twice=len(records) - len(newest))


def _stored(
    model: type[Versioned], store: Store, ids: list[str], also: tuple[str, ...]
) -> dict[str, dict[str, Any]]:
    rows = model._default_manager.filter(store=store, external_id__in=ids)
    columns = ("external_id", "updated_at", "read_at", *also)
    return {row["external_id"]: row for row in rows.values(*columns)}


def _compared(
    newest: dict[str, tuple[Version, T]], stored: dict[str, dict[str, Any]], *, twice: int
) -> Sorted[T]:
    fresh: list[T] = []
    new = changed = 0
    for external_id, (stamp, record) in newest.items():
        row = stored.get(external_id)
        before = (row["updated_at"] or _NEVER, row["read_at"]) if row else None
        if before is not None and stamp <= before:
            continue
        fresh.append(record)
        new += before is None
        # A record read again without a change is written again, but is no change.
        changed += before is not None and stamp[0] > before[0]
    ignored = len(newest) - new - changed + twice
    return Sorted(tuple(fresh), stored, Written(new, changed, ignored))


def upsert(model: type[Model], rows: list[Any], keep: tuple[str, ...] = ()) -> list[Any]:
    """Insert or replace rows by (store, external_id); columns in `keep` stay as first written."""
    fixed = {"id", "merchant", "store", "external_id", *keep}
    fields = [field.name for field in model._meta.concrete_fields if field.name not in fixed]
    return model._default_manager.bulk_create(
        rows, update_conflicts=True, unique_fields=["store", "external_id"], update_fields=fields
    )
