"""The emulated gateway: parameters wherever clients put them, checks in the book's order."""

from __future__ import annotations

import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from entrosdk.sandbox import LazadaProfile
from entrosdk.sandbox.http import Call, Reply
from entrosdk.spi.toolkit import Part, multipart
from tests.unit.sandbox.lazada.desk import FORM, Client, code, table

SELLER, LIST = "/seller/get", "/orders/get"
SYSTEM = ("app_key", "timestamp", "sign_method", "access_token", "sign")


@pytest.fixture
def client() -> Client:
    """A client of a small shop."""
    return Client(table())


def ways(client: Client, path: str, given: dict[str, str]) -> dict[str, Reply]:
    """The same parameters, placed as real clients place them (book 1.5)."""
    system = {name: given[name] for name in SYSTEM if name in given}
    rest = {name: value for name, value in given.items() if name not in SYSTEM}
    kind, form = multipart(
        [Part(name=name, content=value.encode()) for name, value in rest.items()]
        or [Part(name="x", content=b"")]
    )
    whole, part = json.dumps(given).encode(), json.dumps(rest).encode()
    return {
        "lazop python, get": client.query(path, given),
        "lazop python, post": client.form(path, given),
        "odoo": client.query(path, given, "POST"),
        "typescript": client.send(
            "POST", path, tuple(system.items()), FORM, urlencode(rest).encode()
        ),
        "official php": client.send("POST", path, tuple(system.items()), kind, form),
        "ecom php": client.send("POST", path, tuple(system.items()), "application/json", part),
        "branch8": client.send("POST", path, tuple(given.items()), "application/json", whole),
    }


def test_parameters_are_found_wherever_clients_put_them(client: Client) -> None:
    """Query, form, multipart, JSON, and both at once."""
    given = client.signed(LIST, created_after="2026-11-01T00:00:00+07:00", limit=3)
    for way, reply in ways(client, LIST, given).items():
        assert (way, code(reply)) == (way, "0")
        assert json.loads(reply.body)["data"]["count"] == 3


def test_a_wrong_sign_is_refused_wherever_it_comes(client: Client) -> None:
    """In each of the ways."""
    given = client.signed(LIST, created_after="2026-11-01T00:00:00+07:00")
    for spoiled in ({**given, "sign": "0" * 64}, {**given, "limit": "5"}):
        for way, reply in ways(client, LIST, spoiled).items():
            assert (way, code(reply)) == (way, "IncompleteSignature")


def test_an_empty_value_may_be_signed_or_not(client: Client) -> None:
    """Official clients disagree."""
    kept = client.signed(SELLER, remark="")
    bare = {name: value for name, value in kept.items() if name not in {"remark", "sign"}}
    left = {**bare, "remark": "", "sign": client.sign(SELLER, bare)}
    assert [code(client.query(SELLER, given)) for given in (kept, left)] == ["0", "0"]


def test_the_old_digest_is_understood(client: Client) -> None:
    """`hmac` means MD5."""
    given = client.signed(SELLER)
    given["sign_method"] = "hmac"
    del given["sign"]
    text = SELLER + "".join(f"{name}{given[name]}" for name in sorted(given))
    key = client.store["app_secret"].encode()
    given["sign"] = hmac.new(key, text.encode(), "md5").hexdigest().upper()
    assert code(client.query(SELLER, given)) == "0"


def test_a_plus_that_was_not_encoded_spoils_the_sign(client: Client) -> None:
    """It arrives as a space: the classic failure."""
    given = client.signed(LIST, created_after="2026-11-01T00:00:00+07:00")
    raw = "&".join(f"{name}={value}" for name, value in given.items())
    reply = client.table.box.handle("lazada", Call.of("GET", f"/rest{LIST}", raw, {}, b""))
    assert code(reply) == "IncompleteSignature"


def test_checks_come_in_the_books_order(client: Client) -> None:
    """Each call is wrong in everything that comes later, too."""
    wrong = {
        "app_key": "1",
        "timestamp": "1",
        "sign_method": "rot13",
        "access_token": "x",
        "sign": "x",
    }
    good = client.signed(SELLER)
    steps: list[tuple[str, dict[str, str], str]] = [
        (SELLER, {}, "MissingParameter"),
        ("/no/such/path", wrong, "InvalidAppKey"),
        ("/no/such/path", {**wrong, "app_key": good["app_key"]}, "InvalidApiPath"),
        (SELLER, {"app_key": good["app_key"]}, "MissingParameter"),
        (SELLER, {**wrong, "app_key": good["app_key"]}, "IllegalTimestamp"),
        (SELLER, {**good, "sign": "x", "access_token": "x"}, "IncompleteSignature"),
        (SELLER, client.signed(SELLER, access_token="x"), "IllegalAccessToken"),
        (LIST, client.signed(LIST), "MissingParameter"),
    ]
    for path, given, expected in steps:
        assert code(client.query(path, given)) == expected


def test_errors_before_routing_have_no_request_id(client: Client) -> None:
    """As a published probe shows; all others have one."""
    first = json.loads(client.query(SELLER, {"app_key": "1"}).body)
    assert "request_id" not in first
    assert client.get(SELLER)["request_id"].startswith("2140e7a1")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-7300, "IllegalTimestamp"), (-7000, "0"), (7000, "0"), (7300, "IllegalTimestamp")],
)
def test_timestamps_may_be_two_hours_off(client: Client, seconds: int, expected: str) -> None:
    """Either way."""
    stamp = (int(client.table.moment.timestamp()) + seconds) * 1000
    assert code(client.query(SELLER, client.signed(SELLER, timestamp=stamp))) == expected


@pytest.mark.parametrize("stamp", ["now", "", "-5", "1.5", "٣"])
def test_a_timestamp_that_is_none_is_refused(client: Client, stamp: str) -> None:
    """Whatever it is."""
    reply = client.query(SELLER, client.signed(SELLER, timestamp=stamp))
    assert code(reply) in {"IllegalTimestamp", "MissingParameter"}


def test_other_addresses_are_not_lazadas(client: Client) -> None:
    """Outside of `/rest` nothing answers."""
    call = Call(method="GET", path="/seller/get")
    assert client.table.box.handle("lazada", call).status == 404
    assert client.send("DELETE", SELLER, ()).status == 404


def test_limits_are_told_by_whose_they_are() -> None:
    """The shop's, the app's, the day's."""
    for limits, expected in (({"shop": 2}, "SellerCallLimit"), ({"daily": 2}, "AppCallLimit")):
        client = Client(table(orders=1))
        client.table.control("POST", "/control/limits", json.dumps(limits).encode())
        codes = [client.get(SELLER)["code"] for _ in range(3)]
        assert codes == ["0", "0", expected]


# Tokens


def test_a_code_works_once_and_for_half_an_hour(client: Client) -> None:
    """The seller agrees at once; the redirect must fit."""
    page = "/oauth/authorize"
    asked = {
        "response_type": "code",
        "client_id": client.store["app_key"],
        "redirect_uri": "https://erp.example/back?a=1",
        "state": "s",
    }

    def agree(**more: str) -> Reply:
        query = tuple({**asked, **more}.items())
        return client.table.box.handle("lazada", Call(method="GET", path=page, query=query))

    def exchange(location: str) -> Any:
        given = location.partition("code=")[2].partition("&")[0]
        path = "/auth/token/create"
        public = client.signed(path, code=given)
        del public["access_token"], public["sign"]
        return json.loads(client.form(path, {**public, "sign": client.sign(path, public)}).body)

    back = agree().headers["Location"]
    assert back.startswith("https://erp.example/back?a=1&code=0_998001_")
    assert back.endswith("&state=s")
    first, second = exchange(back), exchange(back)
    assert first["country_user_info"][0]["seller_id"] == client.store["shop_id"]
    assert (first["expires_in"], first["code"]) == (7 * 86_400, "0")
    assert second["code"] == "InvalidCode"
    late = agree().headers["Location"]
    client.table.sleep(1801)
    assert exchange(late)["code"] == "InvalidCode"
    assert agree(client_id="1").status == 400


def renewed(client: Client, token: str) -> Any:
    """The reply to a renewal."""
    path = "/auth/token/refresh"
    given = client.signed(path, refresh_token=token)
    del given["access_token"], given["sign"]
    return json.loads(client.query(path, {**given, "sign": client.sign(path, given)}).body)


def test_a_renewal_rotates_both_and_its_end_does_not_move(client: Client) -> None:
    """The old access token lives on; the old refresh token is spent."""
    client.table.sleep(86_400)
    first = renewed(client, client.store["refresh_token"])
    assert first["refresh_expires_in"] == 29 * 86_400
    assert "country_user_info_list" in first
    assert client.get(SELLER)["code"] == "0"
    assert renewed(client, client.store["refresh_token"])["code"] == "IllegalRefreshToken"
    client.table.sleep(29 * 86_400 + 1)
    assert renewed(client, first["refresh_token"])["code"] == "IllegalRefreshToken"


def test_an_access_token_ends_after_a_week(client: Client) -> None:
    """And a foreign one never worked."""
    client.table.sleep(7 * 86_400)
    assert client.get(SELLER)["code"] == "IllegalAccessToken"


def test_a_profile_without_renewal_says_so() -> None:
    """`refresh_expires_in` is 0, and the renewal is refused."""
    client = Client(table(profile=LazadaProfile(expiring=False)))
    assert renewed(client, client.store["refresh_token"])["code"] == "IllegalRefreshToken"


# Reading


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "MissingParameter"),
        ({"created_after": "2026-11-01"}, "17"),
        ({"created_after": "yesterday"}, "17"),
        ({"limit": 101}, "19"),
        ({"limit": "x"}, "19"),
        ({"offset": -1}, "14"),
        ({"offset": 5001}, "14"),
        ({"status": "repacked"}, "36"),
        ({"sort_by": "price"}, "75"),
        ({"sort_direction": "up"}, "74"),
    ],
)
def test_the_order_list_refuses_in_the_books_codes(
    client: Client, given: dict[str, Any], expected: str
) -> None:
    """One wrong parameter each."""
    window = {"created_after": "2026-11-01T00:00:00+07:00"} if given else {}
    assert client.get(LIST, **{**window, **given})["code"] == expected


def test_orders_are_paged_sorted_and_counted(client: Client) -> None:
    """`count` is this page's, `countTotal` all."""
    window = {"update_after": "2026-10-01T00:00:00+07:00"}
    whole = client.get(LIST, **window, sort_direction="ASC")["data"]
    pages = [
        client.get(LIST, **window, sort_direction="ASC", limit=10, offset=at)["data"]
        for at in (0, 10, 20)
    ]
    assert [page["count"] for page in pages] == [10, 10, 10]
    assert whole["countTotal"] == 30
    assert [row["order_id"] for page in pages for row in page["orders"]] == [
        row["order_id"] for row in whole["orders"]
    ]
    assert whole["orders"] == sorted(whole["orders"], key=lambda row: row["updated_at"])


def test_units_are_asked_for_by_an_array_in_any_spelling(client: Client) -> None:
    """JSON, blanks, Python's own lists, ids as texts."""
    names = list(client.table.market.shop.orders)[:2]
    spellings = (f"[{names[0]},{names[1]}]", f"[{names[0]}, {names[1]}]", str(names))
    for text in spellings:
        found = client.get("/orders/items/get", order_ids=text)["data"]
        assert [str(one["order_id"]) for one in found] == names
    codes = [
        client.get("/orders/items/get", order_ids=text)["code"]
        for text in ("1,2", "[1]", f"[1,{names[0]}]", str(list(range(51))))
    ]
    assert codes == ["56", "39", "37", "38"]


def test_header_and_units_agree(client: Client) -> None:
    """Sums of the rows are the header's, to the dong (book 3.4)."""
    for name in client.table.market.shop.orders:
        header = client.get("/order/get", order_id=name)["data"]
        rows = client.get("/order/items/get", order_id=name)["data"]
        assert header["items_count"] == len(rows)
        assert float(header["price"]) == sum(row["item_price"] for row in rows)
        for part in ("voucher_seller", "voucher_platform"):
            assert header[part] == sum(row[part] for row in rows)
        assert header["voucher"] == header["voucher_seller"] + header["voucher_platform"]
        assert header["statuses"] == sorted({row["status"] for row in rows})
        for row in rows:
            vouchers = row["voucher_seller"] + row["voucher_platform"]
            assert row["paid_price"] == row["item_price"] - vouchers


def test_unknown_things_are_refused_in_the_books_codes(client: Client) -> None:
    """Orders, listings, returns."""
    assert client.get("/order/get", order_id="999")["code"] == "16"
    assert client.get("/order/items/get", order_id="999")["code"] == "16"
    assert client.get("/product/item/get", item_id="1")["code"] == "208"
    detail = client.get("/order/reverse/return/detail/list", reverse_order_id="1")
    assert detail["code"] == "106"


def test_the_dress_of_values_follows_the_profile() -> None:
    """Naive times, values as text, unmasked buyers."""
    window = {"created_after": "2026-10-01T00:00:00+07:00"}
    naive = Client(table(profile=LazadaProfile(times="naive"))).get(LIST, **window)
    assert len(naive["data"]["orders"][0]["created_at"]) == 19
    texts = Client(table(profile=LazadaProfile(typing="doc"))).get(LIST, **window)
    assert isinstance(texts["data"]["orders"][0]["order_id"], str)
    masked = Client(table()).get(LIST, **window)["data"]["orders"][0]["address_shipping"]
    assert "*" in masked["phone"]
    plain = Client(table(profile=LazadaProfile(masking=False))).get(LIST, **window)
    assert "*" not in plain["data"]["orders"][0]["address_shipping"]["phone"]


def test_the_catalogue_stands(client: Client) -> None:
    """Categories, attributes, brands; a token is optional there."""
    tree = client.get("/category/tree/get", language_code="vi_VN")["data"]
    leaf = tree[0]["children"][0]["category_id"]
    assert client.get("/category/attributes/get", primary_category_id=leaf)["data"]
    assert client.get("/category/attributes/get", primary_category_id=1)["code"] == "4227"
    given = client.signed("/category/brands/query")
    del given["access_token"], given["sign"]
    path = "/category/brands/query"
    assert code(client.query(path, {**given, "sign": client.sign(path, given)})) == "0"


def test_finance_is_windowed_and_filtered(client: Client) -> None:
    """By days, by type, by order."""
    path = "/finance/transaction/details/get"
    window = {"start_time": "2026-10-20", "end_time": "2026-11-24"}
    rows = client.get(path, **window)["data"]
    assert client.get(path, start_time="2026-01-01", end_time="2026-07-01")["code"] == "1000012"
    assert client.get(path, **window, trans_type="x")["code"] == "1000014"
    assert {row["fee_type"] for row in client.get(path, **window, trans_type=16)["data"]} == {"16"}
    own = client.get(path, **window, trade_order_id=rows[0]["order_no"])["data"]
    assert {row["order_no"] for row in own} == {rows[0]["order_no"]}
    assert all(isinstance(value, str) for row in rows for value in row.values())


def test_statements_follow_the_books_formulas(client: Client) -> None:
    """Subtotals, closing balance and payout (book 5.2)."""
    rows = client.get("/finance/payout/status/get", created_after="2026-10-01")["data"]
    assert rows
    for row in rows:
        figures = {key: value for key, value in row.items() if ".00" in value}
        one = {key: float(value.split()[0]) for key, value in figures.items()}
        assert one["subtotal1"] == (
            one["item_revenue"] + one["other_revenue_total"] - one["fees_total"]
        )
        assert one["subtotal2"] == one["subtotal1"] - one["refunds"]
        assert one["closing_balance"] == (
            one["opening_balance"] + one["subtotal2"] + one["fees_on_refunds_total"]
        )
        assert one["payout"] == max(one["closing_balance"], 0)


def test_accounts_tell_their_deposits(client: Client) -> None:
    """One for each paid statement."""
    client.table.sleep(14 * 86_400)
    renew = renewed(client, client.store["refresh_token"])
    client.store["access_token"] = renew["access_token"]
    path = "/finance/transaction/accountTransactions/query"
    said = {"start_time": "20261001", "end_time": "20261231", "page_num": 1, "page_size": 10}
    body = client.post(path, **said)
    assert body["success"] == "true"
    assert body["data"]["transactions"]
