"""What makes two SKUs the same, by domain rules 10."""

from __future__ import annotations

import unicodedata

__all__ = ["key_of", "loose_key"]


def key_of(sku: str) -> str:
    """Return the key a SKU is matched by: trimmed, spaces collapsed, NFC, case-folded.

    Leading zeros and inner dashes stay; a blank SKU has the blank key, which matches nothing.

    >>> key_of("  ÁO-01   đỏ ")
    'áo-01 đỏ'
    """
    # Case folding can leave a text that is not composed (İ becomes i and a dot), so compose last.
    folded = unicodedata.normalize("NFC", sku).casefold()
    return " ".join(unicodedata.normalize("NFC", folded).split())


def loose_key(key: str) -> str:
    """Return a key without anything but letters and digits: good for a suggestion, never a link.

    A key without letters and digits is its own; equal keys have equal loose keys.

    >>> loose_key("at tron-s"), loose_key("0012"), loose_key("--")
    ('attrons', '0012', '--')
    """
    return "".join(letter for letter in key if letter.isalnum()) or key
