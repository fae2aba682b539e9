"""Attempts to pay at VNPay, kept: where a payer is sent, and what VNPay says became of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from reference_app.billing.models import Invoice
from reference_app.billing.paid import record_payment
from reference_app.paying.invoices import left_of
from reference_app.paying.models import Attempt
from reference_app.paying.vnpay.judging import OURS, Answer, State, judge
from reference_app.paying.vnpay.signing import Payment, Terminal, pay_url
from reference_app.tenants.models import User
from reference_app.web.moments import local

__all__ = ["LEAST", "NotPayable", "begin", "settle"]

LEAST = 5_000  # dong; VNPay takes no less (confirm)
_WAY = "vnpay"


class NotPayable(Exception):
    """Nothing, or too little for VNPay, is left to pay."""


def begin(
    terminal: Terminal,
    invoice: Invoice,
    by: User,
    *,
    return_url: str,
    address: str,
    language: str,
    now: datetime,
) -> str:
    """Begin an attempt to pay what is left of an invoice; returns where to send the payer."""
    with transaction.atomic():
        # The lock numbers attempts of one invoice one after the other.
        locked = Invoice.objects.select_for_update(no_key=True).get(pk=invoice.pk)
        amount = left_of(locked)
        if amount < LEAST:
            raise NotPayable
        number = Attempt.objects.filter(invoice=locked).count() + 1
        attempt = Attempt.objects.create(
            merchant=locked.merchant,
            invoice=locked,
            number=number,
            reference=f"{re.sub(r'[^A-Z0-9]', '', locked.number)}A{number}",
            amount=amount,
            by=by,
            begun_at=now,
        )
    english = language.startswith("en")
    with override("en" if english else "vi"):
        text = _("Pay invoice %(number)s") % {"number": locked.number}
    payment = Payment(
        reference=attempt.reference,
        amount=amount,
        text=text,
        return_url=return_url,
        address=address,
        locale="en" if english else "vn",
        begun=local(now),
    )
    return pay_url(terminal, payment)


def settle(terminal: Terminal | None, values: Mapping[str, str], now: datetime) -> Answer:
    """Judge a notice and record what it tells, in one transaction."""
    if terminal is None:
        return OURS  # nobody set us up yet; VNPay asks again later
    with transaction.atomic():
        verdict = judge(values, terminal.secret, _locked)
        if verdict.attempt is not None and verdict.state is not None:
            _record(verdict.attempt, verdict.state, values, now)
        return verdict.answer


def _locked(reference: str) -> Attempt | None:
    return Attempt.objects.select_for_update(no_key=True).filter(reference=reference).first()


def _record(attempt: Attempt, state: State, values: Mapping[str, str], now: datetime) -> None:
    attempt.state, attempt.told_at = state, now
    attempt.code = values.get("vnp_ResponseCode", "")[:8]
    attempt.transaction = values.get("vnp_TransactionNo", "")[:40]
    if state is State.PAID:
        # Should VNPay ever leave its number out, ours is as unique.
        attempt.transaction = attempt.transaction or attempt.reference
        record_payment(
            invoice_id=attempt.invoice_id,
            amount=attempt.amount,
            way=_WAY,
            provider_id=attempt.transaction,
            at=now,
        )
    attempt.save()
