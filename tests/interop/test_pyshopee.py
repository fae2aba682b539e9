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
        made.host = store["base_url"]
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
