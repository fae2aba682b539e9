"""Consent: links, codes, tokens, ciphers; and what is said about the shop."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from entrosdk.adapters.tiktok import TikTokAdapter
from entrosdk.domain.product import Warehouse
from entrosdk.domain.secret import Secret
from entrosdk.errors import (
    BadReply,
    ConfigError,
    Forbidden,
    Invalid,
    NotFound,
    Revoked,
    Unavailable,
    Unsupported,
)
from entrosdk.spi.manifest import Capability
from tests.unit.adapters.tiktok.desk import (
    CIPHER,
    NOW,
    SHOP_ID,
    answer,
    asked,
    failed,
    fixture,
    grant,
    ok,
    parsed,
    shop,
)

CALLBACK = {"code": "c0de", "state": "s", "app_key": "emu8k2ap9q", "locale": "vi-VN"}


def link(**parts: str) -> tuple[str, dict[str, str]]:
    """The consent link, taken apart."""
    url = urlsplit(shop(**{"base_url": "", **parts}).consent.authorize_url("", "s&1", NOW))  # type: ignore[arg-type]
    return f"{url.scheme}://{url.netloc}{url.path}", dict(parse_qsl(url.query))


def test_the_consent_link_names_the_service() -> None:
    """Sellers of every market but one go to the same page."""
    expected = {"service_id": "7388", "state": "s&1"}
    assert link(service_id="7388") == ("https://services.tiktokshop.com/open/authorize", expected)
    american = link(service_id="7388", region="US")
    assert american == ("https://services.us.tiktokshop.com/open/authorize", expected)


def test_without_a_service_the_older_link_goes_by_the_apps_key() -> None:
    """It lives on the token host."""
    assert link() == (
        "https://auth.tiktok-shops.com/oauth/authorize",
        {"app_key": "emu8k2ap9q", "state": "s&1"},
    )


def test_only_another_host_is_told_the_way_back() -> None:
    """The marketplace has it from its console, a sandbox has no console."""
    back = "https://erp.example/back"
    there = shop(base_url="http://127.0.0.1:9103").consent.authorize_url(back, "s", NOW)
    assert dict(parse_qsl(urlsplit(there).query))["redirect_uri"] == back
    assert "erp.example" not in shop(base_url="").consent.authorize_url(back, "s", NOW)


def test_another_host_serves_both_links() -> None:
    """A sandbox is just another host."""
    host = "http://127.0.0.1:9103"
    assert link(base_url=host)[0] == f"{host}/oauth/authorize"
    assert link(base_url=host, service_id="1")[0] == f"{host}/open/authorize"


def exchanged(*bodies: bytes) -> object:
    """What a code is turned into."""
    return answer(shop(shop_id="").consent.exchange(CALLBACK, ""), *bodies).result


def test_a_code_becomes_the_shops_grant() -> None:
    """Both ends are absolute instants, and the cipher is asked for with the new token."""
    played = answer(
        shop(shop_id="").consent.exchange(CALLBACK, ""),
        fixture("token_get_ok"),
        fixture("authorized_shops"),
    )
    assert asked(played) == {"auth_code": "c0de", "grant_type": "authorized_code"}
    assert dict(played.requests[1].headers) == {"x-tts-access-token": "ROW_emuAT-1f0c7e52b6"}
    (given,) = played.result
    assert (given.shop_id, given.shop_ref) == (SHOP_ID, CIPHER)
    assert given.expires_at == datetime.fromtimestamp(1795575600, UTC)
    assert given.refresh_expires_at == datetime.fromtimestamp(1826506800, UTC)
    assert given.refresh_token == Secret("ROW_emuRT-9a41d3c870")
    assert "seller.order.info" in given.scopes


def test_a_cross_border_code_becomes_a_grant_for_each_shop() -> None:
    """Each shop has a cipher of its own; all begin with the same pair of tokens."""
    body = parsed("authorized_shops")
    (first,) = body["data"]["shops"]
    body["data"]["shops"] = [first, {**first, "id": "2", "cipher": "ROW_2"}]
    grants = answer(
        shop(shop_id="").consent.exchange(CALLBACK, ""), fixture("token_get_ok"), body
    ).result
    assert [(one.shop_id, one.shop_ref) for one in grants] == [(SHOP_ID, CIPHER), ("2", "ROW_2")]
    assert len({one.refresh_token for one in grants}) == 1


def test_a_consent_that_ends_in_the_next_century_is_accepted() -> None:
    """Such ends exist in the wild."""
    body = parsed("token_get_ok")
    body["data"]["refresh_token_expire_in"] = 4_891_000_000
    (given,) = answer(
        shop(shop_id="").consent.exchange(CALLBACK, ""), body, fixture("authorized_shops")
    ).result
    assert given.refresh_expires_at is not None
    assert given.refresh_expires_at.year == 2124


def test_a_lifetime_in_the_place_of_an_end_says_nothing() -> None:
    """A number too small to be an instant is not taken for 1970: the end is unknown."""
    body = parsed("token_refresh_ok")
    body["data"]["access_token_expire_in"] = 604800
    assert answer(shop().consent.renew(grant()), body).result.expires_at is None


@pytest.mark.parametrize("callback", [{}, {"code": ""}, {"code": "null"}])
def test_a_redirect_without_a_code_is_refused(callback: dict[str, str]) -> None:
    """Nothing is asked for."""
    with pytest.raises(ConfigError):
        answer(shop().consent.exchange(callback, ""))


def test_a_seller_who_refuses_is_told() -> None:
    """The redirect then brings an error beside a code that is none."""
    with pytest.raises(Revoked, match="did not consent"):
        answer(shop().consent.exchange({"code": "null", "error": "auth_denied"}, ""))


def test_a_used_code_is_told_with_the_next_step() -> None:
    """A code works once."""
    body = parsed("errors")["cases"]["token_bad_auth_code"]["body"]
    with pytest.raises(Invalid, match="consent link again"):
        answer(shop().consent.exchange(CALLBACK, ""), body)


def test_a_consent_without_a_shop_is_none() -> None:
    """Creators and partners have tokens too, and no shop."""
    with pytest.raises(Forbidden):
        exchanged(fixture("token_get_ok"), ok({}))


def test_renewal_takes_the_new_pair_and_keeps_the_cipher() -> None:
    """One request; shop and cipher stay."""
    played = answer(shop().consent.renew(grant()), fixture("token_refresh_ok"))
    assert asked(played) == {"refresh_token": "again", "grant_type": "refresh_token"}
    assert played.requests[0].auth == "public"
    renewed = played.result
    assert renewed.access_token == Secret("ROW_emuAT-27d9c1e4aa")
    assert renewed.refresh_token == Secret("ROW_emuRT-5b60f2e113")
    assert (renewed.shop_id, renewed.shop_ref) == (SHOP_ID, CIPHER)


def test_a_grant_that_only_lacks_its_cipher_keeps_its_tokens() -> None:
    """Looking it up spends no refresh token."""
    flow = shop().consent.renew(grant(shop_ref=None))
    completed = answer(flow, fixture("authorized_shops")).result
    assert completed == grant(shop_id=SHOP_ID)


def test_a_grant_without_cipher_whose_token_ran_out_is_renewed_and_completed() -> None:
    """The look-up fails, the tokens are renewed, and the new one looks it up."""
    expired = parsed("errors")["cases"]["expired_access_token"]["body"]
    flow = shop().consent.renew(grant(shop_ref=None))
    played = answer(flow, expired, fixture("token_refresh_ok"), fixture("authorized_shops"))
    assert played.result.shop_ref == CIPHER
    assert dict(played.requests[2].headers)["x-tts-access-token"] == "ROW_emuAT-27d9c1e4aa"


def test_a_renewed_pair_is_never_lost() -> None:
    """When the look-up after a renewal fails, the new tokens are kept without a cipher."""
    flow = shop().consent.renew(grant(access_token=Secret(""), shop_ref=None))
    renewed = answer(flow, fixture("token_refresh_ok"), failed(36009003)).result
    assert (renewed.refresh_token, renewed.shop_ref) == (Secret("ROW_emuRT-5b60f2e113"), None)


def test_trouble_of_the_look_up_is_no_revocation() -> None:
    """A grant is not given up because TikTok Shop has trouble."""
    with pytest.raises(Unavailable):
        answer(shop().consent.renew(grant(shop_ref=None)), failed(36009003))


def test_a_consent_that_does_not_cover_the_shop_needs_the_seller() -> None:
    """The tokens are good and the shop is another's."""
    with pytest.raises(Revoked, match="does not cover"):
        answer(shop(shop_id="1").consent.renew(grant(shop_ref=None)), fixture("authorized_shops"))


@pytest.mark.parametrize("code", [36004001, 36004005])
def test_a_refresh_token_that_ran_out_needs_the_seller(code: int) -> None:
    """Both refusals, and a grant without one, mean to ask again."""
    with pytest.raises(Revoked):
        answer(shop().consent.renew(grant()), failed(code))
    with pytest.raises(Revoked):
        answer(shop().consent.renew(grant(refresh_token=None)))


def test_a_reply_without_tokens_is_a_bad_one() -> None:
    """The error names the fields, not the tokens."""
    with pytest.raises(BadReply, match="access_token: missing"):
        answer(shop().consent.renew(grant()), ok({"refresh_token": "s3cret"}))


# The shop


def test_the_example_shop() -> None:
    """Name, market and currency; it is asked for without a cipher."""
    played = answer(shop().info(), fixture("authorized_shops"))
    info = played.result
    assert (info.id, info.name) == (SHOP_ID, "Mây Xanh Official")
    assert (info.region, info.currency) == ("VN", "VND")
    assert played.requests[0].auth == "seller"


def test_a_shop_the_consent_does_not_cover_is_not_found() -> None:
    """Nothing is told about another shop instead."""
    with pytest.raises(NotFound):
        answer(shop(shop_id="1").info(), fixture("authorized_shops"))


def test_warehouses_have_one_role_each() -> None:
    """A building with both roles is two, and only one for sales is the default."""
    places = answer(shop().warehouses(), fixture("warehouses")).result
    assert places == (
        Warehouse(id="7388102946610227010", name="Kho HCM", is_default=True, region="VN"),
        Warehouse(id="7388102946610227027", name="Kho Hà Nội", region="VN"),
        Warehouse(id="7388102946610227034", name="Kho HCM", takes_returns=True, region="VN"),
    )


def test_a_shop_without_warehouses_has_none() -> None:
    """The key is missing then."""
    assert answer(shop().warehouses(), ok({})).result == ()


# The manifest


def test_every_capability_has_a_level_and_a_reason() -> None:
    """What is missing is declared, with the reason."""
    manifest = TikTokAdapter.manifest
    assert set(manifest.capabilities) == set(Capability)
    assert manifest.supports(Capability.RETURNS_LIST)
    assert not manifest.supports(Capability.EVENTS_PULL)
    assert all(support.source for support in manifest.capabilities.values())


def test_there_is_no_queue_of_events() -> None:
    """Asking for one says so."""
    with pytest.raises(Unsupported):
        answer(shop().events.pull(None))


def test_vietnam_comes_first_and_every_market_has_one_host() -> None:
    """One API serves them all."""
    regions = TikTokAdapter.manifest.regions
    assert next(iter(regions)) == "VN"
    assert {region.api for region in regions.values()} == {"https://open-api.tiktokglobalshop.com"}
