"""Whatever Lazada sends: each record is mapped or put aside, none is lost, nothing is raised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from entrosdk.domain.order import OrderQuery
from entrosdk.domain.payment import PaymentQuery
from entrosdk.domain.product import ProductQuery
from entrosdk.domain.returns import ReturnQuery
from entrosdk.spi.page import Page
from tests.unit.adapters.lazada.desk import answer, ok, parsed, shop

START = datetime(2026, 2, 22, 17, tzinfo=UTC)
END = START + timedelta(days=30)

# What the fields of the examples are replaced by: other types, blanks, extremes, arbitrary values.
_SCALARS = st.sampled_from(
    [None, "", "null", 0, -1, 10**15, 10**30, 0.5, True, "x", "1,000.50", "92000.00 VND", [], {}]
) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


def changed(record: dict[str, Any], *keep: str) -> st.SearchStrategy[dict[str, Any]]:
    """The record with some of its fields replaced, left out or added."""
    names = [name for name in record if name not in keep]
    replaced = st.dictionaries(st.sampled_from([*names, "brand_new"]), _SCALARS, max_size=6)
    gone = st.sets(st.sampled_from(names), max_size=4)
    return st.tuples(replaced, gone).map(
        lambda both: {k: v for k, v in {**record, **both[0]}.items() if k not in both[1]}
    )


def whole(page: Page[Any], count: int) -> bool:
    """Whether every record came out once, as itself or put aside."""
    names = [one.id for one in page.items] + [bad.id for bad in page.unreadable]
    return len(names) == len(set(names)) == count


HEADER = parsed("order_get")["data"]
UNIT = parsed("order_items_get")["data"][0]


@given(changed(HEADER, "order_id"), changed(UNIT))
def test_any_order_is_mapped_or_put_aside(header: dict[str, Any], unit: dict[str, Any]) -> None:
    """Header and unit may be anything."""
    listed = ok({"countTotal": 1, "orders": [header]})
    units = ok([{"order_id": header["order_id"], "order_items": [unit]}])
    query = OrderQuery(updated_from=START, updated_to=END)
    flow = shop().orders.page(query, None)
    replies = [listed] if _unread(header) else [listed, units]
    assert whole(answer(flow, *replies).result, 1)
    assert len(answer(shop().orders.stubs(query, None), listed).result.items) in {0, 1}


def _unread(header: dict[str, Any]) -> bool:
    """Whether the header itself does not fit, so that no units are asked for."""
    query = OrderQuery(updated_from=START, updated_to=END)
    listed = ok({"countTotal": 1, "orders": [header]})
    return bool(answer(shop().orders.stubs(query, None), listed).result.unreadable)


@given(changed(parsed("product_item_get")["data"], "item_id"), changed(UNIT))
def test_any_listing_is_mapped_or_put_aside(item: dict[str, Any], sku: dict[str, Any]) -> None:
    """Also with a variant that is something else."""
    for body in (item, {**item, "skus": [sku]}):
        page = answer(
            shop().products.page(ProductQuery(), None),
            ok({"total_products": 1, "products": [body]}),
        ).result
        assert whole(page, 1)


@given(changed(parsed("product_item_get")["data"]["skus"][0]))
def test_any_variant_is_mapped_or_put_aside(sku: dict[str, Any]) -> None:
    """With its listing."""
    body = {**parsed("product_item_get")["data"], "skus": [sku]}
    page = answer(
        shop().products.page(ProductQuery(), None), ok({"total_products": 1, "products": [body]})
    ).result
    assert whole(page, 1)


@given(changed(parsed("transaction_details")["data"][0], "transaction_number"))
def test_any_row_of_money_is_mapped_or_put_aside(row: dict[str, Any]) -> None:
    """Amounts, dates and words may be anything."""
    query = PaymentQuery(settled_from=START, settled_to=END)
    assert whole(answer(shop().payments.page(query, None), ok([row])).result, 1)


@given(changed(parsed("payout_status")["data"][0], "statement_number"))
def test_any_statement_is_mapped_or_put_aside(row: dict[str, Any]) -> None:
    """One whose dates lie elsewhere is not told, and nothing is raised."""
    query = PaymentQuery(settled_from=START, settled_to=END)
    page = answer(shop().payments.payouts(query, None), ok([row])).result
    assert len(page.items) + len(page.unreadable) <= 1


RETURN = parsed("reverse_orders")["result"]["items"][0]


@given(
    changed(RETURN, "reverse_order_id", "request_type"), changed(RETURN["reverse_order_lines"][0])
)
def test_any_return_is_mapped_or_put_aside(body: dict[str, Any], line: dict[str, Any]) -> None:
    """Line and header may be anything."""
    query = ReturnQuery(updated_from=START, updated_to=END)
    for item in (body, {**body, "reverse_order_lines": [line]}):
        reply = {"code": "0", "result": {"success": True, "total": 1, "items": [item]}}
        assert whole(answer(shop().returns.page(query, None), reply).result, 1)
