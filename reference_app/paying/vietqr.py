"""The text inside a VietQR code: fields of two-digit id, two-digit length and value.

Domain rules, section 5; NAPAS's format, which is EMVCo's merchant-presented code.
"""

from __future__ import annotations

import binascii
import io
import re

import segno

__all__ = ["QR_QUIET", "crc", "payload", "png", "svg"]

_NAPAS = "A000000727"
_TO_ACCOUNT, _TO_CARD = "QRIBFTTA", "QRIBFTTC"
_STATIC, _ONCE = "11", "12"
_DONG, _VIETNAM = "704", "VN"
_BIN = re.compile(r"[0-9]{6}")
_ACCOUNT = re.compile(r"[A-Za-z0-9]{1,19}")  # aliases and virtual accounts have letters
_MEMO = re.compile(r"[A-Za-z0-9 ]{1,19}")
_LARGEST = 10**13 - 1
QR_QUIET = 4  # modules of white around the code; readers ask for them


def payload(
    bank: str, account: str, *, amount: int | None = None, memo: str = "", card: bool = False
) -> str:
    """Write the text of a code that asks for a transfer.

    `bank` is the bank's six-digit BIN, `amount` whole dong; without one the payer types it.
    `memo` has at most 19 letters without diacritics, digits and spaces, since banks cut and change
    the rest. Raises `ValueError` that names the wrong value's kind.

    >>> payload("970416", "257678859")[-8:]
    '6304AE9F'
    """
    _check(bank, account, amount, memo)
    who = _field("00", bank) + _field("01", account)
    kind = _TO_CARD if card else _TO_ACCOUNT
    text = _field("00", "01") + _field("01", _STATIC if amount is None else _ONCE)
    text += _field("38", _field("00", _NAPAS) + _field("01", who) + _field("02", kind))
    text += _field("53", _DONG)
    if amount is not None:
        text += _field("54", str(amount))
    text += _field("58", _VIETNAM)
    if memo:
        text += _field("62", _field("08", memo))
    text += "6304"  # the check covers its own id and length
    return text + crc(text)


def _check(bank: str, account: str, amount: int | None, memo: str) -> None:
    if not _BIN.fullmatch(bank):
        raise ValueError("a bank's BIN has six digits, such as 970415")
    if not _ACCOUNT.fullmatch(account):
        raise ValueError("an account has 1 to 19 letters or digits, no spaces or dashes")
    if amount is not None and not 0 < amount <= _LARGEST:
        raise ValueError("an amount is 1 dong or more, with at most 13 digits")
    if memo and not _MEMO.fullmatch(memo):
        raise ValueError("a memo has at most 19 letters without diacritics, digits and spaces")


def _field(name: str, value: str) -> str:
    return f"{name}{len(value):02d}{value}"


def crc(text: str) -> str:
    """Return the CRC-16/CCITT-FALSE of an ASCII text as four hex digits.

    >>> crc("123456789")
    '29B1'
    """
    return f"{binascii.crc_hqx(text.encode('ascii'), 0xFFFF):04X}"


def svg(text: str) -> bytes:
    """Draw a code as an SVG file: black on white, whatever the page around it looks like.

    It holds attributes only, no styles, so a strict content security policy lets it through.
    """
    file = io.BytesIO()
    segno.make_qr(text, error="m").save(
        file, kind="svg", xmldecl=False, scale=4, border=QR_QUIET, dark="#000", light="#fff"
    )
    return file.getvalue()


def png(text: str, scale: int = 8) -> bytes:
    """Draw a code as a PNG image of `scale` pixels for each module."""
    file = io.BytesIO()
    segno.make_qr(text, error="m").save(file, kind="png", scale=scale, border=QR_QUIET)
    return file.getvalue()
