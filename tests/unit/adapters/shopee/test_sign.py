"""Signing of requests and pushes against worked vectors (fact book 1.7 and 7.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from entrosdk.adapters.shopee.sign import push_signature, pushed, signature
from entrosdk.errors import ConfigError
from entrosdk.spi.request import get, post
from tests.unit.adapters.shopee.desk import NOW, grant, parsed, shop

VECTORS = parsed("signature_vectors")


def named(vector: dict[str, Any]) -> str:
    """The vector's own name."""
    return str(vector["name"])


@pytest.mark.parametrize("vector", VECTORS["request_vectors"], ids=named)
def test_every_request_vector_is_reproduced(vector: dict[str, Any]) -> None:
    """The sign of each worked example comes out to the letter."""
    holder = vector.get("shop_id") or vector.get("merchant_id") or ""
    sign = signature(
        vector["partner_key"],
        str(vector["partner_id"]),
        vector["path"],
        vector["timestamp"],
        access_token=vector.get("access_token", ""),
        holder=str(holder),
    )
    assert sign == vector["sign"]


@pytest.mark.parametrize("vector", VECTORS["push_vectors"], ids=named)
def test_every_push_vector_is_reproduced(vector: dict[str, Any]) -> None:
    """The signature of each worked push comes out to the letter, queries and UTF-8 included."""
    sign = push_signature(vector["push_key"], vector["callback_url"], vector["raw_body"].encode())
    assert sign == vector["authorization_header"]


def test_a_shop_request_carries_everything_in_its_query() -> None:
    """Common parameters, token and shop go into the query, also of a POST."""
    request = post("/api/v2/order/set_note", {"order_sn": "1"}, {"a": "b"})
    signed = shop().authorise(request, grant(), NOW)
    assert [name for name, _ in signed.query] == [
        "a",
        "partner_id",
        "timestamp",
        "sign",
        "access_token",
        "shop_id",
    ]
    assert signed.base == "http://127.0.0.1:9101"
    assert signed.body == request.body


def test_a_public_request_carries_no_token() -> None:
    """A public request is signed without grant and names no shop."""
    signed = shop().authorise(get("/api/v2/public/x", auth="public"), None, NOW)
    assert [name for name, _ in signed.query] == ["partner_id", "timestamp", "sign"]


def test_a_merchant_request_is_signed_for_the_merchant() -> None:
    """The merchant's id stands in the place of the shop's."""
    request = get("/api/v2/merchant/get_merchant_info", auth="merchant")
    signed = shop().authorise(request, grant(shop_ref="1004001"), NOW)
    assert dict(signed.query)["merchant_id"] == "1004001"


def test_a_retry_gets_a_fresh_timestamp() -> None:
    """Signing again later yields another timestamp and another sign."""
    adapter, request = shop(), get("/api/v2/shop/get_shop_info")
    later = datetime(2026, 11, 22, 8, 1, tzinfo=UTC)
    first, second = (
        dict(adapter.authorise(request, grant(), moment).query) for moment in (NOW, later)
    )
    assert int(second["timestamp"]) - int(first["timestamp"]) == 60
    assert first["sign"] != second["sign"]


def test_a_shop_request_without_grant_is_our_mistake() -> None:
    """Nothing is signed for a shop without its grant."""
    with pytest.raises(ConfigError):
        shop().authorise(get("/api/v2/shop/get_shop_info"), None, NOW)


def test_nothing_signed_with_an_empty_key_is_genuine() -> None:
    """An empty push key accepts no push, not even one signed with it."""
    assert not pushed("", "u", b"{}", push_signature("", "u", b"{}"))


def test_upper_case_hex_is_tolerated() -> None:
    """A genuine push in upper-case hex is accepted."""
    assert pushed("k", "u", b"{}", push_signature("k", "u", b"{}").upper())


def test_a_signature_with_strange_letters_is_only_wrong() -> None:
    """A header outside ASCII is refused like any wrong one."""
    assert not pushed("k", "u", b"{}", "đ" * 64)
