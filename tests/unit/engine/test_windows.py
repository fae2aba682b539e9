"""Cutting spans of time."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from entrosdk.engine.windows import split
from tests.toymarket import NOON


@given(st.integers(0, 10**7), st.integers(1, 10**6))
def test_windows_tile_the_span(seconds: int, span: int) -> None:
    """Windows follow each other without gap or overlap, none too long, and cover all."""
    end = NOON + timedelta(seconds=seconds)
    step = timedelta(seconds=max(span, seconds // 50 + 1))
    windows = list(split(NOON, end, step))
    edges = [start for start, _ in windows] + [stop for _, stop in windows[-1:]]
    assert edges == ([NOON, *[stop for _, stop in windows]] if windows else [])
    assert all(stop - start <= step for start, stop in windows)
    assert (windows[-1][1] if windows else NOON) == end


def test_no_limit_means_one_window() -> None:
    """A marketplace without a longest span gets the whole one."""
    end = NOON + timedelta(days=400)
    assert list(split(NOON, end, None)) == [(NOON, end)]
