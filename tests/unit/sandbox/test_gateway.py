"""The gateway refuses in the manual's order and words (book 2.2)."""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from typing import Any

import pytest

from entrosdk.sandbox import ShopeeProfile
from entrosdk.sandbox.http import Call, Reply
from tests.sandboxes import NOON, Table

LIST = "/api/v2/order/get_order_list"
NOW = int(NOON.timestamp())


class Client:
    """Signs by itself, so that the sandbox is not checked against its own code."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.store = table.box.stores()[0]
        self.secret = self.store["app_secret"]

    def query(self, path: str, **more: Any) -> dict[str, str]:
        """The signed query of a shop call."""
        given = {
            "partner_id": self.store["app_key"],
            "timestamp": str(int(self.table.moment.timestamp())),
            "access_token": self.store["access_token"],
            "shop_id": self.store["shop_id"],
            **{name: str(value) for name, value in more.items()},
        }
        parts = (given[name] for name in ("partner_id", "timestamp", "access_token", "shop_id"))
        partner, stamp, token, shop = parts
        base = f"{partner}{path}{stamp}{token}{shop}".encode()
        return {"sign": hmac.new(self.secret.encode(), base, sha256).hexdigest(), **given}

    def send(
        self, path: str, query: dict[str, str], method: str = "GET", body: bytes = b""
    ) -> Reply:
        """Send a call as it is."""
        call = Call(method=method, path=path, query=tuple(query.items()), body=body)
        return self.table.box.handle("shopee", call)

    def get(self, path: str, **more: Any) -> Any:
        """A good call's body."""
        return json.loads(self.send(path, self.query(path, **more)).body)


@pytest.fixture
def client() -> Client:
    """A client of a small shop."""
    return Client(Table(orders=30))


def verdict(reply: Reply) -> tuple[int, str, str]:
    """Status, code and message of a refusal."""
    body = json.loads(reply.body)
    assert body["request_id"]
    return reply.status, body["error"], body["message"]


BROKEN = [
    ({"partner_id": None}, 200, "error_param", "There is no partner_id in query."),
    ({"partner_id": "x"}, 200, "error_param", "Partner_id is invalid"),
    ({"partner_id": "1"}, 200, "invalid_partner_id", "Invalid partner_id"),
    ({"timestamp": None}, 200, "error_param", "no timestamp."),
    ({"timestamp": "soon"}, 200, "error_param", "Timestamp is invalid"),
    ({"sign": None}, 200, "error_param", "There is no sign in query."),
    ({"access_token": None}, 200, "error_param", "There is no access_token in query."),
    ({"shop_id": None}, 200, "error_param", "There is no shop_id in query."),
    ({"shop_id": "mine"}, 200, "error_param", "shop_id is invalid"),
    ({"timestamp": str(NOW - 301)}, 200, "error_param", "Timestamp is expired."),
    ({"sign": "0" * 64}, 403, "error_sign", "Wrong sign."),
]


@pytest.mark.parametrize(("change", "status", "code", "text"), BROKEN)
def test_each_check_has_its_words(
    client: Client, change: dict[str, str | None], status: int, code: str, text: str
) -> None:
    """What is missing or wrong is refused by code, message and status."""
    query = {k: v for k, v in {**client.query(LIST), **change}.items() if v is not None}
    got = verdict(client.send(LIST, query))
    assert (got[:2], text in got[2]) == ((status, code), True)


def test_the_earlier_check_wins(client: Client) -> None:
    """Everything wrong at once: the partner is complained about first."""
    assert verdict(client.send(LIST, {}))[2] == "There is no partner_id in query."
    bad = {**client.query(LIST), "sign": "0" * 64, "timestamp": str(NOW - 301)}
    assert verdict(client.send(LIST, bad))[2] == "Timestamp is expired."


def test_upper_case_signatures_are_wrong(client: Client) -> None:
    """Lower-case hex only."""
    query = client.query(LIST)
    assert verdict(client.send(LIST, {**query, "sign": query["sign"].upper()}))[1] == "error_sign"


def test_always_200_profile() -> None:
    """The other profile hides the status and keeps the code."""
    client = Client(Table(orders=3, profile=ShopeeProfile(statuses="always_200")))
    bad = {**client.query(LIST), "sign": "0" * 64}
    assert verdict(client.send(LIST, bad))[:2] == (200, "error_sign")


def test_another_shop_is_not_granted(client: Client) -> None:
    """A shop nobody authorised has no link, and a foreign token does not fit."""
    assert verdict(client.send(LIST, client.query(LIST, shop_id=1)))[1] == "invalid_acceess_token"
    stranger = client.query(LIST, shop_id=1, access_token="f" * 32)
    assert verdict(client.send(LIST, stranger))[2] == "Invalid partner_id or shopid."


def test_timestamps_fit_either_clock(client: Client) -> None:
    """After the world moved on, both real time and the world's are accepted."""
    client.table.box.world.advance(3600)
    args = {
        "time_range_field": "update_time",
        "time_from": NOW - 60,
        "time_to": NOW,
        "page_size": 1,
    }
    for stamp in (NOW, NOW + 3600):
        assert client.get(LIST, timestamp=stamp, **args)["error"] == ""
    assert client.get(LIST, timestamp=NOW + 1800, **args)["message"] == "Timestamp is expired."


def test_tokens_expire_rotate_and_keep_their_grace() -> None:
    """Four hours, single use, five minutes more for the old one."""
    table = Table(orders=3)
    grants, shop = table.market.grants, "226518001"
    access, refresh = table.market._first
    assert grants.valid(shop, access, NOW + 14_399)
    assert not grants.valid(shop, access, NOW + 14_400)
    renewed = grants.renew(shop, refresh, NOW + 60)
    assert renewed is not None
    assert grants.renew(shop, refresh, NOW + 61) is None
    assert grants.valid(shop, access, NOW + 60 + 299)
    assert not grants.valid(shop, access, NOW + 60 + 300)
    assert grants.valid(shop, renewed[0], NOW + 60 + 14_000)
    assert grants.renew(shop, renewed[1], NOW + 60 + 31 * 86_400) is None


def test_a_restarted_sandbox_knows_the_grants_it_gave() -> None:
    """Tokens prove themselves: the same seed adopts the newest that shows up."""
    before, after = Table(orders=3), Table(orders=3)
    renewed = before.market.grants.renew("226518001", before.market._first[1], NOW)
    assert renewed is not None
    assert after.market.grants.valid("226518001", renewed[0], NOW + 5)
    assert after.market.grants.renew("226518001", renewed[1], NOW + 6) is not None
    stranger = Table(orders=3, seed=8)
    assert not stranger.market.grants.valid("226518001", renewed[0], NOW + 5)


def test_revoked_consent_has_no_link(client: Client) -> None:
    """After the seller's withdrawal nothing works, the refresh token neither."""
    client.table.market.revoke("226518001")
    assert verdict(client.send(LIST, client.query(LIST)))[1] == "shop_no_linked"
    refresh = client.table.market._first[1]
    assert client.table.market.grants.renew("226518001", refresh, NOW) is None


def test_unknown_addresses_and_verbs_are_404(client: Client) -> None:
    """No envelope there."""
    assert client.send("/api/v2/nothing/here", {}).status == 404
    assert client.send(LIST, {}, method="POST").status == 404
    assert client.send(LIST, {}, method="DELETE").status == 404


def test_rate_limits_per_app_shop_and_day(client: Client) -> None:
    """The n+1st call within a second is refused, and the daily quota ends."""
    limits = client.table.market.limits
    limits.shop = 2
    path = "/api/v2/shop/get_shop_info"
    codes = [client.get(path)["error"] for _ in range(3)]
    assert codes == ["", "", "error_rate_limit"]
    client.table.sleep(1.01)
    limits.daily = 4
    assert [client.get(path)["error"] for _ in range(2)] == ["", "error_limit"]


def test_rate_limit_as_429() -> None:
    """The other way to say it."""
    client = Client(Table(orders=3, profile=ShopeeProfile(rate_answer="429")))
    client.table.market.limits.app = 1
    path = "/api/v2/shop/get_shop_info"
    client.get(path)
    assert client.send(path, client.query(path)).status == 429


def test_a_burst_limit_may_tell_how_long_to_wait() -> None:
    """Without headers by default; with the switch, Retry-After is in seconds."""
    client = Client(Table(orders=3, profile=ShopeeProfile(rate_answer="429", retry_after=7)))
    client.table.market.limits.app = 1
    path = "/api/v2/shop/get_shop_info"
    replies = [client.send(path, client.query(path)) for _ in range(2)]
    assert [reply.headers.get("Retry-After") for reply in replies] == [None, "7"]


def test_unknown_addresses_in_the_gateways_own_words() -> None:
    """The other profile answers 200 with an envelope, as the manual prints it."""
    client = Client(Table(orders=3, profile=ShopeeProfile(unknown_path="error_param")))
    status, code, text = verdict(client.send("/api/v2/nothing/here", {}))
    assert (status, code) == (200, "error_param")
    assert "request path is incorrect" in text


def test_wallet_rows_are_filtered_by_tab(client: Client) -> None:
    """Orders, withdrawals and the rest are three tabs that tell every row once."""
    path = "/api/v2/payment/get_wallet_transaction_list"
    window = {"create_time_from": NOW - 15 * 86_400, "create_time_to": NOW, "page_size": 100}
    tabs = ("wallet_order_income", "wallet_withdrawals", "wallet_adjustment_filter")
    everything = client.get(path, **window)["response"]["transaction_list"]
    parts = [
        client.get(path, **window, transaction_tab_type=tab)["response"]["transaction_list"]
        for tab in tabs
    ]
    assert all(parts)
    assert sum(map(len, parts)) == len(everything)
    assert {row["transaction_tab_type"] for row in parts[1]} == {"wallet_withdrawals"}


def test_queries_are_read_leniently(client: Client) -> None:
    """Doubled and trailing `&`, any order, repeated keys, comma lists, JSON-looking lists."""
    ids = [order["id"] for order in client.table.truth()["orders"][:3]]
    path = "/api/v2/order/get_order_detail"
    base = "&".join(f"{k}={v}" for k, v in reversed(client.query(path).items()))
    styles = (
        f"order_sn_list={','.join(ids)}",
        "&".join(f"order_sn_list={id}" for id in ids),
        f"order_sn_list={json.dumps(ids)}",
    )
    for style in styles:
        call = Call.of("GET", path, f"&{base}&&{style}&", {}, b"")
        body = json.loads(client.table.box.handle("shopee", call).body)
        assert [order["order_sn"] for order in body["response"]["order_list"]] == ids


WRONG = [
    (LIST, {}, "time_range_field is a required field."),
    (LIST, {"time_range_field": "pay_time"}, "must use create_time or update_time."),
    (
        LIST,
        {"time_range_field": "create_time", "time_from": NOW, "time_to": NOW, "page_size": 9},
        "diff in 15days",
    ),
    (
        LIST,
        {
            "time_range_field": "create_time",
            "time_from": NOW - 15 * 86_400,
            "time_to": NOW,
            "page_size": 9,
        },
        "diff in 15days",
    ),
    (
        LIST,
        {"time_range_field": "create_time", "time_from": NOW - 9, "time_to": NOW, "page_size": 101},
        "page_size must be 100 or less.",
    ),
    ("/api/v2/order/get_order_detail", {"order_sn_list": "1,2"}, "the order is not found"),
    ("/api/v2/order/get_order_detail", {"order_sn_list": ",".join("x" * 51)}, "50 or less"),
    ("/api/v2/product/get_item_base_info", {"item_id_list": "1"}, "not found"),
    ("/api/v2/product/get_item_list", {"offset": 0, "page_size": 5}, "item_status is a required"),
    ("/api/v2/payment/get_escrow_detail", {"order_sn": "x"}, "not found"),
    (
        "/api/v2/payment/get_wallet_transaction_list",
        {"create_time_from": NOW - 16 * 86_400, "create_time_to": NOW},
        "too large",
    ),
    ("/api/v2/returns/get_return_detail", {"return_sn": "x"}, "doesn't exist"),
    ("/api/v2/shop/get_warehouse_detail", {"warehouse_type": 1}, "whitelist"),
    ("/api/v2/payment/get_payout_detail", {}, "cross boarder"),
]


@pytest.mark.parametrize(("path", "given", "text"), WRONG)
def test_validation_speaks_the_manuals_words(
    client: Client, path: str, given: dict[str, Any], text: str
) -> None:
    """Missing, wrong and too large values are refused in HTTP 200 with an error."""
    body = client.get(path, **given)
    assert body["error"]
    assert text in body["message"]
