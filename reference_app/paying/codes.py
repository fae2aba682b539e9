"""The short code in a transfer's memo that says which invoice it pays, such as `ENT7K3Q97`.

Banks add prefixes, cut, and change case; a code is found anywhere in what is left (domain rules,
section 5). One character checks the others: any one of them changed, or two neighbours swapped,
and the code is none.
"""

from __future__ import annotations

import random
import re

__all__ = ["ALPHABET", "LENGTH", "codes_in", "is_code", "new_code"]

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0, O, 1, I, L; 31 of them, a prime
_PREFIX = "ENT"
_DRAWN = 5
LENGTH = len(_PREFIX) + _DRAWN + 1
_PLACE = {letter: place for place, letter in enumerate(ALPHABET)}
# Looked for ahead, since a code may begin within what looks like the start of another.
_CANDIDATE = re.compile(f"(?=({_PREFIX}[{ALPHABET}]{{{_DRAWN + 1}}}))")
_NOISE = re.compile(r"[^A-Z0-9]")


def new_code(source: random.Random | None = None) -> str:
    """Draw a code from `source`, or from the system's own chance, which nobody can foretell."""
    source = source or random.SystemRandom()
    drawn = "".join(source.choice(ALPHABET) for _ in range(_DRAWN))
    return f"{_PREFIX}{drawn}{_check(drawn)}"


def _check(drawn: str) -> str:
    # The modulus is prime and the weights differ, so one wrong character or two swapped
    # neighbours always change the sum.
    total = sum(weight * _PLACE[letter] for weight, letter in enumerate(drawn, start=2))
    return ALPHABET[-total % len(ALPHABET)]


def is_code(text: str) -> bool:
    """Say whether a text is a code, its check character included."""
    return codes_in(text) == [text]


def codes_in(text: str) -> list[str]:
    """Return every different code in a memo, in order, whatever stands around or between.

    >>> codes_in("MBVCB.3278.ent 23456-e thanh toan")
    ['ENT23456E']
    """
    bare = _NOISE.sub("", text.upper())
    found = (match[1] for match in _CANDIDATE.finditer(bare))
    right = (code for code in found if _check(code[len(_PREFIX) : -1]) == code[-1])
    return list(dict.fromkeys(right))
