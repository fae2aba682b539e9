"""What customers are told by e-mail, each thing once; sent when the transaction is through."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from reference_app.billing import book, invoicing, standing
from reference_app.billing.clock import day_of
from reference_app.billing.coming import Charge
from reference_app.billing.engine.events import Event, Kind
from reference_app.billing.engine.metering import warning
from reference_app.billing.models import BillingAccount, Invoice
from reference_app.web import mailing, moments, money

__all__ = ["cancelled", "ended", "issued", "moved", "remind", "usage"]


def issued(account: BillingAccount, invoice: Invoice) -> None:
    """Say that an invoice is there."""
    with translation.override(account.language):
        _send(
            account,
            _("Invoice %(number)s of Entro") % {"number": invoice.number},
            _(
                "Your invoice %(number)s is ready: %(total)s, to be paid by %(due)s.\n"
                "Open it to pay by QR code: %(link)s"
            )
            % _facts(account, invoice),
        )


def remind(account: BillingAccount, invoice: Invoice, step: int) -> None:
    """Remind of an unpaid invoice; `step` is the days since it was due."""
    with translation.override(account.language):
        facts = _facts(account, invoice)
        if not step:
            said = _("Invoice %(number)s is due today: %(rest)s.\nPay by QR code: %(link)s")
        elif step < 7:
            said = _(
                "Invoice %(number)s was due on %(due)s and %(rest)s are open.\n"
                "Your stores are read for 7 days from that day on. Pay by QR code: %(link)s"
            )
        else:
            said = _(
                "Invoice %(number)s was due on %(due)s and %(rest)s are open, so the sync of your "
                "stores rests.\nReading and export stay open, and a payment brings everything "
                "back at once: %(link)s"
            )
        _send(account, _("Invoice %(number)s is not paid") % facts, said % facts)


def ended(account: BillingAccount, reason: str) -> None:
    """Say that the subscription has ended."""
    with translation.override(account.language):
        said = {
            "asked": _("Your subscription has ended as you asked."),
            "unpaid": _("Your subscription has ended because its invoice stayed unpaid."),
        }.get(reason, _("Your subscription has ended before its first payment."))
        tail = _("Your data stays, and can be exported: %(link)s") % {
            "link": mailing.absolute("/billing/")
        }
        _send(account, _("Your Entro subscription has ended"), f"{said}\n{tail}")


def cancelled(account: BillingAccount, ends_on: date) -> None:
    """Confirm a cancellation."""
    with translation.override(account.language):
        said = _(
            "Your subscription ends on %(day)s, and no further invoice comes. Until then you can "
            "take the cancellation back: %(link)s"
        )
        facts = {"day": moments.shown_day(ends_on), "link": mailing.absolute("/billing/")}
        _send(account, _("Your Entro subscription is cancelled"), said % facts)


def moved(account: BillingAccount, charge: Charge) -> None:
    """Say that a plan's new version begins with the next period, and what it costs."""
    with translation.override(account.language):
        said = _(
            "From %(day)s your plan costs %(net)s, %(total)s with tax. Until then nothing "
            "changes. You can choose another plan or cancel before: %(link)s"
        )
        facts = {
            "day": moments.shown_day(charge.on),
            "net": money.shown(charge.net, language=account.language),
            "total": money.shown(charge.total, language=account.language),
            "link": mailing.absolute("/billing/"),
        }
        _send(account, _("Your Entro plan changes"), said % facts)


def usage(account: BillingAccount, now: datetime) -> None:
    """Warn at 80 and 100 % of the orders of a plan, once each in a month."""
    subscription = book.live_of(account.merchant_id)
    if subscription is None:
        return
    found = standing.standing(account.merchant, now)
    mark = warning(found.orders_counted, found.order_limit)
    course = book.course_of_log(subscription)
    key = f"usage:{found.counted_from}:{mark}"
    if mark is None or (None, key) in course.noticed:
        return
    noticed = Event(kind=Kind.NOTICED, day=day_of(now), reason=key)
    book.append(subscription, course, [noticed], now)
    with translation.override(account.language):
        said = _(
            "%(counted)d of the %(limit)d orders of your plan are used up to %(until)s.\n"
            "Beyond the limit orders still arrive, only slower, and no new store can be "
            "connected. Upgrade: %(link)s"
        )
        facts = {
            "counted": found.orders_counted,
            "limit": found.order_limit,
            "until": moments.shown_day(found.counted_to) if found.counted_to else "",
            "link": mailing.absolute("/billing/plans/"),
        }
        subject = _("%(mark)d %% of your plan's orders are used") % {"mark": mark}
        _send(account, subject, said % facts)


def _facts(account: BillingAccount, invoice: Invoice) -> dict[str, str]:
    return {
        "number": invoice.number,
        "total": money.shown(invoice.total, language=account.language),
        "rest": money.shown(invoicing.rest_of(invoice), language=account.language),
        "due": moments.shown_day(invoice.due_on) if invoice.due_on else "",
        "link": mailing.absolute(f"/billing/invoices/{invoice.pk}/"),
    }


def _send(account: BillingAccount, subject: str, text: str) -> None:
    to = [account.email] if account.email else invoicing.owner_emails(account.merchant)
    if to:
        transaction.on_commit(partial(mailing.notify, subject, text, to))
