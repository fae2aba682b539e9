"""An OAuth client written by strangers and plain requests work against the emulated Tiki."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.sandboxes import ask, serving

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

BACK = "https://erp.example/back"
SCOPE = "offline order product inventory"
DAYS = timedelta(days=3)
FORM = "%Y-%m-%d %H:%M:%S"


@pytest.fixture(scope="module")
def store() -> Iterator[dict[str, str]]:
    """The Tiki store of a served sandbox."""
    with serving("--orders", "150") as control:
        stores = ask(f"{control}/control/stores")
        yield next(each for each in stores if each["marketplace"] == "tiki")


def client(store: dict[str, str], **rest: Any) -> Any:
    """Authlib's client, set up by its own defaults: Basic."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from authlib.integrations.httpx_client import OAuth2Client
    return OAuth2Client(
        store["app_key"],
        store["app_secret"],
        redirect_uri=BACK,
        token_endpoint=f"{store['auth_url']}/sc/oauth2/token",
        **rest,
    )


@pytest.fixture(scope="module")
def granted(store: dict[str, str]) -> Iterator[Any]:
    """A client that went through the consent page and refreshed once."""
    with client(store, scope=SCOPE) as made:
        url, state = made.create_authorization_url(f"{store['auth_url']}/sc/oauth2/auth")
        page = httpx.get(url, follow_redirects=False)
        assert page.status_code == 302
        first = made.fetch_token(authorization_response=page.headers["location"], state=state)
        assert (first["token_type"], first["expires_in"]) == ("bearer", 1_295_999)
        second = made.refresh_token(f"{store['auth_url']}/sc/oauth2/token")
        assert second["access_token"] != first["access_token"]
        assert second["refresh_token"] != first["refresh_token"]
        yield made


def test_orders_are_listed_in_pages_and_read(store: dict[str, str], granted: Any) -> None:
    """Every order arrives by page number, and details answer for them."""
    base = f"{store['base_url']}/integration/v2/orders"
    codes: list[str] = []
    page = last = 1
    while page <= last:
        query = {"page": page, "limit": 50, "status": "nin|processing,waiting_payment"}
        body = granted.get(base, params=query).json()
        codes += [row["code"] for row in body["data"]]
        last, page = body["paging"]["last_page"], page + 1
    assert last >= 2
    assert len(codes) == len(set(codes)) == body["paging"]["total"]
    detail = granted.get(f"{base}/{codes[0]}", params={"include": "item.fees"}).json()
    assert detail["code"] == codes[0]
    assert detail["items"]


def test_percent_encoded_expressions_and_times_are_read(
    store: dict[str, str], granted: Any
) -> None:
    """Pipes, commas, colons and blanks, as strangers encode them."""
    until = datetime.fromisoformat(granted.get(f"{store['base_url']}/integration/v2/orders").json()[
        "data"][0]["created_at"]) + timedelta(seconds=1)  # fmt: skip
    since = (until - DAYS).strftime(FORM)
    raw = (
        f"{store['base_url']}/integration/v2/orders?status=in%7Cqueueing%2Cpicking%2Ccomplete"
        f"&created_from_date={since.replace(' ', '%20').replace(':', '%3A')}"
        f"&created_to_date={until.strftime(FORM).replace(' ', '+')}"
    )
    reply = granted.get(raw, headers={"content-type": "application/json"})
    assert reply.status_code == 200
    found = {row["status"] for row in reply.json()["data"]}
    assert found <= {"queueing", "picking", "complete"}


def test_a_price_and_stock_are_written(store: dict[str, str], granted: Any) -> None:
    """One write by JSON, seen at the next read; a form is refused."""
    base = f"{store['base_url']}/integration/v2.1/products"
    row = granted.get(base, params={"include": "inventory", "limit": 1}).json()["data"][0]
    level = row["inventory"]["warehouse_stocks"][0]
    body = {
        "product_id": row["product_id"],
        "price": row["price"] + 1000,
        "warehouse_quantities": [
            {
                "warehouse_id": level["warehouse_id"],
                "qty_available": level["quantity_available"] + 5,
            }
        ],
    }
    assert granted.put(f"{base}/updateSku", json=body).json() == {"state": "approved"}
    now = granted.get(f"{base}/{row['product_id']}", params={"includes": "inventory"}).json()
    assert now["price"] == row["price"] + 1000
    stock = now["inventory"]["warehouse_stocks"][0]
    assert stock["quantity_sellable"] == level["quantity_sellable"] + 5
    assert granted.put(f"{base}/updateSku", data={"product_id": 1}).status_code == 415


def test_a_queue_is_pulled_as_the_app(store: dict[str, str], granted: Any) -> None:
    """Made and read with the app's own token, subscribed with the seller's; ack_id null."""
    queues = f"{store['base_url']}/integration/v1/queues"
    with client(store) as app:
        token = app.fetch_token(grant_type="client_credentials", scope="")
        assert "refresh_token" not in token
        code = app.post(queues, json={"name": "strangers"}).json()["code"]
        kind = {"event_type": "PRODUCT_PRICE_UPDATED"}
        assert granted.post(f"{queues}/{code}/subscriptions", json=kind).json()["active"]
        base = f"{store['base_url']}/integration/v2.1/products"
        row = granted.get(base, params={"limit": 1}).json()["data"][0]
        change = {"product_id": row["product_id"], "price": row["price"] + 2000}
        granted.put(f"{base}/updateSku", json=change)
        batch = app.post(f"{queues}/{code}/events/pull", json={"ack_id": None}).json()
        assert [event["payload"]["product_id"] for event in batch["events"]] == [row["product_id"]]
        again = app.post(f"{queues}/{code}/events/pull", json={"ack_id": batch["ack_id"]}).json()
    assert again["events"] == []


def test_a_basic_client_without_its_id_in_the_body_is_served(store: dict[str, str]) -> None:
    """As one integration got its token; and a spent code is refused in Hydra's words."""
    url = f"{store['auth_url']}/sc/oauth2/token"
    pair = (store["app_key"], store["app_secret"])
    reply = httpx.post(url, data={"grant_type": "client_credentials"}, auth=pair)
    assert reply.status_code == 200
    gone = {"grant_type": "authorization_code", "code": "spent", "redirect_uri": BACK}
    refused = httpx.post(url, data=gone, auth=pair)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
