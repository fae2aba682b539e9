"""Invoices on paper: amounts in words, and a PDF that is read back."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

import pypdf
import pytest
import zxingcpp
from attrs import evolve
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from reference_app.billing.models import Invoice
from reference_app.paying import pdf, vietqr
from reference_app.paying.sheet import Ask, InvoiceSheet, Party, SheetLine
from reference_app.paying.spelled import english, spelled, vietnamese
from reference_app.tenants.models import Merchant, User

PAYLOAD = vietqr.payload("970415", "113366668888", amount=322_920, memo="ENT23456E")
SHEET = InvoiceSheet(
    language="vi",
    number="INV-2026-000123",
    state="finalised",
    seller=Party(name="Công ty TNHH Entro Demo", tax_id="0300000000"),
    buyer=Party(
        name="Hộ kinh doanh Nguyễn Thị Diễm Hương",
        address="123/45 Nguyễn Đình Chiểu, Phường Xuân Hoà",
        tax_id="079012345678",
    ),
    lines=(
        SheetLine(
            text="Gói Tăng trưởng, theo tháng", quantity=1, unit_price=299_000, amount=299_000,
            start=date(2026, 7, 10), end=date(2026, 8, 10),
        ),
    ),
    net=299_000,
    tax_class="8",
    tax=23_920,
    total=322_920,
    left=322_920,
    issued_on=date(2026, 7, 10),
    due_on=date(2026, 7, 17),
    ask=Ask(
        payload=PAYLOAD, amount=322_920, code="ENT23456E", bank="VietinBank",
        account="113366668888", holder="CONG TY TNHH ENTRO DEMO",
    ),
)  # fmt: skip


def opened(sheet: InvoiceSheet) -> tuple[pypdf.PdfReader, str]:
    """Print a sheet and read it back."""
    reader = pypdf.PdfReader(io.BytesIO(pdf.invoice(sheet)))
    text = " ".join(page.extract_text() for page in reader.pages)
    return reader, " ".join(text.replace("\u00a0", " ").split())


def test_a_vietnamese_invoice_is_read_back() -> None:
    """Names with every mark, sums, the tax line, the total in words, and the code are there."""
    reader, text = opened(SHEET)
    expected = [
        "HÓA ĐƠN", "INV-2026-000123", "Hộ kinh doanh Nguyễn Thị Diễm Hương", "079012345678",
        "Gói Tăng trưởng, theo tháng", "10/07/2026 – 09/08/2026", "299.000 ₫",
        "Thuế GTGT 8 % 23.920 ₫", "Tổng cộng 322.920 ₫",
        "Ba trăm hai mươi hai nghìn chín trăm hai mươi đồng", "ENT23456E", "113366668888",
        "Trang 1/1",
    ]  # fmt: skip
    assert [part for part in expected if part not in text] == []
    image = reader.pages[0].images[0].image
    assert image is not None
    assert [code.text for code in zxingcpp.read_barcodes(image.convert("L"))] == [PAYLOAD]


def test_an_english_invoice_is_read_back() -> None:
    """The same in English, with English sums."""
    text = opened(evolve(SHEET, language="en"))[1]
    expected = [
        "INVOICE", "10 Jul 2026 – 9 Aug 2026", "VAT 8 % ₫23,920", "Total ₫322,920",
        "Three hundred twenty-two thousand nine hundred twenty dong",
    ]  # fmt: skip
    assert [part for part in expected if part not in text] == []


@pytest.mark.parametrize(
    ("tax_class", "line", "note"),
    [
        ("0", "Thuế GTGT 0 % 0 ₫", ""),
        ("KCT", "", "Không chịu thuế GTGT"),
        ("KKKNT", "", "Không kê khai, nộp thuế GTGT"),
    ],
)
def test_only_taxed_classes_print_a_tax_line(tax_class: str, line: str, note: str) -> None:
    """0 % is a tax line of nothing; not-subject has none and says what it is."""
    text = opened(evolve(SHEET, tax_class=tax_class, tax=0, total=299_000))[1]
    assert ("Thuế GTGT" in text.replace("thuế GTGT", "")) == bool(line)
    assert (line in text, note in text) == (True, True)


def test_a_paid_invoice_asks_for_nothing() -> None:
    """A paid one shows the day and no code; what credit and payments took is listed."""
    paid = evolve(
        SHEET, state="paid", ask=None, credits=22_920, paid=300_000, left=0,
        paid_on=date(2026, 7, 12),
    )  # fmt: skip
    reader, text = opened(paid)
    expected = ["ĐÃ THANH TOÁN", "Ngày thanh toán: 12/07/2026", "-22.920 ₫", "-300.000 ₫"]
    assert [part for part in expected if part not in text] == []
    assert (len(reader.pages[0].images), "Hạn thanh toán" in text) == (0, False)


def test_many_lines_run_over_pages() -> None:
    """Each page has the heads again, and the numbers of pages are right."""
    reader, text = opened(evolve(SHEET, lines=SHEET.lines * 40))
    assert len(reader.pages) == 3
    assert all("Đơn giá" in page.extract_text() for page in reader.pages)
    assert ("Trang 3/3" in text, text.count("Gói Tăng trưởng")) == (True, 40)


def test_equal_sheets_give_equal_bytes() -> None:
    """Printing again gives the same file."""
    assert pdf.invoice(SHEET) == pdf.invoice(SHEET)


# In words


@pytest.mark.parametrize(
    ("number", "vi", "en"),
    [
        (0, "không", "zero"),
        (5, "năm", "five"),
        (15, "mười lăm", "fifteen"),
        (21, "hai mươi mốt", "twenty-one"),
        (105, "một trăm linh năm", "one hundred five"),
        (1_005, "một nghìn không trăm linh năm", "one thousand five"),
        (100_010, "một trăm nghìn không trăm mười", "one hundred thousand ten"),
        (1_000_000, "một triệu", "one million"),
        (2_005_000_055, "hai tỷ không trăm linh năm triệu không trăm năm mươi lăm",
         "two billion five million fifty-five"),
        (1_000_000_000_000, "một nghìn tỷ", "one trillion"),
    ],
)  # fmt: skip
def test_numbers_in_words(number: int, vi: str, en: str) -> None:
    """As a Vietnamese accountant writes them, and in English."""
    assert (vietnamese(number), english(number)) == (vi, en)


@given(number=st.integers(0, 10**15))
def test_different_numbers_have_different_words(number: int) -> None:
    """No two neighbours, and no thousandfold, share their words."""
    for language in ("vi", "en"):
        words = [spelled(one, language) for one in (number, number + 1, (number + 1) * 1000)]
        assert len(set(words)) == 3


# From the books


@pytest.mark.django_db
def test_the_paper_of_an_invoice(browser_of: Client, invoice: Invoice) -> None:
    """The file of an invoice has its number, its sums and the code that pays it."""
    for language, total in (("vi", "322.920 ₫"), ("en", "₫322,920")):
        reply = browser_of.get(f"/paying/invoices/{invoice.pk}/{language}.pdf")
        assert reply["Content-Type"] == "application/pdf"
        page = pypdf.PdfReader(io.BytesIO(reply.content)).pages[0]
        text = page.extract_text().replace("\u00a0", " ")
        facts = [invoice.number, total, invoice.pay_code, "Tiệm Sen"]
        assert [part for part in facts if part not in text] == []
    assert browser_of.get(f"/paying/invoices/{invoice.pk}/fr.pdf").status_code == 404


@pytest.mark.django_db
def test_papers_and_codes_of_others_are_not_there(
    browser_of: Client, other: Merchant, owed: Callable[..., Invoice]
) -> None:
    """Another merchant's invoice has no code, no paper, no state and no way to VNPay."""
    foreign = owed(other)
    base = f"/paying/invoices/{foreign.pk}"
    codes = [
        browser_of.get(f"{base}/{part}").status_code for part in ("qr.svg", "vi.pdf", "state/")
    ]
    assert [*codes, browser_of.post(f"{base}/vnpay/").status_code] == [404] * 4
    mine = Client()
    mine.force_login(User.objects.get(memberships__merchant=other))
    assert mine.get(f"{base}/qr.svg").status_code == 200


@pytest.mark.django_db
def test_a_waiting_page_learns_of_its_payment(browser_of: Client, invoice: Invoice) -> None:
    """The page that shows a code is told to load itself again when what is left has changed."""
    path = f"/paying/invoices/{invoice.pk}/state/"
    same, changed = browser_of.get(f"{path}?left=322920"), browser_of.get(f"{path}?left=100")
    assert ("HX-Refresh" in same, "HX-Refresh" in changed) == (False, True)
