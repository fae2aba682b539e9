"""The rules of marketplace money, without a database."""

from __future__ import annotations

import ast
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk import PaymentKind
from reference_app.settling import rules
from reference_app.settling.rules import reckoning as sums
from reference_app.settling.rules.fees import Rate, fee, in_force, rounded
from reference_app.settling.rules.reckoning import Cause, Found, Mark, Part, Seller, State, Terms

# The worked example of the domain rules, section 7: a household shop.
RATES = {
    rate.kind: rate
    for rate in (
        Rate(kind="commission", ppm=110_000),
        Rate(kind="payment_fee", ppm=50_000, base="goods_and_shipping"),
        Rate(kind="service_fee", ppm=30_000),
        Rate(kind="order_processing", fixed=3_000),
        Rate(kind="shipping_protection", fixed=1_650),
        Rate(kind="tax_vat_withheld", ppm=10_000),
        Rate(kind="tax_pit_withheld", ppm=5_000),
    )
}
HOUSEHOLD = Terms(seller=Seller.HOUSEHOLD, rates=RATES, shipping_cancels=True)
EXAMPLE = [
    Part("item_price", 500_000),
    Part("seller_discount", -30_000),
    Part("seller_voucher", -10_000),
    Part("buyer_shipping", 15_000),
    Part("actual_shipping", -32_000),
    Part("shipping_rebate", 17_000),
    Part("commission", -50_600),
    Part("payment_fee", -23_750),
    Part("service_fee", -13_800),
    Part("order_processing", -3_000),
    Part("shipping_protection", -1_650),
    Part("tax_vat_withheld", -4_600),
    Part("tax_pit_withheld", -2_300),
]
NOW = datetime(2026, 7, 20, tzinfo=UTC)


def with_part(*parts: Part) -> list[Part]:
    """Return the example with more movements."""
    return [*EXAMPLE, *parts]


def changed(kind: str, amount: int) -> list[Part]:
    """Return the example with another amount of one kind."""
    return [Part(kind, amount) if part.kind == kind else part for part in EXAMPLE]


def test_the_worked_example() -> None:
    """The household shop is owed 360.300, gets it, and there is nothing to explain."""
    result = sums.reckon(EXAMPLE, HOUSEHOLD)
    assert (result.paid, result.expected, result.causes) == (360_300, 360_300, ())


def test_the_profit_of_the_worked_example() -> None:
    """Less two units at 120.000 the shop keeps 120.300, less 4.000 of packaging 116.300."""
    kept = sums.reckon(EXAMPLE, HOUSEHOLD).paid - 2 * 120_000
    assert (kept, kept - 4_000) == (120_300, 116_300)


def test_the_example_paid_short() -> None:
    """Paid 346.500 the order is short 13.800: the service fee was taken twice."""
    result = sums.reckon(with_part(Part("service_fee", -13_800)), HOUSEHOLD)
    assert (result.paid, result.expected, result.difference, result.causes) == (
        346_500,
        360_300,
        -13_800,
        (Found(Cause.TWICE, "service_fee", -13_800),),
    )


def test_a_fee_taken_twice_is_seen_without_a_table() -> None:
    """Nobody has to know the rates to see a fee twice."""
    result = sums.reckon(with_part(Part("service_fee", -13_800)), Terms())
    assert (result.expected, result.causes[0].cause) == (360_300, Cause.TWICE)


def test_an_adjustment_closes_the_case() -> None:
    """What was taken too much and paid back later is a match; the cause stays readable."""
    parts = with_part(Part("service_fee", -13_800), Part("adjustment", 13_800))
    result = sums.reckon(parts, HOUSEHOLD)
    state = sums.state_of(result, over=False, delivered_at=NOW, mark=Mark.DISPUTED)
    assert (result.difference, state) == (0, State.MATCHED)


@pytest.mark.parametrize(
    ("parts", "terms", "expected"),
    [
        (changed("commission", -55_200), HOUSEHOLD, (Cause.RATE, -4_600)),
        (changed("commission", -46_000), HOUSEHOLD, (Cause.UNEXPLAINED, 4_600)),
        (changed("shipping_rebate", 0), HOUSEHOLD, (Cause.NO_REBATE, -17_000)),
        (changed("actual_shipping", -40_000), HOUSEHOLD, (Cause.WEIGHT, -8_000)),
        (with_part(Part("refund", -250_000)), Terms(returned=False), (Cause.NO_RETURN, -250_000)),
        (with_part(Part("adjustment", -9_000)), HOUSEHOLD, (Cause.ADJUSTMENT, -9_000)),
    ],
)
def test_a_difference_is_explained(
    parts: list[Part], terms: Terms, expected: tuple[Cause, int]
) -> None:
    """Each known reason is told with its amount, which is the whole difference."""
    result = sums.reckon(parts, terms)
    assert [(cause.cause, cause.amount) for cause in result.causes] == [expected]
    assert result.difference == expected[1]


def test_tax_on_a_company_shop() -> None:
    """A company is withheld from by mistake: both taxes are missing from its payout."""
    result = sums.reckon(EXAMPLE, Terms(seller=Seller.COMPANY, rates=RATES))
    assert [(cause.cause, cause.amount) for cause in result.causes] == [
        (Cause.COMPANY_TAX, -2_300),
        (Cause.COMPANY_TAX, -4_600),
    ]


def test_a_return_that_is_known_needs_no_explaining() -> None:
    """A refund with its return is as expected."""
    result = sums.reckon(with_part(Part("refund", -250_000)), Terms(returned=True))
    assert result.difference == 0


def test_fees_of_equal_lines_are_not_taken_twice() -> None:
    """A marketplace that accounts line by line takes a fee as often as there are lines."""
    line = [Part("item_price", 100_000), Part("commission", -11_000)]
    again = [*line, *line, Part("commission", -11_000)]
    assert sums.reckon([*line, *line], Terms()).difference == 0
    assert sums.reckon(again, Terms()).causes == (Found(Cause.TWICE, "commission", -11_000),)


def test_money_taken_back_for_a_refunded_return_is_expected() -> None:
    """An adjustment up to the refund of a return needs no other reason; what is above it does."""
    parts = with_part(Part("adjustment", -250_000))
    known, less = Terms(refunded=250_000), Terms(refunded=200_000)
    assert sums.reckon(parts, known).difference == 0
    assert sums.reckon(parts, less).causes == (Found(Cause.ADJUSTMENT, "adjustment", -50_000),)


part = st.builds(
    Part,
    st.sampled_from([kind.value for kind in PaymentKind]),
    st.integers(-(10**9), 10**9),
    st.booleans(),
)
terms = st.builds(
    Terms,
    seller=st.sampled_from(Seller),
    rates=st.sampled_from([{}, RATES]),
    returned=st.booleans(),
    refunded=st.integers(0, 10**9),
    shipping_cancels=st.booleans(),
)


@given(st.lists(part), terms)
def test_causes_add_up_to_the_difference(parts: list[Part], known: Terms) -> None:
    """Whatever was paid, the reasons explain the difference to the dong, adjustments included."""
    result = sums.reckon(parts, known)
    assert result.paid == sum(one.amount for one in parts)
    assert result.difference == sum(cause.amount for cause in result.causes)


@given(st.lists(part), terms)
def test_the_order_of_movements_makes_no_difference(parts: list[Part], known: Terms) -> None:
    """Movements are a set: their order changes nothing."""
    assert sums.reckon(parts, known) == sums.reckon(parts[::-1], known)


@pytest.mark.parametrize(
    ("parts", "over", "delivered", "mark", "state"),
    [
        ([], False, None, "", State.NOT_DUE),
        ([], False, NOW, "", State.WAITING),
        ([], True, None, "", State.NO_MONEY),
        ([Part("item_price", 5, settled=False)], False, NOW, "", State.WAITING),
        ([Part("item_price", 5, settled=False, derived=True)], False, NOW, "", State.COMPUTED),
        ([Part("item_price", 5)], False, NOW, "", State.MATCHED),
        ([Part("commission", -5), Part("commission", -5)], False, NOW, "", State.SHORT),
        ([Part("commission", -5), Part("commission", -5)], False, NOW, "disputed", State.DISPUTED),
        ([Part("adjustment", -5)], False, NOW, "written_off", State.WRITTEN_OFF),
        ([Part("adjustment", 5)], True, None, "", State.OVER),
    ],
)
def test_states(
    parts: list[Part], over: bool, delivered: datetime | None, mark: str, state: State
) -> None:
    """An order stands where its delivery, its settlement and people's decisions put it."""
    result = sums.reckon(parts, Terms()) if parts else None
    assert sums.state_of(result, over=over, delivered_at=delivered, mark=Mark(mark)) is state


def test_money_is_late_a_week_after_delivery() -> None:
    """The deadline is seven days after delivery unless said otherwise; none without delivery."""
    assert sums.due_at(NOW) == NOW + timedelta(days=7)
    assert sums.due_at(None) is None


def test_rates_are_dated() -> None:
    """A rate counts from its first day until before its last; of two, the later one."""
    old = Rate(kind="commission", ppm=80_000)
    new = Rate(kind="commission", ppm=110_000, since=date(2026, 7, 1))
    gone = Rate(kind="service_fee", ppm=1, until=date(2026, 7, 1))
    before, after = (in_force([new, old, gone], date(2026, *day)) for day in ((6, 30), (7, 1)))
    assert (before, after) == ({"commission": old, "service_fee": gone}, {"commission": new})


def test_a_fee_is_capped_and_rounded_once() -> None:
    """Half a dong is rounded up, and no fee goes above its cap."""
    rate = Rate(kind="payment_fee", ppm=50_000, cap=20_000)
    assert (fee(rate, goods=10, shipping=0), fee(rate, goods=475_000, shipping=0)) == (1, 20_000)


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_rounding_is_symmetric(numerator: int, denominator: int) -> None:
    """A fee taken and the same fee given back cancel."""
    assert rounded(-numerator, denominator) == -rounded(numerator, denominator)


def test_the_rules_know_no_django() -> None:
    """The package of rules imports nothing but the standard library, attrs and itself."""
    roots = set()
    for file in Path(rules.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                roots.add(node.module)
            if isinstance(node, ast.Import):
                roots.update(name.name for name in node.names)
    assert [name for name in roots if name.startswith(("django", "reference_app.records"))] == []
