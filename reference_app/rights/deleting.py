"""Deleting a merchant: typed, delayed, withdrawn until it begins, finished and certified.

First the merchant's data key is destroyed and its people lose their place, in one transaction:
from then on nothing personal can be read. Then tables are emptied in chunks, children first; the
count of each chunk is written in the chunk's transaction, so a process may die at any moment.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import unicodedata
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import override

from reference_app.audit.log import note
from reference_app.audit.models import Entry
from reference_app.rights.exporting import folder_of
from reference_app.rights.models import Deletion, Export
from reference_app.rights.tables import Table, children_first, unkept
from reference_app.stores.models import Credential, Store
from reference_app.tenants.models import DESTROYED, Membership, Merchant, User

__all__ = ["FINISHED_WITHIN", "NotNamed", "ask", "delay", "facts", "run", "undo"]

FINISHED_WITHIN = timedelta(days=30)
_AFTER_THE_REST = ("tenants.merchant", "tenants.user", "tenants.membership")
_CHUNK = 500
_SWEEPS = 5  # a sync that was under way may still write behind us

_log = logging.getLogger(__name__)


class NotNamed(Exception):
    """What was typed is not the business's name."""


class _Elsewhere(Exception):
    """Another process took the deletion over."""


def delay() -> timedelta:
    """Return how long a deletion can be withdrawn; at most three weeks, so that a week is left."""
    return timedelta(days=min(21, max(0, settings.DELETION_DAYS)))


def ask(merchant: Merchant, by: User, typed: str, now: datetime) -> Deletion:
    """Ask for a merchant's deletion; raises `NotNamed`. A wish that is there already is given."""
    if _normal(typed) != _normal(merchant.name):
        raise NotNamed
    try:
        with transaction.atomic():
            made = Deletion.objects.create(
                merchant=merchant,
                merchant_ref=merchant.pk,
                name_digest=_digest(_normal(merchant.name)),
                by=by,
                asked_at=now,
                due_at=now + delay(),
            )
            note(merchant, by, Entry.Verb.DELETE, f"#{made.pk}")
            return made
    except IntegrityError:
        return Deletion.objects.get(merchant=merchant, state__in=["waiting", "running"])


def undo(merchant: Merchant, by: User) -> bool:
    """Withdraw a deletion that has not begun; says whether there was one."""
    waiting = Deletion.objects.filter(merchant=merchant, state=Deletion.State.WAITING)
    with transaction.atomic():
        found = waiting.update(state=Deletion.State.UNDONE, finished_at=timezone.now())
        if found:
            note(merchant, by, Entry.Verb.KEEP, merchant.name)
    return bool(found)


def _normal(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# Working it off


def run(pk: int, now: datetime | None = None) -> None:
    """Delete a merchant whose delay is over, going on from where a dead process stood."""
    row = Deletion.objects.filter(pk=pk, state__in=["waiting", "running"]).first()
    if row is None or row.due_at > (now or timezone.now()):
        return
    try:
        _work(_taken(row))
    except _Elsewhere:
        return


def _taken(row: Deletion) -> Deletion:
    mine = Deletion.objects.filter(pk=row.pk, turn=row.turn, state=row.state)
    changes = {"turn": row.turn + 1, "handed_at": timezone.now(), "state": Deletion.State.RUNNING}
    if not mine.update(**changes):  # somebody else took it, or withdrew it
        raise _Elsewhere
    row.refresh_from_db()
    return row


def _work(row: Deletion) -> None:
    missing = unkept()
    if missing:
        raise ImproperlyConfigured(f"kept books hang on tables that are not kept: {missing}")
    tables = children_first()
    if row.key_destroyed_at is None:
        _lock_out(row)
    for _ in range(_SWEEPS):
        emptied = [_empty(row, table) for table in tables if table.label not in _AFTER_THE_REST]
        if not any(emptied):
            break
    _remove_people(row)
    _remove_merchant(row)
    _certify(row)


def _lock_out(row: Deletion) -> None:
    """Make everything unreadable at once: key, tokens, access."""
    merchant = row.merchant_ref
    with transaction.atomic():
        Merchant.objects.filter(pk=merchant).update(sealed_key=DESTROYED)
        places = Membership.objects.filter(merchant=merchant)
        people = list(places.values_list("user_id", flat=True))
        _count(row, "tenants.membership", places.delete()[0])
        _count(row, "stores.credential", Credential.objects.filter(
            store__merchant=merchant).delete()[0])  # fmt: skip
        Store.objects.filter(merchant=merchant).update(
            state=Store.State.DISCONNECTED, app_sealed="", disconnected_at=timezone.now()
        )
        _save(row, people=people, key_destroyed_at=timezone.now(), counts=row.counts)
    for export in Export.objects.filter(merchant=merchant):
        shutil.rmtree(folder_of(export), ignore_errors=True)


def _empty(row: Deletion, table: Table) -> int:
    """Delete or strip a table's rows; returns how many were deleted."""
    if table.kept:
        with transaction.atomic():
            rows = table.rows(row.merchant_ref)
            if table.kept.strip:
                rows.order_by().update(**table.kept.strip)
            row.kept[table.label] = {"rows": rows.count(), "reason": _untranslated(table)}
            _save(row, kept=row.kept)
        return 0
    total = 0
    while True:
        with transaction.atomic():
            # The newest first: a row may name an older one of its own table.
            ids = list(table.rows(row.merchant_ref).order_by("-pk").values_list("pk")[:_CHUNK])
            if not ids:
                return total
            found = table.model._default_manager.filter(pk__in=[pk for (pk,) in ids])
            deleted = found.delete()[1]
            total += len(ids)
            for label, number in deleted.items():
                _count(row, label.lower(), number)
            _save(row, counts=row.counts)


def _untranslated(table: Table) -> str:
    """Keep the reason in English, so that the page can say it in its reader's language."""
    with override("en"):
        return str(table.kept.reason) if table.kept else ""


def _remove_people(row: Deletion) -> None:
    """Delete accounts that have no other business; staff of the installation stay."""
    for pk in row.people:
        with transaction.atomic():
            alone = User.objects.filter(pk=pk, memberships=None, is_staff=False).first()
            if alone is not None:
                for label, number in alone.delete()[1].items():
                    _count(row, label.lower(), number)
                _save(row, counts=row.counts)


def _remove_merchant(row: Deletion) -> None:
    merchant = Merchant.objects.filter(pk=row.merchant_ref)
    with transaction.atomic():
        if any(fact["rows"] for fact in row.kept.values()):
            merchant.update(name=f"#{row.merchant_ref}", sealed_key=DESTROYED)
        elif merchant.exists():
            for label, number in merchant.get().delete()[1].items():
                _count(row, label.lower(), number)
            _save(row, counts=row.counts)


def _certify(row: Deletion) -> None:
    now = timezone.now()
    row.state, row.finished_at = Deletion.State.DONE, now
    row.digest = _digest(json.dumps(facts(row), sort_keys=True, ensure_ascii=False))
    _save(row, state=row.state, finished_at=now, digest=row.digest, people=[])


def facts(row: Deletion) -> dict[str, Any]:
    """Return what the certificate says; its digest is the SHA-256 of these as sorted JSON."""
    moments = {
        name: f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else None
        for name, at in (
            ("asked_at", row.asked_at),
            ("key_destroyed_at", row.key_destroyed_at),
            ("finished_at", row.finished_at),
        )
    }
    return {
        "certificate": row.public_id,
        "business": row.merchant_ref,
        "name_sha256": row.name_digest,
        **moments,
        "deleted": {label: row.counts[label] for label in sorted(row.counts)},
        "kept": {label: row.kept[label] for label in sorted(row.kept)},
    }


def _count(row: Deletion, label: str, number: int) -> None:
    if number:
        row.counts[label] = row.counts.get(label, 0) + number


def _save(row: Deletion, **changes: Any) -> None:
    mine = Deletion.objects.filter(pk=row.pk, turn=row.turn)
    if not mine.update(handed_at=timezone.now(), **changes):
        raise _Elsewhere
    for name, value in changes.items():
        setattr(row, name, value)
