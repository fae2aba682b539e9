"""Whatever a stranger's client sends, the sandbox answers in Shopee's envelope."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.sandbox.http import Call
from entrosdk.sandbox.shopee.market import endpoints
from entrosdk.spi.wire import names
from tests.sandboxes import NOON, Table
from tests.unit.sandbox.test_gateway import Client

NOW = int(NOON.timestamp())

NAMES = names(
    """
    time_range_field time_from time_to page_size page_no cursor offset order_sn order_sn_list
    order_status response_optional_fields item_id item_id_list item_status item_name item_sku
    update_time_from update_time_to create_time_from create_time_to release_time_from
    release_time_to return_sn status money_flow transaction_tab_type warehouse_type language
    package_number_list filter pagination code shop_id refresh_token partner_id callback_url
    last_message_id
    """
)
values = st.one_of(
    st.sampled_from(["", "0", "1", "-1", "²", "١", "1e3", "true", "[1,2]", "[", "NORMAL", "vi"]),
    st.sampled_from(
        ["create_time", "update_time", str(NOW - 60), str(NOW), "9" * 5000, str(2**70)]
    ),
    st.text(max_size=8),
)
queries = st.dictionaries(st.sampled_from(sorted(NAMES - {"shop_id", "partner_id"})), values)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
bodies = st.one_of(
    st.binary(max_size=8),
    st.just(b"[" * 100_000),
    st.dictionaries(
        st.sampled_from(sorted(NAMES)),
        st.recursive(
            scalars,
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(sorted(NAMES)), inner, max_size=3)
            ),
            max_leaves=4,
        ),
    ).map(lambda body: json.dumps(body).encode()),
)


@pytest.fixture(scope="module")
def client() -> Client:
    """A client of a small shop."""
    return Client(Table(orders=10))


@given(st.sampled_from(sorted(endpoints())), queries, bodies)
def test_no_request_breaks_the_sandbox(
    client: Client, path: str, query: dict[str, str], body: bytes
) -> None:
    """Signed well and filled with anything, every address answers with a request id."""
    for method in endpoints()[path].method.split():
        reply = client.send(path, {**query, **client.query(path)}, method, body)
        answer = json.loads(reply.body)
        assert (reply.status, bool(answer["request_id"])) == (200, True)
        assert isinstance(answer["error"], str)


@given(st.dictionaries(st.sampled_from(["partner_id", "timestamp", "sign", "shop_id"]), values))
def test_no_common_parameter_breaks_the_gateway(client: Client, change: dict[str, Any]) -> None:
    """Partner, timestamp, sign and shop may be any text."""
    path = "/api/v2/shop/get_shop_info"
    text = urlencode({**client.query(path), **change})
    reply = client.table.box.handle("shopee", Call.of("GET", path, text, {}, b""))
    assert reply.status in {200, 403}
    assert json.loads(reply.body)["request_id"]
