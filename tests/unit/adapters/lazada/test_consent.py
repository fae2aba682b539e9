"""Consent: links, codes, rotating tokens; and what is said about the shop."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from entrosdk.adapters.lazada import LazadaAdapter
from entrosdk.domain.product import Warehouse
from entrosdk.domain.secret import Secret
from entrosdk.errors import BadReply, ConfigError, Invalid, Revoked
from entrosdk.spi.manifest import Capability
from entrosdk.spi.request import Response
from entrosdk.testing.play import play
from tests.unit.adapters.lazada.desk import (
    NOW,
    SHOP,
    answer,
    asked,
    failed,
    fixture,
    grant,
    parsed,
    shop,
)

BACK = "https://erp.senviet.example/back"
CALLBACK = {"code": "0_998001_ENTROmadeUpCode", "state": "s"}


def exchanged(body: Any) -> tuple[Any, ...]:
    """The grants of a token reply."""
    return answer(shop(shop_id="").consent.exchange(CALLBACK, BACK), body).result


def test_the_consent_link_names_app_country_and_state() -> None:
    """It leads to the page of all countries and asks for a fresh login."""
    url = urlsplit(shop(base_url="").consent.authorize_url(BACK, "s&1", NOW))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://auth.lazada.com/oauth/authorize"
    assert dict(parse_qsl(url.query)) == {
        "response_type": "code",
        "force_auth": "true",
        "redirect_uri": BACK,
        "client_id": "998001",
        "country": "vn",
        "state": "s&1",
    }


def test_a_code_becomes_the_grant_of_its_shop() -> None:
    """Lifetimes count from the reply's own time; the shop is the seller's id."""
    played = answer(shop(shop_id="").consent.exchange(CALLBACK, BACK), fixture("token_create"))
    assert asked(played) == {"code": CALLBACK["code"]}
    assert (played.requests[0].method, played.requests[0].auth) == ("POST", "public")
    (given,) = played.result
    assert (given.shop_id, given.shop_ref) == (SHOP, "vn")
    assert given.expires_at == NOW + timedelta(days=7)
    assert given.refresh_expires_at == NOW + timedelta(days=30)
    assert given.access_token == Secret(parsed("token_create")["access_token"])


def test_a_cross_border_code_becomes_a_grant_for_each_country() -> None:
    """One pair of tokens serves the shops of all listed countries."""
    body = parsed("token_create")
    body["country"] = "cb"
    body["country_user_info"] += [{"country": "SG", "user_id": "1", "seller_id": "77"}]
    assert [(one.shop_id, one.shop_ref) for one in exchanged(body)] == [(SHOP, "vn"), ("77", "sg")]


@pytest.mark.parametrize(
    "told",
    [
        {"country_user_info": {"vn": {"user_id": "1", "seller_id": SHOP}}},
        {"country_user_info_list": [{"country": "VN", "seller_id": int(SHOP)}]},
        {"user_info": {"country": "vn", "seller_id": SHOP}},
    ],
)
def test_sellers_come_under_three_names_and_in_three_shapes(told: dict[str, Any]) -> None:
    """A list, an object keyed by country, a single seller: each names the shop."""
    body = {k: v for k, v in parsed("token_create").items() if k != "country_user_info"}
    assert [(one.shop_id, one.shop_ref) for one in exchanged({**body, **told})] == [(SHOP, "vn")]


def test_tokens_without_a_seller_are_not_thrown_away() -> None:
    """The code is spent, so the grant is returned, without a shop."""
    body = {**parsed("token_create"), "country_user_info": None}
    assert [(one.shop_id, one.shop_ref) for one in exchanged(body)] == [(None, "vn")]


def test_lifetimes_may_come_as_text() -> None:
    """A sample shows seconds in quotes."""
    (given,) = exchanged({**parsed("token_create"), "expires_in": "600", "refresh_expires_in": "9"})
    assert given.expires_at == NOW + timedelta(minutes=10)
    assert given.refresh_expires_at == NOW + timedelta(seconds=9)


def test_a_token_that_cannot_be_renewed_has_no_refresh_token() -> None:
    """A refresh lifetime of 0 says so."""
    (given,) = exchanged({**parsed("token_create"), "refresh_expires_in": 0})
    assert (given.refresh_token, given.refresh_expires_at) == (None, None)


def test_without_a_time_in_the_reply_the_end_is_unknown() -> None:
    """The first refusal renews the token then."""
    reply = Response(status=200, body=fixture("token_create"))
    (given,) = play(shop().consent.exchange(CALLBACK, BACK), [reply]).result
    assert (given.expires_at, given.refresh_expires_at) == (None, None)


def test_a_redirect_without_a_code_is_our_mistake() -> None:
    """Nothing is asked without a code."""
    with pytest.raises(ConfigError, match="no code"):
        answer(shop().consent.exchange({"state": "s"}, BACK))


def test_a_used_code_is_invalid() -> None:
    """A code works once."""
    with pytest.raises(Invalid, match="code"):
        answer(shop().consent.exchange(CALLBACK, BACK), failed("InvalidCode"))


def test_a_renewal_replaces_both_tokens() -> None:
    """The end of the refresh token is the one that the reply tells: it does not move."""
    played = answer(shop().consent.renew(grant()), fixture("token_refresh"))
    assert asked(played) == {"refresh_token": "again"}
    given, body = played.result, parsed("token_refresh")
    assert given.access_token == Secret(body["access_token"])
    assert given.refresh_token == Secret(body["refresh_token"])
    assert given.refresh_expires_at == NOW + timedelta(seconds=2160441)
    assert (given.shop_id, given.shop_ref) == (SHOP, "vn")


def test_a_renewal_keeps_the_shop_of_a_cross_border_grant() -> None:
    """Each of the shops renews for itself, and stays in its country."""
    body = {**parsed("token_refresh"), "country": "cb", "country_user_info_list": []}
    given = answer(shop(shop_id="77").consent.renew(grant(shop_ref="sg")), body).result
    assert (given.shop_id, given.shop_ref) == ("77", "sg")


@pytest.mark.parametrize("code", ["IllegalRefreshToken", "AUTH_TYPE_UNSUPPORTED"])
def test_a_refused_renewal_ends_the_consent(code: str) -> None:
    """The seller has to be asked again."""
    with pytest.raises(Revoked):
        answer(shop().consent.renew(grant()), failed(code))


def test_a_grant_without_refresh_token_cannot_be_renewed() -> None:
    """Nothing is asked then."""
    with pytest.raises(Revoked):
        answer(shop().consent.renew(grant(refresh_token=None)))


def test_a_reply_without_tokens_is_a_bad_reply() -> None:
    """And it names the field."""
    with pytest.raises(BadReply, match="access_token"):
        answer(shop().consent.renew(grant()), {"code": "0"})


# The shop


def test_the_shop_is_told_with_its_country() -> None:
    """The host decides the country; the reply's location is a city."""
    info = answer(shop().info(), fixture("seller_get")).result
    assert (info.id, info.name, info.region, info.currency, info.status) == (
        SHOP,
        "Sen Việt Official",
        "VN",
        "VND",
        "ACTIVE",
    )


def test_warehouses_are_asked_for_by_kind_of_address() -> None:
    """Without it the answer is unreliable; codes are what stock and orders go by."""
    played = answer(shop().warehouses(), fixture("seller_warehouse_get"))
    assert asked(played) == {"addressTypes": '["warehouse"]'}
    assert played.result == (
        Warehouse(id="dropshipping", name="Kho Thủ Đức", is_default=True, region="VN"),
        Warehouse(id="VN2K7QX1-WH-10003", name="Kho Hà Nội", region="VN"),
    )


def test_the_code_of_the_default_warehouse_has_one_case() -> None:
    """Documents write it in two; the only warehouse is the default one."""
    body = {"result": {"success": True, "module": [{"code": "Dropshipping"}]}, "code": "0"}
    (place,) = answer(shop().warehouses(), body).result
    assert (place.id, place.is_default) == ("dropshipping", True)


def test_the_manifest_says_where_each_capability_stands_in_the_book() -> None:
    """Every capability has a word and a reason; reading is complete, the queue is refused."""
    capabilities = LazadaAdapter.manifest.capabilities
    assert set(capabilities) == set(Capability)
    assert all(support.source for support in capabilities.values())
    assert capabilities[Capability.EVENTS_PULL].level == "no"
    assert "section 7" in capabilities[Capability.EVENTS_PULL].source
