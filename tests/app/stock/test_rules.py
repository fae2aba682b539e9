"""The arithmetic of stock: the examples of the domain's rules, and their laws."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk import OrderStatus
from reference_app.stock.rules import buffers, drift, life, pushing, quantities, returns
from reference_app.stock.rules.life import Act, Held, Phase, State, Step
from reference_app.stock.rules.pushing import Belief, Outcome
from reference_app.stock.rules.quantities import Level, Share

small = st.integers(0, 40)
levels = st.builds(
    Level, on_hand=st.integers(-40, 40), reserved=small, quarantined=small, buffer=small
)


# Quantities


def test_sellable_and_the_share_of_a_channel() -> None:
    """20 on hand, 6 reserved, buffer 2 make 12 sellable; a share of 80 % is told 9."""
    level = Level(on_hand=20, reserved=6, buffer=2)
    share = Share(percent=80)
    assert (level.sellable, quantities.channel_quantity(level.sellable, share)) == (12, 9)


def test_buffer_above_stock() -> None:
    """A buffer larger than the stock leaves nothing to sell, and is no shortage."""
    level = Level(on_hand=3, buffer=5)
    assert (level.sellable, level.oversold) == (0, 0)


@given(st.lists(levels, max_size=5))
def test_a_shortage_stays_in_its_warehouse(many: list[Level]) -> None:
    """What is missing in one warehouse takes nothing from the others."""
    alone = [level for level in many if level.free > 0]
    assert quantities.sellable_together(many) == quantities.sellable_together(alone)


@given(levels)
def test_a_level_is_oversold_or_sellable_never_both(level: Level) -> None:
    """What was sold and is missing cannot be offered at the same time."""
    assert min(level.sellable, level.oversold) == 0


@given(
    st.integers(-5, 500),
    st.integers(0, 100),
    small,
    st.none() | small,
)
def test_a_channel_is_never_told_more_than_there_is(
    sellable: int, percent: int, buffer: int, cap: int | None
) -> None:
    """Whatever share, buffer and cap: between nothing and what can be sold."""
    told = quantities.channel_quantity(sellable, Share(percent=percent, buffer=buffer, cap=cap))
    assert 0 <= told <= max(0, sellable)


def test_a_cap_comes_after_share_and_buffer() -> None:
    """min(cap, floor(sellable x share) - buffer): 100 at 50 % less 10, capped at 30."""
    assert quantities.channel_quantity(100, Share(percent=50, buffer=10, cap=30)) == 30


def test_bundle_minimum() -> None:
    """A has 14 and is needed twice, B has 9 and is needed once: 7 bundles."""
    assert quantities.bundle_units({1: 14, 2: 9}, {1: 2, 2: 1}) == 7


@given(
    st.dictionaries(st.integers(1, 5), st.integers(1, 4), min_size=1),
    st.dictionaries(st.integers(1, 5), small),
)
def test_the_units_of_a_bundle_can_be_made_and_no_more(
    parts: dict[int, int], there: dict[int, int]
) -> None:
    """Components suffice for that many bundles, and for one more some component is missing."""
    made = quantities.bundle_units(there, parts)
    missing = [name for name, units in parts.items() if there.get(name, 0) < units * (made + 1)]
    enough = all(there.get(name, 0) >= units * made for name, units in parts.items())
    assert (enough, bool(missing)) == (True, True)


# Buffers and cover


def test_the_automatic_buffer_is_rate_times_lag_rounded_up() -> None:
    """Half a unit a minute and five minutes of lag keep back three units."""
    assert buffers.automatic_buffer(Fraction(720), Fraction(5), 10) == 3


@given(st.fractions(0, 10_000), st.fractions(-5, 600), small)
def test_the_automatic_buffer_keeps_its_bounds(rate: Fraction, lag: Fraction, most: int) -> None:
    """Never below nothing, never above the set maximum."""
    assert 0 <= buffers.automatic_buffer(rate, lag, most) <= most


def test_a_percent_buffer_rounds_up() -> None:
    """10 % of 21 are three units; of a shortage none."""
    assert (buffers.percent_buffer(21, 10), buffers.percent_buffer(-4, 10)) == (3, 0)


def test_days_of_cover() -> None:
    """12 units at 28 in 14 days last 6 days; what does not sell has no end."""
    assert (buffers.days_of_cover(12, 28, 14), buffers.days_of_cover(12, 0, 14)) == (6, None)


# The life of an order

PART = ("1", 7)
phases = st.sampled_from(list(Phase))
wants = st.dictionaries(st.tuples(st.sampled_from("12"), st.integers(1, 2)), st.integers(0, 5))


def played(
    wanted: dict[life.Key, int], held: dict[life.Key, Held], phase: Phase
) -> dict[life.Key, Held]:
    """Do the steps."""
    after = dict(held)
    for step in life.steps(phase, wanted, held):
        now = after.get(step.key)
        there = now.units if now and now.state is State.OPEN else 0
        after[step.key] = {
            Act.RESERVE: Held(State.OPEN, there + step.units),
            Act.RELEASE: Held(State.RELEASED, 0),
            Act.SHIP: Held(State.CONSUMED, step.units),
            Act.UNSHIP: Held(State.OPEN, step.units),
        }[step.act]
    return after


def test_every_status_has_a_phase() -> None:
    """Each word of the SDK has a phase; only the unknown one is unsure."""
    unsure = [word for word in OrderStatus if life.phase_of(word.value) is Phase.UNSURE]
    assert unsure == [OrderStatus.UNKNOWN]


@pytest.mark.parametrize("status", ["UNPAID", "ON_HOLD", "TO_SHIP", "CANCELLING"])
def test_a_fresh_order_reserves(status: str) -> None:
    """First seen, even unpaid or on hold: its units are reserved."""
    assert life.steps(life.phase_of(status), {PART: 2}, {}) == [Step(PART, Act.RESERVE, 2)]


def test_a_changed_quantity_applies_the_difference() -> None:
    """Three become one: two less are held."""
    held = {PART: Held(State.OPEN, 3)}
    assert life.steps(Phase.HELD, {PART: 1}, held) == [Step(PART, Act.RESERVE, -2)]


def test_a_line_that_is_gone_is_released() -> None:
    """A cancelled line is missing from the order: its units are free again."""
    held = {PART: Held(State.OPEN, 3)}
    assert life.steps(Phase.HELD, {}, held) == [Step(PART, Act.RELEASE, 3)]


def test_nothing_is_released_after_the_hand_over() -> None:
    """A cancel after the parcel left is a return to come: stock does not move."""
    assert life.steps(Phase.VOID, {PART: 2}, {PART: Held(State.CONSUMED, 2)}) == []


def test_a_reopened_fulfilment_holds_again() -> None:
    """A hand-over that did not happen brings the units back into their reservation."""
    held = {PART: Held(State.CONSUMED, 2)}
    assert life.steps(Phase.HELD, {PART: 2}, held) == [Step(PART, Act.UNSHIP, 2)]


def test_an_order_first_seen_on_its_way_ships_at_once() -> None:
    """What was handed over before we heard of it leaves the stock in one go."""
    acts = [step.act for step in life.steps(Phase.GONE, {PART: 2}, {})]
    assert acts == [Act.RESERVE, Act.SHIP]


def test_an_unknown_word_leaves_things_as_they_are() -> None:
    """A status nobody knows reserves a new order and changes nothing of a known one."""
    fresh = life.steps(Phase.UNSURE, {PART: 2}, {})
    known = life.steps(Phase.UNSURE, {PART: 5}, {PART: Held(State.OPEN, 2)})
    assert (fresh, known) == ([Step(PART, Act.RESERVE, 2)], [])


@given(st.lists(st.tuples(phases, wants), min_size=1, max_size=6))
def test_repeating_a_version_changes_nothing(story: list[tuple[Phase, wants]]) -> None:
    """After any story, the last version once more gives no step."""
    held: dict[life.Key, Held] = {}
    for phase, wanted in story:
        held = played(wanted, held, phase)
    assert life.steps(*story[-1], held) == []


@given(st.lists(st.tuples(phases, wants), max_size=6), wants)
def test_no_detour_changes_what_a_held_order_holds(
    story: list[tuple[Phase, wants]], wanted: dict[life.Key, int]
) -> None:
    """However an order got there, one that is to be shipped holds exactly its lines."""
    held: dict[life.Key, Held] = {}
    for phase, units in story:
        held = played(units, held, phase)
    after = played(wanted, held, Phase.HELD)
    open_units = {key: it.units for key, it in after.items() if it.state is State.OPEN}
    assert open_units == {key: units for key, units in wanted.items() if units}


# Pushing


def test_the_unseen_correction() -> None:
    """Pushed 10, 3 known sold, 5 seen: 2 are unseen, and of our 7 only 5 are sent."""
    unseen = pushing.unseen_units([Belief(10, 3)], 5)
    assert (unseen, pushing.what_to_send(7, unseen)) == (2, 5)


def test_nothing_is_unseen_before_a_first_push() -> None:
    """Without a push of ours there is nothing to compare with."""
    assert pushing.unseen_units([], 80) == 0


def test_a_push_that_may_not_have_arrived() -> None:
    """20 was sent and the answer lost: seeing the old 5 means it did not arrive, not 15 sales."""
    assert pushing.unseen_units([Belief(5, 0), Belief(20, 0)], 5) == 0


@given(small, small, small)
def test_sold_units_are_never_given_back(there: int, known: int, unknown: int) -> None:
    """After the push as many units are offered as are really left, if they were ours to sell."""
    sent, observed = there, max(0, there - known - unknown)
    sold_unknown = max(0, sent - known) - observed
    unseen = pushing.unseen_units([Belief(sent, known)], observed)
    offered = pushing.what_to_send(max(0, there - known), unseen)
    assert offered <= max(0, there - known - sold_unknown)


@pytest.mark.parametrize(
    ("sent", "observed", "before", "outcome"),
    [
        (5, 5, 9, Outcome.CONFIRMED),
        (5, 4, 9, Outcome.CONFIRMED),  # a buyer was quicker
        (5, 9, 9, Outcome.RETRYING),  # accepted, and nothing changed
        (5, 7, 9, Outcome.RETRYING),
        (5, 3, 3, Outcome.RETRYING),
    ],
)
def test_reading_back(sent: int, observed: int, before: int, outcome: Outcome) -> None:
    """What stands there decides, not the word "success"."""
    assert pushing.after_reading(sent, observed, before) is outcome


def test_critical_pushes_are_read_back_and_a_sample_of_the_rest() -> None:
    """Few units left, or every tenth."""
    read = [
        pushing.must_read_back(quantity, 50, few=3, turn=turn, every=10)
        for quantity, turn in ((2, 1), (0, 1), (40, 1), (40, 20))
    ]
    assert read == [True, True, False, True]


def test_patience_grows_to_an_hour() -> None:
    """Retries wait twice as long each time."""
    waits = [pushing.patience(attempt) for attempt in range(1, 40)]
    assert (waits[:3], waits[-1]) == (
        [timedelta(seconds=10), timedelta(seconds=20), timedelta(seconds=40)],
        timedelta(hours=1),
    )


def test_only_open_outcomes_are_tried_again() -> None:
    """Retrying and unknown are not the end; a refusal is, until something changes."""
    again = {outcome for outcome in Outcome if not pushing.is_final(outcome)}
    assert again == {Outcome.RETRYING, Outcome.UNKNOWN}


# Drift


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ({}, drift.Cause.UNEXPLAINED),
        ({"edited": True}, drift.Cause.MANUAL),
        ({"locked_before": 4}, drift.Cause.CAMPAIGN),
        ({"refused": True, "edited": True}, drift.Cause.REFUSED),
        ({"link_changed": True, "edited": True}, drift.Cause.LINK_CHANGED),
    ],
)
def test_causes_of_a_listing_that_shows_too_much(facts: dict[str, int], cause: drift.Cause) -> None:
    """The surest cause is named."""
    assert drift.cause_of(drift.Seen(expected=5, observed=9, **facts)) is cause


def test_too_little_is_unseen_orders_until_all_are_known() -> None:
    """Fewer than expected are sales we have not heard of; when all are known, a riddle."""
    seen = [
        drift.cause_of(drift.Seen(expected=5, observed=3, all_orders_known=known))
        for known in (False, True)
    ]
    assert seen == [drift.Cause.UNSEEN, drift.Cause.UNEXPLAINED]


def test_no_drift_has_no_cause() -> None:
    """What is as expected needs no explanation."""
    assert drift.cause_of(drift.Seen(expected=5, observed=5, edited=True)) is None


def test_correction_keeps_its_bound() -> None:
    """A drift of three is corrected alone where three is allowed, four is not, either way."""
    assert [drift.may_correct(each, 3) for each in (3, -3, 4, -4)] == [True, True, False, False]


# Returns


@pytest.mark.parametrize(("units", "back"), [(0, 0), (4, 0), (2, 2)])
def test_no_more_comes_back_than_was_shipped(units: int, back: int) -> None:
    """Of three shipped units, four, or two after two, are refused; nothing is no receipt."""
    with pytest.raises(returns.Refused):
        returns.accepted(units, shipped=3, back=back)
