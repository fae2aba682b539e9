"""Amounts of dong in words, as invoices carry them below the total."""

from __future__ import annotations

__all__ = ["english", "spelled", "vietnamese"]

_VI = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_VI_UNITS = ("", "nghìn", "triệu")
_EN_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_EN_TENS = (
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
_EN_UNITS = ("", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion")
_BILLION = 10**9


def spelled(amount: int, language: str) -> str:
    """Write an amount in words, with its currency and a capital.

    >>> spelled(322_920, "vi")
    'Ba trăm hai mươi hai nghìn chín trăm hai mươi đồng'
    >>> spelled(322_920, "en")
    'Three hundred twenty-two thousand nine hundred twenty dong'
    """
    words = english(amount) if language == "en" else vietnamese(amount)
    text = f"{words} {'dong' if language == 'en' else 'đồng'}"
    return text[0].upper() + text[1:]


def vietnamese(number: int) -> str:
    """Write a whole number in Vietnamese."""
    if number < 0:
        return f"âm {vietnamese(-number)}"
    high, low = divmod(number, _BILLION)
    parts = []
    if high:  # a thousand billion is "nghìn tỷ"; a billion billion is "tỷ tỷ"
        parts.append(f"{vietnamese(high)} tỷ")
    for place in (2, 1, 0):
        three = low // 1000**place % 1000
        if three:
            words = _three_vi(three, full=bool(parts))
            parts.append(f"{words} {_VI_UNITS[place]}".strip())
    return " ".join(parts) or _VI[0]


def _three_vi(number: int, *, full: bool) -> str:
    """Write up to 999; `full` says the missing hundreds, since higher digits stand before."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = [f"{_VI[hundreds]} trăm"] if hundreds or full else []
    if tens == 0:
        if ones:
            words += [*(["linh"] if words else []), _VI[ones]]
        return " ".join(words)
    words.append("mười" if tens == 1 else f"{_VI[tens]} mươi")
    if ones == 1 and tens > 1:
        words.append("mốt")
    elif ones == 5:
        words.append("lăm")
    elif ones:
        words.append(_VI[ones])
    return " ".join(words)


def english(number: int) -> str:
    """Write a whole number in English."""
    if number < 0:
        return f"minus {english(-number)}"
    parts: list[str] = []
    place = 0
    left = number
    while left:
        left, three = divmod(left, 1000)
        if three:
            parts.insert(0, f"{_three_en(three)} {_EN_UNITS[place]}".strip())
        place += 1
    return " ".join(parts) or _EN_SMALL[0]


def _three_en(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    words = [f"{_EN_SMALL[hundreds]} hundred"] if hundreds else []
    if rest >= 20:
        tens, ones = divmod(rest, 10)
        words.append(_EN_TENS[tens] + (f"-{_EN_SMALL[ones]}" if ones else ""))
    elif rest:
        words.append(_EN_SMALL[rest])
    return " ".join(words)
