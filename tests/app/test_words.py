"""Money, moments and text as people read and type them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from entrosdk import PaymentKind
from entrosdk.domain.order import OrderStatus
from entrosdk.domain.returns import GoodsState, MoneyState
from reference_app.web import moments, words
from reference_app.web.money import shown
from reference_app.web.text import fold


@pytest.mark.parametrize(
    ("minor", "language", "expected"),
    [
        (1_234_567, "vi", "1.234.567\xa0₫"),
        (0, "vi", "0\xa0₫"),
        (-1_500, "vi", "-1.500\xa0₫"),
        (1_234_567, "en", "₫1,234,567"),
        (-1_500, "en-gb", "-₫1,500"),
    ],
)
def test_dong(minor: int, language: str, expected: str) -> None:
    """Dong are grouped and carry their sign as each language writes it."""
    assert shown(minor, "VND", language) == expected


def test_cents() -> None:
    """A currency with cents shows them, with the language's own decimal mark."""
    assert (shown(123_450, "SGD", "vi"), shown(123_450, "SGD", "en")) == (
        "1.234,50\xa0S$",
        "S$1,234.50",
    )


@given(st.integers(-(10**12), 10**12))
def test_money_reads_back(minor: int) -> None:
    """Without its decoration an amount is the number it was."""
    text = shown(minor)
    assert int(text.removesuffix("\xa0₫").replace(".", "")) == minor


def test_half_past_midnight_belongs_to_the_next_local_day() -> None:
    """2026-06-30T17:30Z is shown as 1 July; a minute before 17:00Z still is 30 June."""
    late = moments.local(datetime(2026, 6, 30, 17, 30, tzinfo=UTC)).date()
    early = moments.local(datetime(2026, 6, 30, 16, 59, 59, tzinfo=UTC)).date()
    assert (late, early) == (date(2026, 7, 1), date(2026, 6, 30))


def test_a_day_begins_at_local_midnight() -> None:
    """1 July 2026 00:00 local is epoch 1782838800, and the day is half-open."""
    start, end = moments.day_span(date(2026, 7, 1))
    assert (start.timestamp(), end - start) == (1782838800, timedelta(days=1))


def test_moments_in_both_languages() -> None:
    """An instant is written in the business zone, as each language writes days."""
    instant = datetime(2026, 11, 24, 1, 40, tzinfo=UTC)
    with translation.override("vi"):
        vietnamese = moments.shown(instant)
    with translation.override("en"):
        english = moments.shown(instant)
    assert (vietnamese, english) == ("24/11/2026 08:40", "24 Nov 2026 08:40")


def test_how_long_ago() -> None:
    """Past, present and future moments are told in their largest whole unit."""
    now = timezone.now()
    with translation.override("vi"):
        told = [
            moments.ago(now - timedelta(hours=3, minutes=5)),
            moments.ago(now),
            moments.ago(now + timedelta(minutes=2, seconds=5)),
        ]
    assert told == ["3 giờ trước", "vừa xong", "sau 2 phút"]


def test_searching_ignores_diacritics() -> None:
    """Diacritics, case and spaces make no difference; đ is d."""
    assert fold("  Đầm  XÒE Nước  ") == "dam xoe nuoc"


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    """What was folded for storing equals what is folded for asking."""
    assert fold(fold(text)) == fold(text)


def test_every_code_has_a_word() -> None:
    """Nothing the SDK can say reaches a page as a raw code."""
    assert set(words.STATUSES) == set(OrderStatus)
    assert set(words.PAYMENT_KINDS) == set(PaymentKind)
    assert set(words.GOODS_STATES) == set(GoodsState)
    assert set(words.MONEY_STATES) == set(MoneyState)


def test_every_error_has_words() -> None:
    """Each error class of the SDK is told in plain words with a next step."""
    from entrosdk import errors

    unexpected = words.trouble("SomethingNew")
    silent = {"EntroError", "Context", "OutcomeUnknown"}
    told = {name: words.trouble(name) for name in errors.__all__ if name not in silent}
    assert [name for name, trouble in told.items() if trouble == unexpected] == []
