"""Signing of requests and webhooks against worked vectors (fact book 1.6 and 7.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.adapters.tiktok.sign import pushed, signature, webhook_signature
from entrosdk.domain.secret import Secret
from entrosdk.errors import ConfigError
from entrosdk.spi.request import Request, get, post
from tests.unit.adapters.tiktok.desk import CIPHER, HOST, NOW, grant, parsed, shop

VECTORS = parsed("signature_vectors")
WEBHOOKS = parsed("webhooks")


def named(vector: dict[str, Any]) -> str:
    """The vector's own name."""
    return str(vector["name"])


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=named)
def test_every_request_vector_is_reproduced(vector: dict[str, Any]) -> None:
    """The sign of each worked example comes out to the letter."""
    body = vector["body"]
    sign = signature(
        VECTORS["app_secret"],
        vector["path"],
        vector["query_decoded"].items(),
        None if body is None else body.encode(),
        vector["content_type"],
    )
    assert sign == vector["sign"]


GOLDEN = [
    (
        "/authorization/202309/shops",
        {"app_key": "29a39d", "timestamp": "1623812664"},
        "b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8",
    ),
    (
        "/event/202309/webhooks",
        {
            "app_key": "68xu9ks5p4i8",
            "shop_cipher": "ROW_xkMbgAAAeVAQra0eZWebFQq5aIK",
            "timestamp": "1696909648",
        },
        "ed58e1b5e59865c22a7b828c1cab65007441f43cc91a6cb2f2cdc638e0995a37",
    ),
]


@pytest.mark.parametrize(("path", "query", "sign"), GOLDEN, ids=["guide", "client"])
def test_the_published_vectors_are_reproduced(path: str, query: dict[str, str], sign: str) -> None:
    """What TikTok Shop's guide and another client publish comes out as well."""
    assert signature("e59af819cc", path, query.items()) == sign


GOLDEN_WEBHOOK = (
    b'{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507",'
    b'"timestamp":1718305585,"data":{"is_on_hold_order":true,"order_id":"576653688135258178",'
    b'"order_status":"UNPAID","update_time":1718305585}}'
)


def test_the_published_webhook_vector_is_reproduced() -> None:
    """The example of the webhook page comes out to the letter."""
    assert webhook_signature("abcdef", "123", GOLDEN_WEBHOOK) == (
        "5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05"
    )


@pytest.mark.parametrize("delivery", WEBHOOKS["deliveries"], ids=named)
def test_every_webhook_vector_is_genuine(delivery: dict[str, Any]) -> None:
    """Each example delivery is signed by its app, and by no other."""
    body, given_sign = delivery["raw_body"].encode(), delivery["authorization_header"]
    assert pushed(WEBHOOKS["app_key"], WEBHOOKS["app_secret"], body, given_sign)
    assert not pushed("another", WEBHOOKS["app_secret"], body, given_sign)


@given(
    st.dictionaries(st.text(min_size=1), st.text(), max_size=6).flatmap(
        lambda query: st.tuples(st.just(query), st.permutations(list(query.items())))
    )
)
def test_the_order_of_parameters_makes_no_difference(
    case: tuple[dict[str, str], list[tuple[str, str]]],
) -> None:
    """A query signs the same however its parameters are ordered."""
    query, shuffled = case
    assert signature("s", "/p", query.items()) == signature("s", "/p", shuffled)


@given(st.binary(), st.binary())
def test_an_upload_signs_without_its_body(one: bytes, other: bytes) -> None:
    """A multipart body is no part of the sign, whatever boundary the type names."""
    kind = "multipart/form-data; boundary=x"
    assert signature("s", "/p", (), one, kind) == signature("s", "/p", (), other, kind)


def signed(request: Request, **parts: Any) -> Request:
    """The request as it would be sent now."""
    return shop().authorise(request, grant(**parts), NOW)


def test_a_shop_request_names_the_shop_and_carries_its_token_in_a_header() -> None:
    """Cipher, app and time are in the query; the token is not."""
    request = signed(post("/order/202309/orders/search", {"a": 1}, {"page_size": 50}))
    query, headers = dict(request.query), dict(request.headers)
    assert list(query) == ["page_size", "app_key", "timestamp", "shop_cipher", "sign"]
    assert (query["shop_cipher"], query["timestamp"]) == (CIPHER, "1794970800")
    assert headers == {"content-type": "application/json", "x-tts-access-token": "token"}
    assert (request.base, request.body) == (HOST, b'{"a":1}')


def test_a_read_names_its_media_type_too() -> None:
    """The manual demands it even without a body."""
    request = signed(get("/logistics/202309/warehouses"))
    assert dict(request.headers)["content-type"] == "application/json"


def test_the_examples_search_is_sent_as_its_vector_says() -> None:
    """Sign and address are those of the worked example, the token's + / = escaped once."""
    vector = next(one for one in VECTORS["vectors"] if one["name"] == "post_search_next_page")
    token = vector["query_decoded"]["page_token"]
    body = {"update_time_ge": 1794787200, "update_time_lt": 1794967200}
    paging = {"page_size": 50, "page_token": token}
    order = {"sort_field": "update_time", "sort_order": "ASC"}
    request = signed(post("/order/202309/orders/search", body, {**paging, **order}))
    assert dict(request.query)["sign"] == vector["sign"]
    assert "page_token=QMwlHnHq0PZvxIj%2FkPsh9PG%2BWN%2FUWB%2BfclZUklJiiA%3D%3D" in request.url


def test_a_seller_request_names_no_shop() -> None:
    """A cipher where none is wanted would be refused."""
    request = signed(get("/authorization/202309/shops", auth="seller"))
    assert "shop_cipher" not in dict(request.query)
    assert dict(request.headers)["x-tts-access-token"] == "token"


def test_a_token_request_goes_to_the_other_host_unsigned() -> None:
    """It brings the app's secret instead of a sign."""
    adapter = shop(base_url="", auth_url="")
    request = adapter.authorise(get("/api/v2/token/get", {"a": "b"}, auth="public"), None, NOW)
    assert request.base == "https://auth.tiktok-shops.com"
    assert [name for name, _ in request.query] == ["app_key", "app_secret", "a"]


def test_a_signed_request_shows_no_secret() -> None:
    """Neither token nor query is in its repr."""
    text = repr(signed(get("/logistics/202309/warehouses"), access_token=Secret("t0p")))
    assert "t0p" not in text
    assert CIPHER not in text


def test_a_retry_gets_a_fresh_timestamp() -> None:
    """Signing again later yields another timestamp and another sign."""
    adapter, request = shop(), get("/logistics/202309/warehouses")
    later = datetime.fromtimestamp(1794970860, UTC)
    first, second = (
        dict(adapter.authorise(request, grant(), moment).query) for moment in (NOW, later)
    )
    assert int(second["timestamp"]) - int(first["timestamp"]) == 60
    assert first["sign"] != second["sign"]


def test_a_grant_without_cipher_is_sent_to_be_refused_and_completed() -> None:
    """The refusal makes the engine renew, and renewal looks the cipher up."""
    request = signed(get("/logistics/202309/warehouses"), shop_ref=None)
    assert "shop_cipher" not in dict(request.query)


def test_a_grant_that_cannot_be_completed_is_our_mistake() -> None:
    """Without cipher and without refresh token there is nothing to look it up with."""
    with pytest.raises(ConfigError, match="cipher"):
        signed(get("/logistics/202309/warehouses"), shop_ref=None, refresh_token=None)
    with pytest.raises(ConfigError):
        shop().authorise(get("/logistics/202309/warehouses"), None, NOW)


def test_nothing_signed_with_an_empty_secret_is_genuine() -> None:
    """An empty secret accepts no webhook, not even one signed with it."""
    assert not pushed("k", "", b"{}", webhook_signature("k", "", b"{}"))


def test_upper_case_hex_and_strange_letters() -> None:
    """Upper case is tolerated; a header outside ASCII is only wrong."""
    assert pushed("k", "s", b"{}", webhook_signature("k", "s", b"{}").upper())
    assert not pushed("k", "s", b"{}", "đ" * 64)
