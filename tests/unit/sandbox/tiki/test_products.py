"""Products of the emulated Tiki: listings, writes, reviewed requests (book 4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.sandbox.tiki.bench import Client

PLACE = 402115


def first(client: Client) -> Any:
    """A variant of the catalogue."""
    return client.market.rows()[0][1]


def update(client: Client, **body: Any) -> tuple[int, Any]:
    """Change one product."""
    return client.tell("v2.1/products/updateSku", body, method="PUT")


def batch(client: Client, *rows: Any) -> tuple[int, Any]:
    """Change several."""
    return client.tell("v2.1/products/updateSkus", {"data": list(rows)}, method="PUT")


def there(units: int, place: int = PLACE) -> list[dict[str, int]]:
    """Quantities of one warehouse."""
    return [{"warehouse_id": place, "qty_available": units}]


def level(client: Client, product_id: int) -> Any:
    """A product's stock at the warehouse."""
    body = client.ask(f"v2.1/products/{product_id}", includes="inventory")[1]
    return body["inventory"]["warehouse_stocks"][0]


# Reading


def test_every_variant_is_a_product_on_one_page() -> None:
    """Pages count from zero; rows have the version's own name of the id."""
    client = Client()
    _, body = client.ask("v2.1/products", limit=50)
    total = len(client.market.rows())
    assert body["paging"] == {
        "total": total, "current_page": 1, "from": 0, "to": 50, "per_page": 50,
        "last_page": -(-total // 50),
    }  # fmt: skip
    assert ("product_id" in body["data"][0], "id" in body["data"][0]) == (True, False)
    assert "inventory" not in body["data"][0]
    _, old = client.ask("v2/products", include="inventory,images")
    assert ("product_id" in old["data"][0], "id" in old["data"][0]) == (False, True)
    assert {"inventory", "images"} <= set(old["data"][0])
    times = [row["created_at"] for row in body["data"]]
    assert times == sorted(times, reverse=True)


def test_a_product_has_either_name_on_the_v2_detail() -> None:
    """And either spelling of the parameter works."""
    client = Client()
    variant = first(client)
    _, body = client.ask(f"v2/products/{variant.id}", includes="attributes")
    assert (body["id"], body["product_id"]) == (variant.id, variant.id)
    _, new = client.ask(f"v2.1/products/{variant.id}", include="inventory")
    level = new["inventory"]["warehouse_stocks"][0]
    assert level["quantity_sellable"] == variant.stock
    assert level["quantity_available"] == level["quantity_sellable"] + level["quantity_reserved"]


def test_products_are_found_by_the_sellers_code() -> None:
    """A list even for one, and for none."""
    client = Client()
    variant = first(client)
    _, body = client.ask("v2/products/findBy", original_sku=variant.sku)
    assert [row["id"] for row in body["data"]] == [variant.id]
    assert client.ask("v2/products/findBy", original_sku="none")[1]["data"] == []
    assert client.ask("v2/products/findBy")[0] == 400


def test_listings_are_narrowed() -> None:
    """By flag, by name, by category, by time; nonsense is refused."""
    client = Client()
    off = client.ask("v2.1/products", active=0, limit=100)[1]
    assert off["data"]
    assert {row["active"] for row in off["data"]} == {0}
    named = client.ask("v2.1/products", name="cà phê", limit=100)[1]["data"]
    assert named
    assert all("cà phê" in row["name"].lower() for row in named)
    category = client.market.shop.products[0].category
    assert client.ask("v2.1/products", category_id=category)[1]["paging"]["total"] > 0
    late = client.ask("v2.1/products", created_from_date="2026-11-24 00:00:00")[1]
    assert late["paging"]["total"] == 0
    assert client.ask("v2.1/products", active="yes")[0] == 400


def test_unknown_products_and_nonsense() -> None:
    """404, and the 500 that was seen for ids that are none (#247)."""
    client = Client()
    assert client.ask("v2.1/products/1")[0] == 404
    assert client.ask("v2.1/products/abc")[0] == 500


# Writing


def test_stock_is_absolute_and_counts_what_orders_hold() -> None:
    """Sellable is what is there less what is reserved."""
    client = Client()
    order = client.order()
    variant = order.lines[0].variant
    held = level(client, variant.id)["quantity_reserved"]
    assert held > 0
    status, body = update(client, product_id=variant.id, warehouse_quantities=there(held + 7))
    assert (status, body) == (200, {"state": "approved"})
    assert level(client, variant.id)["quantity_sellable"] == 7
    assert update(client, product_id=variant.id, warehouse_quantities=there(held - 1))[0] == 400


def test_a_change_may_show_later() -> None:
    """Acceptance is not effect (quirk 3)."""
    client = Client(stock_delay=30)
    variant = first(client)
    before = variant.stock
    assert update(client, product_id=variant.id, warehouse_quantities=there(5000))[0] == 200
    assert level(client, variant.id)["quantity_sellable"] == before
    client.table.sleep(31)
    assert level(client, variant.id)["quantity_sellable"] == 5000


def test_a_row_is_named_by_id_or_by_code() -> None:
    """The id wins."""
    client = Client()
    (_, one), (_, other) = client.market.rows()[:2]
    assert update(client, original_sku=one.sku, price=one.price + 1000)[0] == 200
    assert update(client, product_id=other.id, original_sku=one.sku, price=other.price)[0] == 200
    assert update(client, price=1000)[0] == 400
    assert update(client, product_id=1, price=1000)[0] == 404
    assert update(client, original_sku="none", price=1000)[0] == 404
    assert update(client, product_id="7", price=1000)[0] == 400


@pytest.mark.parametrize(
    "body",
    [
        {"price": 10.5},
        {"price": "1000"},
        {"price": -1},
        {"price": True},
        {"warehouse_quantities": 7},
        {"warehouse_quantities": [{"warehouse_id": PLACE}]},
        {"active": "1"},
    ],
)
def test_values_are_whole_numbers(body: Any) -> None:
    """Anything else cannot be read."""
    client = Client()
    variant = first(client)
    before = (variant.price, variant.stock)
    assert update(client, product_id=variant.id, **body)[0] == 400
    assert (variant.price, variant.stock) == before


def test_refusals_have_the_words_of_the_book() -> None:
    """An unknown warehouse with source and trace, a price below a tenth."""
    client = Client()
    variant = first(client)
    status, body = update(client, product_id=variant.id, warehouse_quantities=there(1, 40211599))
    assert (status, body["errors"]) == (
        400,
        ["update error [Warehouse '[40211599]' are not found]"],
    )
    assert (body["meta"]["source"], body["meta"]["id"].isdigit()) == ("meepo", True)
    status, body = update(client, product_id=variant.id, price=variant.list_price // 10 - 1)
    assert (status, body["errors"]) == (
        422,
        ["Price is not valid because less than ten percent listing price"],
    )


def test_a_campaign_locks_units_and_price() -> None:
    """Nothing is taken from it."""
    client = Client()
    variant = first(client)
    lock = {"marketplace": "tiki", "sku": variant.sku, "units": 5}
    assert (
        client.table.control("POST", "/control/campaigns", json.dumps(lock).encode()).status == 201
    )
    held = level(client, variant.id)["quantity_reserved"]
    status, body = update(client, product_id=variant.id, warehouse_quantities=there(held + 4))
    assert (status, "deal" in body["errors"][0]) == (400, True)
    assert update(client, product_id=variant.id, price=variant.price)[0] == 400
    assert update(client, product_id=variant.id, warehouse_quantities=there(held + 5))[0] == 200


def test_the_single_call_has_a_flag_and_the_batch_a_status() -> None:
    """1 and 0, or 1, 2 and 3."""
    client = Client()
    product, variant = client.market.rows()[0]
    assert update(client, product_id=variant.id, active=0)[0] == 200
    assert not product.listed
    assert batch(client, {"product_id": variant.id, "status": 1}) == (200, {"state": "approved"})
    assert product.listed
    assert batch(client, {"product_id": variant.id, "status": 3})[0] == 200
    assert not product.listed
    assert batch(client, {"product_id": variant.id, "status": 4})[0] == 400


def test_a_batch_is_taken_whole_or_not_at_all() -> None:
    """One wrong row refuses the others with it."""
    client = Client()
    variant = first(client)
    before = variant.price
    good = {"product_id": variant.id, "price": before + 1000}
    assert batch(client, good, {"product_id": 1, "price": 5})[0] == 404
    assert variant.price == before
    assert batch(client, good, "x")[0] == 400
    assert batch(client)[0] == 400
    assert variant.price == before
    assert batch(client, good)[0] == 200
    assert variant.price == before + 1000


def test_a_batch_leaves_out_warehouses_at_its_peril() -> None:
    """What is not named has nothing (quirk 18)."""
    client = Client()
    variant = first(client)
    held = level(client, variant.id)["quantity_reserved"]
    other = [{"warehouse_id": 402117, "qty_available": 9 + held}]
    status, _ = batch(client, {"product_id": variant.id, "warehouse_quantities": other})
    assert status == (200 if held == 0 else 400)
    if held == 0:
        assert level(client, variant.id)["quantity_available"] == 0


def test_a_batch_may_answer_row_by_row() -> None:
    """The shape is not established, so it is a switch."""
    client = Client(batch_rows=True)
    variant = first(client)
    _, body = batch(client, {"product_id": variant.id, "status": 1})
    assert body == [{"product_id": variant.id, "state": "approved"}]


# Requests

VARIANT = {
    "sku": "NEW-1",
    "price": 359000,
    "market_price": 420000,
    "inventory_type": "dropship",
    "option1": "Xanh",
    "warehouse_stocks": [{"warehouseId": PLACE, "qtyAvailable": 15}],
}
BODY: dict[str, Any] = {
    "category_id": 100_001,
    "name": "Ấm trà gốm men rạn",
    "description": "<p>…</p>",
    "market_price": 420000,
    "attributes": {},
    "image": "https://cdn.example.com/a.jpg",
    "images": [],
    "option_attributes": ["color"],
    "variants": [VARIANT, {**VARIANT, "sku": "NEW-2", "option1": "Nâu"}],
    "meta_data": {"is_auto_turn_on": True},
}


def submit(client: Client, **changes: Any) -> str:
    """Send a request; returns its track id."""
    status, body = client.tell("v2.1/requests", {**BODY, **changes})
    assert (status, body["state"]) == (200, "queuing")
    track: str = body["track_id"]
    assert len(track) == 32
    return track


def test_a_request_is_reviewed_and_makes_products() -> None:
    """One for each variant; the request's own id appears on the way."""
    client = Client()
    track = submit(client)
    seen, numbers = [], []
    for _ in range(6):
        _, body = client.ask(f"v2/tracking/{track}")
        seen.append(body["state"])
        numbers.append(body.get("request_id"))
        client.table.sleep(25)
    assert list(dict.fromkeys(seen)) == ["queuing", "processing", "awaiting_approve", "approved"]
    assert numbers[0] is None
    _, request = client.ask(f"v2/requests/{numbers[-1]}")
    assert [row["original_sku"] for row in request["products"]] == ["NEW-1", "NEW-2"]
    made = request["products"][0]["product_id"]
    _, product = client.ask(f"v2.1/products/{made}", includes="attributes,inventory")
    assert (product["price"], product["original_sku"]) == (359000, "NEW-1")
    assert product["attributes"] == {"color": {"id": 1, "value": "Xanh"}}
    assert level(client, made)["quantity_sellable"] == 15


def test_all_faults_of_a_request_are_told_at_once() -> None:
    """In the words of the book."""
    client = Client()
    bad = {**VARIANT, "price": 0, "option1": "", "inventory_type": "cross_border"}
    status, body = client.tell(
        "v2.1/requests", {**BODY, "name": "", "images": None, "variants": [bad]}
    )
    assert status == 422
    assert "variants should have price > 0" in body["errors"]
    assert (
        "variants don't match with option_attributes => variants option1 missing" in body["errors"]
    )
    assert any(
        "haven't registered inventory_type = cross_border" in text for text in body["errors"]
    )
    assert len(body["errors"]) == 5
    assert client.tell("v2.1/requests", {**BODY, "variants": []})[0] == 422
    assert client.tell("v2.1/requests", {**BODY, "category_id": "x", "variants": [1]})[0] == 422


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"image": ""}, "media"), ({"variants": [{**VARIANT, "sku": ""}]}, "unique")],
)
def test_a_rejected_request_tells_why_and_can_be_replayed(
    changes: dict[str, Any], words: str
) -> None:
    """Plain text, or a document inside a string."""
    client = Client()
    twin = first(client).sku
    if words == "unique":
        changes = {"variants": [{**VARIANT, "sku": twin}]}
    track = submit(client, **changes)
    client.table.sleep(121)
    _, body = client.ask(f"v2/tracking/{track}")
    assert (body["state"], "request_id" in body) == ("rejected", False)
    assert words in body["reason"]
    status, again = client.tell(f"v2/tracking/{track}/replay", {})
    assert (status, again) == (200, {"track_id": track, "state": "queuing"})
    assert client.tell(f"v2/tracking/{track}/replay", {})[0] == 400


def test_requests_are_listed_found_and_taken_back() -> None:
    """Before they are decided; a live product cannot be deleted."""
    client = Client()
    track = submit(client)
    _, body = client.ask("v2/requests", state="queuing")
    (row,) = body["data"]
    assert (row["kind"], row["products"], body["paging"]["from"]) == ("create_product", [], 0)
    number = row["request_id"]
    assert client.ask("v2/requests/findBy", track_id=track)[1]["request_id"] == number
    assert len(client.ask("v2/tracking")[1]) == 1
    gone = client.ask(f"v2/requests/{number}", method="DELETE")
    assert gone == (200, {"request_id": number, "state": "deleted"})
    assert client.ask(f"v2/requests/{number}", method="DELETE")[0] == 400
    client.table.sleep(200)
    assert client.ask(f"v2/tracking/{track}")[1]["state"] == "deleted"
    assert client.ask("v2/requests/1")[0] == 404


def test_a_track_id_lives_thirty_days() -> None:
    """Then it is unknown."""
    client = Client(access_life=90 * 86_400)
    track = submit(client)
    client.table.sleep(30 * 86_400 + 1)
    assert client.ask(f"v2/tracking/{track}")[0] == 404
    assert client.ask("v2/tracking/x")[0] == 404


def test_content_is_changed_by_review() -> None:
    """Title and list price; the product is named by number."""
    client = Client()
    product, variant = client.market.rows()[0]
    path = "v2/requests/updateProductInfo"
    body = {"product_id": variant.id, "attributes": {"name": "Tên mới"}, "market_price": 999000}
    status, told = client.tell(path, body)
    assert (status, told["state"]) == (200, "queuing")
    client.table.sleep(121)
    assert client.ask(f"v2/tracking/{told['track_id']}")[1]["state"] == "approved"
    assert (product.title, variant.list_price) == ("Tên mới", 999000)
    assert client.tell(path, {"attributes": {}})[0] == 400
    assert client.tell(path, {"product_id": 1})[0] == 404
    assert client.tell(path, {"product_id": variant.id, "attributes": []})[0] == 400


def test_old_pushes_tell_of_requests_with_basic() -> None:
    """Nothing is signed (section 7.2)."""
    client = Client()
    client.market.pushes.aim("http://127.0.0.1:1/hook")
    submit(client)
    client.table.sleep(121)
    client.table.box.world.settle()
    (push,) = client.market.pushes.due(client.now)
    body = json.loads(push.body)
    assert body["event"] == "product:request:approved"
    assert body["payload"]["product_id"]
    assert "timestamp" not in body
    assert client.market.pushes.headers(push)["authorization"].startswith("Basic ")
