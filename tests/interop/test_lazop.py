"""The official Lazada client works against the sandbox server unchanged."""

from __future__ import annotations

import json
import logging
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandboxes import ask, serving

pytestmark = pytest.mark.interop


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@pytest.fixture(scope="module")
def lazop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The client's module; it keeps a log in the home folder, which is a scratch one here."""
    home: Path = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        from lazop_sdk import base
    yield base
    for handler in logging.getLogger(base.__name__).handlers:
        handler.close()


@pytest.fixture(scope="module")
def store() -> Iterator[dict[str, str]]:
    """The Lazada store of a served sandbox."""
    with serving("--orders", "150") as control:
        stores = ask(f"{control}/control/stores")
        bought = {"marketplace": "lazada", "cod": True}
        ask(f"{control}/control/orders", bought)
        yield next(one for one in stores if one["marketplace"] == "lazada")


class Asking:
    """Asks with the client: by its own choice in the query of a GET or the form of a POST."""

    def __init__(self, lazop: Any, store: dict[str, str]) -> None:
        self.lazop = lazop
        url = f"{store['base_url']}/rest"
        self.client = lazop.LazopClient(url, store["app_key"], store["app_secret"])
        self.token = ""

    def __call__(self, path: str, method: str = "GET", *, file: Any = None, **given: Any) -> Any:
        request = self.lazop.LazopRequest(path, method)
        for name, value in given.items():
            request.add_api_param(name, str(value))
        if file is not None:
            request.add_file_param("image", file)
        return self.client.execute(request, self.token or None).body


@pytest.fixture(scope="module")
def asking(lazop: Any, store: dict[str, str]) -> Asking:
    """The client after consent, code exchange and one refresh."""
    asked = Asking(lazop, store)
    query = {
        "response_type": "code",
        "client_id": store["app_key"],
        "redirect_uri": "http://127.0.0.1/back",
    }
    opener = urllib.request.build_opener(_NoRedirect)
    with pytest.raises(urllib.error.HTTPError) as caught:
        opener.open(f"{store['base_url']}/oauth/authorize?{urllib.parse.urlencode(query)}")
    location = caught.value.headers["Location"]
    caught.value.close()
    code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))["code"]
    first = asked("/auth/token/create", "POST", code=code)
    second = asked("/auth/token/refresh", refresh_token=first["refresh_token"])
    assert first["country_user_info"][0]["seller_id"] == store["shop_id"]
    assert second["access_token"] != first["access_token"]
    asked.token = second["access_token"]
    return asked


def since(days: int) -> str:
    """A moment as filters want it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() - days * 86_400))


def test_orders_are_listed_in_pages_and_read(asking: Asking) -> None:
    """By offset, then header and units; lists travel as text."""
    found: list[Any] = []
    while True:
        page = asking(
            "/orders/get",
            created_after=since(40),
            sort_direction="ASC",
            limit=40,
            offset=len(found),
        )["data"]
        found += page["orders"]
        if page["count"] < 40:
            break
    assert len(found) == page["countTotal"] > 100
    ids = [row["order_id"] for row in found]
    assert len(set(ids)) == len(ids)
    assert asking("/order/get", order_id=ids[0])["data"]["order_id"] == ids[0]
    units = asking("/orders/items/get", order_ids=ids[:50])["data"]
    assert [one["order_id"] for one in units] == ids[:50]
    assert all(one["order_items"] for one in units)


def test_an_order_is_packed_and_declared_ready(asking: Asking) -> None:
    """A write by form, with Python's own quotes, as clients send it."""
    waiting = asking("/orders/get", created_after=since(40), status="pending")["data"]["orders"]
    units = asking("/order/items/get", order_id=waiting[0]["order_id"])["data"]
    order = {
        "order_id": waiting[0]["order_id"],
        "order_item_list": [row["order_item_id"] for row in units],
    }
    request = {"pack_order_list": [order], "delivery_type": "dropship"}
    packed = asking("/order/fulfill/pack", "POST", packReq=request)["result"]
    row = packed["data"]["pack_order_list"][0]["order_item_list"][0]
    assert row["item_err_code"] == "0"
    parcels = json.dumps({"packages": [{"package_id": row["package_id"]}]})
    ready = asking("/order/package/rts", "POST", readyToShipReq=parcels)["result"]
    assert ready["data"]["packages"][0]["item_err_code"] == "0"


def test_stock_is_set_and_read_back(asking: Asking) -> None:
    """Listings in pages, one write with an ampersand in its payload."""
    first = asking("/products/get", filter="live", limit=30, offset=0)["data"]
    second = asking("/products/get", filter="live", limit=30, offset=30)["data"]
    ids = {row["item_id"] for row in first["products"] + second["products"]}
    assert len(ids) == 60 <= first["total_products"]
    item, sku = first["products"][0], first["products"][0]["skus"][0]
    payload = (
        "<Request><Product><Skus><Sku>"
        f"<ItemId>{item['item_id']}</ItemId><SkuId>{sku['SkuId']}</SkuId>"
        "<SellerSku>a &amp; b</SellerSku><SellableQuantity>7</SellableQuantity>"
        "</Sku></Skus></Product></Request>"
    )
    assert asking("/product/stock/sellable/update", "POST", payload=payload)["code"] == "0"
    seen = asking("/product/item/get", item_id=item["item_id"])["data"]["skus"][0]
    assert seen["Available"] == 7


def test_a_picture_is_uploaded(asking: Asking) -> None:
    """As a part of a multipart form that is not signed."""
    image = asking("/image/upload", "POST", file=b"\xff\xd8 photo")["data"]["image"]
    assert image["url"].startswith("https://")


def test_money_is_read(asking: Asking) -> None:
    """Rows of the account and statements."""
    today = time.strftime("%Y-%m-%d")
    rows = asking("/finance/transaction/details/get", start_time=since(40)[:10], end_time=today)
    assert len(rows["data"]) == 500
    assert asking("/finance/payout/status/get", created_after=since(40)[:10])["data"]


def test_a_wrong_secret_is_refused(lazop: Any, store: dict[str, str]) -> None:
    """In the book's words, with status 200."""
    wrong = Asking(lazop, {**store, "app_secret": "wrong"})
    wrong.token = store["access_token"]
    assert wrong("/seller/get")["code"] == "IncompleteSignature"
