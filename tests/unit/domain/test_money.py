"""Money is whole, of one currency, and exact."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.domain.money import Money, total

amounts = st.integers(-(10**15), 10**15)


@given(amounts, st.sampled_from(["VND", "SGD"]))
def test_major_and_minor_units_agree(minor: int, currency: str) -> None:
    """Reading an amount back gives the same money."""
    money = Money(minor, currency)
    assert Money.of(money.amount, currency) == money


@given(st.lists(amounts))
def test_a_total_is_the_sum_of_its_parts(parts: list[int]) -> None:
    """Adding up never rounds."""
    assert total([Money(part, "VND") for part in parts], "VND") == Money(sum(parts), "VND")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("32119", "VND", 32119), ("15.00", "VND", 15), ("1.5", "SGD", 150)],
)
def test_reading_major_units(text: str, currency: str, minor: int) -> None:
    """Dong have no decimals, Singapore dollars have two."""
    assert Money.of(text, currency).minor == minor


@pytest.mark.parametrize(
    ("text", "currency"), [("0.5", "VND"), ("0.001", "SGD"), ("abc", "VND"), ("NaN", "VND")]
)
def test_what_is_no_whole_amount_is_an_error(text: str, currency: str) -> None:
    """Half a dong is not rounded away."""
    with pytest.raises(ValueError, match=r"finer|not an amount"):
        Money.of(text, currency)


def test_currencies_do_not_mix() -> None:
    """Adding or comparing across currencies is refused."""
    with pytest.raises(ValueError, match="cannot mix"):
        Money(1, "VND") + Money(1, "SGD")
    with pytest.raises(ValueError, match="cannot mix"):
        assert Money(1, "VND") < Money(1, "SGD")
    with pytest.raises(TypeError):
        Money(1, "VND") * 1.5  # type: ignore[operator]


def test_arithmetic_and_order() -> None:
    """Money adds, subtracts, multiplies, negates and compares."""
    a, b = Money(300, "VND"), Money(100, "VND")
    assert [(a + b).minor, (a - b).minor, (2 * a).minor, (-a).minor] == [400, 200, 600, -300]
    assert b < a
    assert b <= a
    assert a > b
    assert a >= b
    assert abs(-a) == a
    assert not Money.zero("VND")
    assert (str(Money(1234567, "VND")), Money(1250, "SGD").amount) == (
        "1,234,567 VND",
        Decimal("12.50"),
    )
