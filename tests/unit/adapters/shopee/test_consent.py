"""Consent: links, codes, rotating tokens; and what is said about the shop."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from entrosdk.adapters.shopee import ShopeeAdapter
from entrosdk.domain.product import Warehouse
from entrosdk.domain.secret import Secret
from entrosdk.errors import BadReply, ConfigError, Forbidden, Invalid, Revoked
from entrosdk.spi.manifest import Capability
from entrosdk.spi.request import Response
from entrosdk.testing.play import play
from tests.unit.adapters.shopee.desk import (
    NOW,
    answer,
    asked,
    failed,
    fixture,
    grant,
    ok,
    parsed,
    shop,
)

CALLBACK = {"code": "c0de", "shop_id": "226518001"}
BACK = "https://erp.tiemmoclan.example/back"


def test_the_consent_link_needs_no_signature() -> None:
    """The present form names app, kind, return address and state."""
    url = urlsplit(shop(base_url="").consent.authorize_url(BACK, "s&1", NOW))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://open.shopee.com/auth"
    assert dict(parse_qsl(url.query)) == {
        "partner_id": "2011881",
        "auth_type": "seller",
        "redirect_uri": BACK,
        "response_type": "code",
        "state": "s&1",
    }


def test_the_older_link_is_signed_and_carries_the_state_home() -> None:
    """The sign is that of the worked example, and the state travels in the return address."""
    moment = datetime.fromtimestamp(1795356180, UTC)
    url = urlsplit(shop().consent.legacy_authorize_url(BACK + "?a=1", "s", moment))
    query = dict(parse_qsl(url.query))
    assert url.path == "/api/v2/shop/auth_partner"
    assert query["sign"] == "d040c46491a3ad1ab8b261b2a549bc894b866c6f69e0efb1b735e71dd4201916"
    assert parse_qs(urlsplit(query["redirect"]).query) == {"a": ["1"], "state": ["s"]}
    bare = shop().consent.legacy_authorize_url(BACK, "", moment)
    assert dict(parse_qsl(urlsplit(bare).query))["redirect"] == BACK


def test_a_shops_code_becomes_its_grant() -> None:
    """Ids travel as numbers; the lifetime counts from the reply's own time."""
    played = answer(
        shop(shop_id="").consent.exchange(CALLBACK, BACK), fixture("auth_token_get_shop")
    )
    assert json.loads(played.requests[0].body or b"") == {
        "code": "c0de",
        "partner_id": 2011881,
        "shop_id": 226518001,
    }
    (given,) = played.result
    assert (given.shop_id, given.expires_at) == ("226518001", NOW + timedelta(hours=4))
    assert given.refresh_expires_at == NOW + timedelta(days=30)
    assert given.access_token == Secret("6f7a4c31524d5944706b56324b716e48")


def test_a_main_accounts_code_becomes_a_grant_for_each_shop() -> None:
    """Each begins with the same pair, and goes its own way at its first renewal."""
    callback = {"code": "c0de", "main_account_id": "3300777"}
    played = answer(
        shop(shop_id="").consent.exchange(callback, BACK), fixture("auth_token_get_main_account")
    )
    assert json.loads(played.requests[0].body or b"")["main_account_id"] == 3300777
    assert [given.shop_id for given in played.result] == ["226518001", "226518077"]
    assert len({given.refresh_token for given in played.result}) == 1


def test_a_reply_without_a_list_of_shops_is_for_the_shop_that_came_back() -> None:
    """The redirect's shop is then the one."""
    body = parsed("auth_token_get_shop")
    del body["shop_id_list"]
    (given,) = answer(shop().consent.exchange(CALLBACK, BACK), body).result
    assert given.shop_id == "226518001"


@pytest.mark.parametrize(
    "callback",
    [{}, {"code": ""}, {"code": "c"}, {"code": "c", "shop_id": "x1"}],
)
def test_a_redirect_that_brought_too_little_is_refused(callback: dict[str, str]) -> None:
    """No code, no holder, or an id that is no number."""
    with pytest.raises(ConfigError):
        answer(shop().consent.exchange(callback, BACK))


def test_a_used_code_is_told_with_the_next_step() -> None:
    """A code works once."""
    with pytest.raises(Invalid, match="consent link again"):
        answer(shop().consent.exchange(CALLBACK, BACK), fixture("error_code_invalid"))


def test_renewal_rotates_both_tokens() -> None:
    """The old refresh token is sent once, unsigned by any access token."""
    played = answer(shop().consent.renew(grant()), fixture("auth_access_token_refresh"))
    sent = json.loads(played.requests[0].body or b"")
    assert sent == {"refresh_token": "again", "partner_id": 2011881, "shop_id": 226518001}
    assert played.requests[0].auth == "public"
    assert played.result.refresh_token == Secret("7038556d4c744f346365784b31766459")
    assert played.result.expires_at == NOW + timedelta(hours=4)


def test_a_spent_refresh_token_needs_the_seller() -> None:
    """Refused tokens and grants without one both mean to ask again."""
    with pytest.raises(Revoked):
        answer(shop().consent.renew(grant()), fixture("error_refresh_token_invalid"))
    with pytest.raises(Revoked):
        answer(shop().consent.renew(grant(refresh_token=None)))


def test_a_lifetime_may_be_an_instant() -> None:
    """One sample shows an epoch where seconds belong."""
    body = parsed("auth_access_token_refresh")
    body["expire_in"] = 1795400000
    renewed = answer(shop().consent.renew(grant()), body).result
    assert renewed.expires_at == datetime.fromtimestamp(1795400000, UTC)


@pytest.mark.parametrize("date", [None, "someday", "Sun, 22 Nov 2026 08:00:00 -0000"])
def test_without_a_time_in_the_reply_the_end_is_unknown(date: str | None) -> None:
    """Nothing is invented: the first refusal of the token renews it."""
    headers = {"date": date} if date else {}
    reply = Response(status=200, headers=headers, body=fixture("auth_access_token_refresh"))
    renewed = play(shop().consent.renew(grant()), [reply]).result
    assert (renewed.expires_at, renewed.refresh_expires_at) == (None, None)


def test_a_reply_without_tokens_is_a_bad_one() -> None:
    """The error names the fields, not the tokens."""
    with pytest.raises(BadReply, match="access_token: missing"):
        answer(shop().consent.renew(grant()), {"error": "", "refresh_token": "s3cret"})
    empty = {**parsed("auth_access_token_refresh"), "access_token": ""}
    with pytest.raises(BadReply, match=r"access_token: .*too_short"):
        answer(shop().consent.renew(grant()), empty)


# The shop


def test_the_example_shop() -> None:
    """Flat, as documented, and wrapped, as some have seen it."""
    flat = answer(shop().info(), fixture("shop_info")).result
    wrapped = answer(shop().info(), ok(parsed("shop_info"))).result
    assert flat == wrapped
    assert (flat.name, flat.region, flat.currency, flat.status, flat.id) == (
        "Tiệm Mộc Lan Demo",
        "VN",
        "VND",
        "NORMAL",
        "226518001",
    )
    assert flat.consent_until == datetime.fromtimestamp(1811815199, UTC)


def test_a_shop_in_an_unlisted_market_keeps_our_currency() -> None:
    """A market we have no data for is named as it is."""
    body = parsed("shop_info")
    body["region"] = "PL"
    info = answer(shop().info(), body).result
    assert (info.region, info.currency) == ("PL", "VND")


def test_warehouses_go_by_the_name_that_stock_goes_by() -> None:
    """Asked for by purpose; one that takes returns too says so."""
    played = answer(shop().warehouses(), fixture("warehouse_detail"), ok([]))
    assert [asked(played, number)["warehouse_type"] for number in (0, 1)] == ["1", "2"]
    assert played.result == (
        Warehouse(id="VN0009QKZ", name="Kho demo Q3", is_default=True, region="VN"),
    )
    body = parsed("warehouse_detail")
    body["response"][0]["warehouse_type"] = 2
    both = answer(shop().warehouses(), fixture("warehouse_detail"), body).result
    assert [(place.id, place.takes_returns) for place in both] == [("VN0009QKZ", True)]


def test_a_shop_with_one_unnamed_place_has_no_warehouses() -> None:
    """Shopee answers with an error there, which is the normal answer."""
    played = answer(shop().warehouses(), fixture("warehouse_detail_error_not_whitelisted"))
    assert played.result == ()


def test_another_refusal_is_no_answer() -> None:
    """A missing permission is told, not taken for an empty shop."""
    with pytest.raises(Forbidden):
        answer(shop().warehouses(), failed("error_permission"))


# The manifest


def test_everything_is_declared_and_there() -> None:
    """Every capability is offered, says where the fact book has it, and is a method."""
    manifest, adapter = ShopeeAdapter.manifest, shop()
    assert set(manifest.capabilities) == set(Capability)
    for capability, support in manifest.capabilities.items():
        assert (support.level != "no", support.source.startswith("fact book")) == (True, True)
        place, _, name = capability.value.rpartition(".")
        if name not in {"list", "get"}:  # the facade's words for pages
            assert callable(getattr(getattr(adapter, place) if place else adapter, name))


def test_vietnam_comes_first_and_every_market_has_a_zone() -> None:
    """Eleven active markets, one host."""
    regions = ShopeeAdapter.manifest.regions
    assert next(iter(regions)) == "VN"
    assert len(regions) == 11
    assert {region.api for region in regions.values()} == {"https://partner.shopeemobile.com"}
