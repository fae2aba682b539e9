"""Amounts as people type them, by domain rules 1."""

from __future__ import annotations

import re

__all__ = ["dong"]

_GROUPED = re.compile(r"\d{1,3}(?:[.\u202f\u00a0 ]\d{3})+|\d+")
_ENGLISH = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")
_LARGEST = 10**12


def dong(text: str, language: str = "vi") -> int:
    """Read an amount of dong: `1.234`, `1234 ₫`, `1.234,00`; in English also `1,234`.

    Raises `ValueError` for anything else: a part of a dong is an error, not a guess.

    >>> dong("1.234.567 ₫"), dong("129000 đ"), dong("₫1,234", "en")
    (1234567, 129000, 1234)
    """
    plain = re.sub(r"₫|đ|vnd", "", text.strip(), flags=re.IGNORECASE).strip()
    if language.startswith("en") and _ENGLISH.fullmatch(plain):
        return _bounded(plain.replace(",", ""))
    whole, _, rest = plain.partition(",")
    if rest.strip("0") or not _GROUPED.fullmatch(whole):
        raise ValueError("not an amount of dong")
    return _bounded(re.sub(r"\D", "", whole))


def _bounded(digits: str) -> int:
    amount = int(digits)
    if amount > _LARGEST:
        raise ValueError("more than anything costs")
    return amount
