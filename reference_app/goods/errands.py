"""Errands: files to import and prices to send, in pieces that each count once.

A piece and the errand's new position are one transaction, so that an errand whose process died
goes on where it stood. Prices are another matter: a reply may be lost, and that is told.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from reference_app.goods import linking, prices
from reference_app.goods.files import links, variants
from reference_app.goods.files.reading import Bad, Line, Row, rows
from reference_app.goods.keys import key_of
from reference_app.goods.models import Errand, ErrandNote, LinkBatch
from reference_app.tenants.models import Merchant, User

__all__ = ["SMALL", "ask", "due", "run", "run_if_small"]

_log = logging.getLogger(__name__)

SMALL = 500
"""Lines that are worked off while the person waits."""

_PIECE = 500  # lines of one transaction
_LOST_AFTER = timedelta(minutes=15)


class _Elsewhere(Exception):
    """Another process works on the same errand: it has counted this piece already."""


def ask(merchant: Merchant, by: User | None, kind: str, *, token: str, **facts: object) -> Errand:
    """Write an errand down; the same form sent again gives the errand that it made before."""
    try:
        with transaction.atomic():
            return Errand.objects.create(merchant=merchant, by=by, kind=kind, token=token, **facts)
    except IntegrityError:
        return Errand.objects.get(merchant=merchant, token=token)


def run_if_small(errand: Errand) -> None:
    """Work an errand off at once when that takes no longer than a page may."""
    if errand.total <= SMALL:
        taken = Errand.objects.filter(pk=errand.pk, handed_at=None).update(handed_at=timezone.now())
        if taken:
            run(errand.pk)


def due() -> list[int]:
    """Return errands that nobody has taken, or that were taken long ago, and take them."""
    now = timezone.now()
    free = Q(handed_at=None) | Q(handed_at__lt=now - _LOST_AFTER)
    waiting = Errand.objects.filter(free, finished_at=None)
    return [
        pk
        for pk, handed_at in waiting.order_by("id").values_list("pk", "handed_at")[:20]
        if Errand.objects.filter(pk=pk, handed_at=handed_at).update(handed_at=now)
    ]


def run(pk: int) -> None:
    """Work an errand off from where it stands; done ones are left alone."""
    errand = Errand.objects.select_related("merchant", "by", "batch").filter(pk=pk).first()
    if errand is None or not errand.is_open:
        return
    Errand.objects.filter(pk=pk).update(state=Errand.State.RUNNING)
    work = {
        Errand.Kind.VARIANTS_FILE: _import,
        Errand.Kind.LINKS_FILE: _import,
        Errand.Kind.PRICES: prices.send,
    }[Errand.Kind(errand.kind)]
    try:
        work(errand)
    except _Elsewhere:
        return
    except Exception:  # noqa: BLE001 - an errand must not stay "running"; what was done is kept
        _log.exception("errand %s ended unexpectedly", pk)
        _end(errand, Errand.State.FAILED)
    else:
        _end(errand, Errand.State.DONE)


def _end(errand: Errand, state: str) -> None:
    Errand.objects.filter(pk=errand.pk).update(state=state, finished_at=timezone.now(), body="")


# Files


def _import(errand: Errand) -> None:
    seen: dict[object, int] = {}
    done = errand.position
    for number, piece in enumerate(_pieces(_lines(errand))):
        end = number * _PIECE + len(piece)
        checked = [_once(errand, line, seen) for line in piece]
        if end > done:
            _put(errand, checked, number * _PIECE, end)


def _lines(errand: Errand) -> Iterator[Line]:
    kind = variants if errand.kind == Errand.Kind.VARIANTS_FILE else links
    return rows(errand.body, kind.COLUMNS, kind.NEEDED)


def _pieces(lines: Iterator[Line]) -> Iterator[list[Line]]:
    piece: list[Line] = []
    for line in lines:
        piece.append(line)
        if len(piece) == _PIECE:
            yield piece
            piece = []
    if piece:
        yield piece


def _once(errand: Errand, line: Line, seen: dict[object, int]) -> Line:
    """Leave out the second line that speaks of the same thing: which of them is right?"""
    if isinstance(line, Bad):
        return line
    if errand.kind == Errand.Kind.VARIANTS_FILE:
        name: object = key_of(line.cells["sku"])
    else:
        name = tuple(line.cells[column] for column in links.NEEDED[:4])
    if name and name in seen:
        return Bad(line.line, "line_twice", line.text, str(seen[name]))
    seen[name] = line.line
    return line


def _put(errand: Errand, piece: Sequence[Line], start: int, end: int) -> None:
    bad = [line for line in piece if isinstance(line, Bad)]
    good = [line for line in piece if isinstance(line, Row)]
    with transaction.atomic():
        # The merchant's row first: acts of linking take it too, and in this order nobody waits
        # for somebody who waits.
        Merchant.objects.select_for_update(no_key=True).only("pk").get(pk=errand.merchant_id)
        if errand.kind == Errand.Kind.VARIANTS_FILE:
            added, changed, same, refused = _put_variants(errand, good)
        else:
            added, changed, same, refused = _put_links(errand, good)
        refused = sorted([*bad, *refused], key=lambda line: line.line)
        ErrandNote.objects.bulk_create(
            ErrandNote(
                errand=errand, line=line.line, reason=line.reason, detail=line.detail[:160],
                text=line.text[:500],
            )
            for line in refused
        )  # fmt: skip
        counted = Errand.objects.filter(pk=errand.pk, position=start).update(
            position=end,
            handed_at=timezone.now(),
            added=F("added") + added,
            changed=F("changed") + changed,
            same=F("same") + same,
            refused=F("refused") + len(refused),
            batch=errand.batch,
        )
        if not counted:
            raise _Elsewhere


Counts = tuple[int, int, int, Sequence[Bad]]


def _put_variants(errand: Errand, good: Sequence[Row]) -> Counts:
    done = variants.put(errand.merchant, good)
    linking.reconsider(errand.merchant, done.looses)
    return done.added, done.changed, done.same, done.bad


def _put_links(errand: Errand, good: Sequence[Row]) -> Counts:
    asked = links.sort_out(errand.merchant, good)
    batch = linking.move(
        errand.merchant, asked.moves, LinkBatch.Action.FILE, errand.by, part_of=errand.batch
    )
    errand.batch = errand.batch or batch
    return 0, len(asked.moves), asked.same, asked.bad
