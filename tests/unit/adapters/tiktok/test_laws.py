"""What holds for any body: a page is mapped or refused as a whole, and no record is dropped."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.adapters.tiktok.events import events
from entrosdk.domain.order import OrderQuery
from entrosdk.domain.payment import PaymentQuery
from entrosdk.domain.product import ProductQuery
from entrosdk.domain.returns import ReturnQuery
from entrosdk.errors import BadReply
from entrosdk.spi.page import Page
from tests.unit.adapters.tiktok.desk import answer, fixture, ok, parsed, shop

START = datetime.fromtimestamp(1794700800, UTC)
SPAN = (START, START + timedelta(days=3))
SETTLED = PaymentQuery(settled_from=SPAN[0], settled_to=SPAN[1])

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["", "0", "-1", "1e400", "NaN", "sNaN", "0.5", "99999999999999999999"]),
)
VALUES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=2),
    st.dictionaries(st.text(max_size=4), SCALARS, max_size=2),
)


def orders(body: Any) -> Page[Any]:
    """A page of orders."""
    query = OrderQuery(updated_from=SPAN[0], updated_to=SPAN[1])
    return answer(shop().orders.page(query, None), body).result


def returns(body: Any) -> Page[Any]:
    """A page of returns."""
    query = ReturnQuery(updated_from=SPAN[0], updated_to=SPAN[1])
    return answer(shop().returns.page(query, None), body).result


def payments(body: Any) -> Page[Any]:
    """A page of movements."""
    return answer(shop().payments.page(SETTLED, None), fixture("statements"), body).result


def payouts(body: Any) -> Page[Any]:
    """A page of payouts."""
    return answer(shop().payments.payouts(SETTLED, None), body).result


def product(body: Any) -> Any:
    """One listing in detail."""
    name = "1731904420187440301"
    return answer(shop().products.many([name]), ok({}), body).result


def stock(body: Any) -> Any:
    """One listing with any stock."""
    name = "1731904420187440301"
    return answer(shop().products.many([name]), body, fixture("product_detail")).result


def stubs(body: Any) -> Page[Any]:
    """A page of ids of listings."""
    return answer(shop().products.stubs(ProductQuery(), None), body).result


READERS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "orders_search_page": (orders, "orders"),
    "returns_search_page": (returns, "return_orders"),
    "statement_transactions": (payments, "transactions"),
    "withdrawals": (payouts, "withdrawals"),
    "products_search_page": (stubs, "products"),
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a body."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in pairs:
        yield (*path, key)
        if isinstance(part, dict | list):
            yield from places(part, (*path, key))


def put(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The body with another value at a place."""
    changed = copy.deepcopy(body)
    spot = changed
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = value
    return changed


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_no_record_of_a_page_is_dropped(name: str, data: st.DataObject) -> None:
    """Whatever stands in one record, it is mapped or unreadable, and the others are mapped."""
    read, key = READERS[name]
    body = parsed(name)
    rows = body["data"][key]
    inside = [path for path in places(rows) if len(path) > 1]
    changed = put(rows, data.draw(st.sampled_from(inside)), data.draw(VALUES))
    page = read({**body, "data": {**body["data"], key: changed}})
    sources = {getattr(one, "source_id", one.id) for one in page.items}
    assert len(sources) + len(page.unreadable) == len(changed)


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_a_strange_page_is_read_or_refused(name: str, data: st.DataObject) -> None:
    """Nothing but a bad reply comes out of any body."""
    read, _ = READERS[name]
    body = parsed(name)
    body.pop("code")
    path = data.draw(st.sampled_from(list(places(body))))
    changed = {"code": 0, **put(body, path, data.draw(VALUES))}
    with suppress(BadReply):
        read(changed)


# What a record cannot do without: who it is, when it was, what it costs.
NEEDED = {
    *("id", "return_id", "create_time", "update_time", "original_price", "sale_price", "price"),
    *("tax_exclusive_price", "amount", "settlement_amount", "revenue_amount"),
    *("shipping_cost_amount", "fee_tax_amount", "adjustment_amount"),
}
# Without a part its block's total does not come out; that is told, not guessed.
SUMMED = ("revenue_breakdown", "shipping_cost_breakdown", "fee_tax_breakdown")


def optional(path: tuple[Any, ...]) -> bool:
    """Say whether a place may be empty or missing."""
    whole = len(path) > 1 and not isinstance(path[-1], int)
    return whole and path[-1] not in NEEDED and not any(part in SUMMED for part in path)


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_fields_without_a_value_are_left_out_or_empty(name: str, data: st.DataObject) -> None:
    """A key may be missing, null or empty text, in any number: the record still maps."""
    read, key = READERS[name]
    body = parsed(name)
    rows = body["data"][key]
    loose = sorted({path for path in places(rows) if optional(path)}, key=str)
    for path in data.draw(st.lists(st.sampled_from(loose), max_size=6, unique=True)):
        rows = emptied(rows, path, data.draw(st.sampled_from(["gone", "null", "text"])))
    page = read({**body, "data": {**body["data"], key: rows}})
    assert [(bad.id, bad.reason) for bad in page.unreadable] == []


def emptied(body: Any, path: tuple[Any, ...], how: str) -> Any:
    """The body with a place emptied, unless a place above it is empty already."""
    changed = copy.deepcopy(body)
    spot = changed
    for part in path[:-1]:
        spot = spot.get(part) if isinstance(spot, dict) else spot[part] if spot else None
        if not isinstance(spot, dict | list):
            return body
    if isinstance(spot, dict) and path[-1] in spot:
        if how == "gone":
            del spot[path[-1]]
        else:
            spot[path[-1]] = None if how == "null" else ""
    return changed


@pytest.mark.parametrize("read", [product, stock], ids=["detail", "stock"])
@given(data=st.data())
def test_any_listing_is_mapped_or_unreadable(
    read: Callable[[Any], Any], data: st.DataObject
) -> None:
    """One listing in detail, with any stock."""
    body = parsed("product_detail" if read is product else "inventory_search")
    inside = [path for path in places(body) if path[0] == "data"]
    changed = put(body, data.draw(st.sampled_from(inside)), data.draw(VALUES))
    try:
        batch = read(changed)
    except BadReply:
        return
    assert len(batch.items) + len(batch.unreadable) == 1


@given(kind=st.integers(0, 99), data=VALUES | st.dictionaries(st.text(), VALUES, max_size=4))
def test_any_webhook_is_an_event(kind: int, data: Any) -> None:
    """Whatever a genuine delivery holds."""
    body = {"type": kind, "data": data}
    assert events(body, json.dumps(body).encode())


@given(data=st.data())
def test_the_known_webhooks_with_anything_in_them_are_events(data: st.DataObject) -> None:
    """Each type with one strange value."""
    rows = parsed("webhooks")["deliveries"]
    body = json.loads(data.draw(st.sampled_from(rows))["raw_body"])
    changed = put(body, data.draw(st.sampled_from(list(places(body)))), data.draw(VALUES))
    assert events(changed, b"")
