"""VNPay's notices on our side: what is answered and what is recorded."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from attrs import evolve
from django.conf import settings
from django.test import Client, override_settings

from reference_app.billing.invoicing import credit_of
from reference_app.billing.models import Invoice, Payment
from reference_app.paying import inbox
from reference_app.paying.models import Attempt
from reference_app.paying.vnpay import signing
from reference_app.tenants.models import Membership, Merchant, User
from reference_app.web.statements import Credit
from tests.app.paying.conftest import GATEWAY, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(browser_of: Client, invoice: Invoice) -> Attempt:
    """Return an attempt that was just begun."""
    browser_of.post(f"/paying/invoices/{invoice.pk}/vnpay/")
    return Attempt.objects.get()


def told(attempt: Attempt, **changes: str) -> dict[str, str]:
    """Return a signed notice of success, or with some values changed."""
    values = {
        "vnp_TmnCode": "DEMOTMN1",
        "vnp_Amount": str(attempt.amount * 100),
        "vnp_BankCode": "NCB",
        "vnp_OrderInfo": "Thanh toan hoa don",
        "vnp_TransactionNo": "14000001",
        "vnp_ResponseCode": "00",
        "vnp_TransactionStatus": "00",
        "vnp_TxnRef": attempt.reference,
        **changes,
    }
    return {**values, "vnp_SecureHash": signing.sign(values, settings.PAYING.terminal.secret)}


def ipn(values: dict[str, str]) -> str:
    """Tell the app; returns the code of its answer."""
    reply = Client().get("/paying/vnpay/ipn", values)
    assert reply.status_code == 200
    return str(reply.json()["RspCode"])


FAILED = {"vnp_ResponseCode": "51", "vnp_TransactionStatus": "02", "vnp_TransactionNo": "0"}


def test_the_way_to_vnpay(browser_of: Client, invoice: Invoice) -> None:
    """The button leads to VNPay with a signed request; each click is an attempt of its own."""
    path = f"/paying/invoices/{invoice.pk}/vnpay/"
    places = [browser_of.post(path)["Location"] for _ in range(2)]
    values = dict(parse_qsl(urlsplit(places[0]).query))
    first, second = Attempt.objects.order_by("id")
    assert places[0].startswith(f"{GATEWAY}?")
    assert signing.true(values, settings.PAYING.terminal.secret)
    assert (values["vnp_Amount"], values["vnp_Locale"]) == ("32292000", "vn")
    assert values["vnp_OrderInfo"] == f"Thanh toan hoa don {invoice.number}"
    assert values["vnp_ReturnUrl"] == "http://testserver/paying/vnpay/return/"
    plain = invoice.number.replace("-", "")
    assert [first.reference, second.reference] == [f"{plain}A1", f"{plain}A2"]


def test_a_payment_settles(attempt: Attempt) -> None:
    """A true notice pays the invoice once; its repeats are answered 02."""
    assert [ipn(told(attempt)) for _ in range(3)] == ["00", "02", "02"]
    attempt.refresh_from_db()
    assert (attempt.state, attempt.invoice.state) == ("paid", "paid")
    payment = Payment.objects.get()
    assert (payment.way, payment.provider_id, payment.amount) == ("vnpay", "14000001", 322_920)


def test_forged_unknown_and_wrong_notices_change_nothing(attempt: Attempt) -> None:
    """A wrong signature is 97, an unknown reference 01, another amount 04."""
    forged = {**told(attempt), "vnp_BankCode": "VCB"}
    unknown = told(attempt, vnp_TxnRef="INV2026000000A1")
    wrong = told(attempt, vnp_Amount="100")
    assert [ipn(forged), ipn(unknown), ipn(wrong), ipn({})] == ["97", "01", "04", "97"]
    attempt.refresh_from_db()
    assert (attempt.state, Payment.objects.count()) == ("pending", 0)


def test_a_failed_payment_is_recorded(attempt: Attempt) -> None:
    """A verified failure is recorded and answered 00; money told later still counts."""
    assert [ipn(told(attempt, **FAILED)), ipn(told(attempt, **FAILED))] == ["00", "02"]
    attempt.refresh_from_db()
    assert (attempt.state, attempt.code, attempt.invoice.state) == ("failed", "51", "finalised")
    assert [ipn(told(attempt)), ipn(told(attempt, **FAILED))] == ["00", "02"]
    attempt.refresh_from_db()
    assert (attempt.state, attempt.invoice.state) == ("paid", "paid")


def test_a_late_notice_of_a_paid_invoice_becomes_credit(attempt: Attempt) -> None:
    """Paid by transfer meanwhile: VNPay's money is recorded all the same, and kept as credit."""
    invoice = attempt.invoice
    late = Credit(id="FT1", at=NOW + timedelta(hours=1), amount=322_920, memo=invoice.pay_code)
    inbox.take([late], "notice", NOW)
    assert ipn(told(attempt)) == "00"
    assert (Payment.objects.count(), credit_of(invoice.merchant)) == (2, 322_920)


def test_a_fault_of_ours_is_99(attempt: Attempt) -> None:
    """Without our terminal's secret nothing can be judged: VNPay is asked to tell again."""
    values = told(attempt)
    with override_settings(PAYING=evolve(settings.PAYING, terminal=None)):
        assert ipn(values) == "99"
    assert ipn(values) == "00"


def test_the_return_page_only_displays(browser_of: Client, attempt: Attempt) -> None:
    """A true return of success settles nothing; the page says what our books say."""
    path, values = "/paying/vnpay/return/", told(attempt)
    waiting = browser_of.get(path, values).content.decode()
    attempt.refresh_from_db()
    assert ("VNPay xác nhận" in waiting, attempt.state) == (True, "pending")
    assert Payment.objects.count() == 0
    ipn(values)
    assert "Đã thanh toán" in browser_of.get(path, values).content.decode()


def test_a_forged_or_foreign_return_is_not_there(
    browser_of: Client, attempt: Attempt, other: Merchant
) -> None:
    """A changed return, and another merchant's, are 404."""
    path, values = "/paying/vnpay/return/", told(attempt)
    stranger = Client()
    stranger.force_login(User.objects.get(memberships__merchant=other))
    codes = [
        browser_of.get(path, {**values, "vnp_ResponseCode": "24"}).status_code,
        stranger.get(path, values).status_code,
        browser_of.get(path, values).status_code,
    ]
    assert codes == [404, 404, 200]


def test_a_paid_invoice_leads_nowhere(browser_of: Client, attempt: Attempt) -> None:
    """Once nothing is left to pay the button begins no attempt."""
    ipn(told(attempt))
    reply = browser_of.post(f"/paying/invoices/{attempt.invoice_id}/vnpay/")
    assert (reply.status_code, Attempt.objects.count()) == (302, 1)
    assert not reply["Location"].startswith(GATEWAY)


def test_a_reader_does_not_pay(client: Client, invoice: Invoice) -> None:
    """A read-only member is refused the way to VNPay, and sees code and paper."""
    reader = User.objects.create_user("doc@example.vn")
    Membership.objects.create(user=reader, merchant=invoice.merchant, role="reader")
    client.force_login(reader)
    codes = [
        client.post(f"/paying/invoices/{invoice.pk}/vnpay/").status_code,
        client.get(f"/paying/invoices/{invoice.pk}/qr.svg").status_code,
        client.get(f"/paying/invoices/{invoice.pk}/vi.pdf").status_code,
    ]
    assert (codes, Attempt.objects.count()) == ([403, 200, 200], 0)
