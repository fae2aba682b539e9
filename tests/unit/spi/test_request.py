"""Requests: addresses as they are signed and sent."""

from __future__ import annotations

from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from entrosdk.spi.request import get

words = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(["a,b,c", "a b", "~+%"])


@given(st.dictionaries(words, words, min_size=1, max_size=4))
def test_a_query_is_encoded_as_everybody_does(query: dict[str, str]) -> None:
    """Letter for letter what the standard library writes."""
    assert get("/orders", query).target == f"/orders?{urlencode(query)}"
