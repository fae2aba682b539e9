"""What happens to a request: asked, answered, solved, late. Time is passed in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from attrs import field, frozen
from django.db import transaction
from django.utils.translation import get_language

from reference_app.audit.log import note
from reference_app.records.models import Order
from reference_app.stores.models import Store
from reference_app.support import files
from reference_app.support.calendar import TARGETS, calendar, support_priority
from reference_app.support.models import Message, Notice, Ticket
from reference_app.syncing.models import SyncRun
from reference_app.tenants.models import Merchant, User

__all__ = ["TooMany", "Words", "answer", "ask", "move", "remind", "reply"]

_MOST_IN_AN_HOUR = 30  # messages of one merchant
_State, _Kind = Ticket.State, Notice.Kind


class TooMany(Exception):
    """A merchant wrote more within an hour than a person would."""


@frozen
class Words:
    """What somebody wrote, with files that were looked at."""

    text: str
    files: list[files.Taken] = field(factory=list)


@transaction.atomic
def ask(
    merchant: Merchant,
    by: User,
    subject: str,
    words: Words,
    now: datetime,
    *,
    order: Order | None = None,
    store: Store | None = None,
    run: SyncRun | None = None,
) -> Ticket:
    """Open a request; the answer is due within business hours from `now` on.

    Raises `TooMany`.
    """
    _within_reason(merchant, now)
    ticket = Ticket(
        merchant=merchant,
        opened_by=by,
        subject_sealed=merchant.seal().seal(subject, "support"),
        language=(get_language() or "vi")[:2],
        order=order,
        store=store or (order.store if order else run.store if run else None),
        run=run,
        opened_at=now,
        changed_at=now,
    )
    _await_us(ticket, now)
    ticket.save()
    _write(ticket, by, words, now, from_staff=False)
    note(merchant, by, "ask", f"#{ticket.pk}", address=f"/support/{ticket.pk}/")
    _tell([by], ticket, _Kind.OPENED, now)
    _tell(_staff(), ticket, _Kind.ASKED, now)
    return ticket


@transaction.atomic
def reply(ticket: Ticket, by: User, words: Words, now: datetime) -> None:
    """Add what the merchant writes; a wait that runs already is not begun anew.

    Raises `TooMany`.
    """
    ticket = _locked(ticket)
    _within_reason(ticket.merchant, now)
    if ticket.state not in Ticket.OWED:
        ticket.state = _State.OURS
        _await_us(ticket, now)
    ticket.changed_at = now
    ticket.save()
    _write(ticket, by, words, now, from_staff=False)
    _tell(_staff(), ticket, _Kind.ASKED, now)


@transaction.atomic
def answer(ticket: Ticket, by: User, words: Words, now: datetime) -> None:
    """Add what staff writes; it is the merchant's turn then."""
    ticket = _locked(ticket)
    ticket.state, ticket.due_at, ticket.changed_at = _State.YOURS, None, now
    ticket.answered_at = ticket.answered_at or now
    ticket.save()
    _write(ticket, by, words, now, from_staff=True)
    note(ticket.merchant, by, "answer", f"#{ticket.pk}", address=f"/support/{ticket.pk}/")
    _tell(_writers(ticket), ticket, _Kind.ANSWERED, now)


@transaction.atomic
def move(ticket: Ticket, by: User, state: str, now: datetime) -> None:
    """Put a request into another state; raises `ValueError` for one that people cannot choose."""
    if state not in {_State.OURS, _State.YOURS, _State.SOLVED}:
        raise ValueError(state)
    ticket = _locked(ticket)
    if ticket.state == state:
        return
    was_owed = ticket.state in Ticket.OWED
    ticket.state, ticket.changed_at = state, now
    if state not in Ticket.OWED:
        ticket.due_at = None
    elif not was_owed:
        _await_us(ticket, now)
    ticket.save()
    note(
        ticket.merchant, by, "move", f"#{ticket.pk}",
        address=f"/support/{ticket.pk}/", detail=state,
    )  # fmt: skip


def remind(now: datetime) -> int:
    """Tell staff, once for each wait, of requests that are overdue; returns how many."""
    late = Ticket.objects.filter(state__in=Ticket.OWED, due_at__lt=now, reminded_at=None)
    told = 0
    for ticket in late.order_by("due_at")[:100]:
        with transaction.atomic():  # another worker may have been quicker
            mine = late.filter(pk=ticket.pk).update(reminded_at=now)
            if mine:
                _tell(_staff(), ticket, _Kind.OVERDUE, now)
            told += mine
    return told


def _await_us(ticket: Ticket, now: datetime) -> None:
    """Begin a wait for us; the plan of this moment says how long it may be."""
    ticket.priority = support_priority(ticket.merchant, now)
    ticket.due_at = calendar().due(now, TARGETS[ticket.priority])
    ticket.reminded_at = None


def _locked(ticket: Ticket) -> Ticket:
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True).select_related("merchant")
    return rows.get(pk=ticket.pk)


def _write(ticket: Ticket, by: User, words: Words, now: datetime, *, from_staff: bool) -> None:
    message = Message.objects.create(
        ticket=ticket,
        author=by,
        from_staff=from_staff,
        text_sealed=ticket.merchant.seal().seal(words.text, "support"),
        at=now,
    )
    files.keep(message, words.files)


def _within_reason(merchant: Merchant, now: datetime) -> None:
    mine = Message.objects.filter(ticket__merchant=merchant, from_staff=False)
    if mine.filter(at__gt=now - timedelta(hours=1)).count() >= _MOST_IN_AN_HOUR:
        raise TooMany


def _staff() -> Iterable[User]:
    return User.objects.filter(is_staff=True, is_active=True)


def _writers(ticket: Ticket) -> Iterable[User]:
    """Return who takes part for the merchant and still belongs to it."""
    wrote = ticket.messages.filter(from_staff=False).values("author")
    members = User.objects.filter(memberships__merchant=ticket.merchant, is_active=True)
    return members.filter(pk__in=wrote).distinct()


def _tell(readers: Iterable[User], ticket: Ticket, kind: str, now: datetime) -> None:
    Notice.objects.bulk_create(
        Notice(ticket=ticket, reader=reader, kind=kind, next_at=now) for reader in readers
    )
