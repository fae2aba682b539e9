"""A bank's file is read line by line: good ones are taken, bad ones named, the rest left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from reference_app.web import statements
from reference_app.web.statements import BadLine, Credit, Wrong

ZONE = timezone(timedelta(hours=7))


def read(text: str, **columns: str) -> statements.Reading:
    """Read a statement of a bank in Viet Nam."""
    return statements.read(text, ZONE, columns)


def test_a_vietnamese_statement_with_titles_and_two_columns_of_money() -> None:
    """Titles above the heads are passed over; money that went out is counted, not taken."""
    found = read(
        "\ufeffNGÂN HÀNG DEMO,,,,\n"
        "Sao kê tài khoản 113366668888,,,,\n"
        ",,,,\n"
        "Ngày giao dịch,Số tham chiếu,Ghi nợ (VND),Ghi có (VND),Diễn giải\n"
        '28/11/2026 09:15:00,FT001,,"322,920",MBVCB.ENT23456E thanh toan\n'
        '28/11/2026,FT002,"1,000,000",,tra luong\n'
    )
    at = datetime(2026, 11, 28, 2, 15, tzinfo=UTC)
    memo = "MBVCB.ENT23456E thanh toan"
    assert found.credits == (Credit(id="FT001", at=at, amount=322_920, memo=memo),)
    assert (found.out, found.bad) == (1, ())


def test_bad_lines_are_listed_and_good_ones_taken() -> None:
    """Each bad line stands there with its number and its reason; the lines after it are read."""
    found = read(
        "date;amount;memo;id\n"
        "2026-11-28;100000;one;A\n"
        "31/02/2026;100000;no such day;B\n"
        "2026-11-28;12,5;half a dong;C\n"
        "2026-11-28;100000;no id;\n"
        "2026-11-28;0;nothing;E\n"
        "2026-11-28\n"
        "2026-11-28;200.000;two;F\n"
    )
    assert [(credit.id, credit.amount) for credit in found.credits] == [
        ("A", 100_000), ("F", 200_000),
    ]  # fmt: skip
    assert [(bad.number, bad.wrong) for bad in found.bad] == [
        (3, Wrong.NO_DATE), (4, Wrong.NO_AMOUNT), (5, Wrong.NO_ID), (6, Wrong.NO_AMOUNT),
        (7, Wrong.NO_AMOUNT),
    ]  # fmt: skip


def test_a_column_called_otherwise_is_named_by_a_person() -> None:
    """What a person calls the memo wins over what looks like one."""
    text = "Ngày,Số tiền,Mô tả,Ghi chú KH,Mã GD\n28/11/2026,5000,NAPAS,ENT23456E,X1\n"
    assert read(text).credits[0].memo == "NAPAS"
    assert read(text, memo="ghi chú kh").credits[0].memo == "ENT23456E"


def test_a_file_without_known_columns_says_so() -> None:
    """A file nobody can read is one bad line, not an error."""
    assert read("a,b\n1,2\n").bad == (BadLine(1, Wrong.NO_COLUMNS, "a | b"),)
    assert read("").bad == (BadLine(1, Wrong.NO_COLUMNS, ""),)


def test_numbers_count_lines_of_the_file() -> None:
    """A quoted memo over two lines does not shift the numbers of later lines."""
    text = 'date,amount,memo,id\n2026-11-28,1,"one\ntwo",A\n\nbad,1,x,B\n'
    found = read(text)
    assert ([bad.number for bad in found.bad], found.credits[0].memo) == ([5], "one\ntwo")


def test_pasted_lines_with_tabs() -> None:
    """Cells pasted from a spreadsheet are read too, negative amounts as money that went out."""
    found = read("Date\tDetails\tAmount\tRef\n28-11-2026\tx\t+299.000 đ\t1\n28-11-2026\ty\t-5\t2\n")
    assert ([credit.amount for credit in found.credits], found.out) == ([299_000], 1)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.234.567", 1_234_567), ("1,234,567.00", 1_234_567), ("1234567", 1_234_567),
        ("1.234", 1_234), ("VND 1,000", 1_000), ("1.234,00", 1_234), ("12.50", None),
        ("1,23", None), ("1.234.56", None), ("12a", None), ("", None), ("9" * 20, None),
    ],
)  # fmt: skip
def test_amounts_are_never_guessed(text: str, amount: int | None) -> None:
    """Whole dong in either way of grouping; a part of a dong is refused."""
    assert statements.amount_of(text) == amount
