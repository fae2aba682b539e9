"""Billing with its database: invoices, money and the job (domain 8.7; the list is in
`test_engine`).
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.mail import EmailMessage

from reference_app.billing import (
    accounts,
    book,
    changing,
    clock,
    invoicing,
    paid,
    plans,
    renewing,
)
from reference_app.billing.clock import day_of
from reference_app.billing.engine.changes import NotPossible
from reference_app.billing.models import (
    BillingAccount,
    Changed,
    CreditEntry,
    Invoice,
    InvoiceLine,
    PeriodCharge,
    Subscription,
)
from reference_app.tenants.models import Merchant
from tests.app.billing.conftest import Customer, at, sold

pytestmark = pytest.mark.django_db


# Trial and renewal


def test_sign_up_begins_a_trial(merchant: Merchant) -> None:
    """A new merchant has a subscription, and its first invoice three days before the end."""
    subscription = Subscription.objects.get(merchant=merchant)
    course = book.course_of_log(subscription)
    assert course.trial_end is not None
    assert (course.trial_end - course.started_on).days == 15
    assert subscription.look_on == course.trial_end - timedelta(days=3)


def test_an_invoice_says_who_what_and_how_much(newcomer: Customer) -> None:
    """Number, dates, buyer, lines in both languages, tax and a code to pay with."""
    newcomer.job("2026-07-13")
    invoice = newcomer.open
    assert (invoice.number, invoice.issued_on, invoice.due_on) == (
        "INV-2026-000001", date(2026, 7, 13), date(2026, 7, 16),
    )  # fmt: skip
    assert (invoice.net, invoice.tax_class, invoice.tax, invoice.total) == (
        599_000, "8", 47_920, 646_920,
    )  # fmt: skip
    assert invoice.buyer == {
        "name": "Tiệm Sen", "tax_id": "", "address": "", "email": "sen@example.vn",
    }  # fmt: skip
    line = invoice.lines.get()
    assert line.text_vi == "Gói Tăng trưởng, theo tháng (16/07/2026 – 15/08/2026)"
    assert line.text_en == "Growth plan, monthly (2026-07-16 – 2026-08-15)"
    assert (line.period_start, line.period_end) == (date(2026, 7, 16), date(2026, 8, 16))
    assert len(invoice.pay_code) == 9
    assert invoice.balance() == 646_920


def test_midnight_and_month_end(customer: Customer) -> None:
    """A local day begins at 17:00 UTC, for renewal as for the number's year."""
    assert day_of(at("2026-07-31", "23:59")) == date(2026, 7, 31)
    assert customer.job("2026-08-09", "23:59") == 0
    assert customer.job("2026-08-10", "00:00") == 2  # the invoice and its reminder
    other = Customer.paying(Merchant.objects.create(name="Tiệm Đêm"), "2026-12-31")
    other.job("2027-01-30", "23:59")
    other.job("2027-01-31", "00:00")
    assert other.periods() == ["2026-12-31", "2027-01-31"]
    assert other.open.number == "INV-2027-000001"


def test_renewal_twice(customer: Customer) -> None:
    """The second run of a day finds nothing to do."""
    assert [customer.job("2026-08-10") for _ in range(3)] == [2, 0, 0]
    assert customer.periods() == ["2026-07-10", "2026-08-10"]


def test_renewal_late(customer: Customer) -> None:
    """Three months late: each period once, oldest first, due today."""
    assert renewing.renew_all(at("2026-10-12")) == 6
    renewing.renew_all(at("2026-10-12", "13:00"))
    made = customer.invoices[1:]
    assert customer.periods() == ["2026-07-10", "2026-08-10", "2026-09-10", "2026-10-10"]
    assert {one.due_on for one in made} == {date(2026, 10, 12)}
    starts = [one.lines.get().period_start for one in made]
    assert starts == sorted(starts)


def test_a_period_cannot_be_billed_twice(customer: Customer) -> None:
    """The database holds it, whatever the log says."""
    customer.subscription().events.filter(kind__in=("billed", "settled")).delete()
    with pytest.raises(RuntimeError):
        customer.job("2026-07-10")
    assert len(customer.invoices) == 1


def test_too_many_lines_park_the_account(customer: Customer) -> None:
    """A person looks before more is billed; the others go on."""
    assert customer.job("2029-12-01") > 20
    account = BillingAccount.objects.get(merchant=customer.merchant)
    assert account.parked_because
    assert InvoiceLine.objects.filter(invoice__issued_on=date(2029, 12, 1)).count() == 24
    assert customer.job("2029-12-02") == 0


def test_one_account_in_trouble_does_not_stop_the_others(
    customer: Customer, other: Merchant, caplog: pytest.LogCaptureFixture
) -> None:
    """What fails is logged and tried again; the next account is billed all the same."""
    neighbour = Customer.paying(other, "2026-07-11")
    customer.subscription().events.filter(kind__in=("billed", "settled")).delete()
    Subscription.objects.filter(merchant=customer.merchant).update(look_on=date(2026, 7, 10))
    renewing.renew_all(at("2026-08-11"))
    assert neighbour.periods() == ["2026-07-11", "2026-08-11"]
    assert "could not bill" in caplog.text


def test_coupon_above_the_fee_is_paid(customer: Customer) -> None:
    """A zero total is paid when it is finalised, and the coupon is used up."""
    Subscription.objects.filter(merchant=customer.merchant).update(
        coupon_amount=400_000, coupon_periods=1
    )
    customer.job("2026-08-10")
    free = customer.invoices[-1]
    assert (free.total, free.state, free.balance()) == (0, "paid", 0)
    assert [line.amount for line in free.lines.all()] == [299_000, -299_000]
    customer.job("2026-09-10")
    assert customer.open.total == 322_920


def test_price_change_leaves_the_running_period_alone(customer: Customer) -> None:
    """A new version is for who chooses it; the old one renews at its price."""
    dearer = plans.edit(sold("starter"), price=399_000)
    customer.job("2026-08-10")
    assert (dearer.version, customer.open.net) == (2, 299_000)
    assert [plan.price for plan in plans.on_sale() if plan.code == "starter"] == [
        399_000,
        2_990_000,
    ]
    with pytest.raises(Changed):
        dearer.save()


def test_trial_extended(newcomer: Customer) -> None:
    """The first invoice is voided with its number, and made anew for the new end."""
    newcomer.job("2026-07-14")
    changing.extend_trial(newcomer.merchant, date(2026, 8, 2), at("2026-07-14"))
    newcomer.job("2026-07-30")
    assert [(one.number[-1], one.state) for one in newcomer.invoices] == [
        ("1", "void"), ("2", "finalised"),
    ]  # fmt: skip
    assert newcomer.periods() == ["2026-08-02"]


# Changes


def test_upgrade_to_the_dong(customer: Customer) -> None:
    """The preview, the invoice and the domain's example agree."""
    day = "2026-07-25"
    told = changing.preview(customer.merchant, sold("growth"), at(day))
    invoice = customer.change(day, "growth", total=told.total)
    assert invoice is not None
    assert (invoice.net, invoice.tax, invoice.total) == (154_838, 12_387, told.total)
    assert [line.amount for line in invoice.lines.all()] == [-154_323, 309_161]
    assert invoice.lines.all()[0].text_vi.startswith("Trừ phần chưa dùng của gói Khởi đầu")


def test_a_quote_that_no_longer_holds(customer: Customer) -> None:
    """Agreed yesterday, asked today: nothing happens, and the new figure is told."""
    told = changing.preview(customer.merchant, sold("growth"), at("2026-07-24"))
    with pytest.raises(changing.Outdated) as caught:
        customer.change("2026-07-25", "growth", total=told.total)
    assert caught.value.quote.total == 167_225
    assert len(customer.invoices) == 1


def test_upgrade_before_the_job_of_renewal_day(customer: Customer) -> None:
    """The preview knows the invoice that the job has not made yet."""
    told = changing.preview(customer.merchant, sold("growth"), at("2026-08-10"))
    invoice = customer.change("2026-08-10", "growth", total=told.total)
    assert invoice is not None
    assert invoice.net == 599_000
    assert [one.state for one in customer.invoices] == ["paid", "void", "finalised"]
    assert customer.periods() == ["2026-07-10", "2026-08-10"]


def test_downgrade_and_keep(customer: Customer) -> None:
    """Planned for the period's end, and taken back."""
    customer.change("2026-07-12", "pro")
    customer.pay("2026-07-12")
    customer.change("2026-07-13", "growth")
    changing.keep_plan(customer.merchant, at("2026-07-14"))
    customer.change("2026-07-15", "growth")
    customer.job("2026-08-10")
    assert customer.open.net == 599_000


# Cancelling


@pytest.mark.parametrize("job_first", [False, True])
def test_cancel_on_renewal_day(customer: Customer, job_first: bool) -> None:
    """The invoice of the new period, if there is one, is void; nothing is owed."""
    if job_first:
        customer.job("2026-08-10")
    assert changing.cancel(customer.merchant, at("2026-08-10")) == date(2026, 8, 10)
    assert customer.state("2026-08-10") == "canceled"
    assert {one.state for one in customer.invoices} == ({"paid", "void"} if job_first else {"paid"})
    assert renewing.renew_all(at("2026-12-01")) == 0


def test_cancel_and_undo(customer: Customer) -> None:
    """Until the end; afterwards a subscription begins anew."""
    changing.cancel(customer.merchant, at("2026-07-20"))
    changing.undo_cancel(customer.merchant, at("2026-08-09"))
    customer.job("2026-08-10")
    customer.pay("2026-08-10")
    changing.cancel(customer.merchant, at("2026-08-20"))
    with pytest.raises(NotPossible):
        changing.undo_cancel(customer.merchant, at("2026-09-10"))
    assert customer.periods() == ["2026-07-10", "2026-08-10"]


def test_recreate_without_double_billing(customer: Customer) -> None:
    """After an end the same day is billed once, and no trial comes twice."""
    changing.cancel(customer.merchant, at("2026-07-20"))
    with pytest.raises(NotPossible):
        changing.subscribe_again(customer.merchant, sold("starter"), at("2026-08-09"))
    changing.subscribe_again(customer.merchant, sold("starter"), at("2026-08-10"))
    assert customer.state("2026-08-10") == "incomplete"
    customer.pay("2026-08-10")
    customer.job("2026-08-11")
    assert customer.state("2026-08-11") == "active"
    assert customer.periods() == ["2026-07-10", "2026-08-10"]


# Money


def test_credit_above_the_invoice(customer: Customer) -> None:
    """Credit pays what it can; what is left waits for the next."""
    customer.pay("2026-07-11", 1_000_000, invoice=customer.invoices[0])
    customer.job("2026-08-10")
    assert customer.invoices[-1].state == "paid"
    assert invoicing.credit_of(customer.merchant) == 1_000_000 - 322_920
    for day in ("2026-09-10", "2026-10-10", "2026-11-10"):
        customer.job(day)
    assert customer.open.balance() == 4 * 322_920 - 1_000_000
    assert invoicing.credit_of(customer.merchant) == 0


def test_void_of_a_paid_invoice(customer: Customer) -> None:
    """It is refused: a credit note corrects it."""
    bill = customer.invoices[0]
    with pytest.raises(Changed):
        invoicing.void(bill, at("2026-07-20"))
    invoicing.note(bill, bill.net, "Sai người mua", at("2026-07-20"))
    assert invoicing.credit_of(customer.merchant) == bill.total


def test_a_finalised_invoice_does_not_change(customer: Customer) -> None:
    """Neither its sums nor its lines nor its buyer."""
    bill = customer.invoices[0]
    bill.total = 1
    with pytest.raises(Changed):
        bill.save()
    line = bill.lines.all()[0]
    line.amount = 1
    with pytest.raises(Changed):
        line.save()
    BillingAccount.objects.filter(merchant=customer.merchant).update(name="Công ty Sen")
    assert Invoice.objects.get(pk=bill.pk).buyer["name"] == "Tiệm Sen"
    with pytest.raises(Changed):
        invoicing.finalise(bill, due=date(2026, 7, 10), at=at("2026-07-10"))


def test_credit_notes(customer: Customer) -> None:
    """Parts sum to the whole in a series of their own; more is refused."""
    bill = customer.invoices[0]
    notes = [invoicing.note(bill, net, "", at("2026-07-20")) for net in (99_667, 99_667, 99_666)]
    assert [one.number for one in notes] == [f"CN-2026-00000{n}" for n in (1, 2, 3)]
    assert sum(one.total for one in notes) == bill.total
    with pytest.raises(ValueError, match="at most"):
        invoicing.note(bill, 1, "", at("2026-07-20"))


def test_first_payment_fails_and_credits_return(merchant: Merchant) -> None:
    """Credit that a first invoice used comes back when it is taken back unpaid."""
    Subscription.objects.filter(merchant=merchant).delete()
    CreditEntry.objects.create(
        merchant=merchant, amount=100_000, kind=CreditEntry.Kind.MANUAL, at=at("2026-07-01")
    )
    changing.subscribe_again(merchant, sold("starter"), at("2026-07-10"))
    customer = Customer(merchant)
    assert customer.open.balance() == 222_920
    customer.job("2026-07-14")
    assert [one.state for one in customer.invoices] == ["void"]
    assert (invoicing.credit_of(merchant), customer.state("2026-07-14")) == (100_000, "canceled")


def test_partial_transfers(customer: Customer) -> None:
    """The first is kept as credit and asked about; both together pay the invoice."""
    customer.job("2026-08-10")
    first = customer.pay("2026-08-11", 100_000)
    assert (first.outcome, first.credit, first.balance) == ("kept", 100_000, 322_920)
    second = customer.pay("2026-08-12", 222_920)
    assert (second.outcome, second.balance) == ("paid", 0)
    assert invoicing.credit_of(customer.merchant) == 0


def test_credit_is_used_when_the_owner_says_so(customer: Customer) -> None:
    """After a transfer of another amount the rest alone is to be paid."""
    customer.job("2026-08-10")
    customer.pay("2026-08-11", 100_000)
    paid.spend_credit(customer.open.pk, at("2026-08-11"))
    assert customer.open.balance() == 222_920
    assert customer.pay("2026-08-12", 222_920).outcome == "paid"


def test_double_transfer(customer: Customer) -> None:
    """The second one becomes credit."""
    bill = customer.invoices[0]
    again = customer.pay("2026-07-11", bill.total, "other", invoice=bill)
    assert (again.outcome, again.credit) == ("kept", bill.total)
    assert invoicing.credit_of(customer.merchant) == bill.total


@pytest.mark.parametrize(("amount", "outcome", "credit"), [
    (322_920, "paid", 0), (400_000, "overpaid", 77_080), (322_919, "kept", 322_919),
])  # fmt: skip
def test_wrong_amount(customer: Customer, amount: int, outcome: str, credit: int) -> None:
    """Equal pays; more pays and leaves credit; a dong less is kept."""
    customer.job("2026-08-10")
    told = customer.pay("2026-08-11", amount)
    assert (told.outcome, told.credit) == (outcome, credit)
    assert invoicing.credit_of(customer.merchant) == credit


def test_notice_repeated(customer: Customer) -> None:
    """The provider's id counts once, whatever the repeat says."""
    bill = customer.invoices[0]
    customer.pay("2026-07-12", 500, "FT1", invoice=bill)
    told = [
        customer.pay("2026-07-12", amount, "FT1", invoice=bill).outcome for amount in (500, 900)
    ]
    assert told == ["repeated", "repeated"]
    assert invoicing.credit_of(customer.merchant) == 500


def test_notice_late(customer: Customer) -> None:
    """For a voided invoice, money is kept; for one written off, it is paid."""
    customer.job("2026-08-10")
    bill = customer.open
    changing.cancel(customer.merchant, at("2026-08-10"))
    assert customer.pay("2026-08-12", invoice=bill).outcome == "kept"
    assert Invoice.objects.get(pk=bill.pk).state == "void"


def test_paid_after_it_was_written_off(merchant: Merchant) -> None:
    """A year that is paid on day 40 is served; a month that is over is only paid."""
    Subscription.objects.filter(merchant=merchant).delete()
    changing.subscribe_again(merchant, sold("starter", "year"), at("2025-07-10"))
    customer = Customer(merchant)
    customer.pay("2025-07-10")
    for day in ("2026-07-10", "2026-08-09"):
        customer.job(day)
    bill = customer.invoices[-1]
    assert (bill.state, customer.state("2026-08-10")) == ("uncollectible", "canceled")
    assert customer.pay("2026-08-19", bill.total, invoice=bill).outcome == "paid"
    assert customer.state("2026-08-19") == "active"


def test_a_late_notice_does_not_bring_an_ended_service_back(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Money of yesterday that is told of today leaves the stores of today at rest."""
    changing.cancel(customer.merchant, at("2026-07-20"))
    customer.job("2026-08-10")
    monkeypatch.setattr(clock, "now", lambda: at("2026-08-10"))
    customer.pay("2026-08-09", 1_000, invoice=customer.invoices[0])
    assert not BillingAccount.objects.get(merchant=customer.merchant).may_sync


def test_money_is_positive(customer: Customer) -> None:
    """Nothing is recorded for zero, less, or an invoice that is not there."""
    with pytest.raises(ValueError, match="positive"):
        customer.pay("2026-07-12", 0, invoice=customer.invoices[0])
    with pytest.raises(Invoice.DoesNotExist):
        paid.record_payment(
            invoice_id=10**9, amount=1, way="transfer", provider_id="x", at=at("2026-07-12")
        )


def test_dunning_by_mail(
    customer: Customer, mailoutbox: list[EmailMessage], django_capture_on_commit_callbacks: object
) -> None:
    """One mail for each step, in the customer's language, with the link to pay."""
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        for day in range(10, 32):
            customer.job(f"2026-08-{day}")
        for day in range(1, 10):
            customer.job(f"2026-09-{day:02}")
    subjects = [mail.subject for mail in mailoutbox]
    assert len(subjects) == 5  # days 0, 1, 3, 7 and the end
    assert all("INV-2026-000002" in subject for subject in subjects[:4])
    assert f"/billing/invoices/{customer.invoices[-1].pk}/" in mailoutbox[0].body
    assert mailoutbox[0].to == ["sen@example.vn"]
    assert customer.invoices[-1].state == "uncollectible"


def test_one_trial_for_each_tax_id(newcomer: Customer, other: Merchant) -> None:
    """A second business with the same tax id has no trial; its first invoice comes at once."""
    BillingAccount.objects.filter(merchant=newcomer.merchant).update(tax_id="0101234567")
    BillingAccount.objects.filter(merchant=other).update(tax_id="0101234567")
    Subscription.objects.filter(merchant=other).delete()
    accounts.begin(other, at("2026-07-02"))
    assert accounts.end_spent_trial(other, at("2026-07-03"))
    second = Customer(other)
    second.job("2026-07-03")
    assert second.open.due_on == date(2026, 7, 6)
    assert [second.state(day) for day in ("2026-07-05", "2026-07-06")] == ["active", "restricted"]


def test_books_add_up(customer: Customer) -> None:
    """Total = credits + payments + balance, for every invoice of a lively year."""
    customer.pay("2026-07-11", 50_000, invoice=customer.invoices[0])
    customer.change("2026-07-20", "growth")
    customer.pay("2026-07-21")
    customer.change("2026-07-22", "pro", "year")
    customer.pay("2026-07-23", 20_000_000)
    customer.job("2026-12-01")
    for bill in customer.invoices:
        if bill.state != "void":
            assert bill.total == bill.credits_used() + bill.payments_made() + bill.balance()
    entries = CreditEntry.objects.filter(merchant=customer.merchant)
    assert invoicing.credit_of(customer.merchant) == sum(one.amount for one in entries) >= 0
    assert PeriodCharge.objects.filter(subscription__merchant=customer.merchant).count() == 2
