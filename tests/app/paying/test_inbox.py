"""Transfers are stored once, matched by their code, and settled; the rest waits for a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from reference_app.audit.models import Entry
from reference_app.billing.invoicing import credit_of
from reference_app.billing.models import Invoice, Payment
from reference_app.paying import inbox
from reference_app.paying.invoices import ask_of, left_of
from reference_app.paying.models import Attempt, Transfer
from reference_app.tenants.models import Merchant, User
from reference_app.web.statements import Credit
from tests.app.paying.conftest import NOW
from tests.app.test_translations import english_left

pytestmark = pytest.mark.django_db


def credit(id: str, amount: int, memo: str, at: datetime = NOW) -> Credit:
    """Make a transfer."""
    return Credit(id=id, at=at, amount=amount, memo=memo)


def take(*told: Credit) -> inbox.Taken:
    """Take transfers as a notice brings them."""
    return inbox.take(told, "notice", NOW)


def test_a_transfer_of_the_right_amount_pays(invoice: Invoice) -> None:
    """Code and amount match: the invoice is paid, in whatever dress the bank puts the code."""
    code = invoice.pay_code
    memo = f"MBVCB.77.{code[:4].lower()}-{code[4:]} ck tu 0912"
    assert take(credit("FT1", 322_920, memo)).paid == 1
    invoice.refresh_from_db()
    row = Transfer.objects.get()
    assert (invoice.state, row.state, row.merchant) == ("paid", "paid", invoice.merchant)
    assert (row.applied, row.credit, ask_of(invoice)) == (322_920, 0, None)


def test_a_repeat_changes_nothing(invoice: Invoice) -> None:
    """The bank's id is unique: told again, even with another amount, nothing happens."""
    one = credit("FT1", 322_920, invoice.pay_code)
    take(one)
    before = list(Transfer.objects.values())
    assert take(one, credit("FT1", 5, invoice.pay_code), one).repeated == 3
    assert (list(Transfer.objects.values()), Payment.objects.count()) == (before, 1)


def test_a_partial_transfer_is_kept_and_the_rest_is_asked_for(invoice: Invoice) -> None:
    """Too little is credit; the code then asks for what is missing, and that pays the invoice."""
    assert take(credit("FT1", 300_000, invoice.pay_code)).kept == 1
    invoice.refresh_from_db()
    ask = ask_of(invoice)
    assert ask is not None
    assert (invoice.state, ask.amount, credit_of(invoice.merchant)) == (
        "finalised", 22_920, 300_000,
    )  # fmt: skip
    assert take(credit("FT2", 22_920, invoice.pay_code)).paid == 1
    invoice.refresh_from_db()
    assert (invoice.state, left_of(invoice), credit_of(invoice.merchant)) == ("paid", 0, 0)


def test_a_transfer_of_too_much_pays_and_leaves_credit(invoice: Invoice) -> None:
    """What is over becomes account credit."""
    assert take(credit("FT1", 350_000, invoice.pay_code)).paid == 1
    row = Transfer.objects.get()
    assert (row.applied, row.credit, credit_of(invoice.merchant)) == (322_920, 27_080, 27_080)


def test_a_double_transfer_is_kept(invoice: Invoice) -> None:
    """A second full transfer for a paid invoice is credit, not lost and not income."""
    taken = take(credit("A", 322_920, invoice.pay_code), credit("B", 322_920, invoice.pay_code))
    assert (taken.paid, taken.kept, credit_of(invoice.merchant)) == (1, 1, 322_920)


def test_transfers_without_a_known_code_wait(
    invoice: Invoice, owed: Callable[..., Invoice]
) -> None:
    """No code, a code of nothing, and two codes are left to a person."""
    second = owed(invoice.merchant)
    wrong = "ENT23456E" if invoice.pay_code != "ENT23456E" else "ENT7K3Q97"
    both = f"{invoice.pay_code} {second.pay_code}"
    memos = ["cam on", wrong, both]
    taken = take(*(credit(str(place), 1_000, memo) for place, memo in enumerate(memos)))
    whys = list(Transfer.objects.order_by("id").values_list("why", flat=True))
    assert (taken.unmatched, whys) == (3, ["no_code", "unknown_code", "several_codes"])


def test_assigning_by_hand(desk: Client, staff: User, invoice: Invoice) -> None:
    """Staff puts a transfer on an invoice by its number; who did it is written down."""
    take(credit("FT9", 322_920, "thanh toan"))
    row = Transfer.objects.get()
    page = desk.get("/backoffice/transfers/").content.decode()
    assert "FT9" in page
    reply = desk.post(f"/backoffice/transfers/{row.pk}/assign/", {"invoice": invoice.number})
    row.refresh_from_db()
    invoice.refresh_from_db()
    entry = Entry.objects.get(verb="assign")
    assert (reply.status_code, row.state, row.why, row.handled_by) == (
        302,
        "paid",
        "by_hand",
        staff,
    )
    assert (invoice.state, entry.user, entry.merchant) == ("paid", staff, invoice.merchant)
    assert Payment.objects.get().actor == staff


def test_a_handled_transfer_stays_as_it_is(desk: Client, invoice: Invoice) -> None:
    """A second click, or one after a colleague's, changes nothing and says so."""
    take(credit("FT9", 322_920, "thanh toan"))
    row = Transfer.objects.get()
    desk.post(f"/backoffice/transfers/{row.pk}/aside/", {"note": "lãi tiền gửi"})
    reply = desk.post(
        f"/backoffice/transfers/{row.pk}/assign/", {"invoice": invoice.pay_code}, follow=True
    )
    row.refresh_from_db()
    assert (row.state, row.note, Payment.objects.count()) == ("aside", "lãi tiền gửi", 0)
    assert "không còn chờ" in reply.content.decode()


def test_an_unknown_invoice_is_refused(desk: Client) -> None:
    """A number that is no invoice's leaves the transfer where it is."""
    take(credit("FT9", 5_000, ""))
    row = Transfer.objects.get()
    path = f"/backoffice/transfers/{row.pk}/assign/"
    reply = desk.post(path, {"invoice": "INV-1999-1"}, follow=True)
    assert "Không có hóa đơn nào như vậy." in reply.content.decode()
    assert Transfer.objects.get().state == "unmatched"


def test_a_statement_goes_in_and_its_bad_lines_are_listed(desk: Client, invoice: Invoice) -> None:
    """Good lines are taken, bad ones shown with their numbers; the same file again adds none."""
    text = (
        "Ngày,Số tiền,Nội dung,Mã GD\n"
        f'10/07/2026 10:00,"322,920",ck {invoice.pay_code},V1\n'
        "32/07/2026,1000,ngày sai,V2\n"
        "10/07/2026,1000,không mã,V3\n"
        "10/07/2026,-1000,tiền ra,V4\n"
    )

    def send() -> str:
        file = SimpleUploadedFile("sao-ke.csv", text.encode("utf-8-sig"))
        return desk.post("/backoffice/transfers/take/", {"file": file}).content.decode()

    page = send()
    assert "Dòng 3: không đọc được ngày." in page
    assert set(Transfer.objects.values_list("bank_id", "state")) == {
        ("V1", "paid"), ("V3", "unmatched"),
    }  # fmt: skip
    send()
    assert (Transfer.objects.count(), Payment.objects.count()) == (2, 1)


def test_an_empty_or_strange_file_is_refused(desk: Client) -> None:
    """Nothing at all, and a workbook, are refused in words."""
    empty = desk.post("/backoffice/transfers/take/", {}).content.decode()
    book = SimpleUploadedFile("sao-ke.xlsx", b"PK\x03\x04rest")
    excel = desk.post("/backoffice/transfers/take/", {"file": book}).content.decode()
    assert "Chọn một tệp hoặc dán các dòng vào." in empty
    assert "Excel" in excel


def test_the_inbox_is_for_staff(browser_of: Client, merchant: Merchant) -> None:
    """To merchants, owners too, the inbox does not exist."""
    take(credit("FT9", 5_000, ""))
    row = Transfer.objects.get().pk
    codes = [
        browser_of.get("/backoffice/transfers/").status_code,
        browser_of.post("/backoffice/transfers/take/", {"text": "x"}).status_code,
        browser_of.post(f"/backoffice/transfers/{row}/assign/", {"invoice": "x"}).status_code,
        browser_of.post(f"/backoffice/transfers/{row}/aside/", {"note": "x"}).status_code,
        Client().get("/backoffice/transfers/").status_code,
    ]
    assert codes == [404, 404, 404, 404, 302]


def test_pages_of_paying_are_vietnamese(
    desk: Client, browser_of: Client, invoice: Invoice, owed: Callable[..., Invoice]
) -> None:
    """Inbox, pay panel with kept money, and a failed try at VNPay have no English left."""
    take(credit("A", 5_000, "x"), credit("B", 1_000, invoice.pay_code))
    bad = {"text": "Ngày,Số tiền,Nội dung,Mã GD\n32/07/2026,1,x,V2\n"}
    states = ["unmatched", "paid", "kept", "aside"]
    shown = [desk.get(f"/backoffice/transfers/?state={state}") for state in states]
    shown += [desk.get("/backoffice/"), desk.post("/backoffice/transfers/take/", bad)]
    browser_of.post(f"/paying/invoices/{invoice.pk}/vnpay/")
    Attempt.objects.update(state="failed", code="51")
    shown += [browser_of.get(f"/billing/invoices/{invoice.pk}/")]
    assert {page.status_code for page in shown} == {200}
    assert [english_left(page.content.decode()) for page in shown] == [[]] * len(shown)
    assert "Tài khoản không đủ tiền." in shown[-1].content.decode()


def test_the_pay_panel_goes_when_all_is_paid(browser_of: Client, invoice: Invoice) -> None:
    """The page asks for the transfer as long as something is left, and then no more."""
    path = f"/billing/invoices/{invoice.pk}/"
    before = browser_of.get(path).content.decode()
    take(credit("A", 322_920, invoice.pay_code))
    after = browser_of.get(path).content.decode()
    asked = ["qr.svg", invoice.pay_code, "VNPay"]
    assert [part in before for part in asked] == [True] * 3
    assert [part in after for part in asked] == [False] * 3


# Notices of a provider

KEY = {"HTTP_AUTHORIZATION": "Apikey DEMOBANKSECRET"}


def notice(code: str, **changes: object) -> dict[str, object]:
    """Return what a provider tells of a transfer."""
    return {
        "id": 92704, "gateway": "VietinBank", "transactionDate": "2026-07-10 10:02:37",
        "content": f"{code} thanh toan", "transferType": "in", "transferAmount": 322_920,
        "referenceCode": "FT26191001", **changes,
    }  # fmt: skip


def post(body: object, **headers: str) -> int:
    """Send a notice."""
    path, kind = "/paying/bank/notice", "application/json"
    return Client().post(path, body, content_type=kind, **headers).status_code


def test_a_notice_pays_once(invoice: Invoice) -> None:
    """A notice with the right key pays; repeated, or in a statement too, it changes nothing."""
    body = notice(invoice.pay_code)
    assert [post(body, **KEY), post(body, **KEY)] == [200, 200]
    assert take(credit("FT26191001", 322_920, invoice.pay_code)).repeated == 1
    invoice.refresh_from_db()
    assert (invoice.state, Transfer.objects.count(), Payment.objects.count()) == ("paid", 1, 1)


def test_a_notice_with_a_wrong_key_is_refused(invoice: Invoice) -> None:
    """Without the key, or with another, nothing is read."""
    body = notice(invoice.pay_code)
    wrong = [{}, {"HTTP_AUTHORIZATION": "Apikey x"}, {"HTTP_AUTHORIZATION": "Apikey đ"}]
    assert [post(body, **headers) for headers in wrong] == [401, 401, 401]
    assert Transfer.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (notice("x", transferType="out"), 200),
        (notice("x", transferAmount="12.5"), 400),
        (notice("x", transactionDate="soon"), 400),
        (notice("x", referenceCode="", id=""), 400),
        ("no json", 400),
        ([], 400),
    ],
)
def test_what_is_no_money_for_us_is_not_stored(body: object, status: int) -> None:
    """Money that went out is acknowledged; a notice that cannot be read is told again."""
    assert (post(body, **KEY), Transfer.objects.count()) == (status, 0)
