"""Chance is `random.Random`, by a shorter way."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from entrosdk.sandbox.chance import Chance

ranges = st.tuples(st.integers(0, 10**15), st.integers(1, 10**15), st.integers(1, 500))


@given(st.text(), st.lists(ranges, max_size=8), st.binary(min_size=1, max_size=40))
def test_the_same_seed_draws_the_same(
    seed: str, wanted: list[tuple[int, int, int]], things: bytes
) -> None:
    """Whatever is drawn, in whatever order: seeds make the worlds they always made."""
    ours, theirs = Chance(seed), Random(seed)
    for start, width, step in wanted:
        for chance in (ours, theirs):
            chance.random()
        assert ours.choice(things) == theirs.choice(things)
        assert ours.randrange(width) == theirs.randrange(width)
        assert ours.randrange(start, start + width) == theirs.randrange(start, start + width)
        stepped = (start, start + width, step)
        assert ours.randrange(*stepped) == theirs.randrange(*stepped)
        assert ours.sample(things, 1) == theirs.sample(things, 1)
        assert ours.choices(things, k=3) == theirs.choices(things, k=3)
    assert ours.getstate() == theirs.getstate()
