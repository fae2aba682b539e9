"""Listings: windows, positions, records that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest

from entrosdk import Shop, connect
from entrosdk.domain.order import Order, OrderQuery
from entrosdk.errors import BadReply, ConfigError, NotFound
from entrosdk.spi.effects import Flow
from entrosdk.spi.page import Batch, Page, Unreadable
from entrosdk.spi.request import Request, Response
from tests.toymarket import NOON, ToyAdapter, app, grant, order, reply

DAY = timedelta(days=1)


class Paper(ToyAdapter):
    """Answers from pages written down: (window start day, cursor) -> page."""

    pages: ClassVar[dict[tuple[int, str | None], Page[Order]]] = {}
    batch: ClassVar[Batch[Order]] = Batch(items=())

    def page(self, query: OrderQuery, cursor: str | None) -> Flow[Page[Order]]:
        yield from ()
        assert query.updated_from is not None
        return self.pages[(query.updated_from - NOON).days, cursor]

    def many(self, ids: Sequence[str]) -> Flow[Batch[Order]]:
        yield from ()
        return self.batch


class Silent:
    """A transport nobody should need, except to tell the time."""

    def send(self, request: Request, timeout: float) -> Response:
        """Tell the shop's name, and with it the marketplace's time."""
        return reply({"name": "x"}, date="Tue, 24 Nov 2026 05:00:20 GMT")

    def close(self) -> None:
        """Nothing to give back."""


def shop(pages: dict[tuple[int, str | None], Page[Order]] | None = None, **rest: Any) -> Shop:
    """A shop on prepared pages."""
    kind = type("Prepared", (Paper,), {"pages": pages or {}, **rest})
    return connect(
        kind, app=app(), shop_id=1, grant=grant(), transport=Silent(), clock=lambda: NOON, hooks=()
    )


def page(*ids: str, next: str | None = None, **rest: Any) -> Page[Order]:
    """A page of orders."""
    return Page(items=tuple(order(id) for id in ids), next=next, **rest)


PAGES = {
    (0, None): page("1", "2", next="a"),
    (0, "a"): page(next="b"),  # an empty page with a position goes on
    (0, "b"): page("3"),
    (15, None): page("4"),
    (30, None): page("5", next="c"),
    (30, "c"): page(),
}
SPAN: dict[str, datetime] = {"updated_from": NOON, "updated_to": NOON + 40 * DAY}


def ids(orders: Any) -> list[str]:
    """Ids in order."""
    return [each.id for each in orders]


def test_long_spans_are_cut_into_windows() -> None:
    """Forty days are three windows of a marketplace that allows fifteen."""
    assert ids(shop(PAGES).orders.list(**SPAN)) == ["1", "2", "3", "4", "5"]


def test_a_listing_may_be_read_twice() -> None:
    """Iterating again asks again."""
    records = shop(PAGES).orders.list(**SPAN)
    assert ids(records) == ids(records)


def test_any_page_can_be_resumed_elsewhere() -> None:
    """From each position on, another shop object yields exactly the rest."""
    pages = list(shop(PAGES).orders.pages(**SPAN))
    for number, seen in enumerate(pages[:-1]):
        rest = shop(PAGES).orders.pages(**SPAN, start=seen.next)
        assert [ids(part) for part in rest] == [ids(part) for part in pages[number + 1 :]]


def test_a_position_of_another_listing_is_refused() -> None:
    """Resuming with other bounds would lose rows."""
    position = next(iter(shop(PAGES).orders.pages(**SPAN))).next
    other = shop(PAGES).orders.pages(
        updated_from=NOON + DAY, updated_to=NOON + 2 * DAY, start=position
    )
    with pytest.raises(ConfigError, match="does not belong"):
        list(other)


def test_an_open_end_is_the_marketplaces_now() -> None:
    """Our clock says noon; the marketplace is 20 s ahead, and it decides."""
    assert shop().now() == NOON + timedelta(seconds=20)
    assert ids(shop({(0, None): page("1")}).orders.list(updated_from=NOON)) == ["1"]
    ahead = NOON + timedelta(seconds=21)
    assert ids(shop({}).orders.list(updated_from=ahead)) == []


def test_a_repeated_position_is_a_fault() -> None:
    """A marketplace that sends us in circles does not keep us there."""
    turning = shop({(0, None): page("1", next="a"), (0, "a"): page("2", next="a")})
    with pytest.raises(BadReply, match="repeated a page position"):
        ids(turning.orders.list(updated_from=NOON, updated_to=NOON + DAY))


def test_unreadable_records_are_never_skipped_in_silence() -> None:
    """Without a taker iteration stops at them; with one it goes on."""
    bad = Unreadable(id="9", reason="lines.0.price: decimal_parsing")
    pages = {(0, None): page("1", next="a", unreadable=(bad,)), (0, "a"): page("2")}
    window: dict[str, datetime] = {"updated_from": NOON, "updated_to": NOON + DAY}
    with pytest.raises(BadReply, match=r"9 cannot be read: lines\.0"):
        ids(shop(pages).orders.list(**window))
    kept: list[Unreadable] = []
    assert ids(shop(pages).orders.list(**window, on_unreadable=kept.append)) == ["1", "2"]
    assert kept == [bad]


def test_getting_one_that_is_not_there() -> None:
    """A missing id is NotFound with its place, an unreadable one is BadReply."""
    with pytest.raises(NotFound, match="there is no 7") as caught:
        shop().orders.get("7")
    assert (caught.value.context.marketplace, caught.value.context.shop) == ("toy", "1")
    broken = Batch[Order](items=(), unreadable=(Unreadable(id="7", reason="why"),))
    with pytest.raises(BadReply, match="7 cannot be read: why"):
        shop(batch=broken).orders.get("7")


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({}, "needs the moment to begin from"),
        ({"updated_from": NOON.replace(tzinfo=None)}, "without a time zone"),
    ],
)
def test_windows_that_mean_nothing_are_refused(bounds: dict[str, Any], message: str) -> None:
    """A listing needs a beginning, with a time zone."""
    with pytest.raises(ConfigError, match=message):
        ids(shop().orders.list(**bounds))
