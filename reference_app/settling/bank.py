"""Credits at the seller's bank, and the payouts they are made of.

The third sum: payouts = bank credit. Each payout counts in one credit at most.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from attrs import field, frozen
from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from reference_app.audit import log
from reference_app.audit.models import Entry
from reference_app.goods.files.reading import decode
from reference_app.records.models import Payout
from reference_app.settling.models import BankCredit, CreditedPayout
from reference_app.settling.rules import bank as rules
from reference_app.tenants.models import Merchant, User
from reference_app.web import moments, statements
from reference_app.web.words import STATEMENT_LINES

__all__ = ["Line", "Read", "add", "choose", "credits_of", "match", "open_payouts", "read", "remove"]

_MOST_LINES = 5000
_BACK = timedelta(days=120)  # older payouts are no longer offered


@frozen
class Line:
    """One credit as typed or uploaded; `amount` in dong."""

    day: date
    amount: int
    reference: str
    memo: str = ""


@frozen
class Read:
    """The good lines of a file, and what is wrong with the others."""

    lines: list[Line] = field(factory=list)
    wrong: list[str] = field(factory=list)


def credits_of(merchant: Merchant) -> QuerySet[BankCredit]:
    """Return a merchant's credits with `told_minor`, what their payouts add up to."""
    rows = BankCredit.objects.filter(merchant=merchant)
    told = rows.annotate(told_minor=Sum("parts__payout__amount_minor"), parts_n=Count("parts"))
    return told.order_by("-day", "-id")


def open_payouts(merchant: Merchant, credit: BankCredit | None = None) -> list[Payout]:
    """Return paid payouts that no credit has, and those of `credit`; the newest first."""
    since = timezone.now() - _BACK
    rows = Payout.objects.filter(merchant=merchant, status="PAID", requested_at__gte=since)
    free = rows.filter(credited=None)
    if credit is not None:
        free = free | Payout.objects.filter(merchant=merchant, credited__credit=credit)
    return list(free.select_related("store").order_by("-requested_at", "-id")[:500])


def add(merchant: Merchant, lines: Iterable[Line], by: User | None) -> tuple[int, int]:
    """Keep credits and match them; returns how many are new, and how many found their payouts.

    A reference that is there already is passed over: a file may be uploaded again.
    """
    given = {line.reference: line for line in lines}
    with transaction.atomic():
        mine = BankCredit.objects.filter(merchant=merchant)
        known = set(mine.filter(reference__in=list(given)).values_list("reference", flat=True))
        fresh = [
            BankCredit(
                merchant=merchant,
                day=line.day,
                amount_minor=line.amount,
                reference=line.reference,
                memo=line.memo[:255],
                by=by,
            )
            for line in given.values()
            if line.reference not in known
        ]
        BankCredit.objects.bulk_create(fresh, ignore_conflicts=True)
        if fresh:
            log.note(merchant, by, Entry.Verb.BANK, str(len(fresh)))
    return len(fresh), match(merchant)


def match(merchant: Merchant) -> int:
    """Give every credit without payouts those it is surely made of; returns how many got some."""
    with transaction.atomic():
        waiting = BankCredit.objects.select_for_update(of=("self",), no_key=True).filter(
            merchant=merchant, parts=None
        )
        came = [rules.Credit(row.pk, row.amount_minor, row.day) for row in waiting[:1000]]
        if not came:
            return 0
        found = rules.matched(came, [_statement(row) for row in open_payouts(merchant)])
        CreditedPayout.objects.bulk_create(
            (
                CreditedPayout(credit_id=credit, payout_id=payout)
                for credit, payouts in found.items()
                for payout in payouts
            ),
            ignore_conflicts=True,
        )
    return len(found)


def _statement(row: Payout) -> rules.Statement:
    day = moments.local(row.paid_at or row.requested_at).date()
    return rules.Statement(row.pk, row.store_id, row.amount_minor, day)


def choose(credit: BankCredit, payouts: Collection[int], by: User | None) -> None:
    """Say which payouts a credit is made of.

    Payouts of other merchants, and those another credit has, are passed over.
    """
    with transaction.atomic():
        BankCredit.objects.select_for_update(no_key=True).get(pk=credit.pk)
        credit.parts.all().delete()
        free = Payout.objects.filter(merchant=credit.merchant_id, credited=None)
        CreditedPayout.objects.bulk_create(
            (
                CreditedPayout(credit=credit, payout_id=pk)
                for pk in free.filter(pk__in=list(payouts)).values_list("pk", flat=True)
            ),
            ignore_conflicts=True,
        )
        log.note(credit.merchant, by, Entry.Verb.BANK, credit.reference)


def remove(credit: BankCredit, by: User | None) -> None:
    """Forget a credit; its payouts are open again."""
    with transaction.atomic():
        log.note(credit.merchant, by, Entry.Verb.BANK, credit.reference)
        credit.delete()


# Files


def read(body: bytes) -> Read:
    """Read a bank's statement, by the names of its columns; raises `NotATable`."""
    found = statements.read(decode(body), timezone.get_default_timezone())
    came = found.credits[:_MOST_LINES]
    lines = [Line(moments.local(one.at).date(), one.amount, one.id, one.memo) for one in came]
    wrong = [f"{bad.number}: {STATEMENT_LINES[bad.wrong]}" for bad in found.bad]
    if len(found.credits) > _MOST_LINES:
        wrong.append(_("Only the first %(n)s lines are read.") % {"n": _MOST_LINES})
    return Read(lines, wrong)
