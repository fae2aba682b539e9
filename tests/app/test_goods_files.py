"""The catalogue and its links as CSV files, both ways."""

from __future__ import annotations

import csv
import io
import os
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from reference_app.goods import bundles, errands, linking
from reference_app.goods.files import reading, variants, writing
from reference_app.goods.models import Errand, LinkBatch, Listing, Variant
from reference_app.goods.words import REFUSED_FILES, REFUSED_LINES
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant, User
from reference_app.web import typed
from tests.app.test_linking import read, states, variant

COLUMNS: reading.Columns = {"sku": ("sku", "mã sku"), "name": ("name", "tên")}


# Reading, without a database


def parsed(text: str) -> list[Any]:
    """Read rows as tuples and bad lines as their reasons."""
    found = reading.rows(text, COLUMNS, ("sku",))
    return [
        (line.line, line.reason) if isinstance(line, reading.Bad) else (line.line, dict(line.cells))
        for line in found
    ]


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators(sign: str, end: str) -> None:
    """Commas, semicolons and tabs separate cells, whatever ends a line."""
    text = end.join([f" SKU {sign}Tên{sign}Màu", f"A{sign}Áo{sign}đỏ", "", sign * 2, ""])
    assert parsed(text) == [(2, {"sku": "A", "name": "Áo"})]


def test_a_bad_line_hides_no_other() -> None:
    """An open quotation mark, a cell too many, an endless line: each is one bad line."""
    text = f'sku,name\n"A,Áo\nB,Quần\nC,Nón,x\n{"D" * 6000},y\nE,"Giày ""đế êm"""\n'
    assert parsed(text) == [
        (2, "quotes"),
        (3, {"sku": "B", "name": "Quần"}),
        (4, "cells"),
        (5, "too_long"),
        (6, {"sku": "E", "name": 'Giày "đế êm"'}),
    ]


_CELLS = st.text("'=+-@\",; áA") | st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(st.lists(st.lists(_CELLS, min_size=2, max_size=2)))
def test_what_is_written_is_read(cells: list[list[str]]) -> None:
    """A file reads back as it was written: spaces collapsed, formulas disarmed and armed again."""
    text = reading.decode("".join(writing.table(["sku", "name"], cells)).encode())
    found = [line.cells for line in reading.rows(text, COLUMNS, ("sku",))]
    plain = [[" ".join(cell.split()) for cell in row] for row in cells]
    assert found == [{"sku": sku, "name": name} for sku, name in plain if sku or name]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"PK\x03\x04rest", "workbook"),
        (b"\xd0\xcf\x11\xe0rest", "workbook"),
        ("sku\náo".encode("cp1258", "replace") + b"\xff", "encoding"),
        (b"%PDF-1.7\0\0", "no_text"),
        (b"  \n ", "empty"),
        (b"x" * (reading.LARGEST + 1), "too_large"),
    ],
)
def test_files_that_are_no_table(body: bytes, reason: str) -> None:
    """A workbook, a picture, an old encoding: each is named as what it is."""
    with pytest.raises(reading.NotATable) as refusal:
        reading.decode(body)
    assert (refusal.value.reason, reason in REFUSED_FILES) == (reason, True)


def test_a_spreadsheets_unicode_text_is_read() -> None:
    """UTF-16, as spreadsheets call it Unicode text, and the mark before UTF-8 are understood."""
    assert {
        reading.decode(text.encode(code)) for text, code in [("á", "utf-16"), ("á", "utf-8-sig")]
    } == {"á"}


def test_a_missing_column_is_named() -> None:
    """A header without a needed column names the column."""
    with pytest.raises(reading.NotATable) as refusal:
        list(reading.rows("tên,màu\nÁo,đỏ\n", COLUMNS, ("sku",)))
    assert (refusal.value.reason, refusal.value.detail) == ("no_header", "sku")


@pytest.mark.parametrize(
    ("text", "language", "amount"),
    [("1.234", "vi", 1234), ("1.234.567 ₫", "vi", 1_234_567), ("129000đ", "vi", 129_000),
     ("1.234,00", "vi", 1234), ("VND 5", "vi", 5), ("1,234", "en", 1234), ("0", "vi", 0)],
)  # fmt: skip
def test_amounts_as_typed(text: str, language: str, amount: int) -> None:
    """A point groups thousands, zeros after a comma count for nothing."""
    assert typed.dong(text, language) == amount


@pytest.mark.parametrize("text", ["1,5", "1.23", "12.34,5", "-5", "abc", ""])
def test_no_amount_is_guessed(text: str) -> None:
    """Parts of a dong, odd groups and words are refused."""
    with pytest.raises(ValueError, match="not an amount"):
        typed.dong(text)


@given(st.integers(0, 10**12))
def test_shown_amounts_read_back(amount: int) -> None:
    """An amount as it is shown is an amount as it may be typed."""
    from reference_app.web.money import shown

    read_back = {typed.dong(shown(amount, language=code), code) for code in ("vi", "en")}
    assert read_back == {amount}


# Importing


def upload(client: Client, what: str, text: str | bytes, token: str = "t1") -> Any:
    """Send a file as the page does."""
    body = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile("hang.csv", body)
    return client.post(f"/catalogue/files/{what}/", {"file": file, "token": token}, follow=True)


def exported(client: Client, what: str) -> str:
    """Return a file as the page sends it."""
    return b"".join(client.get(f"/catalogue/files/{what}.csv")).decode()


def figures() -> tuple[int, int, int, int]:
    """Return added, changed, unchanged and refused of the latest errand."""
    latest = Errand.objects.latest("id")
    assert latest.state == "done"
    return latest.added, latest.changed, latest.same, latest.refused


def notes() -> list[tuple[int, str]]:
    """Return the lines that the latest errand left out."""
    return list(Errand.objects.latest("id").notes.values_list("line", "reason"))


@pytest.mark.django_db
def test_importing_a_catalogue(browser_of: Client, merchant: Merchant, store: Store) -> None:
    """Known SKUs change where a cell says so, new ones are added and find their listings."""
    one = variant(merchant, "A", price_minor=5000, cost_minor=100)
    rows = read(store, "B")
    upload(browser_of, "variants", "Mã SKU;Tên;Giá bán;Giá vốn\n a ;;6.000;\nB;Nón lá;;\n")
    one.refresh_from_db()
    assert (one.name, one.price_minor, one.cost_minor, states(rows), figures()) == (
        "Hàng A", 6000, 100, [("linked", "unique")], (1, 1, 0, 0),
    )  # fmt: skip


@pytest.mark.django_db
def test_bad_lines_are_left_out_by_themselves(browser_of: Client, merchant: Merchant) -> None:
    """Each bad line is listed with its number and reason; the good ones are in."""
    variant(merchant, "T")
    variant(merchant, "t")
    lines = [
        "sku,name,price,low_stock_units,active,parts",
        "A,Áo,1000,5,yes,",
        ",Áo,1,1,yes,",
        "B,,1,1,yes,",
        "C,Nón,12.5,1,yes,",
        "D,Nón,1,x,yes,",
        "E,Nón,1,1,maybe,",
        "T,Nón,1,1,yes,",
        f"{'F' * 121},Nón,1,1,yes,",
        f"G,{'n' * 256},1,1,yes,",
        "a,Áo,1,1,yes,",
        "H,Hộp,1,1,yes,A x 2 | Z x 1",
        "I,Hộp,1,1,yes,A",
        "A2,Hộp,1,1,yes,A2 x 1",
        "BOX,Hộp,1,1,yes,A x 2",
        "Z,Áo,1",
    ]
    page = upload(browser_of, "variants", "\n".join(lines)).content.decode()
    assert notes() == [
        (3, "no_sku"), (4, "no_name"), (5, "no_amount"), (6, "no_number"), (7, "no_yes"),
        (8, "sku_twice_here"), (9, "long_sku"), (10, "long_name"), (11, "line_twice"),
        (12, "unknown_part"), (13, "no_part"), (14, "circle"), (16, "cells"),
    ]  # fmt: skip
    kept = set(Variant.objects.values_list("sku", flat=True))
    assert (kept, figures(), "Trùng với dòng 2." in page) == (
        {"T", "t", "A", "BOX"}, (2, 0, 0, 13), True,
    )  # fmt: skip


@pytest.mark.django_db
def test_every_reason_has_words() -> None:
    """Whatever a line can be left out for is told in words."""
    import inspect

    from reference_app.goods.files import links

    source = "".join(inspect.getsource(module) for module in (reading, variants, links, errands))
    import re

    reasons = set(re.findall(r'_Wrong\(\s*"(\w+)"|Bad\(\w+(?:\.line)?, "(\w+)"', source))
    assert {a or b for a, b in reasons} <= set(REFUSED_LINES)


@pytest.mark.django_db
def test_a_single_item_stays_one(browser_of: Client, merchant: Merchant) -> None:
    """A file cannot turn what has stock into a bundle, which has none."""
    variant(merchant, "A")
    variant(merchant, "B")
    upload(browser_of, "variants", "sku,parts\nA,B x 2\n")
    assert (notes(), Variant.objects.filter(kind="bundle").count()) == ([(2, "is_single")], 0)


@pytest.mark.django_db
def test_an_exported_catalogue_changes_nothing(browser_of: Client, merchant: Merchant) -> None:
    """Export and import again: every line is as before, formulas and bundles included."""
    first = variant(merchant, "=A-1", price_minor=1000, low_stock_days=3)
    variant(merchant, "-B", active=False)
    box = variant(merchant, "@BOX", kind="bundle")
    bundles.set_parts(box, {first.pk: 2})
    text = exported(browser_of, "variants")
    upload(browser_of, "variants", text)
    assert (figures(), "'=A-1" in text) == ((0, 0, 3, 0), True)


@pytest.mark.django_db
def test_links_both_ways(browser_of: Client, merchant: Merchant, store: Store, owner: User) -> None:
    """An exported file of links changes nothing; filled in, it links and unlinks as one act."""
    variant(merchant, "A")
    variant(merchant, "X")
    read(store, "A", "B", "C")
    text = exported(browser_of, "links")
    upload(browser_of, "links", text)
    before = figures()
    table = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    column = "sku hàng hóa"
    for row, sku in zip(table, ["(none)", "x", "?"], strict=True):
        row[column] = sku
    out = io.StringIO()
    writer = csv.DictWriter(out, list(table[0]))
    writer.writeheader()
    writer.writerows(table)
    upload(browser_of, "links", out.getvalue(), token="t2")
    linked = list(Listing.objects.order_by("product_ref").values_list("variant__sku", flat=True))
    last = linking.last_of(merchant, owner)
    assert last is not None
    assert (before, figures(), linked, notes(), last.changes.count()) == (
        (0, 0, 3, 0), (0, 2, 0, 1), [None, "X", None], [(4, "unknown_sku")], 2,
    )  # fmt: skip


@pytest.mark.django_db
def test_foreign_listings_are_not_in_reach(
    browser_of: Client, merchant: Merchant, other: Merchant
) -> None:
    """A line with another merchant's ids is an unknown listing."""
    from reference_app import samples

    variant(merchant, "A")
    foreign = samples.store(other, "lazada", "77")
    row = read(foreign, "A")[0]
    head = "marketplace,shop_id,product_id,variant_id,variant_sku"
    upload(browser_of, "links", f"{head}\nlazada,77,p0,v0,A\n")
    assert (notes(), Listing.objects.get(pk=row.pk).variant) == ([(2, "no_listing")], None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "words"),
    [(b"PK\x03\x04", "tệp Excel"), (b"a,b\n1,2\n", "thiếu các cột: sku"), (b"", "trống")],
)
def test_a_wrong_file_is_told_plainly(browser_of: Client, body: bytes, words: str) -> None:
    """The page says what the file is and what to do; nothing is written down."""
    page = upload(browser_of, "variants", body or b" ").content.decode()
    assert (words in page, Errand.objects.count()) == (True, 0)


@pytest.mark.django_db
def test_no_file_at_all(browser_of: Client) -> None:
    """A form without a file says so."""
    page = browser_of.post("/catalogue/files/links/", {}, follow=True).content.decode()
    assert "Hãy chọn tệp trước." in page


@pytest.mark.django_db
def test_a_form_sent_twice_is_one_import(browser_of: Client) -> None:
    """A double click shows the same import again."""
    upload(browser_of, "variants", "sku,name\nA,Áo\n")
    upload(browser_of, "variants", "sku,name\nA,Áo\n")
    assert (Errand.objects.count(), figures()) == (1, (1, 0, 0, 0))


# Long files

LINES = int(os.environ.get("CSV_LINES", "5000"))


def long_file(length: int = LINES) -> str:
    """Return a file of many lines, 30 of them bad."""
    step = length // 30
    bad = set(range(0, step * 30, step))
    lines = [f"SKU-{n:06d},Hàng số {n},{'?' if n in bad else n}" for n in range(length)]
    return "\n".join(["sku,name,price", *lines])


@pytest.mark.django_db
@pytest.mark.parametrize("length", [LINES, pytest.param(50_000, marks=pytest.mark.slow)])
def test_a_long_file_is_worked_off_in_the_background(
    browser_of: Client, merchant: Merchant, length: int
) -> None:
    """The page answers at once; the worker brings the good lines in and lists the 30 bad ones."""
    page = upload(browser_of, "variants", long_file(length)).content.decode()
    for errand in errands.due():
        errands.run(errand)
    assert ('hx-trigger="every 1s"' in page, figures(), errands.due()) == (
        True,
        (length - 30, 0, 0, 30),
        [],
    )
    assert Variant.objects.filter(merchant=merchant).count() == length - 30
    left = b"".join(browser_of.get(f"/catalogue/errands/{Errand.objects.get().pk}/left-out.csv"))
    assert len(left.decode().splitlines()) == 31


@pytest.mark.django_db
def test_a_killed_import_goes_on(
    browser_of: Client, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies between two pieces costs nothing: the next one goes on from there."""
    monkeypatch.setattr(errands, "_PIECE", 100)
    upload(
        browser_of, "variants", "\n".join(["sku,name", *[f"S{n},N" for n in range(501)], "S0,N"])
    )
    errand = errands.due()[0]
    whole, done = errands._put, []

    def dies(*arguments: Any) -> None:
        if len(done) == 2:
            raise KeyboardInterrupt
        whole(*arguments)
        done.append(1)

    monkeypatch.setattr(errands, "_put", dies)
    with pytest.raises(KeyboardInterrupt):
        errands.run(errand)
    half = Variant.objects.count()
    monkeypatch.setattr(errands, "_put", whole)
    errands.run(errand)
    assert (half, figures(), notes()) == (200, (501, 0, 0, 1), [(503, "line_twice")])


@pytest.mark.django_db
def test_two_processes_count_a_piece_once(
    browser_of: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that finds a piece counted by another one stops; nothing is counted twice."""
    upload(browser_of, "variants", "\n".join(["sku,name", *[f"S{n},N" for n in range(501)]]))
    errand = errands.due()[0]
    whole = errands._put

    def overtaken(*arguments: Any) -> None:
        monkeypatch.setattr(errands, "_put", whole)
        errands.run(errand)
        whole(*arguments)

    monkeypatch.setattr(errands, "_put", overtaken)
    errands.run(errand)
    assert (figures(), LinkBatch.objects.count()) == ((501, 0, 0, 0), 0)
