"""Errors: typed, placed, with the next step, and retried only where that can help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tenacity

from entrosdk.engine.retry import Policy
from entrosdk.errors import BadReply, EntroError, NotFound, RemoteFault, Unreachable, Unsupported
from entrosdk.spi.adapter import Access
from entrosdk.spi.manifest import Capability
from entrosdk.testing.bench import Bench
from entrosdk.testing.rules import rule

_INFO = Capability.SHOP_INFO
_ONCE = Policy(stop=tenacity.stop_after_attempt(1))


@rule("errors.not-found", Capability.ORDERS_GET)
def not_found(bench: Bench) -> None:
    """An order that does not exist is `NotFound`, with marketplace, shop and operation."""
    with bench.shop() as shop:
        try:
            shop.orders.get("0")
        except NotFound as error:
            where = error.context
            place = (where.marketplace, where.shop, where.operation)
            assert place == (bench.manifest.name, bench.store()["shop_id"], "orders.get")
        else:
            raise AssertionError("an order was found that does not exist")


@rule("errors.trouble-passes", _INFO)
def trouble_passes(bench: Bench) -> None:
    """A server error and a refused burst are waited out; the call then succeeds."""
    for effect in ("500", "429", "drop_reply", "timeout", "truncated_json"):
        bench.fault(effect, times=1)
        with bench.shop() as shop:
            assert shop.info().id == bench.store()["shop_id"], effect


@rule("errors.retry-after", _INFO)
def retry_after(bench: Bench) -> None:
    """A marketplace that says how long to wait is waited for exactly so long."""
    bench.fault("429", times=1, seconds=7)
    began = bench.clock()
    with bench.shop() as shop:
        shop.info()
    assert (bench.clock() - began).total_seconds() >= 7


@rule("errors.no-answer", _INFO)
def no_answer(bench: Bench) -> None:
    """HTML, half a reply and no reply are typed errors, never an exception of a library."""
    for effect in ("html", "truncated_json", "empty_body", "drop_reply", "timeout", "500"):
        bench.fault(effect)
        with bench.shop(policy=_ONCE) as shop:
            try:
                shop.info()
            except (BadReply, RemoteFault, Unreachable) as error:
                assert error.advice
            except EntroError as error:
                raise AssertionError(f"{effect} became {type(error).__name__}") from error
            else:
                raise AssertionError(f"{effect} was taken for an answer")


@rule("errors.undeclared")
def undeclared(bench: Bench) -> None:
    """What the manifest does not declare raises `Unsupported` before any request."""
    calls: dict[Capability, Callable[[Any], Any]] = {
        Capability.RETURNS_LIST: lambda shop: list(shop.returns.list(updated_from=bench.since)),
        Capability.PAYMENTS_PAYOUTS: lambda shop: list(
            shop.payments.payouts(settled_from=bench.since)
        ),
        Capability.EVENTS_PULL: lambda shop: shop.events.pull(),
        Capability.ORDERS_LABEL: lambda shop: shop.orders.label("0"),
        Capability.ORDERS_CANCEL: lambda shop: shop.orders.cancel("0", "none"),
        Capability.RETURNS_ACCEPT: lambda shop: shop.returns.accept("0"),
    }
    for capability, call in calls.items():
        if bench.can(capability):
            continue
        with bench.shop(clock=bench.clock) as shop:
            before = bench.asked()
            try:
                call(shop)
            except Unsupported:
                assert bench.asked() == before, f"{capability} asked the marketplace"
            else:
                raise AssertionError(f"{capability} is not declared and did something")


@rule("errors.declared")
def declared(bench: Bench) -> None:
    """What the manifest declares is there to be called."""
    store = bench.store()
    access = Access(app=bench.app, region=bench.manifest.regions["VN"], shop_id=store["shop_id"])
    adapter = bench.adapter(access)
    for capability in filter(bench.can, Capability):
        part, _, method = capability.value.rpartition(".")
        owner: Any = getattr(adapter, part) if part else adapter
        assert callable(getattr(owner, _METHODS.get(method, method), None)), capability


# The facade's names where they differ from the adapter's.
_METHODS = {"list": "page", "get": "many"}


@rule("errors.manifest")
def manifest(bench: Bench) -> None:
    """The manifest is honest: every capability is named, with the place that says so."""
    named = bench.manifest.capabilities
    assert set(named) == set(Capability), "every capability has a cell"
    assert all(support.source for support in named.values()), "every cell says why"
    assert "VN" in bench.manifest.regions
