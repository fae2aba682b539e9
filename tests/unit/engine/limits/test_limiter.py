"""Whose turn it is: lanes, shops, age, and tickets that are given up."""

from __future__ import annotations

import pytest

from entrosdk.engine.limits import Limiter, Ticket
from entrosdk.spi.manifest import Limit
from tests.crowd import Crowd


def asked(limiter: Limiter, now: float, shop: str = "1", lane: str = "background") -> Ticket:
    """A ticket that asked once."""
    ticket = limiter.ticket(shop, "orders.list", lane)  # type: ignore[arg-type]
    limiter.turn(ticket, now)
    return ticket


def app(count: int) -> Limiter:
    """A limiter with one window of the app."""
    return Limiter([Limit(scope="app", count=count)])


def test_the_first_go_at_once_and_the_next_waits_a_window() -> None:
    """A turn is zero or the seconds until it."""
    limiter = app(2)
    waits = [limiter.turn(limiter.ticket("1", "info"), 100.0) for _ in range(3)]
    assert waits == [0.0, 0.0, pytest.approx(1.015)]


def test_shops_have_their_own_window_and_share_the_apps() -> None:
    """One shop's limit does not slow another; the app's limit does."""
    limiter = Limiter([Limit(scope="shop", count=1), Limit(scope="app", count=2)])
    waits = [limiter.turn(limiter.ticket(shop, "info"), 100.0) for shop in "123"]
    assert waits == [0.0, 0.0, pytest.approx(1.015)]


def test_operations_narrow_a_limit() -> None:
    """A limit for payments does not touch orders."""
    limiter = Limiter([Limit(scope="app", count=1, operations=("payments.",))])
    names = ("payments.list", "orders.list", "payments.list")
    waits = [limiter.turn(limiter.ticket("1", name), 100.0) for name in names]
    assert waits == [0.0, 0.0, pytest.approx(1.015)]


def test_people_go_before_backfill() -> None:
    """The next free slot is theirs, whoever waited longer."""
    limiter = app(1)
    asked(limiter, 100.0)
    old = asked(limiter, 100.1)
    person = asked(limiter, 100.9, lane="interactive")
    assert limiter.turn(old, 101.015) > 0
    assert limiter.turn(person, 101.015) == 0.0


def test_shops_take_turns() -> None:
    """The shop that was served less goes first, then the older request."""
    limiter = app(2)
    asked(limiter, 100.0, "A")
    asked(limiter, 100.0, "A")
    third, fourth = asked(limiter, 100.1, "A"), asked(limiter, 100.2, "A")
    other = asked(limiter, 100.3, "B")
    assert [limiter.turn(t, 101.015) > 0 for t in (other, fourth, third)] == [False, True, False]


def test_a_shop_that_its_own_limit_held_back_catches_nothing_up() -> None:
    """Fairness looks forward: the app's slots are shared among those who can use them."""
    limiter = Limiter(
        [Limit(scope="app", count=20), Limit(scope="shop", count=2, operations=("slow.",))]
    )
    crowd = Crowd(limiter)
    for number in range(30):
        crowd.client("A", "slow.list")
        crowd.client("B", requests=4, start=number / 100)
    went = crowd.run()
    first = [one.shop for one in went if one.at < 1005.0]
    assert first.count("A") <= 10
    assert first.count("B") >= 85


def test_a_free_slot_goes_to_who_is_awake() -> None:
    """Those before it sleep too long, as others gave up: nothing stays unused."""
    limiter = app(1)
    asked(limiter, 100.0)
    waiting = [asked(limiter, 100.0) for _ in range(3)]
    limiter.turn(waiting[2], 100.05)
    limiter.withdraw(waiting[0])
    assert limiter.turn(waiting[2], 101.020) > 0  # it is the second's, who is told to come now
    limiter.withdraw(waiting[1])
    assert limiter.turn(waiting[2], 101.020) == 0.0


def test_a_ticket_given_up_frees_its_place() -> None:
    """Nobody waits behind a flow that was closed."""
    limiter = app(1)
    asked(limiter, 100.0)
    gone, next_one = asked(limiter, 100.1), asked(limiter, 100.2)
    limiter.withdraw(gone)
    assert limiter.turn(next_one, 101.015) == 0.0


def test_a_ticket_nobody_withdraws_costs_one_slot() -> None:
    """A flow that hangs blocks nobody: its turn comes, passes, and is lost."""
    limiter = app(1)
    asked(limiter, 100.0)
    asked(limiter, 100.1)  # never heard of again
    next_one = asked(limiter, 100.2)
    assert limiter.turn(next_one, 101.015) > 0
    assert limiter.turn(next_one, 102.030) == 0.0


def test_a_sleeper_that_comes_far_too_late_waits_anew() -> None:
    """A turn that was given long ago would break the window now."""
    limiter = app(1)
    asked(limiter, 100.0)
    late, other = asked(limiter, 100.1), asked(limiter, 100.2)
    limiter.turn(other, 101.015)  # gives `late` its turn
    assert limiter.turn(late, 101.9) == pytest.approx(0.13)
    assert limiter.turn(late, 102.03) == 0.0


def test_withdrawing_twice_or_after_the_turn_does_nothing() -> None:
    """A `finally` needs no care."""
    limiter = app(1)
    went = asked(limiter, 100.0)
    never = limiter.ticket("1", "info")
    for ticket in (went, never, never):
        limiter.withdraw(ticket)
    assert limiter.turn(limiter.ticket("1", "info"), 100.5) == pytest.approx(0.515)


def test_refusal_closes_only_its_scope() -> None:
    """A shop's refusal leaves other shops alone."""
    limiter = Limiter([Limit(scope="shop", count=9), Limit(scope="app", count=90)])
    limiter.refused(asked(limiter, 100.0, "1"), "shop", 105.0, 100.1)
    assert limiter.turn(limiter.ticket("1", "orders.list"), 100.2) == pytest.approx(4.8)
    assert limiter.turn(limiter.ticket("2", "orders.list"), 100.2) == 0.0


def test_refusal_of_a_day_stops_all_and_teaches_no_pace() -> None:
    """A quota that is used up says nothing about a second."""
    limiter = Limiter([Limit(scope="shop", count=9), Limit(scope="app", count=90)])
    ticket = asked(limiter, 100.0, "1")
    limiter.refused(ticket, "day", 105.0, 100.1)
    assert limiter.turn(limiter.ticket("2", "orders.list"), 100.2) == pytest.approx(4.8)
    assert [window.count for window in ticket.windows] == [90, 9]


def test_refusal_lowers_the_window_that_is_fullest() -> None:
    """Of two limits of a shop the one that was being used up is the one that was wrong."""
    writes = Limit(scope="shop", count=2, operations=("products.",))
    limiter = Limiter([Limit(scope="shop", count=10), writes])
    for _ in range(2):
        ticket = limiter.ticket("1", "products.set_stock")
        limiter.turn(ticket, 100.0)
    limiter.refused(ticket, "shop", 100.5, 100.1)
    assert [window.count for window in ticket.own] == [10, 1]


def test_a_refusal_that_was_held_up_teaches_no_pace() -> None:
    """A stalled network delivers many at once: the limit is right, and only its pause is kept."""
    limiter = app(9)
    limiter.answered(asked(limiter, 100.0), 100.1)  # what is usual
    held, quick = asked(limiter, 101.0), asked(limiter, 103.0)
    limiter.refused(held, "app", 103.5, 103.1)
    assert [window.count for window in held.windows] == [9]
    assert limiter.turn(limiter.ticket("2", "orders.list"), 103.2) == pytest.approx(0.3)
    limiter.refused(quick, "app", 103.5, 103.2)
    assert quick.windows[0].count < 9


def test_a_postponed_turn_keeps_its_place() -> None:
    """What processes share was full: the same request is first when it opens again."""
    limiter = app(5)
    ticket = asked(limiter, 100.0)
    limiter.postpone(ticket, [100.4])
    other = asked(limiter, 100.1)
    assert limiter.turn(other, 100.4) == 0.0  # two slots are free
    assert limiter.turn(ticket, 100.4) == 0.0
    assert [claim.count for claim in limiter.claims(ticket)] == [5]


def test_claims_have_the_same_names_in_every_process() -> None:
    """Keys tell scope, shop, time and operations, nothing of this process."""
    limits = [Limit(scope="app", count=9), Limit(scope="shop", count=5, per=60)]
    keys = [
        [claim.key for claim in limiter.claims(limiter.ticket("7", "info"))]
        for limiter in (Limiter(limits), Limiter(limits))
    ]
    assert keys[0] == keys[1] == ["app::1:", "shop:7:60:"]


def test_clock_set_back_does_not_freeze_us() -> None:
    """Moments of a clock that was wrong are forgotten, also for those who wait already."""
    limiter = app(1)
    asked(limiter, 10_000.0)
    waiting = asked(limiter, 10_000.0)
    assert limiter.turn(waiting, 100.0) == 0.0


def test_headers_correct_the_one_window_they_can_mean() -> None:
    """A count without a scope is taken where only one window counts the request."""
    one, two = app(20), Limiter([Limit(scope="app", count=20), Limit(scope="shop", count=20)])
    told = {"x-ratelimit-limit": "7"}
    tickets = [asked(limiter, 100.0) for limiter in (one, two)]
    one.heard(tickets[0], told, 100.1)
    two.heard(tickets[1], told, 100.1)
    assert [[w.count for w in ticket.windows] for ticket in tickets] == [[7], [20, 20]]


def test_headers_that_say_nothing_is_left_stop_us_until_the_reset() -> None:
    """A refusal is spared."""
    limiter = app(20)
    ticket = asked(limiter, 100.0)
    limiter.heard(ticket, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "3"}, 100.0)
    assert limiter.turn(limiter.ticket("1", "info"), 100.5) == pytest.approx(2.5)
