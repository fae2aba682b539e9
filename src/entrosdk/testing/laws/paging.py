"""Paging and completeness."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from entrosdk.domain.order import OrderQuery
from entrosdk.engine.windows import split
from entrosdk.spi.manifest import Capability
from entrosdk.testing.bench import Bench
from entrosdk.testing.rules import rule

_ORDERS = Capability.ORDERS_LIST
_PAGES = 260  # orders: more than a page of any marketplace we know


def _ids(bench: Bench, stream: str) -> list[str]:
    return sorted(each["id"] for each in bench.truth()[stream])


@rule("paging.orders-complete", _ORDERS, orders=_PAGES)
def orders_complete(bench: Bench) -> None:
    """Listing a shop's whole life brings every order the marketplace has, each once."""
    with bench.shop() as shop:
        found = [order.id for order in shop.orders.list(updated_from=bench.since)]
    assert sorted(found) == _ids(bench, "orders")


@rule("paging.repeated-row", _ORDERS, orders=_PAGES)
def repeated_row(bench: Bench) -> None:
    """A row that a page shows twice is one record."""
    bench.fault("duplicate_page_row")
    with bench.shop() as shop:
        found = Counter(order.id for order in shop.orders.list(updated_from=bench.since))
    assert sorted(found) == _ids(bench, "orders")
    assert set(found.values()) == {1}


@rule("paging.resume", _ORDERS, orders=_PAGES)
def resume(bench: Bench) -> None:
    """A stored position goes on exactly where its page ended."""
    with bench.shop() as shop:
        window = {"updated_from": bench.since, "updated_to": bench.clock()}
        pages = list(shop.orders.pages(**window))
        half = pages[: len(pages) // 2 + 1]
        rest = list(shop.orders.pages(**window, start=half[-1].next)) if half[-1].next else []
    found = [order.id for page in (*half, *rest) for order in page]
    assert sorted(found) == _ids(bench, "orders")


@rule("paging.half-open", _ORDERS)
def half_open(bench: Bench) -> None:
    """Windows are [from, to): cut anywhere, they tile, with no order lost or seen twice."""
    moments = sorted(order["updated_at"] for order in bench.truth()["orders"])
    cut = bench.clock().fromtimestamp(moments[len(moments) // 2], bench.clock().tzinfo)
    with bench.shop() as shop:
        before = list(shop.orders.list(updated_from=bench.since, updated_to=cut))
        after = list(shop.orders.list(updated_from=cut))
    assert sorted(order.id for order in (*before, *after)) == _ids(bench, "orders")
    if bench.manifest.stream("orders").clock == "updated":
        assert all(order.updated_at < cut for order in before)
        assert all(order.updated_at >= cut for order in after)


@rule("paging.stubs", _ORDERS, orders=_PAGES)
def stubs(bench: Bench) -> None:
    """The cheap listing of ids names the same orders as the listing of whole ones."""
    stream = bench.manifest.stream("orders")
    start, end = f"{stream.clock}_from", f"{stream.clock}_to"
    found: set[str] = set()
    with bench.shop() as shop:
        now = bench.clock() + timedelta(seconds=1)
        for window in split(bench.since, now, stream.span):
            bounds: Any = {start: window[0], end: window[1]}
            query, cursor = OrderQuery(**bounds), None
            while True:
                page = shop.orders.stubs(query, cursor)
                found |= {stub.id for stub in page.items}
                if (cursor := page.next) is None:
                    break
    assert sorted(found) == _ids(bench, "orders")


@rule("paging.products-complete", Capability.PRODUCTS_LIST)
def products_complete(bench: Bench) -> None:
    """Listing products brings every product with every variant."""
    with bench.shop() as shop:
        found = [(p.id, v.id, v.sku) for p in shop.products.list() for v in p.variants]
    there = [(p["id"], v["id"], v["sku"]) for p in bench.truth()["products"] for v in p["variants"]]
    assert sorted(found) == sorted(there)


@rule("paging.returns-complete", Capability.RETURNS_LIST)
def returns_complete(bench: Bench) -> None:
    """Listing returns brings every return the marketplace has, each once."""
    with bench.shop() as shop:
        found = [each.id for each in shop.returns.list(updated_from=bench.since)]
    assert sorted(found) == _ids(bench, "returns")


@rule("paging.fetch-by-id", Capability.ORDERS_GET, orders=120)
def fetch_by_id(bench: Bench) -> None:
    """Any number of ids may be fetched at once; those that do not exist are named."""
    names = _ids(bench, "orders")
    with bench.shop() as shop:
        batch = shop.orders.get_many([*names, names[0], "0"])
    assert sorted(order.id for order in batch) == names
    assert batch.missing == ("0",)
