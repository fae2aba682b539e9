"""What replies tell about limits, in every spelling that is about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.engine.limits import Told, read_headers, read_retry_after

NOW = 1_795_000_000.0


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"x-ratelimit-limit": "50"}, Told(count=50)),
        ({"ratelimit-limit": "100, 100;w=60"}, Told(count=100)),
        ({"x-ratelimit-limit-second": "50"}, Told(count=50, per=1.0)),
        ({"x-ratelimit-limit-minute": "500"}, Told(count=500, per=60.0)),
        ({"x-ratelimit-remaining-second": "0"}, Told(per=1.0, spent_until=NOW + 1)),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "7"},
            Told(spent_until=NOW + 7),
        ),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 9)},
            Told(spent_until=NOW + 9),
        ),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW + 4) * 1000)},
            Told(spent_until=NOW + 4),
        ),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "86400"}, Told(spent_until=NOW + 120)),
        ({"ratelimit": "limit=100, remaining=0, reset=5"}, Told(count=100, spent_until=NOW + 5)),
        (
            {"ratelimit-policy": '"burst";q=100;w=60', "ratelimit": '"burst";r=0;t=30'},
            Told(count=100, per=60.0, spent_until=NOW + 30),
        ),
        ({"ratelimit-policy": "100;w=10", "ratelimit": "limit=100"}, Told(count=100, per=10.0)),
    ],
)
def test_known_spellings_are_read(headers: dict[str, str], told: Told) -> None:
    """De-facto headers, Kong's, and those of the IETF drafts."""
    assert read_headers(headers, NOW) == (told,)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"date": "Tue, 24 Nov 2026 05:30:00 GMT", "retry-after": "3"},
        {"x-ratelimit-limit": "unlimited"},
        {"x-ratelimit-limit": "-1"},
        {"x-ratelimit-limit": "0"},
        {"x-ratelimit-limit": "1e9"},
        {"x-ratelimit-limit": "2.5"},
        {"x-ratelimit-remaining": "0"},
        {"x-ratelimit-remaining": "4", "x-ratelimit-reset": "7"},
        {"x-ratelimit-reset": "soon"},
        {"ratelimit": "yes"},
        {"x-ratelimit-limit-fortnight": "9"},
    ],
)
def test_anything_odd_counts_as_absent(headers: dict[str, str]) -> None:
    """Nonsense changes nothing."""
    assert read_headers(headers, NOW) == ()


def test_several_policies_are_told_apart() -> None:
    """A reply may tell of a second's and a minute's limit at once."""
    told = read_headers({"ratelimit-policy": '"s";q=20;w=1, "m";q=500;w=60'}, NOW)
    assert told == (Told(count=20, per=1.0), Told(count=500, per=60.0))


_NAMES = st.sampled_from(
    ["ratelimit", "ratelimit-policy", "x-ratelimit-limit", "x-ratelimit-reset", "rate-limit-reset"]
)


@given(st.dictionaries(_NAMES, st.text(max_size=40)))
def test_no_header_is_an_error(headers: dict[str, str]) -> None:
    """Whatever a gateway writes, it is read or ignored."""
    read_headers(headers, NOW)
    read_retry_after({"retry-after": "".join(headers.values())}, NOW)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0),
        ("0.5", 0.5),
        ("Tue, 24 Nov 2026 05:30:10 GMT", 10.0),
        ("Tue, 24 Nov 2026 05:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    """Both forms of the standard are read."""
    at = 1_795_498_200.0  # Tue, 24 Nov 2026 05:30:00 GMT
    assert read_retry_after({"retry-after": value}, at) == seconds
