"""The text inside a VietQR code, by the published vectors and by a reader nobody here wrote."""

from __future__ import annotations

import io
from typing import Any

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from reference_app.paying import vietqr

VECTORS = [
    (
        {"bank": "970416", "account": "257678859"},
        ("00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA"
        "53037045802VN6304AE9F"),
    ),
    (
        {"bank": "970416", "account": "257678859", "amount": 10_000, "memo": "Chuyen tien"},
        ("00020101021238530010A0000007270123000697041601092576788590208QRIBFTTA"
        "53037045405100005802VN62150811Chuyen tien630453E6"),
    ),
    (
        {"bank": "970415", "account": "113366668888", "amount": 79_000,
         "memo": "Ung Ho Quy Vac Xin"},
        ("00020101021238560010A0000007270126000697041501121133666688880208QRIBFTTA"
        "53037045405790005802VN62220818Ung Ho Quy Vac Xin63043ACF"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "expected"), VECTORS)
def test_the_published_vectors(asked: dict[str, Any], expected: str) -> None:
    """Each published example is written to the letter."""
    assert vietqr.payload(**asked) == expected


def test_the_check_value_of_the_crc() -> None:
    """CRC-16/CCITT-FALSE of `123456789` is 29B1."""
    assert vietqr.crc("123456789") == "29B1"


def test_a_card_is_asked_for_by_its_own_service() -> None:
    """A card number goes under QRIBFTTC."""
    text = vietqr.payload("970403", "9704031101234567", card=True)
    assert "0208QRIBFTTC" in text


@given(
    account=st.from_regex(r"[A-Za-z0-9]{1,19}", fullmatch=True),
    amount=st.none() | st.integers(1, 10**13 - 1),
    memo=st.from_regex(r"([A-Z0-9][A-Z0-9 ]{0,18})?", fullmatch=True),
)
def test_lengths_add_up(account: str, amount: int | None, memo: str) -> None:
    """Read field by field, a text comes to its end exactly, and its check is right."""
    text = vietqr.payload("970415", account, amount=amount, memo=memo)
    found = dict(fields(text))
    assert (found["54"] if amount else "") == str(amount or "")
    assert dict(fields(found["62"]))["08"] == memo if memo else "62" not in found
    assert dict(fields(dict(fields(found["38"]))["01"])) == {"00": "970415", "01": account}
    assert found["63"] == vietqr.crc(text[:-4])
    assert found["01"] == ("11" if amount is None else "12")


def fields(text: str) -> list[tuple[str, str]]:
    """Take a text of fields apart."""
    found, place = [], 0
    while place < len(text):
        end = place + 4 + int(text[place + 2 : place + 4])
        found.append((text[place : place + 2], text[place + 4 : end]))
        place = end
    assert place == len(text)
    return found


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"bank": "97041"}, "BIN"),
        ({"bank": "97041x"}, "BIN"),
        ({"account": ""}, "account"),
        ({"account": "0" * 20}, "account"),
        ({"account": "11 33"}, "account"),
        ({"amount": 0}, "amount"),
        ({"amount": -5}, "amount"),
        ({"amount": 10**13}, "amount"),
        ({"memo": "Chuyển tiền"}, "memo"),
        ({"memo": "A" * 20}, "memo"),
        ({"memo": "INV-2026"}, "memo"),
    ],
)
def test_wrong_values_are_refused_by_name(wrong: dict[str, Any], named: str) -> None:
    """A value that banks would refuse is refused here, and the message names it."""
    with pytest.raises(ValueError, match=named):
        vietqr.payload(**{"bank": "970415", "account": "113366668888", **wrong})


def test_the_drawn_code_is_read_by_an_independent_reader() -> None:
    """What segno draws, ZXing reads back as the same text."""
    text = vietqr.payload("970415", "113366668888", amount=322_920, memo="ENT23456E")
    picture = Image.open(io.BytesIO(vietqr.png(text)))
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [text]


def test_the_drawing_has_no_styles() -> None:
    """An SVG that a strict content security policy lets through holds no style and no script."""
    drawn = vietqr.svg(vietqr.payload("970415", "113366668888")).decode()
    assert drawn.startswith("<svg ")
    assert not [word for word in ("style", "script", "href") if word in drawn]
