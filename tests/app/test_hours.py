"""Business hours: examples a person can check, and the laws behind them."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reference_app.support import calendar as ours
from reference_app.support import hours
from reference_app.support.hours import Calendar

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
FOUR = timedelta(hours=4)
CALENDAR = ours.calendar()


def at(text: str) -> datetime:
    """Read a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-11-30 09:00", "2026-11-30 13:00"),
        ("2026-11-30 11:15", "2026-11-30 15:15"),  # nobody goes to lunch
        ("2026-11-30 14:00", "2026-11-30 18:00"),  # the end of the day is still that day
        ("2026-11-30 14:01", "2026-12-01 09:01"),
        ("2026-11-30 03:20", "2026-11-30 13:00"),
        ("2026-11-30 00:00", "2026-11-30 13:00"),  # midnight belongs to the new day
        ("2026-11-29 23:59", "2026-11-30 13:00"),
        ("2026-11-30 18:00", "2026-12-01 13:00"),  # closing time is outside
        ("2026-11-27 17:30", "2026-11-30 12:30"),  # Friday, half an hour before the weekend
        ("2026-11-28 10:00", "2026-11-30 13:00"),  # Saturday
        ("2026-11-23 16:00", "2026-11-25 11:00"),  # the culture day lies between
        ("2026-02-13 17:00", "2026-02-23 12:00"),  # Friday before Tet: nine days of rest
        ("2026-02-18 12:00", "2026-02-23 13:00"),  # in the middle of Tet
        ("2027-02-04 17:59", "2027-02-12 12:59"),
        ("2026-04-24 17:00", "2026-04-28 12:00"),  # the Hung Kings' day, made up on Monday
        ("2026-12-31 15:00", "2027-01-04 10:00"),  # New Year's Day is a Friday
        ("2027-04-29 16:00", "2027-05-04 11:00"),  # Labour day, made up on Monday
    ],
)
def test_when_an_answer_is_due(asked: str, due: str) -> None:
    """Four business hours after asking, counted on the wall's clock in Viet Nam."""
    assert CALENDAR.due(at(asked), FOUR) == at(due)


def test_the_day_is_the_local_one() -> None:
    """Friday 17:30Z is Saturday in Viet Nam; the answer comes on Monday."""
    asked = datetime(2026, 11, 27, 17, 30, tzinfo=UTC)
    assert CALENDAR.due(asked, FOUR) == datetime(2026, 11, 30, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "is_open", "opens"),
    [
        ("2026-11-30 08:59", False, "2026-11-30 09:00"),
        ("2026-11-30 09:00", True, "2026-11-30 09:00"),
        ("2026-11-30 17:59", True, "2026-11-30 17:59"),
        ("2026-11-30 18:00", False, "2026-12-01 09:00"),
        ("2026-11-28 12:00", False, "2026-11-30 09:00"),
        ("2026-02-14 12:00", False, "2026-02-23 09:00"),
    ],
)
def test_opening(moment: str, is_open: bool, opens: str) -> None:
    """A day is open from nine inclusive to six exclusive; else the next opening is told."""
    assert (CALENDAR.is_open(at(moment)), CALENDAR.next_opening(at(moment))) == (is_open, at(opens))


MOMENTS = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    datetime(2027, 12, 20),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, HANOI]),
)
SPANS = st.timedeltas(timedelta(microseconds=1), timedelta(hours=60))


@given(asked=MOMENTS, within=SPANS)
def test_due_is_exactly_so_much_business_time_later(asked: datetime, within: timedelta) -> None:
    """Between asking and the due time lies just the promised business time."""
    assert CALENDAR.between(asked, CALENDAR.due(asked, within)) == within


@given(asked=MOMENTS, within=SPANS)
def test_due_is_within_business_hours(asked: datetime, within: timedelta) -> None:
    """Somebody is there at every moment just before a due time."""
    due = CALENDAR.due(asked, within)
    assert due > asked
    assert CALENDAR.is_open(due - timedelta(microseconds=1))


@given(first=MOMENTS, second=MOMENTS, within=SPANS)
def test_who_asks_later_is_not_due_earlier(
    first: datetime, second: datetime, within: timedelta
) -> None:
    """Due times keep the order of asking."""
    assume(first <= second)
    assert CALENDAR.due(first, within) <= CALENDAR.due(second, within)


@given(asked=MOMENTS, one=SPANS, more=SPANS)
def test_due_times_add_up(asked: datetime, one: timedelta, more: timedelta) -> None:
    """Waiting twice is waiting for the sum."""
    assert CALENDAR.due(CALENDAR.due(asked, one), more) == CALENDAR.due(asked, one + more)


@given(start=MOMENTS, middle=MOMENTS, end=MOMENTS)
def test_business_time_tiles(start: datetime, middle: datetime, end: datetime) -> None:
    """The business time of two spans that meet is that of the whole."""
    start, middle, end = sorted([start, middle, end])
    parts = CALENDAR.between(start, middle) + CALENDAR.between(middle, end)
    assert parts == CALENDAR.between(start, end)


def test_nonsense_is_refused() -> None:
    """A day that closes before it opens, or an answer within no time, is an error."""
    with pytest.raises(ValueError, match="open before"):
        Calendar(HANOI, opens=time(18), closes=time(9))
    with pytest.raises(ValueError, match="takes some time"):
        CALENDAR.due(at("2026-11-30 09:00"), timedelta(0))


def test_every_holiday_has_a_source() -> None:
    """The data names days, a source and how sure it is; weekends need no entry."""
    data = tomllib.loads(Path(ours.__file__).with_name("holidays.toml").read_text())
    days = [day for holiday in data["holiday"] for day in holiday["days"]]
    assert len(days) == len(set(days))
    assert {h["confidence"] for h in data["holiday"]} == {"high", "medium", "low"}
    assert all(h["source"] and h["name"] for h in data["holiday"])
    assert all(day.weekday() < 5 for day in days)
    assert data["known_until"] == date(2027, 12, 31)


def test_the_rules_need_no_framework() -> None:
    """The arithmetic knows neither Django nor the present time."""
    text = Path(hours.__file__).read_text()
    assert "django" not in text
    assert "now(" not in text
