"""Orders of the emulated Tiki: listings, identities, and what sellers do with them (book 3)."""

from __future__ import annotations

from typing import Any

import pytest

from entrosdk.sandbox.tiki import words
from entrosdk.sandbox.tiki.money import shares
from entrosdk.sandbox.tiki.parameters import local
from entrosdk.sandbox.tiki.words import STATUSES
from tests.unit.sandbox.tiki.bench import Client

PLACE = 402115
ALL = {"include": "status_histories,item.fees,item.confirmation_histories"}


@pytest.fixture(scope="module")
def world() -> Client:
    """A shop with a thousand orders; tests here only read it."""
    return Client(orders=1000)


def rows(client: Client, **query: Any) -> list[Any]:
    """All rows of a listing."""
    found, page = [], 1
    while True:
        status, body = client.ask("v2/orders", page=page, limit=100, **query)
        assert status == 200
        found += body["data"]
        if page >= body["paging"]["last_page"]:
            return found
        page += 1


# Listings


def test_pages_count_from_one(world: Client) -> None:
    """Twenty rows by default, newest first; past the end there is nothing."""
    _, body = world.ask("v2/orders")
    paging = body["paging"]
    assert paging == {
        "total": 1000,
        "current_page": 1,
        "from": 1,
        "to": 20,
        "per_page": 20,
        "last_page": 50,
    }
    times = [row["created_at"] for row in body["data"]]
    assert times == sorted(times, reverse=True)
    _, body = world.ask("v2/orders", page=51)
    assert (body["data"], body["paging"]["total"]) == ([], 1000)


def test_every_order_is_on_exactly_one_page(world: Client) -> None:
    """In either order."""
    for order in ("created_at|asc", "updated_at|desc"):
        codes = [row["code"] for row in rows(world, order_by=order)]
        assert sorted(codes) == sorted(world.market.shop.orders)


def test_an_empty_listing_has_no_last_page(world: Client) -> None:
    """As one integrator saw it."""
    _, body = world.ask("v2/orders", status="holded")
    assert body == {
        "data": [],
        "paging": {
            "total": 0, "current_page": 1, "from": 0, "to": 0, "per_page": 20, "last_page": 0,
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("complete", {"complete"}),
        ("in|complete,canceled", {"complete", "canceled"}),
        ("complete, canceled", {"complete", "canceled"}),
        ("nin|complete", STATUSES - {"complete"}),
    ],
)
def test_set_expressions_are_read(world: Client, expression: str, expected: set[str]) -> None:
    """With a pipe, bare, and with commas."""
    found = {row["status"] for row in rows(world, status=expression)}
    assert found
    assert found <= expected


@pytest.mark.parametrize(
    "query",
    [
        {"page": 0},
        {"limit": 0},
        {"limit": 101},
        {"page": "x"},
        {"status": "teleported"},
        {"status": "out|complete"},
        {"fulfillment_type": "pigeon"},
        {"item_confirmation_status": "maybe"},
        {"order_by": "price|asc"},
        {"order_by": "created_at|up"},
        {"filter_date_by": "yesterday"},
        {"updated_from_date": "2026-11-18T00:00:00Z"},
    ],
)
def test_wrong_parameters_are_refused(world: Client, query: Any) -> None:
    """400 with a text."""
    status, body = world.ask("v2/orders", **query)
    assert (status, list(body)) == (400, ["errors"])


def test_bounds_are_strict(world: Client) -> None:
    """An order at a bound is outside."""
    order = next(iter(world.market.shop.orders.values()))
    at = order.created
    near = {"created_from_date": local(at - 1), "created_to_date": local(at + 1)}
    assert [row["code"] for row in rows(world, **near)] == [order.id]
    assert rows(world, created_from_date=local(at), created_to_date=local(at + 1)) == []
    assert rows(world, created_from_date=local(at - 1), created_to_date=local(at)) == []


def test_other_filters(world: Client) -> None:
    """By code, by Tiki's SKU, by model, by confirmation, by day, by replacement."""
    first = rows(world)[0]
    assert [row["code"] for row in rows(world, code=first["code"])] == [first["code"]]
    sku = first["items"][0]["product"]["sku"]
    assert first["code"] in {row["code"] for row in rows(world, sku=sku)}
    assert {row["fulfillment_type"] for row in rows(world, fulfillment_type="in|dropship")} == {
        "dropship"
    }
    assert rows(world, item_inventory_type="instock") == []
    assert rows(world, is_rma="true") == []
    week = rows(world, filter_date_by="last7days")
    assert 0 < len(week) < 1000
    waits = rows(world, item_confirmation_status="waiting")
    assert waits
    assert all(row["items"][0]["confirmation"]["status"] == "waiting" for row in waits)


# Bodies


def test_the_identities_of_the_book_hold(world: Client) -> None:
    """Over a thousand orders, to the dong (section 3.3.2)."""
    for row in rows(world, **ALL):
        invoice, items = row["invoice"], row["items"]
        assert invoice["grand_total"] == (
            invoice["subtotal"]
            - invoice["discount_amount"]
            + invoice["shipping_amount_after_discount"]
            + invoice["handling_fee"]
            + invoice["other_fee"]
        )
        shipping = sum(item["seller_income_detail"]["shipping_fee"] for item in items)
        after, off = "shipping_amount_after_discount", "shipping_discount_amount"
        assert shipping == invoice[after] + invoice[off]
        for name in ("seller_fee", "seller_income"):
            assert invoice[f"total_{name}"] == sum(item["invoice"][name] for item in items)
        for item in items:
            line(item)
        gone = row["status"] in {"canceled", "returned"}
        assert (invoice["total_seller_income"] == 0) == gone


def line(item: Any) -> None:
    """The identities of one line."""
    told, detail = item["invoice"], item["seller_income_detail"]
    assert told["subtotal"] == item["price"] * item["qty"]
    assert told["row_total"] == max(0, told["subtotal"] - told["discount_amount"])
    coupon = detail["discount"]["discount_coupon"]["seller_discount"]
    assert detail["sub_total"] == told["subtotal"] + detail["shipping_fee"] - coupon
    fees = sum(fee["final_amount"] for fee in detail["seller_fees"])
    assert detail["seller_income"] == detail["sub_total"] + fees
    assert all(fee["final_amount"] <= 0 for fee in detail["seller_fees"])


def test_shares_of_an_order_add_up_to_it(world: Client) -> None:
    """Nothing is lost in splitting."""
    for order in world.market.shop.orders.values():
        rows = shares(order)
        assert sum(row.goods for row in rows) == order.goods
        assert sum(row.seller_coupon for row in rows) == order.seller_voucher
        assert sum(row.shipping for row in rows) == order.carrier_shipping
        off = order.seller_voucher + order.platform_voucher + order.coins
        assert sum(row.discount for row in rows) == off


def test_contacts_show_only_where_the_seller_delivers(world: Client) -> None:
    """The privacy rule (section 3.3.3)."""
    for row in rows(world):
        place = row["shipping"]["address"]
        shown = row["fulfillment_type"] == "seller_delivery"
        assert (bool(place["phone"]), bool(place["email"])) == (shown, shown)


def test_what_was_not_asked_for_is_empty(world: Client) -> None:
    """And what is unknown is ignored."""
    code = rows(world, status="complete")[0]["code"]
    bare = world.ask(f"v2/orders/{code}", include="items.fees,moon")[1]
    assert bare["status_histories"] == []
    assert bare["items"][0]["invoice"]["fees"] == []
    assert bare["items"][0]["confirmation"]["histories"] == []
    full = world.ask(f"v2/orders/{code}", **ALL)[1]
    assert full["status_histories"][-1]["status"] == "complete"
    assert full["items"][0]["invoice"]["fees"]
    assert full["items"][0]["confirmation"]["histories"]


def test_cancelled_orders_tell_why_and_keep_their_details(world: Client) -> None:
    """Totals are zero, COD still counts, the time of the cancellation is null."""
    for row in rows(world, status="canceled"):
        assert row["cancel_info"]["reason_text"]
        assert row["cancel_info"]["canceled_at"] is None
        assert row["items"][0]["seller_income_detail"]["seller_income"] != 0


def test_some_orders_are_queueing_with_confirmed_lines() -> None:
    """The status follows the confirmation (#294)."""
    client = Client(orders=3)
    order = client.order()
    from entrosdk.sandbox.steps import STEPS

    STEPS["ship"](client.market.shop, order, client.now)
    body = client.ask(f"v2/orders/{order.id}")[1]
    assert body["status"] == "queueing"
    assert {item["confirmation"]["status"] for item in body["items"]} == {"seller_confirmed"}


def test_unknown_orders_are_not_found(world: Client) -> None:
    """404 in the API's own shape."""
    status, body = world.ask("v2/orders/1")
    assert (status, list(body)) == (404, ["errors"])


@pytest.mark.parametrize("effect", ["malformed_record", "unknown_enum"])
def test_broken_records_stay_broken(effect: str) -> None:
    """The same ones in the same way, in list and detail."""
    client = Client(orders=60)
    client.table.fault(effect, probability=0.3)
    first, second = rows(client), rows(client)
    assert first == second
    broken = [
        row
        for row in first
        if row["status"] == "teleported" or "updated_at" not in row or row["created_at"][0] == "h"
    ]
    assert 0 < len(broken) < 60
    assert client.ask(f"v2/orders/{broken[0]['code']}")[1] == broken[0]


def test_rows_repeat_and_updates_come_late_on_order() -> None:
    """A page's first row once more; a fresh update hidden for two minutes."""
    client = Client(orders=30)
    client.table.fault("duplicate_page_row", times=1)
    codes = [row["code"] for row in client.ask("v2/orders", limit=10)[1]["data"]]
    assert (len(codes), len(set(codes))) == (11, 10)
    client.table.fault("late_update")
    order = client.market.shop.buy(client.now, cod=True)
    assert order.id not in {row["code"] for row in rows(client)}
    client.table.sleep(700)
    assert order.id in {row["code"] for row in rows(client)}


def test_pages_come_short_on_order() -> None:
    """The counts stay right."""
    client = Client(orders=30, short_pages=True)
    _, body = client.ask("v2/orders", limit=10)
    assert (len(body["data"]), body["paging"]["total"]) == (9, 30)


PATHS = {
    "dropship": "queueing picking shipping successful_delivery complete",
    "tiki_delivery": "queueing ready_to_ship shipping successful_delivery complete",
    "seller_delivery": "queueing handover_to_partner successful_delivery complete",
}
BEFORE = {True: ["processing"], False: ["waiting_payment"]}


@pytest.mark.parametrize("seed", [7, 8])
def test_every_order_keeps_to_its_models_path(seed: int) -> None:
    """A thousand orders over two weeks: forward only, or cancelled, or returned (3.5)."""
    client = Client(orders=0, seed=seed)
    market, seen = client.market, {}

    def listen(change: Any) -> None:
        if change.kind == "order":
            told = seen.setdefault(change.order.id, [])
            word = market.status(change.order)
            told += [word] if word not in told[-1:] else []

    market.shop.listeners.append(listen)
    for _ in range(50):
        for _ in range(20):
            market.shop.buy(client.now)
        client.table.sleep(3600)
    client.table.sleep(14 * 86_400)
    client.table.box.world.settle()
    assert len(seen) == 1000
    for name, told in seen.items():
        order = market.shop.orders[name]
        model = words.model(order, market.profile.models)
        path = BEFORE[order.cod] + PATHS[model].split()
        end = told[-1] in {"canceled", "returned"}
        assert told[: len(told) - end] == path[: len(told) - end]
        if told[-1] == "returned":
            assert told[-2] == "successful_delivery"
    ends = {told[-1] for told in seen.values()}
    assert ends == {"complete", "canceled", "returned"}


# Confirming


def confirm(client: Client, order: Any, **body: Any) -> tuple[int, Any]:
    """Confirm a dropship order."""
    given = {"confirmation_status": "seller_confirmed", "seller_inventory_id": PLACE, **body}
    return client.tell(f"v2/orders/{order.id}/dropship/confirm-available", given)


def available(client: Client, order: Any, ids: Any, place: Any = PLACE) -> tuple[int, Any]:
    """Confirm lines of another order."""
    body = {"available_item_ids": ids, "seller_inventory_id": place}
    return client.tell(f"v2/orders/{order.id}/confirm-available", body)


def state(client: Client, order: Any) -> tuple[str, list[str]]:
    """Status and confirmations of an order."""
    body = client.ask(f"v2/orders/{order.id}")[1]
    return body["status"], [item["confirmation"]["status"] for item in body["items"]]


def ids(client: Client, order: Any) -> list[int]:
    """The ids of an order's lines."""
    return [item["id"] for item in client.ask(f"v2/orders/{order.id}")[1]["items"]]


def test_an_order_is_accepted_after_five_minutes() -> None:
    """Until then it is being processed, and nobody confirms it."""
    client = Client(models=("dropship",))
    order = client.market.shop.buy(client.now, cod=True)
    assert state(client, order)[0] == "processing"
    assert confirm(client, order)[0] == 400
    client.table.sleep(300)
    assert state(client, order)[0] == "queueing"


def test_a_dropship_order_is_confirmed_with_a_pickup() -> None:
    """Then Tiki comes, and the order goes its way by itself."""
    client = Client()
    order = client.order()
    _, slots = client.ask("v2/orders/dropship/expected-pickup-slots")
    time = slots["pickup_slots"][0]["expected_pickup_time"]
    assert confirm(client, order, expected_pickup_time=time) == (200, {"code": 200})
    assert state(client, order) == ("picking", ["ready_to_pick"] * len(order.lines))
    seen = [state(client, order)[0]]
    for _ in range(12):
        client.table.sleep(12 * 3600)
        word = state(client, order)[0]
        seen += [word] if word != seen[-1] else []
    assert seen == ["picking", "shipping", "successful_delivery", "complete"]


@pytest.mark.parametrize(
    "body",
    [
        {"confirmation_status": "maybe"},
        {"seller_inventory_id": 1},
        {"seller_inventory_id": None},
        {"expected_pickup_time": "2020-01-01 12:00:00"},
        {"expected_pickup_time": "soon"},
    ],
)
def test_a_wrong_confirmation_changes_nothing(body: Any) -> None:
    """400, and the order waits as before."""
    client = Client()
    order = client.order()
    assert confirm(client, order, **body)[0] == 400
    assert state(client, order)[0] == "queueing"


def test_a_dropship_order_can_be_refused_and_only_once() -> None:
    """Its units can be sold again."""
    client = Client()
    order = client.order()
    assert confirm(client, order, confirmation_status="seller_canceled")[0] == 200
    assert state(client, order)[0] == "canceled"
    assert confirm(client, order)[0] == 400


def test_each_model_has_its_own_call() -> None:
    """The generic one refuses dropship in the literal words."""
    client = Client()
    order = client.order()
    status, body = available(client, order, ids(client, order))
    assert (status, body) == (400, {"errors": ["Cannot use this API to confirm dropship orders."]})
    assert confirm(client, client.order("tiki_delivery"))[0] == 400


@pytest.mark.parametrize(
    ("model", "word"),
    [("tiki_delivery", "ready_to_ship"), ("seller_delivery", "handover_to_partner")],
)
def test_other_models_confirm_lines(model: str, word: str) -> None:
    """All of them: the order goes on."""
    client = Client()
    order = client.order(model)
    assert available(client, order, ids(client, order))[0] == 200
    assert state(client, order) == (word, ["seller_confirmed"] * len(order.lines))


def two_lines(client: Client, model: str) -> Any:
    """An order with at least two lines."""
    return next(
        order for _ in range(50) if len((order := client.order(model)).lines) > 1
    )  # fmt: skip


def test_lines_left_out_are_refused() -> None:
    """The rest goes on, and only the rest earns."""
    client = Client()
    order = two_lines(client, "tiki_delivery")
    kept = ids(client, order)[0]
    assert available(client, order, [kept])[0] == 200
    status, told = state(client, order)
    assert (status, told[0], set(told[1:])) == (
        "ready_to_ship",
        "seller_confirmed",
        {"seller_canceled"},
    )
    body = client.ask(f"v2/orders/{order.id}")[1]
    income = [item["invoice"]["seller_income"] for item in body["items"]]
    assert income[1:] == [0] * (len(income) - 1)
    assert body["invoice"]["total_seller_income"] == income[0]


@pytest.mark.parametrize("wrong", [[], [1]])
def test_no_line_or_a_wrong_one_cancels_the_order(wrong: list[int]) -> None:
    """Documented, and confirmed by staff (#233, #270)."""
    client = Client()
    order = client.order("tiki_delivery")
    assert available(client, order, wrong)[0] == 200
    assert state(client, order)[0] == "canceled"


def test_wrong_lines_are_refused_where_a_test_wants_it() -> None:
    """The strict switch."""
    client = Client(strict_lines=True)
    order = client.order("tiki_delivery")
    assert available(client, order, [1])[0] == 400
    assert available(client, order, None)[0] == 400
    assert available(client, order, ids(client, order), place=1)[0] == 400
    assert state(client, order)[0] == "queueing"


# The seller's own delivery


def delivery(client: Client, order: Any, **body: Any) -> int:
    """Report what became of a delivery."""
    return client.tell(f"v2/orders/{order.id}/seller-delivery/update-delivery", body)[0]


def delivering(client: Client) -> Any:
    """An order on the seller's way."""
    order = client.order("seller_delivery")
    assert delivery(client, order, status="successful_delivery") == 400
    assert available(client, order, ids(client, order))[0] == 200
    return order


def test_the_seller_reports_a_delivery() -> None:
    """It is completed some days later."""
    client = Client()
    order = delivering(client)
    assert delivery(client, order, status="successful_delivery") == 200
    assert state(client, order)[0] == "successful_delivery"
    assert delivery(client, order, status="successful_delivery") == 400
    client.table.sleep(5 * 86_400)
    assert state(client, order)[0] == "complete"


@pytest.mark.parametrize("cause", ["out_of_needs", "out_of_stock"])
def test_a_failed_delivery_cancels(cause: str) -> None:
    """For these two causes."""
    client = Client()
    order = delivering(client)
    assert delivery(client, order, status="failed_delivery", failure_cause=cause) == 200
    assert state(client, order)[0] == "canceled"


def test_a_new_appointment_does_not_cancel() -> None:
    """It wants a date."""
    client = Client()
    order = delivering(client)
    again = {"status": "failed_delivery", "failure_cause": "redelivery_appointment"}
    assert delivery(client, order, **again) == 400
    assert delivery(client, order, **again, appointment_date="2026-11-26 09:00:00") == 200
    assert state(client, order)[0] == "handover_to_partner"
    assert delivery(client, order, status="failed_delivery", failure_cause="rain") == 400
    assert delivery(client, order, status="lost") == 400
    assert delivery(client, client.order(), status="successful_delivery") == 400


def test_an_order_from_abroad_takes_its_steps_in_order() -> None:
    """None is skipped, none comes twice, and the last one delivers."""
    from entrosdk.sandbox.tiki.fulfilment import _WAY

    client = Client()
    order = client.order("cross_border")
    path = f"v2/orders/{order.id}/cross-border/update-shipment"

    def step(status: str, time: str = "2026-11-25 09:00:00") -> int:
        return client.tell(path, {"status": status, "update_time": time})[0]

    assert step(_WAY[0]) == 400
    assert available(client, order, ids(client, order))[0] == 200
    assert step(_WAY[1]) == 400
    assert step(_WAY[0], "soon") == 400
    assert [step(status) for status in _WAY[:-1]] == [200] * 8
    assert state(client, order)[0] == "shipping"
    assert step(_WAY[0]) == 400
    assert step(_WAY[-1]) == 200
    assert state(client, order)[0] == "successful_delivery"
    assert step(_WAY[-1]) == 400
    other = client.order()
    path = f"v2/orders/{other.id}/cross-border/update-shipment"
    assert step(_WAY[0]) == 400


# Labels


@pytest.mark.parametrize(
    ("model", "path", "key"),
    [
        ("dropship", "dropship", "shipping_label_url"),
        ("tiki_delivery", "tiki-delivery", "po_label_url"),
        ("seller_delivery", "seller-delivery", "invoice_label_url"),
    ],
)
def test_labels_follow_the_confirmation(model: str, path: str, key: str) -> None:
    """Before it, for another model, or cancelled: refused. After it: a link that resolves."""
    client = Client()
    order = client.order(model)
    address = f"v2/orders/{order.id}/{path}/labels"
    assert client.ask(address, format="html")[1] == {"errors": ["Please confirm order first!"]}
    if model == "dropship":
        confirm(client, order)
    else:
        available(client, order, ids(client, order))
    _, links = client.ask(address, format="html")
    page = client.send("GET", links[key].removeprefix("http://tiki.sandbox"))
    assert (page.status, order.id.encode() in page.body) == (200, True)
    assert client.ask(address, format="pdf")[0] == 400
    other = "cross-border" if path != "cross-border" else "dropship"
    status, body = client.ask(f"v2/orders/{order.id}/{other}/labels")
    assert (status, body["errors"]) == (403, ["you don't have permission print order"])
    assert client.send("GET", "/print/label/1").status == 404


def test_a_cancelled_order_has_no_label() -> None:
    """Nothing is sent."""
    client = Client()
    order = client.order()
    confirm(client, order, confirmation_status="seller_canceled")
    assert client.ask(f"v2/orders/{order.id}/dropship/labels")[0] == 400


def test_inventories_map_to_tikis_warehouses() -> None:
    """Only for the codes that were asked for."""
    client = Client()
    _, body = client.ask("v2/seller-inventories", tiki_warehouse_codes="sgn3,hn4")
    assert [row["id"] for row in body["seller_inventories"]] == [PLACE]
    assert [row["tiki_warehouse_code"] for row in body["mappings"]] == ["hn4", "sgn3"]
    assert client.ask("v2/seller-inventories")[1]["seller_inventories"] == []
