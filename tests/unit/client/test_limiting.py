"""Limits that a person states."""

from __future__ import annotations

import pytest
from attrs import evolve

from entrosdk import Limiter, MemoryStore, connect, connect_async
from entrosdk.client.limiting import Limiters, limiter_for, stated_in
from entrosdk.engine.limits import Lane
from entrosdk.errors import ConfigError
from entrosdk.spi.manifest import Limit
from tests.toymarket import ToyAdapter, app


def counts(limiter: Limiter, operation: str = "info") -> list[int]:
    """How many requests the windows of an operation let through, the app's first."""
    return [window.count for window in limiter.ticket("1", operation).windows]


def test_limits_are_read_from_a_line() -> None:
    """The command line states them as pairs."""
    assert stated_in("shop=20, app=100") == (
        Limit(scope="app", count=100),
        Limit(scope="shop", count=20),
    )


@pytest.mark.parametrize("text", ["20", "shop=many", "shop=0", "day=5", "shop=1=2"])
def test_limits_that_are_not_understood_say_how_to_write_them(text: str) -> None:
    """The error shows an example."""
    with pytest.raises(ConfigError, match="shop=20,app=100"):
        stated_in(text)


def test_a_stated_limit_leaves_what_the_adapter_knows_of_operations() -> None:
    """TikTok's writes stay slower than its reads."""
    limiter = limiter_for("tiktok", stated_in("shop=8"))
    assert counts(limiter) == [8]
    assert counts(limiter, "products.set_stock") == [8, 3]


def test_shops_of_an_app_get_the_same_limiter() -> None:
    """Another app has its own."""
    limiters = Limiters()
    assert limiters.of("shopee", "a") is limiters.of("shopee", "a")
    assert limiters.of("shopee", "a") is not limiters.of("shopee", "b")


WRITES = ("products.",)


class Guessing(ToyAdapter):
    """Guesses at its shops, its app, and its writes."""

    manifest = evolve(
        ToyAdapter.manifest,
        limits=(
            Limit(scope="app", count=50),
            Limit(scope="shop", count=10),
            Limit(scope="shop", count=3, operations=WRITES),
        ),
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([Limit(scope="app", count=70)], [70, 3]),
        ([Limit(scope="shop", count=7), Limit(scope="shop", count=5, operations=WRITES)], [7, 5]),
        ([], [3]),
        (None, [50, 10, 3]),
    ],
)
def test_connect_takes_limits(given: list[Limit] | None, expected: list[int]) -> None:
    """What is stated is used whole; guesses at single operations stay, unless they are stated."""
    with connect(Guessing, app=app(), shop_id=1, store=MemoryStore(), limits=given) as shop:
        assert counts(shop.operations.engine._limiter, "products.set_stock") == expected


def test_limits_beside_a_limiter_are_refused() -> None:
    """One of them would be ignored in silence."""
    with pytest.raises(ConfigError, match="both"):
        connect(ToyAdapter, app=app(), shop_id=1, store=MemoryStore(), limits=(), limiter=Limiter())


def lane(shop: object) -> Lane:
    """The lane of a shop's requests."""
    found: Lane = shop.operations.engine._lane  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("kind", [connect, connect_async])
def test_a_shop_is_a_persons_unless_it_is_put_in_the_background(kind: object) -> None:
    """The view in the background shares everything else, the end of the connection too."""
    shop = kind(ToyAdapter, app=app(), shop_id=1, store=MemoryStore())  # type: ignore[operator]
    view = shop.in_background()
    assert (lane(shop), lane(view)) == ("interactive", "background")
    assert view.operations.engine._limiter is shop.operations.engine._limiter
    assert view._driver is shop._driver
