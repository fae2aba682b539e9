"""What the emulated Lazada refuses, and its lesser calls (book 2.4, 3.7, 4.3, 6.2, 8)."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import pytest

from entrosdk.sandbox import LazadaProfile
from entrosdk.sandbox.steps import STEPS
from entrosdk.spi.toolkit import Part, multipart
from tests.sandboxes import Table
from tests.unit.sandbox.lazada.desk import Client, table
from tests.unit.sandbox.lazada.test_writes import bought, forced, returning

UPDATE, DECIDE = "/order/reverse/return/update", "/order/reverse/onlyrefund/seller/decide"
REASON = {"reason_id": 30001, "comment": "Đã dùng"}


def lines(at: Table, name: str) -> list[str]:
    """The ids of a return's lines."""
    body = Client(at).get("/order/reverse/return/detail/list", reverse_order_id=name)["data"]
    return [str(line["reverse_order_line_id"]) for line in body["reverseOrderLineDTOList"]]


def money_only(at: Table) -> str:
    """A return whose buyer keeps the goods."""
    _, own = at.market.shop.products[0], at.market.shop.products[0].variants[0]
    name = bought(at, sku=own.sku, quantity=1)
    forced(at, name, "DELIVERED")
    order = at.market.shop.orders[name]
    STEPS["return_refund"](at.market.shop, order, at.box.world.now)
    return str(order.returns[-1].id)


# Returns


def test_a_decision_is_guarded_by_the_books_codes() -> None:
    """Ids, actions, reasons, comments, pictures, batches, states."""
    at = table()
    client = Client(at)
    _, name = returning(at)
    (own, *_) = lines(at, name)
    base = {"reverse_order_id": name, "reverse_order_item_ids": f"[{own}]"}

    def told(**more: Any) -> str:
        return str(client.get(UPDATE, **{**base, "action": "refuseReturn", **more})["code"])

    assert told(reverse_order_id=1) == "106"
    assert told(reverse_order_item_ids="[]") == "103"
    assert told(reverse_order_item_ids="[5]") == "102"
    assert told(action="refuesReturn", **REASON) == "107"
    assert told() == "108"
    assert told(reason_id=30001) == "109"
    assert told(action="refuseRefund", **REASON) == "110"
    assert client.get(DECIDE, **base, action="agreeRefund")["code"] == "114"
    assert told(**REASON) == "0"
    assert told(action="agreeReturn") == "114"
    missing = client.get("/order/reverse/reason/list", reverse_order_line_id=1)
    assert missing["code"] == "102"


def test_a_refusal_takes_one_line_at_a_time() -> None:
    """A batch is refused, each line by itself is not."""
    at = table()
    client = Client(at)
    own = at.market.shop.products[0].variants[0]
    name = bought(at, sku=own.sku, quantity=2)
    forced(at, name, "RETURNING")
    asked = at.market.shop.orders[name].returns[-1].id
    both = lines(at, asked)

    def refuse(*ids: str) -> str:
        given = {"reverse_order_id": asked, "reverse_order_item_ids": f"[{','.join(ids)}]"}
        return str(client.get(UPDATE, **given, action="refuseReturn", **REASON)["code"])

    assert [refuse(*both), refuse(both[0]), refuse(both[1]), refuse(both[0])] == [
        "111",
        "0",
        "0",
        "114",
    ]


def test_a_wish_for_money_is_agreed_to_or_disputed() -> None:
    """Through the public API, and guarded."""
    at = table()
    first, second = money_only(at), money_only(at)
    client = Client(at)
    with at.shop() as shop:
        shop.returns.accept(first)
        assert shop.returns.get(first).status == "REFUND_SUCCESS"
        (own,) = lines(at, second)
        base = {"reverse_order_id": second, "reverse_order_item_ids": f"[{own}]"}
        codes = [
            client.get(DECIDE, **base, **more)["code"]
            for more in (
                {"action": "startDispute"},
                {"action": "startDispute", "comment": "c"},
                {"action": "hope"},
            )
        ]
        assert codes == ["109", "110", "107"]
        pictures = '[{"file_name":"a","file_url":"u"}]'
        done = client.get(
            DECIDE, **base, action="startDispute", comment="c", image_info_list=pictures
        )
        assert done["code"] == "0"
        assert shop.returns.get(second).status == "REFUND_PENDING"
        several = client.get(
            DECIDE, reverse_order_id=second, reverse_order_item_ids=f"[{own},{own}]", action="x"
        )
        assert several["code"] == "133"


def test_returns_are_filtered() -> None:
    """By kind, by state, by order, by their own id."""
    at = table()
    order, name = returning(at)
    money_only(at)
    client = Client(at)

    def count(**more: Any) -> int:
        given = {"page_no": 1, "page_size": 100, **more}
        total: int = client.get("/reverse/getreverseordersforseller", **given)["result"]["total"]
        return total

    assert count(trade_order_id=order) == count(reverse_order_id=name) == 1
    assert count(request_type_list='["ONLY_REFUND"]') >= 1
    assert count() == count(request_type_list='["RETURN","ONLY_REFUND"]')
    assert count(reverse_status_list='["REQUEST_INITIATE"]') >= 2
    assert client.get("/reverse/getreverseordersforseller", page_size=10)["code"] == (
        "MissingParameter"
    )


# Parcels and papers


def test_papers_are_of_known_kinds() -> None:
    """PDF as a link in a frame, HTML as a page."""
    at = table()
    client, name = Client(at), bought(at)
    with at.shop() as shop:
        (package,) = shop.orders.ship(name).packages

    def paper(kind: str) -> Any:
        body = {"doc_type": kind, "packages": [{"package_id": package.id}]}
        return client.get("/order/package/document/get", getDocumentReq=json.dumps(body))

    assert b"<iframe" in b64decode(paper("PDF")["result"]["data"]["file"])
    assert package.id.encode() in b64decode(paper("HTML")["result"]["data"]["file"])
    assert paper("DOC")["code"] == "32"
    own = client.post("/order/package/sof/delivered", dbsDeliveryReq="{'packages': []}")
    assert own["result"]["error_code"] == "700009"


def test_a_parcel_is_traced() -> None:
    """From the carrier's hands to the buyer's."""
    at = table()
    client, name = Client(at), bought(at)
    forced(at, name, "SHIPPED")
    forced(at, name, "DELIVERED")
    module = client.get("/logistic/order/trace", order_id=name)["result"]["module"]
    steps = module[0]["package_detail_info_list"][0]["logistic_detail_info_list"]
    assert [step["title"] for step in steps] == ["Đã bàn giao", "Đã giao hàng"]
    wrong = client.get("/logistic/order/trace", order_id=1)["result"]
    assert wrong["error_code"] == "LD_INPUT_PARAM_VALID"


@pytest.mark.parametrize(
    ("body", "code"),
    [("[]", "5"), ("{}", "700017"), ("{'pack_order_list': []}", "700017"), ("nothing", "5")],
)
def test_a_request_that_is_no_object_is_refused(body: str, code: str) -> None:
    """Or one without what it is about."""
    reply = Client(table(orders=1)).post("/order/fulfill/pack", packReq=body)
    assert code in {reply["code"], reply.get("result", {}).get("error_code")}


# Listings and pictures


def test_listings_are_filtered() -> None:
    """By state, by the seller's codes."""
    at = table()
    client, product = Client(at), at.market.shop.products[0]

    def total(**more: Any) -> int:
        found: int = client.get("/products/get", **more)["data"]["total_products"]
        return found

    assert total(sku_seller_list=json.dumps([product.variants[0].sku])) == 1
    assert total(filter="live") + total(filter="inactive") == total(filter="all") == 72
    assert client.get("/products/get", sku_seller_list="x")["code"] == "70"
    assert client.get("/products/get", filter="some")["code"] == "36"
    for variant in product.variants:
        variant.stock = 0
    assert total(filter="sold-out") >= 1
    removed = json.dumps([f"SkuId_{product.id}_{product.variants[0].id}"])
    assert client.post("/product/remove", sku_id_list=removed)["code"] == "0"
    assert total(filter="deleted") == 1


def test_an_update_sets_stock_and_prices_too() -> None:
    """Its quantity is sellable; every SKU needs its id; one item to a call."""
    at = table()
    client, product = Client(at), at.market.shop.products[0]
    own = product.variants[0]

    def update(**sku: str) -> Any:
        tree = {"Request": {"Product": {"ItemId": str(product.id), "Skus": {"Sku": [sku]}}}}
        return client.post("/product/update", payload=json.dumps(tree))

    assert update(SellerSku="x")["code"] == "4216"
    assert update(SkuId=str(own.id), quantity="7", price="99000")["code"] == "0"
    assert (own.stock, own.price) == (7, 99000)
    for wrong, code in (
        ({"price": "0.5"}, "4104"),
        ({"price": "99000", "special_price": "99000"}, "4157"),
        ({"quantity": "many"}, "4152"),
    ):
        reply = update(SkuId=str(own.id), **wrong)
        assert (reply["code"], reply["detail"][0]["code"]) == ("501", code)


def test_a_stranger_picture_is_refused() -> None:
    """Listings show Lazada's own only."""
    tree = {
        "Request": {
            "Product": {
                "Attributes": {"name": "t"},
                "Images": {"Image": ["https://elsewhere.example/a.jpg"]},
                "Skus": {"Sku": [{"SellerSku": "S", "price": "1000"}]},
            }
        }
    }
    reply = Client(table(orders=1)).post("/product/create", payload=json.dumps(tree))
    assert "external image" in reply["detail"][0]["message"]


def test_pictures_are_kept_fetched_and_counted() -> None:
    """One at once, several later, none that is too large."""
    client = Client(table(orders=1))
    path = "/image/upload"

    def upload(content: bytes) -> str:
        given = client.signed(path)
        kind, body = multipart([Part(name="image", content=content, filename="a.jpg")])
        reply = client.send("POST", path, tuple(given.items()), kind, body)
        return str(json.loads(reply.body)["code"])

    assert [upload(b"photo"), upload(b""), upload(b"0" * 3_145_729)] == ["0", "300", "303"]
    one = "<Request><Image><Url>{}</Url></Image></Request>"
    assert client.post("/image/migrate", payload=one.format("https://a.example"))["code"] == "0"
    assert client.post("/image/migrate", payload=one.format("ftp://a"))["code"] == "302"
    urls = "".join(f"<Url>https://a.example/{n}</Url>" for n in range(8))
    many = f"<Request><Images>{urls}</Images></Request>"
    batch = client.post("/images/migrate", payload=many)["batch_id"]
    assert len(client.get("/image/response/get", batch_id=batch)["data"]["images"]) == 8
    assert client.get("/image/response/get", batch_id="x")["code"] == "304"
    none = "<Request><Images/></Request>"
    assert client.post("/images/migrate", payload=none)["code"] == "301"
    nine = "".join("<Image>u</Image>" for _ in range(9))
    tree = f"<Request><Product><Skus><Sku><Images>{nine}</Images></Sku></Skus></Product></Request>"
    assert client.post("/images/set", payload=tree)["code"] == "203"


# The shop


def test_warehouses_want_to_be_asked_for_by_kind() -> None:
    """Without it there are none; the other call tells the address."""
    client = Client(table(orders=1, profile=LazadaProfile(warehouses=True)))
    assert client.get("/seller/warehouse/get")["result"]["module"] == []
    asked = client.get("/seller/warehouse/get", addressTypes='["warehouse"]')["result"]["module"]
    assert [row["code"] for row in asked] == ["dropshipping", "VN2K7QX1-WH-10003"]
    assert client.get("/rc/warehouse/get")["result"]["module"][0]["province"] == "Hồ Chí Minh"
