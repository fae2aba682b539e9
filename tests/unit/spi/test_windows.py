"""What a caller asks a listing for, checked once for all adapters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entrosdk import OrderQuery
from entrosdk.errors import ConfigError
from entrosdk.spi.windows import bounds, clock, number, ordered

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=1)
NAMES = ("updated_from", "updated_to")


def test_a_query_runs_over_one_clock() -> None:
    """Whichever was asked for; the update time if none was."""
    assert clock(OrderQuery(updated_from=START, updated_to=END)) == ("updated", (START, END), NAMES)
    created = ("created_from", "created_to")
    assert clock(OrderQuery(created_to=END)) == ("created", (None, END), created)
    assert clock(OrderQuery()) == ("updated", (None, None), NAMES)
    with pytest.raises(ConfigError, match="one clock"):
        clock(OrderQuery(updated_to=END, created_from=START))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((None, END), "`updated_from`"),
        ((START, None), "`updated_to`"),
        ((START.replace(tzinfo=None), END), "`updated_from` has no time zone"),
        ((START, END.replace(tzinfo=None)), "`updated_to` has no time zone"),
        ((END, START), "`updated_to` is before `updated_from`"),
    ],
)
def test_bounds_that_cannot_work_are_named(given: Any, message: str) -> None:
    """Before any request."""
    with pytest.raises(ConfigError, match=message):
        bounds(given, NAMES)


def test_bounds_may_be_equal_and_for_some_listings_absent() -> None:
    """An empty window is one; a marketplace may read from its beginning."""
    assert bounds((START, START), NAMES) == (START, START)
    ordered((None, START), NAMES)
    ordered((START, None), NAMES)
    with pytest.raises(ConfigError, match="is before"):
        ordered((END, START), NAMES)


@pytest.mark.parametrize("cursor", ["", "0", "x", "-1", "1.5", "²", "٣", "wallet:", "page:1"])
def test_a_foreign_position_is_refused(cursor: str) -> None:
    """Only what an adapter itself put into a cursor is read."""
    with pytest.raises(ConfigError, match="position"):
        number(cursor, 1, "wallet:")


def test_a_position_is_read_after_its_prefix() -> None:
    """Without a cursor a listing begins where it begins."""
    assert (number(None, 1), number("7", 1), number("wallet:40", 0, "wallet:")) == (1, 7, 40)
