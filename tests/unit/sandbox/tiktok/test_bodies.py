"""Endpoints that clients use and the SDK does not, and bodies in the shape of the examples."""

from __future__ import annotations

from typing import Any

import pytest

from entrosdk.sandbox.orders import Order, Stage
from entrosdk.sandbox.steps import force
from tests.sandboxes import NOON, Table
from tests.unit.adapters.tiktok.desk import parsed
from tests.unit.sandbox.tiktok.client import Client

NOW = int(NOON.timestamp())


@pytest.fixture
def client() -> Client:
    """A client of a shop with a history."""
    return Client(Table("tiktok", orders=60))


def order_in(client: Client, stage: Stage) -> Order:
    """An order of the shop in a stage."""
    shop, now = client.table.market.shop, client.table.box.world.now
    order: Order = shop.buy(now, cod=True)
    if order.stage is not stage:
        force(shop, order, stage, now)
    return order


def data(reply: Any) -> Any:
    """The payload of a success."""
    assert reply["code"] == 0, reply
    return reply["data"]


def keys(value: Any) -> Any:
    """The keys of a body, all levels; the rows of a list are taken together."""
    if isinstance(value, dict):
        return {name: keys(part) for name, part in value.items()}
    if isinstance(value, list):
        rows = [keys(row) for row in value if isinstance(row, dict)]
        return {name: part for row in rows for name, part in row.items()} if rows else None
    return None


def unknown(body: Any, example: Any, path: str = "") -> list[str]:
    """Paths of a body that its example does not have."""
    if not isinstance(body, dict) or not isinstance(example, dict):
        return []
    found = [f"{path}{name}" for name in body if name not in example]
    for name in body.keys() & example.keys():
        found += unknown(body[name], example[name], f"{path}{name}.")
    return found


def test_orders_have_the_keys_of_the_examples(client: Client) -> None:
    """None that the example does not have, save the moments of a later state."""
    order = order_in(client, Stage.SHIPPED)
    body = data(client.get("/order/202507/orders", ids=order.id))["orders"][0]
    example = parsed("order_detail")["data"]["orders"][0]
    assert set(unknown(keys(body), keys(example))) <= {"paid_time", "delivery_time"}


def test_products_have_the_keys_of_the_examples(client: Client) -> None:
    """In the search and in detail."""
    page = data(client.post("/product/202502/products/search", {}, page_size=1))
    example = parsed("products_search_page")["data"]["products"][0]
    assert unknown(keys(page["products"][0]), keys(example)) == []
    name = page["products"][0]["id"]
    detail = data(client.get(f"/product/202309/products/{name}"))
    assert unknown(keys(detail), keys(parsed("product_detail")["data"])) == []


def test_stock_has_the_keys_of_the_example(client: Client) -> None:
    """Variants win when both kinds of ids are given."""
    product = client.table.market.shop.products[0]
    wish = {"sku_ids": [str(product.variants[0].id)], "product_ids": ["1"]}
    found = data(client.post("/product/202309/inventory/search", wish))
    example = parsed("inventory_search")["data"]
    assert unknown(keys(found), keys(example)) == []
    assert [sku["id"] for sku in found["inventory"][0]["skus"]] == wish["sku_ids"]


def test_money_has_the_keys_of_the_examples(client: Client) -> None:
    """Statements, transactions and withdrawals."""
    listed = data(client.get("/finance/202309/statements", sort_field="statement_time"))
    assert unknown(keys(listed), keys(parsed("statements")["data"])) == []
    name = listed["statements"][-1]["id"]
    path = f"/finance/202501/statements/{name}/statement_transactions"
    found = data(client.get(path, sort_field="order_create_time", page_size=100))
    example = parsed("statement_transactions")["data"]
    assert unknown(keys(found), keys(example)) == []
    moved = data(client.get("/finance/202309/withdrawals", types="SETTLE,WITHDRAW"))
    assert unknown(keys(moved), keys(parsed("withdrawals")["data"])) == []
    assert {row["type"] for row in moved["withdrawals"]} == {"SETTLE", "WITHDRAW"}


def test_a_statement_is_paid_into_the_balance_under_its_own_number(client: Client) -> None:
    """Its payment is a row of the balance with the same amount."""
    listed = data(
        client.get("/finance/202309/statements", sort_field="statement_time", page_size=100)
    )
    paid = [row for row in listed["statements"] if row["payment_status"] == "PAID"]
    rows = data(client.get("/finance/202309/withdrawals", types="SETTLE", page_size=100))
    amounts = {row["id"]: row["amount"] for row in rows["withdrawals"]}
    assert paid
    assert {row["payment_id"]: row["settlement_amount"] for row in paid} == amounts


def test_orders_that_are_not_settled_are_estimated(client: Client) -> None:
    """Until their statement is made."""
    order = order_in(client, Stage.DELIVERED)
    path = "/finance/202507/orders/unsettled"
    window = {"search_time_ge": NOW, "search_time_lt": NOW + 1}
    found = data(client.get(path, sort_field="order_create_time", **window))
    assert [row["order_id"] for row in found["transactions"]] == [order.id]


def test_the_price_detail_tells_the_vouchers(client: Client) -> None:
    """They add up to the discounts."""
    order = order_in(client, Stage.TO_SHIP)
    told = data(client.get(f"/order/202407/orders/{order.id}/price_detail"))
    assert int(told["voucher_deduction_seller"]) == order.seller_voucher
    assert int(told["payment"]) == order.total


# Packages


def test_packages_are_searched_and_read(client: Client) -> None:
    """By status, page by page."""
    order = order_in(client, Stage.TO_SHIP)
    path = "/fulfillment/202309/packages/search"
    wish = {"package_status": "TO_FULFILL"}
    page = data(client.post(path, wish, page_size=50, sort_field="update_time"))
    assert order.package in {row["id"] for row in page["packages"]}
    detail = data(client.get(f"/fulfillment/202309/packages/{order.package}"))
    strange = unknown(keys(detail), keys(parsed("package_detail")["data"]))
    assert all(name.startswith("recipient_address.") for name in strange)
    assert "tracking_number" not in detail


def test_several_packages_are_shipped_and_those_that_fail_are_told(client: Client) -> None:
    """With code 0 either way."""
    good, asking = order_in(client, Stage.TO_SHIP), order_in(client, Stage.CANCELLING)
    rows = [{"id": order.package, "handover_method": "PICKUP"} for order in (good, asking)]
    told = data(client.post("/fulfillment/202309/packages/ship", {"packages": rows}))
    assert [(e["code"], e["detail"]["package_id"]) for e in told["errors"]] == [
        (21008044, asking.package)
    ]
    assert good.stage is Stage.PACKED


@pytest.mark.parametrize(
    ("stage", "code"),
    [
        (Stage.PACKED, 21008099),
        (Stage.SHIPPED, 21008099),
        (Stage.CANCELLED, 21011041),
        (Stage.CANCELLING, 21008044),
    ],
)
def test_the_state_machine_refuses_to_ship(client: Client, stage: Stage, code: int) -> None:
    """Twice, too late, or while the buyer asks to cancel."""
    order = order_in(client, stage)
    path = f"/fulfillment/202309/packages/{order.package}/ship"
    assert client.post(path, {"handover_method": "PICKUP"})["code"] == code


def test_a_strange_handover_is_refused(client: Client) -> None:
    """And the package of another shop."""
    order = order_in(client, Stage.TO_SHIP)
    path = f"/fulfillment/202309/packages/{order.package}/ship"
    assert client.post(path, {"handover_method": "TELEPORT"})["code"] == 21001001
    assert client.post("/fulfillment/202309/packages/1/ship", {})["code"] == 21011028


def test_a_parcel_is_tracked_in_milliseconds(client: Client) -> None:
    """Unlike nearly everything else."""
    order = order_in(client, Stage.DELIVERED)
    rows = data(client.get(f"/fulfillment/202309/orders/{order.id}/tracking"))["tracking"]
    assert rows
    assert all(row["update_time_millis"] > 10**12 for row in rows)


def test_a_document_has_its_time(client: Client) -> None:
    """Not before the shipment, and not after the pick-up."""
    codes = []
    for stage in (Stage.TO_SHIP, Stage.PACKED, Stage.SHIPPED):
        order = order_in(client, stage)
        path = f"/fulfillment/202309/packages/{order.package}/shipping_documents"
        codes.append(client.get(path, document_type="SHIPPING_LABEL")["code"])
    assert codes == [21023035, 0, 21042102]


# Around


def test_what_a_client_looks_up_is_there(client: Client) -> None:
    """Categories, brands, carriers, delivery options, active shops."""
    assert data(client.get("/product/202309/categories"))["categories"]
    assert data(client.get("/product/202309/brands", page_size=10))["brands"]
    place = data(client.get("/logistics/202309/warehouses"))["warehouses"][0]["id"]
    options = data(client.get(f"/logistics/202309/warehouses/{place}/delivery_options"))
    name = options["delivery_options"][0]["id"]
    path = f"/logistics/202309/delivery_options/{name}/shipping_providers"
    assert data(client.get(path))["shipping_providers"]
    shops = data(client.get("/seller/202309/shops", shop_cipher=None))["shops"]
    assert [set(shop) for shop in shops] == [{"id", "region"}]


def test_cancellations_and_returns_are_filtered(client: Client) -> None:
    """By order, status and id; an empty page leaves its key out."""
    order = order_in(client, Stage.CANCELLING)
    path = "/return_refund/202602/cancellations/search"
    (row,) = data(client.post(path, {"order_ids": [order.id]}))["cancellations"]
    assert (
        unknown(keys(row), keys(parsed("cancellations_search_page")["data"]["cancellations"][1]))
        == []
    )
    again = data(client.post(path, {"cancel_ids": [row["cancel_id"]]}))
    assert again["total_count"] == 1
    none = data(client.post("/return_refund/202602/returns/search", {"return_ids": ["1"]}))
    assert "return_orders" not in none


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": "x"}, 12052910),
        ({"main_images": []}, 12052910),
        ({"category_version": "v1"}, 12052217),
        ({"category_id": "x"}, 12052230),
        ({"package_weight": {"value": "heavy"}}, 12052910),
        ({"skus": [{"price": {"amount": "0", "currency": "VND"}}]}, 12052073),
        ({"skus": [{"price": {"amount": "1", "currency": "USD"}}]}, 12052084),
        ({"skus": [{"price": {"amount": "1"}, "inventory": [{"quantity": -1}]}]}, 12052055),
    ],
)
def test_a_product_that_breaks_a_rule_is_refused(
    client: Client, change: dict[str, Any], code: int
) -> None:
    """Nothing is made."""
    before = len(client.table.market.shop.products)
    body = {
        "title": "Bình giữ nhiệt inox 304 nắp vặn chống tràn",
        "description": "d",
        "category_id": "100004",
        "category_version": "v2",
        "main_images": [{"uri": "x"}],
        "skus": [{"price": {"amount": "1000"}, "inventory": [{"quantity": 1}]}],
    }
    assert client.post("/product/202309/products", {**body, **change})["code"] == code
    assert len(client.table.market.shop.products) == before
