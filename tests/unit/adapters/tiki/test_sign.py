"""Tokens on requests: there is no signature at Tiki."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.errors import ConfigError
from entrosdk.spi.request import PUBLIC, get
from tests.unit.adapters.tiki.desk import NOW, grant, shop

ASK = get("/integration/v2/orders", {"status": "nin|processing,waiting_payment", "page": 1})


def test_a_request_carries_the_bearer_token() -> None:
    """Host, token, and a user agent of our own (quirk 15)."""
    signed = shop().authorise(ASK, grant(), NOW)
    assert signed.base == "http://127.0.0.1:9104"
    assert dict(signed.headers) == {
        "accept": "application/json",
        "user-agent": "entrosdk",
        "authorization": "Bearer token",
    }
    assert signed.url.endswith("status=nin%7Cprocessing%2Cwaiting_payment&page=1")


def test_a_public_request_keeps_its_own_credentials() -> None:
    """Queues belong to the app: their token is on the request already (quirk 19)."""
    own = get("/integration/v1/queues", auth=PUBLIC, headers=(("authorization", "Bearer app"),))
    assert dict(shop().authorise(own, grant(), NOW).headers)["authorization"] == "Bearer app"
    bare = shop().authorise(get("/x", auth=PUBLIC), None, NOW)
    assert "authorization" not in dict(bare.headers)


def test_consent_and_api_may_have_their_own_hosts() -> None:
    """Tokens come from the authorization server."""
    adapter = shop(base_url="https://api.example", auth_url="https://auth.example")
    token = get("/sc/oauth2/token", auth=PUBLIC)
    assert adapter.authorise(token, None, NOW).base == "https://auth.example"
    assert adapter.authorise(ASK, grant(), NOW).base == "https://api.example"
    assert shop(base_url="").authorise(ASK, grant(), NOW).base == "https://api.tiki.vn"


def test_a_shop_request_without_grant_is_our_mistake() -> None:
    """Nothing is asked for a shop without its grant."""
    with pytest.raises(ConfigError):
        shop().authorise(ASK, None, NOW)


@given(st.integers(0, 10**9), st.permutations(list(ASK.query)))
def test_neither_time_nor_order_of_parameters_matters(
    seconds: int, query: list[tuple[str, str]]
) -> None:
    """A retry carries the newest token and nothing of the attempt before."""
    later = shop().authorise(get(ASK.path, dict(query)), grant(), NOW + timedelta(seconds=seconds))
    assert later.headers == shop().authorise(ASK, grant(), NOW).headers
    assert sorted(later.query) == sorted(ASK.query)


def test_no_token_shows_in_a_repr() -> None:
    """Headers are not part of it."""
    assert "token" not in repr(shop().authorise(ASK, grant(), NOW))
