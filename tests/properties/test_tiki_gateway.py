"""Whatever a stranger's client sends, the emulated Tiki answers in one of Tiki's shapes."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.sandbox.tiki.market import endpoints
from entrosdk.spi.wire import names
from tests.unit.sandbox.tiki.bench import Client

QUERY = names(
    """
    page limit code sku status fulfillment_type item_inventory_type item_confirmation_status is_rma
    filter_date_by created_from_date created_to_date updated_from_date updated_to_date order_by
    include includes name active category_id original_sku state track_id type format
    tiki_warehouse_codes
    """
)
FIELDS = names(
    """
    confirmation_status seller_inventory_id expected_pickup_time available_item_ids status
    failure_cause appointment_date update_time product_id original_sku price active data
    warehouse_quantities warehouse_id qty_available category_id name description market_price
    attributes image images option_attributes variants sku option1 inventory_type
    warehouse_stocks qtyAvailable meta_data is_auto_turn_on event_type ack_id
    """
)
odd = st.one_of(
    st.sampled_from(["", "0", "1", "-1", "²", "١", "1e3", "true", "in|", "nin|complete", "|"]),
    st.sampled_from(["2026-11-18 09:00:00", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "html"]),
    st.sampled_from(["created_at|asc", "today", "waiting", "9" * 500, str(2**70)]),
    st.text(max_size=8),
)
queries = st.dictionaries(st.sampled_from(sorted(QUERY)), odd, max_size=5)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | odd
    | st.sampled_from(["seller_confirmed", "seller_canceled", "failed_delivery", "dropship"])
)
inner = st.recursive(
    scalars,
    lambda deeper: (
        st.lists(deeper, max_size=3)
        | st.dictionaries(st.sampled_from(sorted(FIELDS)), deeper, max_size=4)
    ),
    max_leaves=8,
)
bodies = st.one_of(
    st.binary(max_size=8),
    st.sampled_from([b"[" * 100_000, b"null", b"1" * 5000]),
    st.dictionaries(st.sampled_from(sorted(FIELDS)), inner, max_size=8).map(
        lambda body: json.dumps(body).encode()
    ),
)


@pytest.fixture(scope="module")
def client() -> Client:
    """A client of a small shop, with an order of each model that waits for the seller."""
    client = Client(orders=10, access_life=10**9)
    made = [client.order(model) for model in ("dropship", "tiki_delivery", "seller_delivery")]
    client.market.limits.shop = 0
    client.known = [order.id for order in made]  # type: ignore[attr-defined]
    client.known += [str(variant.id) for _, variant in client.market.rows()[:3]]
    client.known += [client.tell("v1/queues", {"name": "q"}, client.app_token())[1]["code"]]
    return client


def is_tikis(status: int, body: Any) -> bool:
    """Say whether a reply has one of the shapes of section 2."""
    if 200 <= status < 300:
        return True
    if status == 429:
        return list(body) == ["message"]
    shape = set(body) <= {"errors", "meta"} and bool(body["errors"])
    return shape and all(isinstance(text, str) for text in body["errors"])


@given(st.data(), st.sampled_from(endpoints()), queries, bodies, st.booleans())
def test_no_request_breaks_the_sandbox(
    client: Client, data: Any, endpoint: Any, query: dict[str, str], body: bytes, as_app: bool
) -> None:
    """With either token and filled with anything, every address answers in Tiki's words."""
    path = endpoint.path
    known = st.sampled_from(client.known) | st.sampled_from(["1", "x", "²", "9" * 50])  # type: ignore[attr-defined]
    for part in [part for part in path.split("/") if part.startswith(":")]:
        path = path.replace(part, data.draw(known), 1)
    token = client.app_token() if as_app else client.access
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    given_body = b"" if endpoint.method in {"GET", "DELETE"} else body
    reply = client.send(endpoint.method, path, given_body, headers, urlencode(query))
    if reply.kind.startswith("application/json"):
        assert is_tikis(reply.status, json.loads(reply.body))


@given(
    st.dictionaries(
        st.sampled_from(["grant_type", "code", "redirect_uri", "refresh_token", "client_id"]),
        odd | st.sampled_from(["authorization_code", "refresh_token", "client_credentials"]),
    ),
    st.sampled_from(["", "Basic", "Basic !", "Basic Og==", "Basic 4pyT", "Bearer x", "Basic /w=="]),
    st.booleans(),
)  # fmt: skip
def test_no_form_breaks_the_token_endpoint(
    client: Client, form: dict[str, str], header: str, whole: bool
) -> None:
    """A pair of tokens, or an error with its code and status."""
    headers = {"content-type": "application/x-www-form-urlencoded", "authorization": header}
    body = urlencode(form).encode()
    if whole:
        status, answer = client.token(raw=body)
    else:
        reply = client.send("POST", "/sc/oauth2/token", body, headers)
        status, answer = reply.status, json.loads(reply.body)
    assert "access_token" in answer if status == 200 else answer["status_code"] == status


@given(st.dictionaries(st.sampled_from(
    ["response_type", "client_id", "redirect_uri", "scope", "state", "deny"]), odd))  # fmt: skip
def test_no_query_breaks_the_consent_page(client: Client, query: dict[str, str]) -> None:
    """It leads back, or says what is wrong."""
    reply = client.send("GET", "/sc/oauth2/auth", query=urlencode(query))
    assert reply.status == 302 or json.loads(reply.body)["status_code"] == reply.status


@given(st.text(max_size=60).filter(lambda token: token.isprintable()))
def test_no_token_breaks_the_gateway(client: Client, token: str) -> None:
    """It is unknown, and that is all."""
    assert client.ask("v2/sellers/me", token)[0] == 401
