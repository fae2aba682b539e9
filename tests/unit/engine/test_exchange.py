"""The engine around an adapter's flow, fed by hand: no loop, no network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import tenacity

from entrosdk.domain.credentials import Grant
from entrosdk.engine.events import Renewed, Retrying, Sent, Signal
from entrosdk.engine.exchange import Engine
from entrosdk.engine.limits import Limiter
from entrosdk.engine.retry import Policy
from entrosdk.errors import (
    BadReply,
    BadSignature,
    ConfigError,
    EntroError,
    Expired,
    Forbidden,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Revoked,
    Timeout,
    Unavailable,
    Unsupported,
)
from entrosdk.runtime.stores.memory import MemoryStore
from entrosdk.runtime.threads import ThreadDriver
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, sleep
from entrosdk.spi.manifest import Capability, Limit
from entrosdk.spi.request import Request, Response, Safety
from tests.toymarket import MANIFEST, NOON, ToyAdapter, app, grant, reply

KEY = "toy:toy-app:1"
FIRST = grant()


class Script:
    """A transport that plays prepared replies and errors, and remembers what it was asked."""

    def __init__(self, replies: Sequence[Response | Exception]) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []

    def send(self, request: Request, timeout: float) -> Response:
        """Play the next reply."""
        self.requests.append(request)
        answer = self.replies.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Nothing to give back."""


class Bench:
    """An engine on a clock that moves only when it sleeps."""

    def __init__(
        self,
        *replies: Response | Exception,
        limits: Sequence[Limit] = (),
        grant: Grant | None = FIRST,
        **policy: Any,
    ) -> None:
        self.now = NOON
        self.slept: list[float] = []
        self.signals: list[Signal] = []
        self.store = MemoryStore()
        if grant:
            self.store.save(KEY, grant, 0)
        self.transport = Script(replies)
        self.adapter = ToyAdapter(Access(app=app(), region=MANIFEST.regions["VN"], shop_id="1"))
        self.engine = Engine(
            self.adapter,
            key=KEY,
            clock=lambda: self.now,
            jitter=lambda: 1.0,
            limiter=Limiter(limits),
            policy=Policy(**policy),
            hooks=(self.signals.append,),
            shared_store=False,
        )
        self.driver = ThreadDriver(self.transport, self.store, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        """Move the clock."""
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def info(self) -> Any:
        """Ask for the shop's name."""
        flow = self.engine.operate(Capability.SHOP_INFO, self.adapter.info)
        return self.driver.run(flow).name

    def buy(self, safety: Safety = Safety.UNSAFE) -> Any:
        """Write something."""
        return self.driver.run(self.engine.run(self.adapter.buy(safety), "buy"))

    def asked(self) -> list[str]:
        """The paths that were requested."""
        return [request.path for request in self.transport.requests]

    def tokens(self) -> list[str]:
        """The access tokens that were sent."""
        sent = [dict(request.headers) for request in self.transport.requests]
        return [headers["x-token"] for headers in sent if "x-token" in headers]


NAME = {"name": "Tiệm Đồ Chơi"}


def test_success_returns_the_adapters_value() -> None:
    """A good reply goes straight through."""
    bench = Bench(reply(NAME))
    assert bench.info() == "Tiệm Đồ Chơi"
    assert bench.asked() == ["/info"]


def test_every_attempt_is_signed_anew() -> None:
    """A retry carries a fresh timestamp."""
    bench = Bench(Timeout("slow"), reply(NAME))
    bench.info()
    stamps = [dict(request.headers)["x-time"] for request in bench.transport.requests]
    assert len(set(stamps)) == 2


def test_trouble_is_retried_with_growing_pauses() -> None:
    """Unavailable, timeouts and broken replies wait longer each time."""
    broken = Response(status=200, body=b"<html>")
    bench = Bench(reply({"error": "busy"}), Timeout("slow"), broken, reply(NAME))
    bench.info()
    assert bench.slept == [0.5, 1.0, 2.0]


def test_policy_gives_up_with_the_last_error() -> None:
    """After the last attempt the fault itself is raised, with its place."""
    bench = Bench(*[reply({"error": "busy", "id": "r-9"})] * 6)
    with pytest.raises(Unavailable) as caught:
        bench.info()
    context = caught.value.context
    assert (context.marketplace, context.shop, context.operation) == ("toy", "1", "info")
    assert (context.request_id, context.code, context.attempt) == ("r-9", "busy", 6)


@pytest.mark.parametrize(
    ("code", "error"), [("forbidden", Forbidden), ("revoked", Revoked), ("signature", BadSignature)]
)
def test_final_refusals_are_not_repeated(code: str, error: type[EntroError]) -> None:
    """What repeating cannot mend is raised at once."""
    bench = Bench(reply({"error": code}))
    with pytest.raises(error):
        bench.info()
    assert bench.asked() == ["/info"]


def test_retry_after_is_obeyed() -> None:
    """A rate limit waits as long as the marketplace says."""
    bench = Bench(reply({"error": "slow down", "after": 7}), reply(NAME))
    bench.info()
    assert bench.slept == [7]


def test_retry_after_beyond_the_cap_fails_fast_and_tells_the_wait() -> None:
    """Nobody sleeps for an hour unasked."""
    bench = Bench(reply({"error": "slow down", "after": 3600}))
    with pytest.raises(RateLimited) as caught:
        bench.info()
    assert (caught.value.retry_after, bench.slept) == (3600, [])


def test_refusal_holds_back_other_requests_of_the_same_limit() -> None:
    """One refused request teaches all who share its limit."""
    limits = [Limit(scope="app", count=100)]
    bench = Bench(reply({"error": "slow down", "after": 7}), limits=limits, stop=lambda _: True)
    with pytest.raises(RateLimited):
        bench.info()
    limiter = bench.engine._limiter
    later = (NOON + timedelta(seconds=3)).timestamp()
    assert limiter.turn(limiter.ticket("2", "info"), later) == 4.0


def test_expired_token_is_renewed_once_and_the_request_repeated() -> None:
    """Expired, renew, again: with the new token, stored first."""
    bench = Bench(
        reply({"error": "expired"}), reply({"access": "A2", "refresh": "R2"}), reply(NAME)
    )
    assert bench.info() == "Tiệm Đồ Chơi"
    assert bench.asked() == ["/info", "/renew", "/info"]
    assert bench.tokens() == ["access-0001", "A2"]
    stored = bench.store.load(KEY)
    assert stored is not None
    assert stored.version == 2
    assert [s.own for s in bench.signals if isinstance(s, Renewed)] == [True]


def test_expired_again_after_renewal_is_an_error() -> None:
    """One renewal per request: a marketplace that never accepts does not loop us."""
    fresh = reply({"access": "A2", "refresh": "R2"})
    bench = Bench(reply({"error": "expired"}), fresh, reply({"error": "expired"}))
    with pytest.raises(Expired):
        bench.info()


def test_a_grant_that_was_only_completed_may_be_renewed_once_more() -> None:
    """A renewal that kept the token (TikTok's cipher was missing) does not use up the renewal."""
    same, fresh = {"access": "access-0001", "refresh": "R1"}, {"access": "A2", "refresh": "R2"}
    expired = reply({"error": "expired"})
    bench = Bench(expired, reply(same), expired, reply(fresh), reply(NAME))
    assert bench.info() == NAME["name"]
    assert bench.transport.replies == []


def test_token_about_to_run_out_is_renewed_before_use() -> None:
    """Early renewal spares a refused request."""
    old = grant(expires_at=NOON + timedelta(minutes=4))
    bench = Bench(reply({"access": "A2", "refresh": "R2"}), reply(NAME), grant=old)
    bench.info()
    assert bench.asked() == ["/renew", "/info"]


def test_early_renewal_that_fails_goes_on_with_the_old_token() -> None:
    """As long as the token lives, trouble with the token endpoint stops nobody."""
    old = grant(expires_at=NOON + timedelta(minutes=4))
    bench = Bench(
        *[Timeout("slow")] * 2, reply(NAME), grant=old, stop=lambda a: a.attempt_number > 1
    )
    bench.info()
    assert bench.tokens() == ["access-0001"]


def test_failed_early_renewal_is_not_tried_by_every_request() -> None:
    """After trouble, requests go on with the old token for half a minute, then renew."""
    old = grant(expires_at=NOON + timedelta(minutes=4))
    once, named = tenacity.stop_after_attempt(1), reply(NAME)
    fresh = reply({"access": "A2", "refresh": "R2"})
    bench = Bench(Timeout("slow"), named, named, fresh, named, grant=old, stop=once)
    bench.info()
    bench.info()
    bench.now += timedelta(seconds=31)
    bench.info()
    assert bench.asked() == ["/renew", "/info", "/info", "/renew", "/info"]


def test_refused_renewal_asks_for_the_seller() -> None:
    """A refresh token nobody accepts is `Revoked`, with the next step."""
    bench = Bench(reply({"error": "expired"}), reply({"error": "revoked"}))
    with pytest.raises(Revoked, match="consent link"):
        bench.info()


def test_missing_grant_says_what_to_do() -> None:
    """Without a grant nothing is sent."""
    bench = Bench(grant=None)
    with pytest.raises(ConfigError, match="authorize_url"):
        bench.info()
    assert bench.asked() == []


@pytest.mark.parametrize("fault", [Timeout("slow"), reply({"error": "busy"}), Response(status=200)])
def test_lost_reply_of_an_unsafe_write_is_outcome_unknown(fault: Any) -> None:
    """A write that may have acted is never repeated blindly."""
    bench = Bench(fault)
    with pytest.raises(OutcomeUnknown, match="Read the thing back"):
        bench.buy()
    assert bench.asked() == ["/buy"]


@pytest.mark.parametrize(
    "fault", [Refused("closed"), reply({"error": "slow down", "after": 1})], ids=str
)
def test_unsafe_write_that_surely_did_nothing_is_repeated(fault: Any) -> None:
    """A refused connection or a rate limit had no effect."""
    bench = Bench(fault, reply({"done": True}))
    assert bench.buy() == {"done": True}


def test_safe_write_is_repeated() -> None:
    """Setting an absolute value twice does no harm."""
    bench = Bench(Timeout("slow"), reply({"done": True}))
    assert bench.buy(Safety.SAFE) == {"done": True}


def test_undeclared_capability_is_unsupported_before_any_request() -> None:
    """The manifest decides, with its reason."""
    bench = Bench()
    with pytest.raises(Unsupported, match="toys are free"):
        bench.driver.run(bench.engine.operate(Capability.PAYMENTS_PAYOUTS, bench.adapter.info))
    with pytest.raises(Unsupported):
        bench.driver.run(bench.engine.operate(Capability.ORDERS_SHIP, bench.adapter.info))
    assert bench.asked() == []


def test_limits_are_kept_by_waiting() -> None:
    """The third request in a second waits for the next second and a little."""
    bench = Bench(*[reply(NAME)] * 3, limits=[Limit(scope="shop", count=2)])
    for _ in range(3):
        bench.info()
    assert bench.slept == [pytest.approx(1.015)]


def test_a_clock_that_stands_still_keeps_nobody_waiting() -> None:
    """Where neither clock nor sleeping is real, a limit is waited out once and then passed."""
    bench = Bench(*[reply(NAME)] * 5, limits=[Limit(scope="shop", count=2)])
    bench.driver = ThreadDriver(bench.transport, bench.store, sleep=bench.slept.append)
    for _ in range(5):
        bench.info()
    assert bench.slept == [pytest.approx(1.015), pytest.approx(1.015)]


def test_marketplace_clock_is_learned_from_replies() -> None:
    """The server's Date header tells its time, whatever ours is."""
    bench = Bench(reply(NAME, date="Tue, 24 Nov 2026 05:30:00 GMT"))
    assert bench.engine.server_now is None
    bench.info()
    assert bench.engine.server_now == NOON + timedelta(minutes=30)


def test_all_lanes_learn_the_time_together() -> None:
    """A run in the background begins with what the last one heard."""
    bench = Bench(reply(NAME, date="Tue, 24 Nov 2026 05:30:00 GMT"))
    before = bench.engine.on("background")
    bench.info()
    assert before.server_now == NOON + timedelta(minutes=30)


def test_the_marketplaces_time_does_not_go_back_within_a_second() -> None:
    """Replies tell whole seconds: the reading that was latest counts, until the clock is set."""
    told = [NOON, NOON, NOON + timedelta(seconds=1), NOON - timedelta(minutes=10)]
    bench = Bench(*(reply(NAME, date=format_datetime(at, usegmt=True)) for at in told))
    skews = []
    for pause in (0.0, 0.8, 0.1, 0.1):
        bench.sleep(pause)
        bench.info()
        skews.append(bench.engine.server_now - bench.now)
    seconds = [skew.total_seconds() for skew in skews]
    assert seconds == [0.0, 0.0, pytest.approx(0.1), pytest.approx(-601.0)]


def test_refused_signature_names_a_clock_that_is_off() -> None:
    """The measured difference is part of the message."""
    late = reply({"error": "signature"}, date="Tue, 24 Nov 2026 05:10:00 GMT")
    with pytest.raises(BadSignature, match="clock is 600 s behind theirs"):
        Bench(late).info()


def test_errors_surface_in_the_adapters_own_frame() -> None:
    """An adapter's flow may catch what its request raised and go on."""

    def fallback() -> Flow[str]:
        try:
            yield from bench.adapter.info()
        except Forbidden:
            yield from sleep(3)
            return "guessed"
        return "told"

    bench = Bench(reply({"error": "forbidden"}))
    assert bench.driver.run(bench.engine.run(fallback(), "info")) == "guessed"
    assert bench.slept == [3]


def test_bad_reply_of_a_mapping_carries_its_place() -> None:
    """Errors raised while reading are given marketplace, shop and operation."""

    def unreadable() -> Flow[str]:
        yield from bench.adapter.info()
        raise BadReply("no such field")

    bench = Bench(reply(NAME))
    with pytest.raises(BadReply) as caught:
        bench.driver.run(bench.engine.operate(Capability.SHOP_INFO, unreadable))
    assert caught.value.context.operation == "info"


def test_hooks_hear_what_happened() -> None:
    """Each attempt and each retry is a signal."""
    bench = Bench(reply({"error": "busy", "id": "r-1"}), reply(NAME))
    bench.info()
    told = [
        (signal.outcome, signal.attempt) if isinstance(signal, Sent) else type(signal)
        for signal in bench.signals
    ]
    assert told == [("Unavailable", 1), Retrying, ("ok", 2)]


def test_unsaved_grant_is_kept_until_the_store_takes_it() -> None:
    """A store in trouble does not cost the rotated refresh token."""

    class Stubborn(MemoryStore):
        failures = 5

        def save(self, key: str, grant: Grant, expected: int) -> Any:
            if expected and self.failures:
                self.failures -= 1
                raise OSError("disk full")
            return super().save(key, grant, expected)

    expired = reply({"error": "expired"})
    bench = Bench(expired, reply({"access": "A2", "refresh": "R2"}), expired, reply(NAME))
    bench.store = Stubborn()
    bench.store.save(KEY, grant(), 0)
    bench.driver = ThreadDriver(bench.transport, bench.store, sleep=bench.sleep)
    with pytest.raises(OSError, match="disk full"):
        bench.info()
    assert bench.info() == "Tiệm Đồ Chơi"
    assert bench.asked() == ["/info", "/renew", "/info", "/info"]
