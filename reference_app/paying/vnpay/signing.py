"""What VNPay signs and how (domain rules, section 6). Pure: text in, text out."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from attrs import frozen

from entrosdk import Secret

__all__ = ["Payment", "Terminal", "fields", "order_text", "pay_url", "sign", "signed_text", "true"]

_HASHES = frozenset({"vnp_SecureHash", "vnp_SecureHashType"})
_MOMENT = "%Y%m%d%H%M%S"
_OPEN_FOR = timedelta(minutes=15)


@frozen(kw_only=True)
class Terminal:
    """Who we are at VNPay: the terminal's code, its secret, and the gateway's pay page."""

    code: str
    secret: Secret
    url: str


@frozen(kw_only=True)
class Payment:
    """One attempt to pay. `amount` is whole dong; `begun` is local time, as VNPay reads it."""

    reference: str
    amount: int
    text: str
    return_url: str
    address: str
    locale: str
    begun: datetime


def signed_text(values: Mapping[str, str]) -> str:
    """Return what is signed: names in order, empty values and the hashes themselves left out."""
    pairs = sorted((name, value) for name, value in values.items() if value and name not in _HASHES)
    return urlencode(pairs)


def sign(values: Mapping[str, str], secret: Secret) -> str:
    """Return the HMAC-SHA512 of the signed text in lower-case hex."""
    key, text = secret.reveal().encode(), signed_text(values).encode()
    return hmac.new(key, text, hashlib.sha512).hexdigest()


def true(values: Mapping[str, str], secret: Secret) -> bool:
    """Say whether values carry the right signature; takes equally long either way."""
    given = values.get("vnp_SecureHash", "").lower().encode()
    return hmac.compare_digest(sign(values, secret).encode(), given)


def fields(terminal: Terminal, payment: Payment) -> dict[str, str]:
    """Return the values of a request to pay, unsigned."""
    return {
        "vnp_Version": "2.1.0",
        "vnp_Command": "pay",
        "vnp_TmnCode": terminal.code,
        "vnp_Amount": str(payment.amount * 100),
        "vnp_CurrCode": "VND",
        "vnp_TxnRef": payment.reference,
        "vnp_OrderInfo": order_text(payment.text),
        "vnp_OrderType": "other",
        "vnp_Locale": payment.locale,
        "vnp_ReturnUrl": payment.return_url,
        "vnp_IpAddr": payment.address,
        "vnp_CreateDate": payment.begun.strftime(_MOMENT),
        "vnp_ExpireDate": (payment.begun + _OPEN_FOR).strftime(_MOMENT),
    }


def pay_url(terminal: Terminal, payment: Payment) -> str:
    """Return the address that asks somebody for a payment."""
    values = fields(terminal, payment)
    signature = sign(values, terminal.secret)
    return f"{terminal.url}?{signed_text(values)}&vnp_SecureHash={signature}"


def order_text(text: str) -> str:
    """Reduce a text to what every encoder writes alike: letters, digits, space, `-`, `.`, `:`.

    >>> order_text("Thanh toán đơn #12 ~ INV-2026-000123")
    'Thanh toan don 12 INV-2026-000123'
    """
    swapped = text.replace("đ", "d").replace("Đ", "D")
    letters = unicodedata.normalize("NFD", swapped)
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^A-Za-z0-9 .:-]", " ", bare).split())[:255]
