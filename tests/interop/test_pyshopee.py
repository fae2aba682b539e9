"""A client that nobody here wrote, unedited, against the sandbox over real HTTP.

`pyshopee2` (package pyshopee) takes its host from an attribute of the client; it reads no
setting and no variable.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, build_opener, urlopen

import pytest

from tests.docs.sandbox import sandbox

pytestmark = pytest.mark.interop

DAY = 86_400
FIELDS = "item_list,total_amount,recipient_address,package_list,pay_time"


class Stay(HTTPRedirectHandler):
    """Lets a redirect be looked at instead of followed: nobody listens at its target."""

    def redirect_request(self, *_: Any) -> None:
        """Do not follow."""


class Browser:
    """As much of a browser as `Client.get_code` needs."""

    def __init__(self, driver: str) -> None:
        self.current_url = driver

    def get(self, url: str) -> None:
        """Open a page; the address is then where it redirects to."""
        try:
            build_opener(Stay).open(url, timeout=10)
        except HTTPError as answer:
            with answer:
                self.current_url = answer.headers["Location"]

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(scope="module")
def client_class() -> Iterator[Any]:
    """Import the client; the browser automation it imports too is heavy, so ours stands in."""
    patch = pytest.MonkeyPatch()
    selenium, webdriver = ModuleType("selenium"), ModuleType("selenium.webdriver")
    selenium.webdriver, webdriver.Chrome = webdriver, Browser  # type: ignore[attr-defined]
    patch.setitem(sys.modules, "selenium", selenium)
    patch.setitem(sys.modules, "selenium.webdriver", webdriver)
    client = pytest.importorskip("pyshopee2.client", reason="pyshopee is not installed")
    yield client.Client
    patch.undo()


@pytest.fixture
def store() -> Iterator[dict[str, Any]]:
    """Run a sandbox and describe its ready-made Shopee store."""
    with sandbox(orders=60) as running, urlopen(f"{running.url}/control/stores") as reply:
        stores = json.load(reply)
        yield next(store for store in stores if store["marketplace"] == "shopee")


@pytest.fixture
def client(client_class: Any, store: dict[str, Any]) -> Any:
    """A client of the ready-made store, pointed at the sandbox."""
    made = client_class(
        store["shop_id"],
        store["app_key"],
        store["app_secret"],
        "http://127.0.0.1/back",
        access_token=store["access_token"],
    )
    made.host = store["base_url"]
    return made


def order_pages(client: Any, size: int) -> Iterator[dict[str, Any]]:
    """List the orders of the last fourteen days, page by page."""
    now = int(time.time())
    cursor: str | None = ""
    while cursor is not None:
        reply = client.order.get_order_list(
            time_range_field="update_time",
            time_from=now - 14 * DAY,
            time_to=now,
            page_size=size,
            cursor=cursor,
        )
        assert reply["error"] == ""
        yield reply["response"]
        cursor = reply["response"]["next_cursor"] if reply["response"]["more"] else None


def test_consent_and_tokens(client: Any) -> None:
    """The client's own consent link leads to a code, tokens, and a second pair by refresh."""
    code, shop = client.get_code()
    first, lifetime, refresh = client.get_token()
    second, _, _ = client.get_access_token(
        shop, client.partner_id, client.partner_key, client.refresh_token
    )
    assert len(code) == 32
    assert lifetime == 14_400
    assert first != second
    assert refresh != client.refresh_token
    assert client.shop.get_shop_info(timeout=5)["error"] == ""


def test_orders(client: Any) -> None:
    """Pages join without gap or repeat, and details come for the ids of a page."""
    pages = list(order_pages(client, 10))
    listed = [row["order_sn"] for page in pages for row in page["order_list"]]
    wanted = listed[:20]
    details = client.order.get_order_detail(
        order_sn_list=",".join(wanted), response_optional_fields=FIELDS
    )
    assert len(pages) >= 2
    assert len(listed) == len(set(listed))
    assert sorted(wanted) == sorted(row["order_sn"] for row in details["response"]["order_list"])
    assert all(row["item_list"] for row in details["response"]["order_list"])


def test_products(client: Any) -> None:
    """Items are listed and described."""
    page = client.product.get_item_list(offset=0, page_size=10, item_status="NORMAL")
    ids = [row["item_id"] for row in page["response"]["item"]]
    described = client.product.get_item_base_info(item_id_list=",".join(map(str, ids)))
    assert len(ids) == 10
    assert sorted(ids) == sorted(row["item_id"] for row in described["response"]["item_list"])


def test_escrow(client: Any) -> None:
    """The income of an order is told with its parts."""
    listed = [row["order_sn"] for page in order_pages(client, 50) for row in page["order_list"]]
    reply = client.payment.get_escrow_detail(order_sn=listed[-1])
    assert reply["error"] == ""
    assert reply["response"]["order_sn"] == listed[-1]
    assert "escrow_amount" in reply["response"]["order_income"]


def test_a_wrong_key(client: Any) -> None:
    """A wrong key is refused before anything else is looked at."""
    client.partner_key = "wrong"
    reply = client.order.get_shipment_list(page_size=10)
    assert reply["error"] in {403, "error_sign"}
