"""Signing of requests and pushes against worked vectors (fact book sections 1.5, 1.6 and 7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.adapters.lazada.ask import ask, tell
from entrosdk.adapters.lazada.sign import push_signature, pushed, signature
from entrosdk.errors import ConfigError
from entrosdk.spi.request import PUBLIC
from tests.unit.adapters.lazada.desk import KEY, NOW, SECRET, grant, parsed, shop

VECTORS = parsed("signature_vectors")["vectors"]
PUSHES = parsed("push_messages")["messages"]
PUBLIC_TESTS = [
    ("1234", "988085883BF9D32D251478D23122C7ECC91518CDF63BA22F792000A378F52409"),
    ("secret", "C9E42CE09BA9FE95ECCB17111AA4E3F41D1C82F000435219C75936A427D9C945"),
]


def named(vector: dict[str, Any]) -> str:
    """The vector's own name."""
    return str(vector["name"])


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_every_request_vector_is_reproduced(vector: dict[str, Any]) -> None:
    """The sign of each worked example comes out to the letter, files left out, MD5 included."""
    sign = signature(vector["app_secret"], vector["api_path"], vector["params"])
    assert vector["sign"] == sign


@pytest.mark.parametrize(("secret", "sign"), PUBLIC_TESTS)
def test_the_public_test_vectors_are_reproduced(secret: str, sign: str) -> None:
    """Two published vectors of other clients come out too."""
    parameters = {"foo": "1", "bar": "2", "foo_bar": "3", "foobar": "4"}
    assert sign == signature(secret, "/test/api", parameters)


def test_an_empty_value_may_be_skipped_before_signing() -> None:
    """Official clients disagree; the vector has both digests."""
    vector = next(one for one in VECTORS if one["name"] == "empty_value")
    said = {name: value for name, value in vector["params"].items() if value}
    sign = signature(vector["app_secret"], vector["api_path"], said)
    assert vector["sign_when_empty_skipped"] == sign


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8)), st.randoms())
def test_the_order_of_parameters_does_not_matter(parameters: dict[str, str], dice: Any) -> None:
    """Whatever order parameters were added in, the sign is the same."""
    clean = {
        name.encode(errors="replace").decode(): value.encode(errors="replace").decode()
        for name, value in parameters.items()
        if name != "sign_method"
    }
    shuffled = list(clean.items())
    dice.shuffle(shuffled)
    assert signature("s", "/p", clean) == signature("s", "/p", dict(shuffled))


def test_a_get_carries_everything_in_its_query() -> None:
    """Parameters, common ones, token and sign; the sign covers the path without /rest."""
    signed = shop().authorise(ask("/orders/get", {"limit": 1, "status": None}), grant(), NOW)
    query = dict(signed.query)
    sign = query.pop("sign")
    assert query == {
        "limit": "1",
        "app_key": KEY,
        "timestamp": "1772593205000",
        "sign_method": "sha256",
        "access_token": "token",
    }
    assert signature(SECRET, "/orders/get", query) == sign
    assert (signed.base, signed.path) == ("http://127.0.0.1:9102", "/rest/orders/get")


def test_a_post_carries_everything_in_a_form() -> None:
    """The address of a POST is bare, so that no log has its token; UTF-8 survives."""
    request = tell("/product/update", {"payload": "Áo & <b>"})
    signed = shop().authorise(request, grant(), NOW)
    form = dict(parse_qsl((signed.body or b"").decode()))
    assert signed.query == ()
    assert form["payload"] == "Áo & <b>"
    assert form.pop("sign") == signature(SECRET, "/product/update", form)
    assert "urlencoded" in dict(signed.headers)["content-type"]


def test_an_upload_keeps_its_body() -> None:
    """The file is no part of the sign, and the parameters travel in the query."""
    request = evolve(tell("/image/upload", {}), body=b"--x")
    signed = shop().authorise(request, grant(), NOW)
    assert signed.body == b"--x"
    assert "sign" in dict(signed.query)


def test_an_empty_value_is_not_sent() -> None:
    """What is not sent cannot be signed in two ways."""
    signed = shop().authorise(ask("/orders/get", {"status": ""}), grant(), NOW)
    assert "status" not in dict(signed.query)


def test_a_public_request_goes_to_the_other_host_without_a_token() -> None:
    """Token calls go to the host of all countries and carry no grant."""
    signed = shop(base_url="").authorise(tell("/auth/token/create", {}, auth=PUBLIC), None, NOW)
    assert signed.base == "https://auth.lazada.com"
    assert b"access_token" not in (signed.body or b"")


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("VN", "https://api.lazada.vn"),
        ("SG", "https://api.lazada.sg"),
        ("MY", "https://api.lazada.com.my"),
        ("TH", "https://api.lazada.co.th"),
        ("PH", "https://api.lazada.com.ph"),
        ("ID", "https://api.lazada.co.id"),
    ],
)
def test_each_country_has_its_host(region: str, host: str) -> None:
    """A token only works on the host of its own country."""
    assert host == shop(region, base_url="").authorise(ask("/seller/get"), grant(), NOW).base


def test_a_base_address_with_rest_is_understood() -> None:
    """Lazada's own clients are given `/rest` with the host; here it is in the path already."""
    adapter = shop(base_url="https://api.lazada.vn/rest")
    signed = adapter.authorise(ask("/seller/get"), grant(), NOW)
    assert signed.url.startswith("https://api.lazada.vn/rest/seller/get?")


def test_tokens_are_not_at_a_countrys_api() -> None:
    """Who names that host as `base_url` still gets tokens and consent where they are."""
    token = tell("/auth/token/create", {"code": "c"}, auth=PUBLIC)
    for base_url in ("https://api.lazada.sg", "https://api.lazada.sg/rest/"):
        adapter = shop("SG", base_url=base_url)
        assert adapter.authorise(token, None, NOW).base == "https://auth.lazada.com"
        assert adapter.authorise(ask("/seller/get"), grant(), NOW).base == "https://api.lazada.sg"
        assert adapter.consent.authorize_url("u", "s", NOW).startswith("https://auth.lazada.com/o")
    mine = shop("SG", base_url="https://api.lazada.sg", auth_url="https://proxy.example/rest")
    assert mine.authorise(token, None, NOW).base == "https://proxy.example"


def test_a_plus_sign_is_encoded() -> None:
    """An offset of local time survives the query: a bare plus would arrive as a space."""
    request = ask("/orders/get", {"update_after": "2026-03-01T00:00:00+07:00"})
    assert "%2B07%3A00" in shop().authorise(request, grant(), NOW).url


def test_a_retry_gets_a_fresh_timestamp() -> None:
    """Signing again later yields another timestamp and another sign."""
    adapter, request = shop(), ask("/seller/get")
    first, second = (
        dict(adapter.authorise(request, grant(), moment).query)
        for moment in (NOW, NOW + timedelta(seconds=61))
    )
    assert int(second["timestamp"]) - int(first["timestamp"]) == 61_000
    assert first["sign"] != second["sign"]


def test_a_shop_request_without_grant_is_our_mistake() -> None:
    """Nothing is signed for a shop without its grant."""
    with pytest.raises(ConfigError):
        shop().authorise(ask("/seller/get"), None, NOW)


@pytest.mark.parametrize("message", PUSHES, ids=named)
def test_every_push_vector_is_reproduced(message: dict[str, Any]) -> None:
    """The signature of each worked push comes out to the letter, odd whitespace included."""
    sign = push_signature(KEY, SECRET, message["raw_body"].encode())
    assert message["headers"]["Authorization"] == sign


def test_nothing_signed_with_an_empty_secret_is_genuine() -> None:
    """An empty secret accepts no push, not even one signed with it."""
    assert not pushed(KEY, "", b"{}", push_signature(KEY, "", b"{}"))


def test_upper_case_hex_is_tolerated() -> None:
    """A genuine push in upper-case hex is accepted."""
    assert pushed(KEY, SECRET, b"{}", push_signature(KEY, SECRET, b"{}").upper())
