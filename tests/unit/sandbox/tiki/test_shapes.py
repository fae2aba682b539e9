"""The emulated Tiki prints what the fact book's examples print, and takes what they send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from entrosdk.sandbox.http import Call
from entrosdk.sandbox.tiki.gateway import routed
from tests.unit.sandbox.tiki.bench import Client
from tests.unit.sandbox.tiki.test_products import BODY

FIXTURES = Path(__file__).parents[3] / "fixtures" / "tiki"
WAREHOUSE = 402115


def example(name: str) -> Any:
    """An example body."""
    return json.loads((FIXTURES / f"{name}.json").read_bytes())


def keys(body: Any, at: str = "") -> set[str]:
    """Every key of a body, by dotted path."""
    if isinstance(body, list):
        return set().union(*(keys(one, at) for one in body)) if body else set()
    if not isinstance(body, dict):
        return set()
    found = {at + name for name in body}
    return found.union(*(keys(value, f"{at}{name}.") for name, value in body.items()))


def test_orders_have_every_key_of_the_examples() -> None:
    """And no other."""
    names = (
        "order_detail_queueing_cod",
        "order_detail_canceled",
        "order_detail_complete_seller_delivery",
    )
    expected = set().union(*(keys(example(name)) for name in names))
    include = "status_histories,item.fees,item.confirmation_histories"
    _, page = Client(orders=80).ask("v2/orders", limit=100, include=include)
    assert keys(page["data"]) == expected
    assert keys(page["paging"]) == keys(example("orders_page")["paging"])


@pytest.mark.parametrize(
    ("name", "path", "query", "more"),
    [
        (
            "products_page_v2_1",
            "v2.1/products",
            {"include": "inventory,categories"},
            {"data.option_attributes"},
        ),
        (
            "products_find_by_sku",
            "v2.1/products/findBy",
            {"original_sku": "?", "include": "inventory,categories"},
            {"data.option_attributes"},
        ),
        ("seller_me", "v2/sellers/me", {}, set()),
        ("seller_warehouses", "v2/sellers/me/warehouses", {"status": 1}, set()),
        ("seller_inventories", "v2/seller-inventories", {"tiki_warehouse_codes": "sgn3"}, set()),
        ("expected_pickup_slots", "v2/orders/dropship/expected-pickup-slots", {}, set()),
        ("orders_page_empty", "v2/orders", {"status": "holded"}, set()),
    ],
)
def test_replies_have_the_keys_of_their_examples(
    name: str, path: str, query: dict[str, Any], more: set[str]
) -> None:
    """Products name their options as well."""
    client = Client()
    if "original_sku" in query:
        query = {**query, "original_sku": client.market.rows()[0][1].sku}
    status, body = client.ask(path, **query)
    assert status == 200
    assert keys(body) == keys(example(name)) | more


def test_a_dropship_order_is_taken_as_the_example_sends_it() -> None:
    """With one of the slots offered now, and its label has the example's links."""
    client = Client()
    order = client.order()
    _, slots = client.ask("v2/orders/dropship/expected-pickup-slots")
    time = slots["pickup_slots"][0]["expected_pickup_time"]
    body = {**example("dropship_confirm_request"), "expected_pickup_time": time}
    path = f"v2/orders/{order.id}/dropship"
    assert client.tell(f"{path}/confirm-available", body) == (200, example("confirm_response"))
    assert keys(client.ask(f"{path}/labels")[1]) == keys(example("dropship_labels"))


def test_lines_and_outcomes_are_taken_as_the_examples_send_them() -> None:
    """The ids are the order's own."""
    client = Client()
    order = client.order("seller_delivery")
    items = client.ask(f"v2/orders/{order.id}")[1]["items"]
    ids = [item["id"] for item in items]
    body = {**example("confirm_available_request"), "available_item_ids": ids}
    path = f"v2/orders/{order.id}"
    assert client.tell(f"{path}/confirm-available", body)[0] == 200
    failed = example("update_delivery_failed_request")
    assert client.tell(f"{path}/seller-delivery/update-delivery", failed)[0] == 200


def test_product_writes_are_taken_as_the_examples_send_them() -> None:
    """With products and a warehouse of this shop."""
    client = Client()
    (_, one), (_, other) = client.market.rows()[:2]
    stock = [{"warehouse_id": WAREHOUSE, "qty_available": 500}]
    single = {
        **example("update_sku_request"),
        "product_id": one.id,
        "original_sku": one.sku,
        "price": one.price,
        "warehouse_quantities": stock,
    }
    path = "v2.1/products/updateSku"
    assert client.tell(path, single, method="PUT") == (200, example("update_sku_response"))
    first, second = example("update_skus_request")["data"]
    rows = [
        {**first, "product_id": one.id, "price": one.price, "warehouse_quantities": stock},
        {**second, "original_sku": other.sku},
    ]
    assert client.tell(f"{path}s", {"data": rows}, method="PUT")[0] == 200
    wrong = {"product_id": one.id, "warehouse_quantities": [{**stock[0], "warehouse_id": 40211599}]}
    status, body = client.tell(path, wrong, method="PUT")
    expected = example("update_sku_error")
    assert (status, body["errors"], keys(body)) == (400, expected["errors"], keys(expected))


def test_requests_and_their_tracking_look_like_the_examples() -> None:
    """From the queue to the decision."""
    client = Client()
    _, taken = client.tell("v2.1/requests", example("create_request_v2_1"))
    assert (keys(taken), taken["state"]) == (keys(example("create_request_response")), "queuing")
    client.table.sleep(90)
    _, waits = client.ask(f"v2/tracking/{taken['track_id']}")
    assert (keys(waits), waits["state"]) == (
        keys(example("tracking_awaiting")),
        example("tracking_awaiting")["state"],
    )
    assert keys(client.ask("v2/requests")[1]) == keys(example("requests_page"))
    client.table.sleep(60)
    _, done = client.ask(f"v2/tracking/{taken['track_id']}")
    assert (keys(done), done["state"]) == (keys(example("tracking_approved")), "approved")
    twin = {**BODY, "variants": [{**BODY["variants"][0], "sku": client.market.rows()[9][1].sku}]}
    _, taken = client.tell("v2.1/requests", twin)
    client.table.sleep(130)
    _, refused = client.ask(f"v2/tracking/{taken['track_id']}")
    expected = example("tracking_rejected")
    assert keys(refused) == keys(expected)
    assert keys(json.loads(refused["reason"])) == keys(json.loads(expected["reason"]))


def test_queues_speak_as_the_examples_do() -> None:
    """Made, listed, subscribed, pulled first and again."""
    client = Client(models=("dropship",))
    token = client.app_token()
    _, made = client.tell("v1/queues", example("queue_create_request"), token)
    assert keys(made) == keys(example("queue_create_response"))
    assert keys(client.ask("v1/queues", token)[1]) == keys(example("queue_list"))
    path = f"v1/queues/{made['code']}"
    _, row = client.tell(f"{path}/subscriptions", example("queue_subscribe_request"))
    assert keys(row) == keys(example("queue_subscribe_response"))
    for kind in ("ORDER_CREATED_SUCCESSFULLY", "PRODUCT_INVENTORY_UPDATED"):
        client.tell(f"{path}/subscriptions", {"event_type": kind})
    order = client.order()
    client.tell(
        f"v2/orders/{order.id}/dropship/confirm-available",
        {"confirmation_status": "seller_confirmed", "seller_inventory_id": WAREHOUSE},
    )
    _, batch = client.tell(f"{path}/events/pull", example("queue_pull_request_first"), token)
    assert keys(batch) == keys(example("queue_pull_response"))
    following = {**example("queue_pull_request_next"), "ack_id": batch["ack_id"]}
    _, empty = client.tell(f"{path}/events/pull", following, token)
    assert (empty["events"], keys(empty)) == ([], keys(example("queue_pull_response_empty")))


@pytest.mark.parametrize(
    ("name", "scope"),
    [("token_authorization_code", "offline order product inventory"), ("token_refresh", "")],
)
def test_tokens_look_like_the_examples(name: str, scope: str) -> None:
    """Code and refresh."""
    client = Client()
    form = {"grant_type": "refresh_token", "refresh_token": client.refresh}
    if scope:
        code = client.consent(scope=scope)["code"]
        back = "https://erp.example/back"
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
    _, body = client.token(**form)
    expected = example(name)
    assert keys(body) == keys(expected)
    assert (body["scope"], body["expires_in"]) == (expected["scope"], expected["expires_in"])


def test_refusals_of_tokens_look_like_the_examples() -> None:
    """Code, description, hint, debug, status."""
    client = Client()
    for name, form in (
        ("token_error_invalid_grant", {"grant_type": "refresh_token", "refresh_token": "x"}),
        ("token_client_credentials", {"grant_type": "client_credentials"}),
    ):
        _, body = client.token(**form)
        assert keys(body) == keys(example(name))
    status, body = client.token(basic=False, grant_type="client_credentials")
    expected = example("token_error_invalid_client")
    assert (status, keys(body)) == (401, keys(expected))
    way = {"client_id": client.key, "client_secret": client.secret}
    assert client.token(basic=False, grant_type="client_credentials", **way)[1] == expected


def test_the_books_index_names_every_example_and_where_it_belongs() -> None:
    """Every file of the book is there, and each address of a success is emulated with its verb."""
    files = example("index")["files"]
    there = {path.name for path in FIXTURES.glob("*.json")}
    assert {one["file"] for one in files} | {"index.json"} == there
    table = Client(orders=0).market._endpoints
    missing = set()
    for one in files:
        path = one["path"].partition("?")[0].replace("{code}/…", "1/")
        found = routed(table, Call.of(one["method"], path, "", {}, b""))
        good = path.startswith("/integration/") and one["status"] in {200, None}
        if good and not any(one["method"] in endpoint.method.split() for endpoint, _ in found):
            missing.add((one["method"], path))
    assert missing == set()
