"""The gateway refuses in the manual's order and accepts what clients really send (book 2.2, 10)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from entrosdk.sandbox import TikTokProfile
from tests.sandboxes import NOON, Table
from tests.unit.sandbox.tiktok.client import Client, verdict

SHOPS = "/authorization/202309/shops"
ORDERS = "/order/202309/orders/search"
PLACES = "/logistics/202309/warehouses"
NOW = int(NOON.timestamp())


def table(**parts: Any) -> Table:
    """A small shop."""
    return Table("tiktok", **{"orders": 30, **parts})


@pytest.fixture
def client() -> Client:
    """A client of a small shop."""
    return Client(table())


def good(client: Client, path: str = PLACES, **query: Any) -> list[tuple[str, str]]:
    """A signed query."""
    pairs = client.pairs(**query)
    return [*pairs, ("sign", client.sign(path, pairs, b""))]


def without(pairs: list[tuple[str, str]], name: str) -> list[tuple[str, str]]:
    """The pairs but one."""
    return [pair for pair in pairs if pair[0] != name]


def test_each_check_has_its_code(client: Client) -> None:
    """App, timestamp, sign, token, cipher: each with its status."""
    signed = good(client)
    assert verdict(client.send("GET", PLACES, signed)) == (200, 0)
    assert verdict(client.send("GET", PLACES, good(client, app_key="x"))) == (400, 36009004)
    for stamp in (NOW - 301, NOW + 31, "soon", None):
        refused = client.send("GET", PLACES, good(client, timestamp=stamp))
        assert verdict(refused) == (400, 36009004)
        assert "timestamp" in json.loads(refused.body)["message"]
    assert verdict(client.send("GET", PLACES, without(signed, "sign"))) == (400, 36009004)
    wrong = [*without(signed, "sign"), ("sign", "0" * 64)]
    assert verdict(client.send("GET", PLACES, wrong)) == (401, 106001)
    bad = client.headers(**{"x-tts-access-token": "ROW_x"})
    assert verdict(client.send("GET", PLACES, signed, headers=bad)) == (401, 36009004)
    assert verdict(client.ask("GET", PLACES, shop_cipher=None)) == (400, 106013)
    assert verdict(client.ask("GET", PLACES, shop_cipher="ROW_other")) == (401, 101000)
    assert verdict(client.ask("GET", PLACES, shop_cipher="x")) == (400, 106011)
    assert verdict(client.ask("GET", SHOPS)) == (400, 36009004)
    assert verdict(client.ask("GET", SHOPS, shop_cipher=None)) == (200, 0)


def test_the_window_of_timestamps_is_five_minutes_back_and_thirty_seconds_ahead(
    client: Client,
) -> None:
    """Both ends belong to it."""
    for stamp in (NOW - 300, NOW + 30):
        assert verdict(client.ask("GET", PLACES, timestamp=stamp)) == (200, 0)


def test_the_earlier_check_wins(client: Client) -> None:
    """Everything wrong at once: the address, then the app is complained about first."""
    assert verdict(client.send("GET", "/order/202309/nothing", [], headers={})) == (404, 36009009)
    assert verdict(client.send("GET", "/order/209912/orders", [], headers={})) == (404, 36009009)
    assert verdict(client.send("DELETE", ORDERS, [], headers={})) == (405, 36009010)
    message = json.loads(client.send("GET", PLACES, [], headers={}).body)["message"]
    assert "app_key" in message


def test_upper_case_signatures_are_wrong(client: Client) -> None:
    """Lower-case hex only."""
    pairs = [(k, v.upper() if k == "sign" else v) for k, v in good(client)]
    assert verdict(client.send("GET", PLACES, pairs)) == (401, 106001)


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_a_sign_of_another_secret_is_refused(client: Client, secret: str) -> None:
    """Query, body and upload alike."""
    client.secret = secret
    assert verdict(client.ask("GET", PLACES)) == (401, 106001)
    assert verdict(client.ask("POST", ORDERS, {}, page_size=1)) == (401, 106001)


def test_a_changed_body_is_refused(client: Client) -> None:
    """The sign is over the bytes as they are sent, spaces and all."""
    pairs = client.pairs(page_size=1)
    body = '{"order_status": "UNPAID", "x": "Đã đóng gói"}'.encode()
    signed = [*pairs, ("sign", client.sign(ORDERS, pairs, body))]
    assert verdict(client.send("POST", ORDERS, signed, body)) == (200, 0)
    compact = body.replace(b": ", b":")
    assert verdict(client.send("POST", ORDERS, signed, compact)) == (401, 106001)
    assert verdict(client.send("POST", ORDERS, signed, b"")) == (401, 106001)


def ids_of(client: Client) -> list[str]:
    """Three orders of the shop."""
    return [one["id"] for one in client.table.truth()["orders"][:3]]


DETAILS = "/order/202507/orders"


def test_lists_are_accepted_as_clients_send_them(client: Client) -> None:
    """One comma list, repeated keys signed over all, over the first, over the joined form."""
    names = ids_of(client)
    joined = [*client.pairs(), ("ids", ",".join(names))]
    repeated = [*client.pairs(), *(("ids", name) for name in names)]
    first = [*client.pairs(), ("ids", names[0])]
    ways = [
        (joined, joined),
        (repeated, repeated),
        (repeated, first),
        (repeated, joined),
        (repeated, client.pairs()),  # array-valued parameters left out of the sign
    ]
    for sent, signed in ways:
        sign = client.sign(DETAILS, signed, b"")
        reply = client.send("GET", DETAILS, [*sent, ("sign", sign)])
        assert verdict(reply) == (200, 0)
        assert len(json.loads(reply.body)["data"]["orders"]) == 3


@pytest.mark.parametrize("body", [b"{}", b"[]"])
@pytest.mark.parametrize("signed", [True, False])
def test_an_empty_body_may_stay_unsigned(client: Client, body: bytes, signed: bool) -> None:
    """By default; what the real server tolerates is not established."""
    pairs = client.pairs(page_size=1)
    sign = client.sign(ORDERS, pairs, body if signed else b"")
    reply = client.send("POST", ORDERS, [*pairs, ("sign", sign)], body)
    assert verdict(reply) == (200, 0)


def test_the_strict_profile_wants_empty_bodies_signed() -> None:
    """A switch for what is not established."""
    client = Client(table(profile=TikTokProfile(strict_empty_body=True)))
    pairs = client.pairs(page_size=1)
    reply = client.send("POST", ORDERS, [*pairs, ("sign", client.sign(ORDERS, pairs, b""))], b"{}")
    assert verdict(reply) == (401, 106001)


def test_what_the_portals_tool_adds_is_tolerated(client: Client) -> None:
    """access_token is never signed, an empty shop_id and a version are."""
    extra = {"shop_id": "", "version": "202309"}
    pairs = client.pairs(**extra)
    sign = client.sign(PLACES, pairs, b"")
    reply = client.send("GET", PLACES, [*pairs, ("access_token", "ROW_x"), ("sign", sign)])
    assert verdict(reply) == (200, 0)


UPLOAD = "/product/202309/images/upload"


def test_uploads_sign_without_their_body(client: Client) -> None:
    """Recognised by the media type, whatever its boundary."""
    pairs = client.pairs(shop_cipher=None)
    signed = [*pairs, ("sign", client.sign(UPLOAD, pairs, b""))]
    body = b'--x\r\nContent-Disposition: form-data; name="data"; filename="a"\r\n\r\n1\r\n--x--'
    kind = client.headers(**{"content-type": "multipart/form-data; boundary=x"})
    assert verdict(client.send("POST", UPLOAD, signed, body, kind)) == (200, 0)
    plain = [*pairs, ("sign", client.sign(UPLOAD, pairs, body))]
    assert verdict(client.send("POST", UPLOAD, plain, body)) == (400, 36009023)


def test_a_missing_scope_is_refused() -> None:
    """Granted scopes decide."""
    client = Client(table(profile=TikTokProfile(scopes=("seller.order.info",))))
    assert verdict(client.ask("GET", PLACES)) == (403, 105005)
    assert verdict(client.ask("POST", ORDERS, {}, page_size=1)) == (200, 0)


def test_too_many_requests_are_429(client: Client) -> None:
    """With Retry-After, or without where the profile says so."""
    client.table.market.limits.shop = 2
    replies = [client.ask("GET", PLACES) for _ in range(3)]
    assert [verdict(reply) for reply in replies][-1] == (429, 36009002)
    assert replies[-1].headers["Retry-After"] == "1"
    client.table.market.profile.retry_after = False
    assert "Retry-After" not in client.ask("GET", PLACES).headers


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [("internal", 500, 36009003), ("upstream", 500, 36009007), ("overload", 503, None)],
)
def test_trouble_is_told_in_their_own_words(
    client: Client, trouble: Any, status: int, code: int | None
) -> None:
    """In the envelope, or by a gateway that knows none."""
    client.table.market.profile.trouble = trouble
    client.table.fault("500")
    reply = client.ask("GET", PLACES)
    assert reply.status == status
    if code is not None:
        assert verdict(reply) == (status, code)
    client.table.fault("429", seconds=3)
    limited = client.ask("GET", PLACES)
    assert (limited.headers.get("Retry-After"), limited.status) == ("3", 429)


# Tokens

TOKEN = "/api/v2/token/"


def tokens(client: Client, what: str, **query: str) -> Any:
    """What the token endpoint answers."""
    app = {"app_key": client.store["app_key"], "app_secret": client.secret}
    reply = client.send("GET", TOKEN + what, list({**app, **query}.items()), headers={})
    assert reply.status == 200
    return json.loads(reply.body)


def code(client: Client) -> str:
    """A consent code."""
    query = [("app_key", client.store["app_key"]), ("state", "s")]
    place = client.send("GET", "/oauth/authorize", query, headers={}).headers["Location"]
    assert "state=s" in place
    return str(place.partition("code=")[2].partition("&")[0])


def test_a_code_works_once_for_half_an_hour(client: Client) -> None:
    """Errors come with status 200."""
    given = code(client)
    body = tokens(client, "get", auth_code=given, grant_type="authorized_code")
    assert (body["code"], body["message"]) == (0, "success")
    assert body["data"]["access_token"].startswith("ROW_")
    assert body["data"]["access_token_expire_in"] == NOW + 7 * 86_400
    again = tokens(client, "get", auth_code=given, grant_type="authorized_code")
    assert again["code"] == 36004004
    late = code(client)
    client.table.sleep(1801)
    assert tokens(client, "get", auth_code=late, grant_type="authorized_code")["code"] == 36004004
    assert tokens(client, "get", auth_code=late, grant_type="x")["code"] == 36004003
    client.secret = "x"
    assert tokens(client, "get", auth_code=late, grant_type="authorized_code")["code"] == 36004002


@pytest.mark.parametrize("word", ["refresh_token", "authorized_code"])
def test_a_refresh_brings_a_new_pair(client: Client, word: str) -> None:
    """The official client says another grant type; the old token lives on, once."""
    old = client.store["refresh_token"]
    body = tokens(client, "refresh", refresh_token=old, grant_type=word)
    assert body["data"]["refresh_token"] != old
    assert verdict(client.ask("GET", PLACES)) == (200, 0)  # the old access token still works
    same = tokens(client, "refresh", refresh_token=old, grant_type=word)
    assert same["data"]["refresh_token"] == body["data"]["refresh_token"]
    client.table.sleep(301)
    assert tokens(client, "refresh", refresh_token=old, grant_type=word)["code"] == 36004001


def test_a_token_ends_after_a_week(client: Client) -> None:
    """Then it is expired, not unknown."""
    client.table.sleep(7 * 86_400)
    assert verdict(client.ask("GET", PLACES)) == (401, 105002)


def test_a_revoked_consent_ends_both_tokens(client: Client) -> None:
    """Calls fail as with an unknown token, and the refresh has no record."""
    client.table.market.revoke()
    assert verdict(client.ask("GET", PLACES)) == (401, 36009004)
    old = client.store["refresh_token"]
    body = tokens(client, "refresh", refresh_token=old, grant_type="refresh_token")
    assert body["code"] == 36004005


def test_a_stranger_is_not_sent_anywhere(client: Client) -> None:
    """An unknown service has no consent page."""
    assert client.send("GET", "/open/authorize", [("service_id", "1")], headers={}).status == 400


# Parameters


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("POST", ORDERS, {}),
        ("POST", ORDERS, {"page_size": 0}),
        ("POST", ORDERS, {"page_size": 101}),
        ("POST", ORDERS, {"page_size": 1, "sort_order": "UP"}),
        ("POST", ORDERS, {"page_size": 1, "page_token": "tampered"}),
        ("POST", "/fulfillment/202309/packages/search", {"page_size": 51}),
        ("POST", "/product/202502/products/search", {}),
        ("POST", "/return_refund/202602/returns/search", {"page_size": 9}),
        ("GET", DETAILS, {}),
        ("GET", DETAILS, {"ids": ",".join(map(str, range(51)))}),
        ("GET", "/finance/202309/statements", {}),
        ("GET", "/finance/202309/withdrawals", {}),
        ("GET", "/finance/202309/withdrawals", {"types": "GIFT"}),
        ("GET", "/finance/202501/statements/1/statement_transactions", {}),
    ],
)
def test_bad_parameters_are_refused(
    client: Client, method: str, path: str, query: dict[str, Any]
) -> None:
    """With status 400, in a text that leaks the server's own names."""
    body = {} if method == "POST" else None
    reply = client.ask(method, path, body, **query)
    assert verdict(reply) == (400, 36009004)


def test_a_token_of_other_filters_is_refused(client: Client) -> None:
    """It stays tied to the filters and the order it was made with."""
    first = client.post(ORDERS, {}, page_size=5)["data"]
    token = first["next_page_token"]
    assert {"+", "/"} <= set(token)
    rest = client.post(ORDERS, {}, page_size=100, page_token=token)["data"]
    ids = {one["id"] for one in first["orders"]} | {one["id"] for one in rest["orders"]}
    assert len(ids) == first["total_count"] == len(client.table.market.shop.orders)
    other = client.ask("POST", ORDERS, {"order_status": "COMPLETED"}, page_size=5, page_token=token)
    assert verdict(other) == (400, 36009004)


def test_payments_and_marking_as_shipped_are_not_for_vietnam(client: Client) -> None:
    """Both say so."""
    payments = client.get("/finance/202605/payments", sort_field="create_time")
    assert payments["code"] == 10006402
    name = ids_of(client)[0]
    marked = client.post(f"/fulfillment/202610/orders/{name}/packages", {})
    assert marked["code"] == 21008106


def test_unknown_orders_are_refused_or_left_out(client: Client) -> None:
    """Which of the two is not established."""
    names = ",".join([*ids_of(client)[:1], "1"])
    assert client.get(DETAILS, ids=names)["code"] == 21008111
    client.table.market.profile.unknown_ids = "left out"
    assert len(client.get(DETAILS, ids=names)["data"]["orders"]) == 1


# Webhooks

HOOKS = "/event/202309/webhooks"


def test_webhooks_are_subscribed_with_signed_bodies(client: Client) -> None:
    """PUT sets, GET lists, DELETE takes a body and always succeeds."""
    wish = {"event_type": "ORDER_STATUS_CHANGE", "address": "http://127.0.0.1:1/hook"}
    assert verdict(client.ask("PUT", HOOKS, wish)) == (200, 0)
    (row,) = client.get(HOOKS)["data"]["webhooks"]
    assert row["address"] == wish["address"]
    for _ in range(2):
        assert verdict(client.ask("DELETE", HOOKS, {"event_type": wish["event_type"]})) == (200, 0)
    assert client.get(HOOKS)["data"]["total_count"] == 0
    far = {**wish, "address": "https://hooks.example/x"}
    assert verdict(client.ask("PUT", HOOKS, far)) == (400, 36009004)


def test_a_label_is_a_small_file(client: Client) -> None:
    """Its link answers without a sign."""
    reply = client.send("GET", "/document/1.pdf", [], headers={})
    assert (reply.kind, reply.body[:5]) == ("application/pdf", b"%PDF-")
