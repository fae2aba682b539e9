"""VNPay's signature by its vector, and the judgement of notices."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

import pytest
from attrs import evolve, mutable
from hypothesis import given
from hypothesis import strategies as st

from entrosdk import Secret
from reference_app.paying.vnpay import judging, signing
from reference_app.paying.vnpay.judging import Reply, State

SECRET = Secret("DEMOSECRET")
TERMINAL = signing.Terminal(code="DEMOTMN1", secret=SECRET, url="https://gateway.example.vn/pay")
PAYMENT = signing.Payment(
    reference="INV202607000123A1",
    amount=322_920,
    text="Thanh toán INV-2026-07-000123",
    return_url="https://example.vn/return",
    address="127.0.0.1",
    locale="vn",
    begun=datetime(2026, 7, 1, 9, 0, tzinfo=timezone(timedelta(hours=7))),
)
TEXT = (
    "vnp_Amount=32292000&vnp_Command=pay&vnp_CreateDate=20260701090000&vnp_CurrCode=VND"
    "&vnp_ExpireDate=20260701091500&vnp_IpAddr=127.0.0.1&vnp_Locale=vn"
    "&vnp_OrderInfo=Thanh+toan+INV-2026-07-000123&vnp_OrderType=other"
    "&vnp_ReturnUrl=https%3A%2F%2Fexample.vn%2Freturn&vnp_TmnCode=DEMOTMN1"
    "&vnp_TxnRef=INV202607000123A1&vnp_Version=2.1.0"
)
HASH = (
    "c7e0ea2309c1450216409af0e9f39b8bdaa46a3b5024e9644c7092ae81c4665e"
    "3a95cde09a0e14b4cc09dc3caf8796c7058d5afc5d2d14805cbfc8b3b8ecd8c3"
)


def test_the_vector() -> None:
    """The worked example is signed to the letter."""
    values = signing.fields(TERMINAL, PAYMENT)
    assert signing.signed_text(values) == TEXT
    assert signing.sign(values, SECRET) == HASH
    assert signing.pay_url(TERMINAL, PAYMENT) == f"{TERMINAL.url}?{TEXT}&vnp_SecureHash={HASH}"


names = st.from_regex(r"vnp_[A-Za-z]{1,12}", fullmatch=True)


@given(values=st.dictionaries(names, st.text(max_size=20), max_size=6), data=st.data())
def test_a_changed_value_is_found_out(values: dict[str, str], data: st.DataObject) -> None:
    """What was signed is accepted, in any order; with one value changed it is not."""
    signed = {**values, "vnp_TxnRef": "R1"}
    signed["vnp_SecureHash"] = signing.sign(signed, SECRET)
    assert signing.true(dict(reversed(signed.items())), SECRET)
    forged = {**signed, "vnp_TxnRef": data.draw(st.text().filter(lambda text: text != "R1"))}
    assert not signing.true(forged, SECRET)


@given(text=st.text())
def test_order_text_is_what_every_encoder_writes_alike(text: str) -> None:
    """Letters without diacritics, digits, space, `-`, `.` and `:` are left."""
    assert set(signing.order_text(text)) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 -.:"
    )


def test_a_secret_stays_out_of_sight() -> None:
    """The terminal's secret is in no repr."""
    assert "DEMOSECRET" not in repr(TERMINAL)


def test_the_address_can_be_read_back() -> None:
    """Any server that reads forms gets the values that were signed."""
    address = signing.pay_url(TERMINAL, evolve(PAYMENT, text="Hoá đơn: 1.2"))
    values = dict(parse_qsl(urlsplit(address).query))
    assert (values["vnp_OrderInfo"], signing.true(values, SECRET)) == ("Hoa don: 1.2", True)


# Notices


@mutable
class Attempt:
    amount: int = 322_920
    state: str = State.PENDING


def notice(**changes: str) -> dict[str, str]:
    """Return a signed notice of a payment that went well."""
    values = {
        "vnp_Amount": "32292000",
        "vnp_ResponseCode": "00",
        "vnp_TmnCode": "DEMOTMN1",
        "vnp_TransactionNo": "14000001",
        "vnp_TransactionStatus": "00",
        "vnp_TxnRef": "R1",
        **changes,
    }
    return {**values, "vnp_SecureHash": signing.sign(values, SECRET)}


def judge(values: dict[str, str], attempt: Attempt | None = None) -> tuple[Reply, State | None]:
    """Judge a notice for the only attempt there is, R1."""
    known = {"R1": attempt or Attempt()}
    verdict = judging.judge(values, SECRET, known.get)
    return verdict.answer.reply, verdict.state


FAILED = {"vnp_ResponseCode": "24", "vnp_TransactionStatus": "02"}


@pytest.mark.parametrize(
    ("values", "attempt", "expected"),
    [
        (notice(), Attempt(), (Reply.DONE, State.PAID)),
        (notice(**FAILED), Attempt(), (Reply.DONE, State.FAILED)),
        (notice(vnp_ResponseCode="07"), Attempt(), (Reply.DONE, State.HELD)),
        (notice(vnp_TransactionStatus="02"), Attempt(), (Reply.DONE, State.FAILED)),
        ({**notice(), "vnp_Amount": "100"}, Attempt(), (Reply.SIGNATURE, None)),
        ({**notice(), "vnp_SecureHash": ""}, Attempt(), (Reply.SIGNATURE, None)),
        ({**notice(), "vnp_SecureHash": "đ"}, Attempt(), (Reply.SIGNATURE, None)),
        (notice(vnp_TxnRef="R2"), Attempt(), (Reply.UNKNOWN, None)),
        (notice(vnp_Amount="32292001"), Attempt(), (Reply.AMOUNT, None)),
        (notice(vnp_Amount="x"), Attempt(), (Reply.AMOUNT, None)),
        (notice(), Attempt(state="paid"), (Reply.SETTLED, None)),
        (notice(**FAILED), Attempt(state="paid"), (Reply.SETTLED, None)),
        (notice(**FAILED), Attempt(state="failed"), (Reply.SETTLED, None)),
        (notice(), Attempt(state="failed"), (Reply.DONE, State.PAID)),
        (notice(), Attempt(state="held"), (Reply.DONE, State.PAID)),
        (notice(**FAILED), Attempt(state="held"), (Reply.DONE, State.FAILED)),
    ],
)
def test_a_notice_is_judged(
    values: dict[str, str], attempt: Attempt, expected: tuple[Reply, State | None]
) -> None:
    """Each kind of notice gets its code; money that came in is never turned away by a failure."""
    assert judge(values, attempt) == expected


def test_the_order_of_checks() -> None:
    """A notice with everything wrong is refused for the first thing that is checked."""
    wrong = notice(vnp_TxnRef="R2", vnp_Amount="1")
    assert judge({**wrong, "vnp_SecureHash": "0"})[0] is Reply.SIGNATURE
    assert judge(wrong)[0] is Reply.UNKNOWN
    assert judge(notice(vnp_Amount="1"), Attempt(state="paid"))[0] is Reply.AMOUNT
