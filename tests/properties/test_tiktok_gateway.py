"""Whatever a stranger's client sends, the sandbox answers in TikTok Shop's envelope."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.sandbox.tiktok.gateway import Endpoint
from entrosdk.sandbox.tiktok.market import endpoints
from entrosdk.spi.wire import names
from tests.sandboxes import NOON, Table
from tests.unit.sandbox.tiktok.client import Client

NOW = int(NOON.timestamp())

NAMES = names(
    """
    page_size page_token sort_field sort_order ids order_status create_time_ge create_time_lt
    update_time_ge update_time_lt update_time_le is_buyer_request_cancel package_status status
    seller_skus sku_ids product_ids order_ids cancel_ids cancel_status return_ids return_status
    return_types order_id cancel_reason order_line_item_ids reject_reason decision comment skus
    id inventory warehouse_id quantity price amount currency title description category_id
    category_version main_images sales_attributes name value_name package_weight value save_mode
    seller_sku handover_method packages document_type types statement_time_ge search_time_ge
    event_type address return_or_cancel_id
    """
)
texts = st.one_of(
    st.sampled_from(["", "0", "1", "20", "-1", "²", "١", "1e3", "true", "[1,2]", "[", "v2", "ALL"]),
    st.sampled_from(
        ["create_time", "update_time", "statement_time", "order_create_time", "SHIPPING_LABEL"]
    ),
    st.sampled_from(["WITHDRAW", "ASC", str(NOW), "9" * 5000, str(2**70), "QMwlHnHq+/=="]),
    st.text(max_size=8),
)
queries = st.dictionaries(st.sampled_from(sorted(NAMES)), texts, max_size=5)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(sorted(NAMES)), inner, max_size=4)
    ),
    max_leaves=6,
)
bodies = st.one_of(
    st.binary(max_size=8),
    st.just(b"[" * 100_000),
    st.dictionaries(st.sampled_from(sorted(NAMES)), values, max_size=6).map(
        lambda body: json.dumps(body).encode()
    ),
)


def shaped(kind: str) -> st.SearchStrategy[bytes]:
    """Bodies that look right, with anything in one place."""
    rows = st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "id": values,
                "inventory": st.lists(values, max_size=2) | values,
                "price": st.fixed_dictionaries({}, optional={"amount": values, "currency": values})
                | values,
                "sales_attributes": values,
                "seller_sku": values,
            },
        ),
        min_size=1,
        max_size=2,
    )
    head = {
        "title": st.just("Bình giữ nhiệt inox 304 nắp vặn") | values,
        "description": st.just("d") | values,
        "category_id": st.just("1") | values,
        "category_version": st.just("v2"),
        "main_images": st.just([{"uri": "x"}]) | values,
        "package_weight": values,
    }
    parts = {"skus": rows, **(head if kind == "product" else {})}
    return st.fixed_dictionaries(parts).map(lambda body: json.dumps(body).encode())


@pytest.fixture(scope="module")
def client() -> Client:
    """A client of a small shop."""
    return Client(Table("tiktok", orders=10))


def places(client: Client, endpoint: Endpoint) -> list[str]:
    """Paths of an endpoint: with an id of each kind, and with nonsense."""
    if "{}" not in endpoint.path:
        return [endpoint.path.replace("/v/", f"/{endpoint.versions[0]}/", 1)]
    shop = client.table.market.shop
    order = next(iter(shop.orders.values()))
    known = (order.id, order.package, str(shop.products[0].id), "1", "²", "x" * 40)
    path = endpoint.path.replace("/v/", f"/{endpoint.versions[0]}/", 1)
    return [path.replace("{}", name) for name in known]


def answered(client: Client, endpoint: Endpoint, path: str, query: Any, body: bytes) -> None:
    """Send a well signed call and look at the envelope."""
    common = client.pairs(**({} if endpoint.cipher else {"shop_cipher": None}))
    pairs = [*common, *query.items()]
    signed = [*pairs, ("sign", client.sign(path, pairs, body))]
    client.table.market.limits.shop = 0
    reply = client.send(endpoint.method, path, signed, body)
    found = json.loads(reply.body)
    assert set(found) == {"code", "data", "message", "request_id"}
    assert reply.status in {200, 400, 404, 405}
    assert found["code"] != 106001


@given(st.data(), st.sampled_from(endpoints()), queries, bodies)
def test_no_request_breaks_the_sandbox(
    client: Client, data: st.DataObject, endpoint: Endpoint, query: dict[str, str], body: bytes
) -> None:
    """Signed well and filled with anything, every address answers in its envelope."""
    path = data.draw(st.sampled_from(places(client, endpoint)))
    answered(client, endpoint, path, query, body)


WRITES = [one for one in endpoints() if one.method in {"POST", "PUT"} and "product/v/p" in one.path]


@pytest.mark.parametrize("kind", ["product", "rows"])
@given(data=st.data(), endpoint=st.sampled_from(WRITES))
def test_no_write_breaks_the_sandbox(
    client: Client, kind: str, data: st.DataObject, endpoint: Endpoint
) -> None:
    """Bodies that look right and hold something strange."""
    path = data.draw(st.sampled_from(places(client, endpoint)))
    answered(client, endpoint, path, {}, data.draw(shaped(kind)))


@given(
    st.dictionaries(st.sampled_from(["app_key", "timestamp", "sign", "shop_cipher"]), texts),
    st.dictionaries(st.sampled_from(["x-tts-access-token", "content-type"]), texts),
)
def test_no_common_parameter_breaks_the_gateway(
    client: Client, change: dict[str, str], headers: dict[str, str]
) -> None:
    """App, timestamp, sign, cipher and token may be any text."""
    path = "/logistics/202309/warehouses"
    pairs = {**dict(client.pairs()), "sign": "0" * 64, **change}
    reply = client.send("GET", path, list(pairs.items()), headers={**client.headers(), **headers})
    assert json.loads(reply.body)["code"] in {36009004, 106001}


@given(queries, st.sampled_from(["get", "refresh", "nothing"]))
def test_no_token_request_breaks_the_sandbox(
    client: Client, query: dict[str, str], what: str
) -> None:
    """Codes and tokens may be any text."""
    app = {"app_key": client.store["app_key"], "app_secret": client.secret}
    grant = {"grant_type": "refresh_token", "refresh_token": next(iter(query.values()), "")}
    pairs = list({**query, **app, **grant}.items())
    reply = client.send("GET", f"/api/v2/token/{what}", pairs, headers={})
    assert json.loads(reply.body)["code"] != 0
