"""Amounts as people read them: `1.234.567 ₫` in Vietnamese, `₫1,234,567` in English."""

from __future__ import annotations

from entrosdk import Money

__all__ = ["short", "shown"]

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


def short(minor: int, language: str = "vi") -> str:
    """Write dong for the axis of a chart: `1,5 tr` in Vietnamese, `1.5M` in English."""
    english = language.startswith("en")
    for size, unit_vi, unit_en in ((10**9, "tỷ", "B"), (10**6, "tr", "M"), (10**3, "N", "k")):
        if abs(minor) >= size:
            tenths = round(abs(minor) * 10 / size)
            text = f"{tenths // 10}" + (f".{tenths % 10}" if tenths % 10 else "")
            sign = "-" if minor < 0 else ""
            if english:
                return f"{sign}{text}{unit_en}"
            return f"{sign}{text.replace('.', ',')}{_NBSP}{unit_vi}"
    return str(minor)
