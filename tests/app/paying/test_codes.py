"""The code in a memo is found whatever a bank does around it, and a wrong one is found out."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from reference_app.paying import codes

drawn = st.integers(0, 2**32).map(lambda seed: codes.new_code(random.Random(seed)))


@given(code=drawn, before=st.text(max_size=40), after=st.text(max_size=40))
def test_any_text_around_a_code_is_tolerated(code: str, before: str, after: str) -> None:
    """A code is found whatever stands before and after it."""
    assert code in codes.codes_in(before + code + after)


@given(code=drawn, data=st.data())
def test_case_and_marks_within_a_code_are_tolerated(code: str, data: st.DataObject) -> None:
    """A code is found in lower case and with spaces, dots and dashes between its characters."""
    marks = st.text(" .-_/:", max_size=2)
    spread = "".join(letter + data.draw(marks) for letter in code)
    assert codes.codes_in(spread.swapcase()) == [code]


@given(code=drawn, place=st.integers(0, codes.LENGTH - 1), to=st.sampled_from(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))  # fmt: skip
def test_one_changed_character_is_found_out(code: str, place: int, to: str) -> None:
    """A code with one character changed to any other is no code."""
    changed = code[:place] + to + code[place + 1 :]
    assert codes.codes_in(changed) == ([code] if changed == code else [])


@given(code=drawn, place=st.integers(3, codes.LENGTH - 2))
def test_two_swapped_neighbours_are_found_out(code: str, place: int) -> None:
    """A code with two different neighbours swapped is no code."""
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert codes.is_code(swapped) == (swapped == code)


@given(code=drawn)
def test_a_code_has_no_letters_that_are_mistaken(code: str) -> None:
    """Nine characters, none of them 0, O, 1, I or L after the prefix."""
    assert (len(code), set(code[3:]) - set(codes.ALPHABET)) == (9, set())


@given(one=drawn, two=drawn)
def test_two_codes_are_both_found_once(one: str, two: str) -> None:
    """A memo with two codes gives both, in order, and a repeated one once."""
    expected = [one] if one == two else [one, two]
    assert codes.codes_in(f"{one} + {two} + {one}")[:2] == expected
