"""Laws of the limiter over a virtual clock: never too much, never idle, fair, people first."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrosdk.engine.limits import Lane, Limiter
from entrosdk.spi.manifest import Limit
from tests.crowd import Crowd, Departure, Server, most_in

_LIMITS = st.lists(
    st.builds(
        Limit,
        scope=st.sampled_from(["app", "shop"]),
        count=st.integers(1, 6),
        per=st.sampled_from([0.5, 1.0, 3.0]),
        operations=st.sampled_from([(), ("orders.",), ("products.",)]),
    ),
    max_size=4,
)
_LANES: list[Lane] = ["interactive", "background"]
_CLIENTS = st.lists(
    st.fixed_dictionaries(
        {
            "shop": st.sampled_from("ABC"),
            "operation": st.sampled_from(["orders.list", "products.list", "info"]),
            "lane": st.sampled_from(_LANES),
            "requests": st.integers(1, 5),
            "start": st.floats(0, 4),
            "patience": st.none() | st.floats(0, 3),
        }
    ),
    min_size=1,
    max_size=25,
)


def counted(limit: Limit, went: list[Departure]) -> list[list[float]]:
    """The departures that `limit` counts together."""
    groups: dict[str, list[float]] = {}
    for one in went:
        if not limit.operations or one.operation.startswith(limit.operations):
            groups.setdefault(one.shop if limit.scope == "shop" else "", []).append(one.at)
    return list(groups.values())


def crowd_of(limits: list[Limit], clients: list[dict[str, Any]], late: float) -> Crowd:
    """Clients whose timers fire up to `late` seconds late."""
    chance = random.Random(len(clients))
    crowd = Crowd(Limiter(limits), late=lambda: chance.uniform(0, late))
    for client in clients:
        crowd.client(**client)
    return crowd


@given(_LIMITS, _CLIENTS, st.sampled_from([0.0, 0.004, 0.05, 0.7]))
def test_no_span_of_a_window_holds_more_than_allowed(
    limits: list[Limit], clients: list[dict[str, Any]], late: float
) -> None:
    """Whatever shops, lanes, operations, late timers and given-up tickets come together."""
    went = crowd_of(limits, clients, late).run()
    for limit in limits:
        for moments in counted(limit, went):
            assert most_in(moments, limit.per) <= limit.count


@given(_LIMITS, _CLIENTS)
def test_whoever_waits_is_served(limits: list[Limit], clients: list[dict[str, Any]]) -> None:
    """Nothing that others do, or fail to do, blocks a request for ever."""
    patient = [client | {"patience": None} for client in clients]
    crowd = crowd_of(limits, clients + patient, 0.01)
    assert len(crowd.run(1e6)) >= sum(client["requests"] for client in patient)


@settings(max_examples=25)
@given(st.integers(2, 20), st.integers(1, 20), st.sampled_from([0.0, 0.004]))
def test_no_slot_stays_unused_while_somebody_waits(count: int, shops: int, late: float) -> None:
    """Work is let through at the allowed rate, less the slack."""
    clients = [{"shop": str(n), "requests": 3} for n in range(shops) for _ in range(3)]
    went = crowd_of([Limit(scope="app", count=count)], clients, late).run()
    moments = [one.at for one in went]
    for earlier, later in zip(moments, moments[count:], strict=False):
        # Three wait for each shop but for the last ones, which need the length of their replies.
        # Each may be counted when its reply is there, and a look may come a little later.
        assert later - earlier <= 1.015 + late + 5 * 0.03 + max(0.05, shops * 3 / 100)


@settings(max_examples=15)
@given(st.integers(1, 12), st.lists(st.floats(1, 4), min_size=1, max_size=6))
def test_people_wait_for_one_slot_at_most(count: int, arrivals: list[float]) -> None:
    """Clicks that come one by one are next, however much backfill waits."""
    crowd = Crowd(Limiter([Limit(scope="app", count=count)]))
    for number in range(60):
        crowd.client(str(number % 7), requests=20)
    for number, start in enumerate(sorted(arrivals)):
        crowd.client("P", lane="interactive", start=start + number * 2)
    went = crowd.run(1018.0)
    moments = [one.at for one in went]
    for one in went:
        if one.lane == "interactive":
            since = [at for at in moments if one.asked < at < one.at - 1e-9]
            assert since == []


def test_a_greedy_shop_hardly_delays_the_others() -> None:
    """One shop with 64 requests in flight among 200: the others finish within 10 % of before."""
    assert finish(in_flight=64) < 1.1 * finish(in_flight=4)


def finish(in_flight: int) -> float:
    """How long the other shops take when the first has so many requests in flight."""
    limits = [Limit(scope="app", count=100), Limit(scope="shop", count=20)]
    clients: list[dict[str, Any]] = [
        {"shop": str(n), "requests": 3} for n in range(1, 200) for _ in range(4)
    ]
    clients += [{"shop": "0", "requests": 30} for _ in range(in_flight)]
    crowd = crowd_of(limits, clients, 0.003)
    crowd.run(1100.0)
    return max(at for shop, at in crowd.finished.items() if shop != "0") - 1000.0


def test_few_wake_ups_are_wasted_with_hundreds_waiting() -> None:
    """Estimates are close: a request asks a handful of times, however long it waits."""
    crowd = crowd_of(
        [Limit(scope="app", count=50), Limit(scope="shop", count=10)],
        [{"shop": str(n), "requests": 2} for n in range(200) for _ in range(4)],
        0.003,
    )
    went = crowd.run()
    assert crowd.asked / len(went) < 5


def jittery(crowd: Crowd, seed: int = 7) -> Crowd:
    """Timers up to 5 ms late, ways that differ by 4 ms."""
    chance = random.Random(seed)
    crowd.late, crowd.way = lambda: chance.uniform(0, 0.005), lambda: chance.uniform(0.01, 0.014)
    return crowd


def test_a_limit_is_used_to_97_percent_without_a_refusal() -> None:
    """A busy event loop's lateness does not add up, and its jitter is within the slack."""
    server = Server(20)
    crowd = jittery(Crowd(Limiter([Limit(scope="app", count=20)]), server))
    for _ in range(8):
        crowd.client(requests=500)
    went = crowd.run(1120.0)
    late = [one for one in went if one.at > 1001.0]
    assert server.refusals == []
    assert len(late) >= 0.97 * 20 * 119


@pytest.mark.parametrize("real", [40, 20, 5])
def test_a_lower_limit_than_told_is_learned(real: int) -> None:
    """Told fifty a second, we settle at what is allowed, with few refusals afterwards."""
    server = Server(real)
    crowd = jittery(Crowd(Limiter([Limit(scope="app", count=50)]), server))
    for _ in range(64):
        crowd.client(requests=2000)
    went = crowd.run(1180.0)
    settled = [one for one in went if one.at > 1005.0]
    assert sum(at > 1005.0 for at in server.refusals) <= 10
    assert len(settled) >= 0.9 * real * 175


def test_a_limit_that_was_low_for_a_while_is_won_back() -> None:
    """Somebody else used it up: some minutes later we are where we were."""
    server = Server(10)
    crowd = jittery(Crowd(Limiter([Limit(scope="app", count=25)]), server))
    for _ in range(30):
        crowd.client(requests=2000)
    crowd.at(1020.0, lambda: setattr(server, "count", 25))
    went = [one.at for one in crowd.run(1360.0)]
    per_second = [sum(at <= moment < at + 1 for moment in went) for at in range(1350, 1360)]
    assert min(per_second) >= 24


@given(st.lists(st.floats(0, 5), min_size=2, max_size=30))
def test_a_shops_requests_go_in_their_order(starts: list[float]) -> None:
    """Within a lane and an operation the older one goes first."""
    crowd = Crowd(Limiter([Limit(scope="shop", count=2)]))
    for start in starts:
        crowd.client(start=start)
    went = crowd.run()
    for one, two in pairwise(went):
        assert one.asked <= two.asked + 1e-9 or one.at > two.at - 1e-3
