"""Amounts as people read them: `1.234.567 ₫` in Vietnamese, `₫1,234,567` in English."""

from __future__ import annotations

from entrosdk import Money

__all__ = ["shown"]

_NBSP = "\u00a0"
_SYMBOLS = {"VND": "₫", "SGD": "S$", "MYR": "RM", "THB": "฿", "PHP": "₱", "IDR": "Rp"}


def shown(minor: int, currency: str = "VND", language: str = "vi") -> str:
    """Write an amount of the smallest unit; -1500 dong are `-1.500 ₫`."""
    sign = "-" if minor < 0 else ""
    amount = f"{Money(abs(minor), currency).amount:,}"
    symbol = _SYMBOLS.get(currency, currency)
    if language.startswith("en"):
        gap = _NBSP if symbol.isalpha() else ""
        return f"{sign}{symbol}{gap}{amount}"
    swapped = amount.translate(str.maketrans(",.", ".,"))
    return f"{sign}{swapped}{_NBSP}{symbol}"
