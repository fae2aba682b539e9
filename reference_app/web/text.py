"""Text for searching: no diacritics, no case."""

from __future__ import annotations

import unicodedata

__all__ = ["fold"]


def fold(text: str) -> str:
    """Return `text` in lower case without diacritics, spaces collapsed; đ becomes d.

    >>> fold("Áo  thun ĐEN")
    'ao thun den'
    """
    plain = text.replace("đ", "d").replace("Đ", "d")
    parts = unicodedata.normalize("NFKD", plain)
    letters = "".join(part for part in parts if not unicodedata.combining(part))
    return " ".join(letters.casefold().split())
