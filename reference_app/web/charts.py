"""Charts as data: what `charts.js` draws, and what is read aloud in its place.

Every figure is written out here, in the visitor's language; the script only places it.
Beside each chart stands the table it was made from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen
from django.utils.translation import get_language

from reference_app.web import money

__all__ = ["COLOURS", "Series", "stacked", "stairs", "tenths", "ticks"]

# Marks of the marketplaces, as in the style sheet; and what other series are drawn in.
COLOURS = {
    "shopee": "#d9481f",
    "lazada": "#2b2f8f",
    "tiktok": "#5b6b68",
    "tiki": "#2c93e0",
    "accent": "#0f6b5c",
    "pale": "#9cc9c0",
    "plus": "#3f9a68",
    "minus": "#cf5145",
    "wait": "#d99a35",
    "off": "#aab6b3",
}
_STEPS = (1, 2, 5, 10)


@frozen
class Series:
    """One colour of a chart: a value for each category."""

    name: str
    colour: str
    values: tuple[int, ...]


def _language() -> str:
    return get_language() or "vi"


def dong(minor: int) -> str:
    """Write an amount whole."""
    return money.shown(minor, "VND", _language())


def short_dong(minor: int) -> str:
    """Write an amount for an axis."""
    return money.short(minor, _language())


def number(value: int) -> str:
    """Write a count."""
    text = f"{value:,}"
    return text if _language().startswith("en") else text.replace(",", ".")


def tenths(value: int) -> str:
    """Write a count of tenths; whole ones without a fraction."""
    whole, rest = divmod(value, 10)
    point = "." if _language().startswith("en") else ","
    return f"{number(whole)}{point}{rest}" if rest else number(whole)


def ticks(low: int, high: int, parts: int = 4) -> tuple[int, ...]:
    """Return round numbers from at most `low` to at least `high`, about `parts` steps apart."""
    span = max(1, high - low)
    size = 1
    while size * 10 * parts <= span:
        size *= 10
    step = next((size * one for one in _STEPS if size * one * parts >= span), size * 10)
    first, last = low // step, -(-high // step)
    return tuple(step * place for place in range(first, max(last, first + 1) + 1))


def stacked(
    categories: Sequence[str],
    series: Sequence[Series],
    *,
    written: Callable[[int], str] = number,
    on_axis: Callable[[int], str] | None = None,
    across: bool = False,
) -> dict[str, Any]:
    """Describe bars that stack; `across` lays them down, for long names."""
    columns = list(zip(*(one.values for one in series), strict=True)) if series else []
    high = max((sum(v for v in column if v > 0) for column in columns), default=0)
    low = min((sum(v for v in column if v < 0) for column in columns), default=0)
    return {
        "across": across,
        "categories": list(categories),
        "axis": _axis(low, high, on_axis or written),
        "series": [
            {
                "name": one.name,
                "values": list(one.values),
                "colours": [COLOURS[one.colour]] * len(one.values),
                "told": [
                    f"{category} · {one.name}: {written(value)}" if value else ""
                    for category, value in zip(categories, one.values, strict=True)
                ],
            }
            for one in series
        ],
    }


def stairs(steps: Sequence[tuple[str, int, bool]]) -> dict[str, Any]:
    """Describe a waterfall lying down: title, amount, and whether it stands on the ground.

    A bar that crosses zero is drawn in two parts, because stacked bars never do.
    """
    level, spans = 0, []
    for _, amount, grounded in steps:
        start = 0 if grounded else level
        level = start + amount
        spans.append((start, level))
    low = min((end for span in spans for end in span), default=0)
    high = max((end for span in spans for end in span), default=0)
    names = [title for title, _, _ in steps]
    told = [f"{title}: {dong(amount)}" for title, amount, _ in steps]
    colours = [
        COLOURS["accent"] if grounded else COLOURS["plus" if amount >= 0 else "minus"]
        for _, amount, grounded in steps
    ]
    ordered = [(min(span), max(span)) for span in spans]
    above = [max(0, upper) - max(0, lower) for lower, upper in ordered]
    below = [min(0, lower) - min(0, upper) for lower, upper in ordered]
    hidden = [max(0, lower) + min(0, upper) for lower, upper in ordered]
    clear = ["transparent"] * len(names)
    return {
        "across": True,
        "categories": names,
        "axis": _axis(low, high, short_dong),
        "series": [
            {"name": "", "values": hidden, "colours": clear, "told": told},
            {"name": "", "values": above, "colours": colours, "told": told},
            {"name": "", "values": below, "colours": colours, "told": told},
        ],
    }


def _axis(low: int, high: int, written: Callable[[int], str]) -> dict[str, Any]:
    marks = ticks(low, high)
    return {
        "min": marks[0],
        "max": marks[-1],
        "step": marks[1] - marks[0],
        "labels": {str(mark): written(mark) for mark in marks},
    }
