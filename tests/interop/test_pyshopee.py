"""A client written by strangers works against the sandbox server unchanged."""

from __future__ import annotations

import time
import urllib.error
import urllib.parse
import urllib.request
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandboxes import ask, serving

pytestmark = pytest.mark.interop


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A pyshopee client that was sent through the consent page."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pyshopee2
    with serving("--orders", "150") as control:
        store = ask(f"{control}/control/stores")[0]
        made = pyshopee2.Client(
            store["shop_id"], store["app_key"], store["app_secret"], "http://127.0.0.1/back"
        )
        made.host, made.control = store["base_url"], control
        yield made


def back(url: str) -> dict[str, str]:
    """Where the consent page sends the browser."""
    opener = urllib.request.build_opener(_NoRedirect)
    with pytest.raises(urllib.error.HTTPError) as caught:
        opener.open(url, timeout=10)
    location = caught.value.headers["Location"]
    caught.value.close()
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))


@pytest.fixture(scope="module")
def granted(client: Any) -> Any:
    """The client after code exchange and one refresh."""
    came = back(client.shop_authorization(client.redirect_url))
    client.code, client.shop_id = came["code"], int(came["shop_id"])
    access, life, refresh = client.get_token()
    renewed, _, _ = client.get_access_token(
        client.shop_id, client.partner_id, client.partner_key, refresh
    )
    assert (life, renewed != access) == (14_400, True)
    return client


def test_orders_are_listed_in_pages_and_read(granted: Any) -> None:
    """Every order of two weeks arrives by cursor, and details answer for them."""
    now = int(time.time())
    window = {"time_from": now - 14 * 86_400, "time_to": now, "page_size": 20}
    found, cursor = [], ""
    while True:
        page = granted.order.get_order_list(
            time_range_field="create_time", cursor=cursor, **window
        )["response"]
        found += [row["order_sn"] for row in page["order_list"]]
        cursor = page["next_cursor"]
        if not page["more"]:
            break
    assert len(found) > 40
    details = granted.order.get_order_detail(
        order_sn_list=",".join(found[:50]), response_optional_fields="item_list,total_amount"
    )["response"]["order_list"]
    assert [order["order_sn"] for order in details] == found[:50]
    assert all(order["item_list"] for order in details)


def test_items_are_listed_and_read(granted: Any) -> None:
    """Items arrive by offset, base info answers for them."""
    first = granted.product.get_item_list(offset=0, page_size=50, item_status="NORMAL")["response"]
    rest = granted.product.get_item_list(
        offset=first["next_offset"], page_size=50, item_status="NORMAL"
    )["response"]
    ids = [row["item_id"] for row in first["item"] + rest["item"]]
    assert len(ids) == len(set(ids)) == first["total_count"]
    info = granted.product.get_item_base_info(item_id_list=",".join(map(str, ids[:50])))
    assert len(info["response"]["item_list"]) == 50


def test_escrow_is_read(granted: Any) -> None:
    """An order's money answers to its number."""
    now = int(time.time())
    orders = granted.order.get_order_list(
        time_range_field="create_time",
        time_from=now - 14 * 86_400,
        time_to=now,
        page_size=10,
        order_status="COMPLETED",
    )["response"]["order_list"]
    money = granted.payment.get_escrow_detail(order_sn=orders[0]["order_sn"])["response"]
    assert money["order_income"]["escrow_amount"] > 0


def test_stock_is_written(granted: Any) -> None:
    """One variant is set and one that is not there is refused, in one reply."""
    ids = granted.product.get_item_list(offset=0, page_size=50, item_status="NORMAL")["response"]
    item = ids["item"][0]["item_id"]
    models = granted.product.get_model_list(item_id=item)["response"]["model"]
    rows = [
        {"model_id": model, "seller_stock": [{"stock": 41}]}
        for model in (models[0]["model_id"], 999)
    ]
    reply = granted.product.update_stock(item_id=item, stock_list=rows)
    assert (reply["error"], reply["response"]["failure_list"][0]["model_id"]) == ("", 999)
    after = granted.product.get_model_list(item_id=item)["response"]["model"]
    assert after[0]["stock_info_v2"]["summary_info"]["total_available_stock"] == 41


def test_an_order_is_shipped(granted: Any) -> None:
    """Parameters, shipment, tracking number: the client's own calls."""
    bought = ask(f"{granted.control}/control/orders", {"marketplace": "shopee", "cod": False})
    name = bought["orders"][0]["id"]
    ask(f"{granted.control}/control/orders/shopee/{name}/status", {"status": "TO_SHIP"})
    waiting = granted.order.get_shipment_list(page_size=50)["response"]["order_list"]
    assert name in {row["order_sn"] for row in waiting}
    ways = granted.logistics.get_shipping_parameter(order_sn=name)["response"]["info_needed"]
    assert ways["dropoff"] == []
    assert granted.logistics.ship_order(order_sn=name, dropoff={})["error"] == ""
    number = granted.logistics.get_tracking_number(order_sn=name)["response"]
    assert number["tracking_number"] == ""
    again = granted.logistics.ship_order(order_sn=name, dropoff={})
    assert again["error"] == "logistics.package_already_shipped"


def test_a_large_picture_is_uploaded(granted: Any) -> None:
    """As a form made by another library, of more than a megabyte."""
    import requests

    _, url = granted.auth_url("/api/v2/media_space/upload_image")
    picture = b"\x89PNG" + bytes(3_000_000)
    with requests.post(url, files={"image": ("hat.png", picture, "image/png")}, timeout=20) as got:
        info = got.json()["response"]["image_info"]
    assert info["image_url_list"][0]["image_url"].endswith(info["image_id"])
