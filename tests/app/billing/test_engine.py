"""The rules of billing alone: no database, no clock (domain 8).

The cases of domain 8.7 and their tests; without a module's name they are here. VNPay's forged and
wrong notices are in the tests of paying.

- anchors 28-31 and 29 Feb: test_anchors_at_the_end_of_a_month, test_periods_tile
- midnight and month end at UTC+7: test_books.test_midnight_and_month_end
- renewal twice: test_books.test_renewal_twice; parallel: test_races; late:
  test_renewal_three_months_late, test_books.test_renewal_late
- trial ends on billing day: test_trial_ends_on_billing_day
- trial longer than a period: test_trial_longer_than_a_period
- trial extended over month end: test_trial_extended_over_month_end
- upgrade in trial: test_upgrade_in_trial; on day one: test_upgrade_on_day_one;
  twice, then cancel: test_upgrade_twice_then_cancel
- downgrade then upgrade before it applies: test_downgrade_then_upgrade_before_it_applies
- cancel on renewal day before and after the job: test_cancel_on_renewal_day
- undo: test_undo_a_cancellation, test_undo_a_downgrade
- start and end on the same day: test_start_and_end_on_the_same_day
- recreate after cancel: test_books.test_recreate_without_double_billing
- coupon above fee: test_coupon_above_the_fee, test_books.test_coupon_above_the_fee_is_paid
- credit above invoice: test_books.test_credit_above_the_invoice
- void of a paid invoice: test_books.test_void_of_a_paid_invoice
- credit-note parts sum to whole: test_credit_note_parts_make_the_whole,
  test_books.test_credit_notes
- price change: test_books.test_price_change_leaves_the_running_period_alone
- first payment fails and credits return: test_books.test_first_payment_fails_and_credits_return
- 50 parallel finalisations: test_races.test_fifty_finalisations_without_a_gap
- partial, double and wrong-amount transfers: test_books.test_partial_transfers,
  test_books.test_double_transfer, test_books.test_wrong_amount
- IPN repeated, late: test_books.test_notice_repeated, test_books.test_notice_late
- limit at N and N+1: test_limit_at_n_and_n_plus_1, test_limits
- every dunning step and recovery: test_every_dunning_step, test_recovery_from_each_step,
  test_books.test_dunning_by_mail
"""

from __future__ import annotations

import ast
import sys
import time
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from reference_app.billing import engine
from reference_app.billing.engine.changes import NotPossible, cancellation
from reference_app.billing.engine.coupons import Coupon
from reference_app.billing.engine.events import Paid
from reference_app.billing.engine.metering import may_connect, warning
from reference_app.billing.engine.money import (
    Dated,
    class_on,
    net_of,
    split,
    tax_on,
)
from reference_app.billing.engine.periods import Period, month_around, months_after, period
from reference_app.billing.engine.plans import Interval
from reference_app.billing.engine.settling import Taken, noted, received
from reference_app.billing.engine.states import State, Terms
from tests.app.billing.lives import (
    BIG,
    DAY,
    MIDDLE,
    MIDDLE_YEAR,
    SMALL,
    SMALL_YEAR,
    TERMS,
    Life,
    plan,
)

days = st.dates(date(2024, 1, 1), date(2034, 1, 1))


def test_the_engine_knows_no_web() -> None:
    """It imports the standard library, attrs and itself."""
    place = Path(engine.__file__).parent
    names = set()
    for file in place.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names.add(node.module or "")
            elif isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
    strange = {
        name
        for name in names
        if not name.startswith("reference_app.billing.engine")
        and name.split(".")[0] not in {*sys.stdlib_module_names, "attrs"}
    }
    assert strange == set()


# Money


def test_split_makes_the_whole() -> None:
    """The domain's two vectors."""
    assert split(100_000, [1, 1, 1]) == [33_334, 33_333, 33_333]
    assert split(10_000, [199_000, 89_000, 45_000]) == [5_976, 2_673, 1_351]


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_split_always_makes_the_whole(total: int, weights: list[int]) -> None:
    """Parts sum to the total, and none goes the other way."""
    parts = split(total, weights)
    assert sum(parts) == total
    assert all(part * total >= 0 for part in parts)


def test_tax_is_on_the_sum() -> None:
    """Three lines of 33.335 are taxed 8.000; the price of a plan, in three classes."""
    assert tax_on(3 * 33_335, "8") == 8_000
    sums = {name: 299_000 + tax_on(299_000, name) for name in ("8", "10", "KCT", "0")}
    assert sums == {"8": 322_920, "10": 328_900, "KCT": 299_000, "0": 299_000}
    assert (net_of(322_920, "8"), net_of(299_000, "KCT")) == (299_000, 299_000)


def test_a_tax_class_with_an_end() -> None:
    """The class of 8 % is one of 10 % outside of its dates."""
    dated = [Dated("8", date(2025, 7, 1), date(2027, 1, 1), "10")]
    found = [class_on("8", day, dated) for day in (date(2026, 12, 31), date(2027, 1, 1))]
    assert (found, class_on("KCT", date(2030, 1, 1), dated)) == (["8", "10"], "KCT")


# Periods


def _starts(anchor: date, interval: Interval, count: int) -> list[str]:
    return [str(period(anchor, interval, n).start) for n in range(1, count + 1)]


def test_anchors_at_the_end_of_a_month() -> None:
    """The domain's vectors: counted from the anchor, clamped, never stepped."""
    month, year = Interval.MONTH, Interval.YEAR
    assert _starts(date(2026, 1, 31), month, 4) == [
        "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31",
    ]  # fmt: skip
    assert _starts(date(2025, 11, 30), month, 4) == [
        "2025-12-30", "2026-01-30", "2026-02-28", "2026-03-30",
    ]  # fmt: skip
    assert _starts(date(2024, 2, 29), year, 4) == [
        "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29",
    ]  # fmt: skip
    for day in (28, 29, 30, 31):
        back = period(date(2026, 1, day), month, 2).start
        assert back == date(2026, 3, day)


@given(days, st.sampled_from(Interval))
def test_periods_tile(anchor: date, interval: Interval) -> None:
    """Ten years of periods of any anchor: no gap, no overlap, each day in exactly one."""
    spans = [period(anchor, interval, n) for n in range(120 // interval.months)]
    assert all(before.end == after.start for before, after in pairwise(spans))
    assert (spans[0].start, spans[-1].end) == (anchor, months_after(anchor, 120))
    assert sum(span.days for span in spans) == (spans[-1].end - anchor).days


@given(days, st.integers(0, 4000))
def test_a_day_is_in_its_month(anchor: date, after: int) -> None:
    """The month that orders are counted in has the day in it, and is one of the anchor's."""
    day = anchor + timedelta(days=after)
    span = month_around(anchor, day)
    assert day in span
    months = (span.start.year - anchor.year) * 12 + span.start.month - anchor.month
    assert span.start == months_after(anchor, months)


# Trial


def test_trial_days_are_whole() -> None:
    """The day of sign-up is free on top; the first period starts at the trial's end."""
    life = Life.begun(date(2026, 7, 1))
    assert life.course.trial_end == date(2026, 7, 16)
    assert life.to(date(2026, 7, 15)).state is State.TRIALING
    first = life.invoices[0]
    assert (first.due, first.span) == (
        date(2026, 7, 16),
        Period(date(2026, 7, 16), date(2026, 8, 16)),
    )


def test_invoice_three_days_before_the_end_then_restricted() -> None:
    """Unpaid at the end: no sync; paid: at once."""
    life = Life.begun(date(2026, 7, 1)).to(date(2026, 7, 12))
    assert not life.invoices
    assert len(life.to(date(2026, 7, 13)).invoices) == 1
    assert life.to(date(2026, 7, 16)).state is State.RESTRICTED
    life.pay()
    assert life.state is State.ACTIVE


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("restrict", State.RESTRICTED), ("cancel", State.CANCELED), ("pause", State.RESTRICTED)],
)
def test_other_ends_of_a_trial(policy: str, expected: State) -> None:
    """The terms choose what an unpaid end of a trial leads to; a pause has no end."""
    life = Life.begun(date(2026, 7, 1), terms=Terms(at_trial_end=policy))  # type: ignore[arg-type]
    assert life.to(date(2026, 7, 16)).state is expected
    later = life.to(date(2026, 9, 30)).state
    assert later is (State.RESTRICTED if policy == "pause" else State.CANCELED)


def test_trial_ends_on_billing_day() -> None:
    """A trial that ends on the 31st: that day sets the anchor and is billed once."""
    life = Life.begun(date(2026, 7, 16)).to(date(2026, 11, 1), pay=True)
    assert life.course.trial_end == date(2026, 7, 31)
    starts = [str(span.start) for span in life.spans]
    assert starts == ["2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31"]


def test_trial_longer_than_a_period() -> None:
    """45 days: nothing is billed within, one period after."""
    life = Life.begun(date(2026, 7, 1), terms=Terms(trial_days=45))
    life.to(date(2026, 8, 16), pay=True)
    assert life.spans == [Period(date(2026, 8, 16), date(2026, 9, 16))]


def test_trial_extended_over_month_end() -> None:
    """The anchor moves, the unpaid first invoice is made anew, no month is skipped."""
    life = Life.begun(date(2026, 1, 14)).to(date(2026, 1, 27))
    assert life.spans == [Period(date(2026, 1, 29), date(2026, 2, 28))]
    life.extend(date(2026, 2, 3))
    assert (life.spans, life.state) == ([], State.TRIALING)
    life.to(date(2026, 4, 1), pay=True)
    assert life.spans == [
        Period(date(2026, 2, 3), date(2026, 3, 3)), Period(date(2026, 3, 3), date(2026, 4, 3)),
    ]  # fmt: skip


def test_upgrade_in_trial() -> None:
    """The remaining days stay, nothing is charged, an invoice that was there is made anew."""
    life = Life.begun(date(2026, 7, 1)).to(date(2026, 7, 5))
    agreed = life.change(MIDDLE)
    assert (agreed.when, agreed.total, life.course.trial_end) == ("trial", 0, date(2026, 7, 16))
    life.to(date(2026, 7, 14))
    life.change(BIG)
    assert [(one.net, one.void) for one in life.invoices] == [(599_000, True), (1_499_000, False)]
    assert life.course.trial_end == date(2026, 7, 16)


def test_upgrade_in_a_trial_that_is_paid_for() -> None:
    """Paid early: the whole first period is credited."""
    life = Life.begun(date(2026, 7, 1)).to(date(2026, 7, 14))
    life.pay()
    assert life.change(MIDDLE).net == 300_000


def test_cancel_in_trial() -> None:
    """Access to its end, then nothing is owed."""
    life = Life.begun(date(2026, 7, 1)).to(date(2026, 7, 14))
    assert life.cancel() == date(2026, 7, 16)
    assert (life.state, life.open) == (State.TRIALING, [])
    assert life.to(date(2026, 7, 16)).state is State.CANCELED


# Changes


def test_upgrade_vector() -> None:
    """The domain's example: 299.000 to 599.000 on 25 July, 16 of 31 days left."""
    life = Life.running(date(2026, 7, 10)).to(date(2026, 7, 25))
    agreed = life.change(MIDDLE)
    assert (agreed.of("credit"), agreed.of("charge")) == (-154_323, 309_161)
    assert (agreed.net, agreed.tax, agreed.total) == (154_838, 12_387, 167_225)
    assert life.spans[-1] == Period(date(2026, 7, 25), date(2026, 8, 10))
    assert (life.course.plan, life.state) == (MIDDLE, State.ACTIVE)


def test_upgrade_on_day_one() -> None:
    """Paid or not, the day of the start costs the difference, or the new price alone."""
    life = Life.running(date(2026, 7, 10))
    assert life.change(MIDDLE).net == 300_000
    unpaid = Life.running(date(2026, 7, 10)).to(date(2026, 8, 10))
    agreed = unpaid.change(MIDDLE)
    assert ([line.amount for line in agreed.lines], len(agreed.replaces)) == ([599_000], 1)


def test_upgrade_of_an_unpaid_period_replaces_its_invoice() -> None:
    """Voided, not credited: the new one asks for the used part too, and is due as early."""
    life = Life.running(date(2026, 7, 10)).to(date(2026, 8, 13))
    agreed = life.change(MIDDLE)
    assert (agreed.net, agreed.due) == (
        299_000 + agreed.of("credit") + agreed.of("charge"),
        date(2026, 8, 10),
    )
    assert [one.void for one in life.invoices] == [False, True, False]
    assert life.state is State.PAST_DUE
    life.pay()
    assert life.state is State.ACTIVE


def test_upgrade_twice_then_cancel() -> None:
    """Each upgrade uses the whole period as denominator; the end stays the period's."""
    life = Life.running(date(2026, 7, 10)).to(date(2026, 7, 20))
    first = life.change(MIDDLE)
    life.pay()
    second = life.to(date(2026, 7, 25)).change(BIG)
    assert (first.days, second.days) == (31, 31)
    assert second.of("credit") == -309_161
    life.pay()
    assert life.cancel() == date(2026, 8, 10)
    assert life.to(date(2026, 8, 9)).state is State.ACTIVE
    assert life.to(date(2026, 8, 10)).state is State.CANCELED


def test_upgrades_that_are_not_paid_add_up() -> None:
    """Paid one by one or in one replaced invoice, the same is asked for in the end."""
    paid, unpaid = Life.running(date(2026, 7, 10)), Life.running(date(2026, 7, 10))
    for life in (paid, unpaid):
        life.to(date(2026, 8, 10))
    paid.pay()
    for day, on in ((date(2026, 8, 15), MIDDLE), (date(2026, 8, 16), BIG)):
        paid.to(day).change(on)
        paid.pay()
        unpaid.to(day).change(on)
    asked = sum(one.net for one in paid.invoices)
    assert asked == sum(one.net for one in unpaid.invoices if not one.void)
    assert len(unpaid.open) == 1


def test_downgrade_applies_at_period_end() -> None:
    """Fewer stores: the running period stays, the next one is the smaller plan's."""
    life = Life.running(date(2026, 7, 10), MIDDLE).to(date(2026, 7, 25))
    agreed = life.change(SMALL)
    assert (agreed.when, agreed.starts_on, agreed.lines) == ("period_end", date(2026, 8, 10), ())
    assert life.to(date(2026, 8, 9)).course.plan == MIDDLE
    life.to(date(2026, 8, 10))
    assert (life.course.plan, life.invoices[-1].net) == (SMALL, 299_000)


def test_undo_a_downgrade() -> None:
    """Asking for the own plan again takes the planned one back."""
    life = Life.running(date(2026, 7, 10), MIDDLE).to(date(2026, 7, 25))
    life.change(SMALL)
    life.change(MIDDLE)
    life.to(date(2026, 8, 10))
    assert life.invoices[-1].net == 599_000


def test_downgrade_then_upgrade_before_it_applies() -> None:
    """The upgrade takes its place: now, and from what is really paid for."""
    life = Life.running(date(2026, 7, 10), MIDDLE).to(date(2026, 7, 20))
    life.change(SMALL)
    agreed = life.to(date(2026, 7, 25)).change(BIG)
    assert (agreed.when, agreed.of("credit")) == ("now", -309_161)
    life.pay()
    life.to(date(2026, 8, 10))
    assert (life.course.plan, life.invoices[-1].net) == (BIG, 1_499_000)


def test_month_to_year_begins_now() -> None:
    """A new anchor; what is unused of the month is credited."""
    life = Life.running(date(2026, 7, 10)).to(date(2026, 7, 25))
    agreed = life.change(SMALL_YEAR)
    assert agreed.net == 2_990_000 - 154_323
    assert life.spans[-1] == Period(date(2026, 7, 25), date(2027, 7, 25))
    life.pay()
    life.to(date(2027, 7, 25))
    assert life.spans[-1].start == date(2027, 7, 25)


def test_year_to_month_waits_for_the_end() -> None:
    """Even to a bigger plan; the anchor's day stays, also where a year has clamped it."""
    life = Life.running(date(2024, 2, 29), MIDDLE_YEAR).to(date(2024, 3, 5))
    assert life.change(BIG).when == "period_end"
    life.jump(date(2025, 4, 1), pay=True)
    assert [str(span.start) for span in life.spans] == ["2024-02-29", "2025-02-28", "2025-03-29"]


def test_credit_that_no_charge_is_left_for() -> None:
    """A dear month to a cheap year: the rest goes to the account, nothing is asked."""
    life = Life.running(date(2026, 7, 10), plan(9, 9_000_000, stores=2))
    agreed = life.change(SMALL_YEAR)
    assert (agreed.total, agreed.to_account) == (0, 6_010_000)
    assert sum(line.amount for line in agreed.lines) == 0


def test_a_credit_is_never_more_than_was_paid() -> None:
    """A period that a coupon halved is credited by half."""
    life = Life.begun(date(2026, 7, 10), trial=False, coupon=Coupon(ppm=500_000, periods=1))
    life.work()
    life.pay()
    assert life.to(date(2026, 7, 25)).quote(MIDDLE).of("credit") == -77_161


def test_coupon_above_the_fee() -> None:
    """The fee is as low as 0, not lower; the invoice is paid and the next one is whole."""
    life = Life.begun(date(2026, 7, 10), trial=False, coupon=Coupon(amount=400_000, periods=1))
    life.work()
    assert (life.invoices[0].total, life.state) == (0, State.ACTIVE)
    assert life.quote(MIDDLE).of("credit") == 0
    life.to(date(2026, 8, 10))
    assert life.invoices[-1].net == 299_000


def test_the_same_plan_is_no_change() -> None:
    """Nor is anything possible after the end, or while a cancellation stands."""
    life = Life.running(date(2026, 7, 10))
    with pytest.raises(NotPossible, match="same"):
        life.quote(SMALL)
    life.cancel()
    with pytest.raises(NotPossible, match="ending"):
        life.quote(MIDDLE)
    life.to(date(2026, 8, 10))
    with pytest.raises(NotPossible, match="canceled"):
        life.quote(MIDDLE)


PLANS = st.sampled_from([SMALL, MIDDLE, BIG, SMALL_YEAR, MIDDLE_YEAR])
ACTS = st.lists(st.tuples(st.integers(0, 45), PLANS, st.booleans()), max_size=6)


@given(days, PLANS, ACTS, st.booleans())
def test_preview_equals_result(start: date, on: object, acts: list[object], trial: bool) -> None:
    """Before the job and after it, a quote is the change to the dong; books always add up."""
    life = Life.begun(start, on, trial=trial)  # type: ignore[arg-type]
    life.work()
    for wait, to, pays in acts:  # type: ignore[misc]
        life.day += DAY * wait  # the job was away meanwhile
        try:
            before = life.quote(to)
        except NotPossible:
            continue
        after = life.change(to)
        assert (before.total, before.net, before.lines) == (after.total, after.net, after.lines)
        assert sum(line.amount for line in after.lines) == after.net
        assert after.total == after.net + tax_on(after.net, "8") >= 0
        if pays:
            life.pay()
    _check_books(life)


def _check_books(life: Life) -> None:
    """Periods that stand, tile: each begins where one ended or was changed."""
    whole = [one for one in life.course.live_slices if one.start == one.period.start]
    for before, after in pairwise(whole):
        assert before.start <= after.start <= before.period.end


@given(days, st.integers(0, 30), PLANS, PLANS)
def test_no_credit_above_what_was_paid(start: date, after: int, old: object, new: object) -> None:
    """Whatever the day, what is credited was charged for that slice."""
    life = Life.running(start, old)  # type: ignore[arg-type]
    life.to(start + DAY * after, pay=True)
    try:
        agreed = life.quote(new)  # type: ignore[arg-type]
    except NotPossible:
        return
    paid = [one.price for one in life.course.slices if one.paid is Paid.SETTLED]
    assert 0 <= -agreed.of("credit") <= max(paid)


# Cancelling


@pytest.mark.parametrize("job_first", [False, True])
@pytest.mark.parametrize("paid", [False, True])
def test_cancel_on_renewal_day(job_first: bool, paid: bool) -> None:
    """Before or after the job it ends today and owes nothing, unless the new period is paid."""
    life = Life.running(date(2026, 7, 10)).to(date(2026, 8, 9))
    life.day += DAY
    if job_first:
        life.work()
        assert len(life.open) == 1
        if paid:
            life.pay()
    ends_on = life.cancel()
    bought = job_first and paid
    assert ends_on == (date(2026, 9, 10) if bought else date(2026, 8, 10))
    assert (life.state, life.open) == (State.ACTIVE if bought else State.CANCELED, [])
    life.jump(date(2026, 12, 1))
    assert len(life.spans) == (2 if bought else 1)


def test_cancel_while_the_running_period_is_unpaid() -> None:
    """What has begun stays owed, and is served to its end once it is paid."""
    life = Life.running(date(2026, 7, 10)).to(date(2026, 8, 13))
    assert life.cancel() == date(2026, 9, 10)
    assert len(life.open) == 1


def test_undo_a_cancellation() -> None:
    """Until the end: billing goes on as if nothing had been; afterwards it is too late."""
    life = Life.running(date(2026, 7, 10)).to(date(2026, 7, 20))
    life.cancel()
    life.to(date(2026, 8, 9)).undo()
    life.to(date(2026, 9, 9), pay=True)
    assert [str(span.start) for span in life.spans] == ["2026-07-10", "2026-08-10"]
    life.cancel()
    life.to(date(2026, 9, 10))
    with pytest.raises(NotPossible):
        life.undo()


def test_undo_in_trial_makes_the_invoice_anew() -> None:
    """The voided first invoice is not forgotten."""
    life = Life.begun(date(2026, 7, 1)).to(date(2026, 7, 14))
    life.cancel()
    life.undo()
    assert [one.void for one in life.invoices] == [True, False]


def test_start_and_end_on_the_same_day() -> None:
    """Unpaid: nothing is left. Paid: the period is served. In trial: the trial is."""
    unpaid = Life.begun(date(2026, 7, 10), trial=False)
    unpaid.work()
    assert unpaid.state is State.INCOMPLETE
    assert (unpaid.cancel(), unpaid.state, unpaid.spans) == (date(2026, 7, 10), State.CANCELED, [])
    assert Life.running(date(2026, 7, 10)).cancel() == date(2026, 8, 10)
    assert Life.begun(date(2026, 7, 10)).cancel() == date(2026, 7, 25)


def test_cancel_after_a_change_of_today() -> None:
    """A yearly plan that is not paid falls away; the paid month is served, and may go on."""
    life = Life.running(date(2026, 7, 10)).to(date(2026, 7, 20))
    life.change(SMALL_YEAR)
    assert life.cancel() == date(2026, 8, 10)
    assert life.open == []
    life.undo()
    life.to(date(2026, 8, 10))
    assert life.spans[-1] == Period(date(2026, 8, 10), date(2027, 8, 10))


# Renewal and dunning


def test_renewal_three_months_late() -> None:
    """Each period once, oldest first, and nobody is overdue for our delay."""
    life = Life.running(date(2026, 1, 31))
    life.day = date(2026, 5, 2)
    assert life.work() == 6  # three invoices, three reminders of today
    assert life.work() == 0
    assert [str(span.start) for span in life.spans] == [
        "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30",
    ]  # fmt: skip
    assert life.state is State.ACTIVE
    assert {one.due for one in life.open} == {date(2026, 5, 2)}


def _overdue(late: int) -> Life:
    return Life.running(date(2026, 7, 10)).to(date(2026, 8, 10) + DAY * late)


@pytest.mark.parametrize(
    ("late", "state", "steps"),
    [
        (0, State.ACTIVE, [0]),
        (1, State.PAST_DUE, [0, 1]),
        (2, State.PAST_DUE, [0, 1]),
        (3, State.PAST_DUE, [0, 1, 3]),
        (6, State.PAST_DUE, [0, 1, 3]),
        (7, State.RESTRICTED, [0, 1, 3, 7]),
        (29, State.RESTRICTED, [0, 1, 3, 7]),
        (30, State.CANCELED, [0, 1, 3, 7]),
    ],
)
def test_every_dunning_step(late: int, state: State, steps: list[int]) -> None:
    """Reminders on days 0, 1, 3 and 7, full service for 7 days, the end on day 30."""
    life = _overdue(late)
    assert (life.state, [step for _, step, _ in life.reminders]) == (state, steps)


@pytest.mark.parametrize("late", [0, 1, 3, 6, 7, 15, 29])
def test_recovery_from_each_step(late: int) -> None:
    """Any full payment restores at once; the anchor and the next period stay."""
    life = _overdue(late)
    life.pay()
    assert life.state is State.ACTIVE
    life.to(date(2026, 9, 10), pay=True)
    assert [str(span.start) for span in life.spans] == ["2026-07-10", "2026-08-10", "2026-09-10"]


def test_reminders_that_were_missed_are_not_sent_all_at_once() -> None:
    """A job that was away for five days sends the newest."""
    life = _overdue(0)
    life.day += DAY * 5
    life.work()
    assert [step for _, step, _ in life.reminders] == [0, 3]


def test_nothing_is_billed_while_service_rests() -> None:
    """February is shorter than dunning: its second period is not billed, but made up for."""
    life = Life.running(date(2027, 1, 5)).to(date(2027, 3, 6))
    assert (life.state, len(life.invoices)) == (State.RESTRICTED, 2)
    life.pay()
    life.work()
    assert life.spans[-1].start == date(2027, 3, 5)


def test_incomplete_ends_by_itself() -> None:
    """A first invoice without a trial is taken back after three days."""
    life = Life.begun(date(2026, 7, 10), trial=False).to(date(2026, 7, 12))
    life.work()
    assert life.state is State.INCOMPLETE
    assert life.to(date(2026, 7, 15)).state is State.CANCELED
    assert life.spans == []


@given(days, PLANS, st.booleans(), st.integers(0, 60))
def test_looking_only_when_due_misses_nothing(
    start: date, on: object, pay: bool, cancel_after: int
) -> None:
    """The days the job plans to look on are all it needs."""
    daily, seldom = Life.begun(start, on), Life.begun(start, on)  # type: ignore[arg-type]
    for life, move in ((daily, Life.to), (seldom, Life.jump)):
        move(life, start + DAY * cancel_after, pay=pay)
        try:
            cancellation(life.course, life.day, TERMS)
            life.cancel()
        except NotPossible:
            pass
        move(life, start + DAY * 120, pay=pay)
    assert (seldom.events, seldom.invoices) == (daily.events, daily.invoices)


def test_a_year_of_a_thousand_accounts() -> None:
    """In seconds: payers, those who pay late, those who never do, and those who leave."""
    begun = time.perf_counter()
    kept = billed = 0
    for number in range(1000):
        start = date(2026, 1, 1) + DAY * (number % 31)
        life = Life.begun(start, (SMALL, MIDDLE, BIG, SMALL_YEAR)[number % 4])
        pays = number % 10 != 9
        life.jump(start + DAY * 100, pay=pays)
        if number % 7 == 0 and life.state is State.ACTIVE:
            life.cancel()
        life.jump(start + DAY * 365, pay=pays)
        billed += len(life.spans)
        kept += life.state is State.ACTIVE
    assert (kept, billed) == (800, 7_700)
    assert time.perf_counter() - begun < 20


# Payments, notes, limits


def test_what_a_payment_does() -> None:
    """Equal pays, more leaves credit, less is kept, and a paid invoice takes nothing."""
    told = [received(balance, amount) for balance, amount in ((5, 5), (5, 8), (5, 3), (0, 5))]
    assert [(one.outcome, one.applied, one.credit) for one in told] == [
        ("paid", 5, 0), ("overpaid", 5, 3), ("kept", 0, 3), ("kept", 0, 5),
    ]  # fmt: skip


@given(st.integers(1, 10**9), st.lists(st.integers(1, 10**6), max_size=8))
def test_credit_note_parts_make_the_whole(net: int, parts: list[int]) -> None:
    """However an invoice is taken back in parts, net and tax sum to its own."""
    whole = Taken(net, tax_on(net, "8"))
    before = Taken(0, 0)
    for part in [*parts, None]:
        rest = whole.net - before.net
        if not rest:
            break
        taken = noted(whole, before, rest if part is None else min(part, rest))
        assert taken.tax >= 0
        before = Taken(before.net + taken.net, before.tax + taken.tax)
    assert before == whole


def test_a_credit_note_above_the_rest_is_refused() -> None:
    """Nothing is taken back twice."""
    with pytest.raises(ValueError, match="at most"):
        noted(Taken(100, 8), Taken(60, 5), 41)


def test_marks_of_usage() -> None:
    """80 and 100 %; no limit, no mark."""
    marks = [warning(counted, 1000) for counted in (0, 799, 800, 999, 1000, 1001)]
    assert marks == [None, None, 80, 80, 100, 100]
    assert warning(10**6, None) is None


def test_limit_at_n_and_n_plus_1() -> None:
    """The n-th store fits, the next does not; orders at the limit are still within."""
    assert may_connect(1, 2, 0, 1000)
    assert not may_connect(2, 2, 0, 1000)
    assert may_connect(1, 2, 1000, 1000)
    assert not may_connect(1, 2, 1001, 1000)
    assert may_connect(99, None, 0, None)


def test_editing_a_plan_makes_another() -> None:
    """A plan is a value: a course keeps the one it has."""
    life = Life.running(date(2026, 7, 10))
    dearer = evolve(SMALL, id=77, price=399_000)
    assert life.to(date(2026, 8, 10)).invoices[-1].net == 299_000
    assert life.quote(dearer).when == "now"
