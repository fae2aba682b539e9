"""Words by which an order is found through its sealed recipient (domain.md 12).

A name or phone is stored nowhere in the clear, so a search cannot look into it. Instead each
word of the name (without diacritics) and some tails of the phone number leave a token: the first
16 bytes of an HMAC-SHA256 under a key that is derived from the merchant's own sealed key. Searching
makes the token of what was typed and looks for the same bytes.

What this gives away to somebody who has the tables and no key: which orders of one merchant share
a word of a name or a phone tail, never the word. Tokens of two merchants cannot be compared, they
die with the merchant's key, and they hang on the sealed row, so they are deleted with it.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from entrosdk import Secret
from reference_app.keys import derived
from reference_app.tenants.models import Merchant
from reference_app.tenants.sealing import master
from reference_app.web.text import fold

__all__ = ["name_token", "of_person", "phone_token"]

_BYTES = 16
_TAILS = (4, 5, 6, 9)  # 9 digits are a whole Vietnamese number without its 0 or +84
_SHORTEST_NAME = 2


def of_person(merchant: Merchant, name: str, phone: str) -> set[str]:
    """Return the tokens of a recipient; what the marketplace masked with stars leaves none."""
    words = {word for word in fold(name).split() if _is_word(word)}
    digits = _digits(phone.rpartition("*")[2])
    tails = {digits[-length:] for length in _TAILS if len(digits) >= length}
    return {_token(merchant, "name", word) for word in words} | {
        _token(merchant, "phone", tail) for tail in tails
    }


def name_token(merchant: Merchant, word: str) -> str | None:
    """Return the token of one folded word; `None` for what is no word of a name."""
    return _token(merchant, "name", word) if _is_word(word) else None


def phone_token(merchant: Merchant, text: str) -> str | None:
    """Return the token of a phone number or its last digits; `None` for fewer than four.

    Seven and eight digits look for the last six of them.
    """
    if not text or set(text) - set("0123456789+ .-()"):
        return None
    digits = _digits(text)
    length = max((tail for tail in _TAILS if tail <= len(digits)), default=0)
    return _token(merchant, "phone", digits[-length:]) if length else None


def _is_word(word: str) -> bool:
    return len(word) >= _SHORTEST_NAME and "*" not in word


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isascii() and letter.isdigit())


def _token(merchant: Merchant, kind: str, text: str) -> str:
    key = _key(merchant.sealed_key)
    return hmac.new(key, f"{kind}:{text}".encode(), hashlib.sha256).digest()[:_BYTES].hex()


@lru_cache(maxsize=256)
def _key(sealed_key: str) -> bytes:
    return bytes.fromhex(derived(Secret(master().open(sealed_key, "merchant")), "search"))
