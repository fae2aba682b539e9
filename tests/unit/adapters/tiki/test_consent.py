"""Consent: links, codes, rotating tokens, and an in-house app's own token."""

from __future__ import annotations

from base64 import b64decode
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from entrosdk import Limiter, MemoryStore, Secret, connect, grant_key
from entrosdk.domain.credentials import Grant
from entrosdk.errors import (
    BadReply,
    ConfigError,
    Expired,
    Forbidden,
    Invalid,
    Revoked,
    Timeout,
    Unauthorised,
)
from entrosdk.spi.request import PUBLIC, Request, Response
from entrosdk.testing.play import Played
from tests.unit.adapters.tiki.desk import (
    NOW,
    SID,
    answer,
    fixture,
    grant,
    parsed,
    reply,
    shop,
)

BACK = "https://erp.gomnhamoc.example/back"
CALLBACK = {"code": "c0de", "scope": "order product", "state": "longenough"}
TOKEN = Request(method="POST", path="/sc/oauth2/token", auth=PUBLIC)


def form(played: Played[Any], number: int = 0) -> dict[str, str]:
    """The form of a request for a token."""
    return dict(parse_qsl((played.requests[number].body or b"").decode()))


def token(*bodies: Any, flow: Any) -> Played[Any]:
    """Answer a flow as the token endpoint does."""
    return answer(flow, *bodies, asked=TOKEN)


def test_the_consent_link_asks_for_what_the_sdk_does() -> None:
    """Including `offline`, without which there is no refresh token."""
    url = urlsplit(shop(base_url="").consent.authorize_url(BACK, "longenough", NOW))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://api.tiki.vn/sc/oauth2/auth"
    assert dict(parse_qsl(url.query)) == {
        "response_type": "code",
        "client_id": "7700000000000001",
        "redirect_uri": BACK,
        "scope": "order product inventory offline",
        "state": "longenough",
    }


def test_a_short_state_is_our_mistake() -> None:
    """Tiki refuses fewer than eight characters."""
    with pytest.raises(ConfigError, match="state"):
        shop().consent.authorize_url(BACK, "short", NOW)


def test_a_code_becomes_the_sellers_grant() -> None:
    """The token names no seller, so the seller is asked for with it."""
    played = token(
        fixture("token_authorization_code"),
        fixture("seller_me"),
        flow=shop(shop_id="").consent.exchange(CALLBACK, BACK),
    )
    assert form(played) == {
        "grant_type": "authorization_code",
        "code": "c0de",
        "redirect_uri": BACK,
        "client_id": "7700000000000001",
    }
    (given,) = played.result
    assert given == Grant(
        access_token=Secret("u2PExampleSellerAccess.9bLh0exampleSignaturePart"),
        refresh_token=Secret("Zx4ExampleSellerRefresh.71cTqexampleSignaturePart"),
        expires_at=NOW + timedelta(seconds=1295999),
        shop_id="418207",
        shop_ref=SID,
        scopes=("offline", "order", "product", "inventory"),
    )
    headers = dict(played.requests[1].headers)
    assert headers["authorization"] == f"Bearer {given.access_token.reveal()}"


def test_the_app_shows_itself_by_basic() -> None:
    """Form-encoded, with id and secret in the header."""
    played = token(
        fixture("token_authorization_code"),
        fixture("seller_me"),
        flow=shop().consent.exchange(CALLBACK, BACK),
    )
    headers = dict(played.requests[0].headers)
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    kind, _, pair = headers["authorization"].partition(" ")
    assert (kind, b64decode(pair)) == ("Basic", b"7700000000000001:tiki-secret-NOT-REAL")


def test_an_app_set_up_for_the_form_is_served_too() -> None:
    """Which way an app must use is told nowhere, so the other one is tried once."""
    played = token(
        reply(fixture("token_error_invalid_client"), 401),
        fixture("token_authorization_code"),
        fixture("seller_me"),
        flow=shop().consent.exchange(CALLBACK, BACK),
    )
    assert form(played, 1)["client_secret"] == "tiki-secret-NOT-REAL"
    assert "authorization" not in dict(played.requests[1].headers)
    assert played.result[0].shop_id == "418207"


def test_an_app_that_is_unknown_both_ways_is_refused() -> None:
    """The advice names id, secret and host."""
    no = reply(fixture("token_error_invalid_client"), 401)
    with pytest.raises(Unauthorised, match="client id and secret"):
        token(no, no, flow=shop().consent.exchange(CALLBACK, BACK))


def test_another_refusal_is_not_tried_again() -> None:
    """A used code is spent, whichever way the app shows itself."""
    with pytest.raises(Invalid, match="code"):
        token(
            reply(fixture("token_error_invalid_grant"), 400),
            flow=shop().consent.exchange(CALLBACK, BACK),
        )


def test_tokens_are_kept_when_only_their_name_cannot_be_had() -> None:
    """The code is spent: a grant without a seller's id is better than none."""
    lost = shop(shop_id="").consent.exchange(CALLBACK, BACK)
    (given,) = token(fixture("token_authorization_code"), reply(b"", 503), flow=lost).result
    assert (given.shop_id, given.refresh_token is not None) == (None, True)


def test_a_seller_who_may_not_sell_is_refused() -> None:
    """403 says that the grant is of no use."""
    flow = shop().consent.exchange(CALLBACK, BACK)
    with pytest.raises(Forbidden):
        token(fixture("token_authorization_code"), reply({"errors": ["no"]}, 403), flow=flow)


@pytest.mark.parametrize(
    ("callback", "back", "error", "names"),
    [
        ({"error": "access_denied", "error_code": "403"}, BACK, Forbidden, "access_denied"),
        ({}, BACK, ConfigError, "code"),
        (CALLBACK, "", ConfigError, "redirect_uri"),
    ],
)
def test_a_redirect_that_brings_nothing(
    callback: dict[str, str], back: str, error: type[Exception], names: str
) -> None:
    """What is wrong is said before any request."""
    with pytest.raises(error, match=names):
        answer(shop().consent.exchange(callback, back))


def test_a_reply_without_a_token_is_a_bad_reply() -> None:
    """It names the field, never a value."""
    with pytest.raises(BadReply, match="access_token"):
        token({"token_type": "bearer"}, flow=shop().consent.exchange(CALLBACK, BACK))


def test_a_renewal_brings_a_new_pair() -> None:
    """Both tokens are new; shop and sid stay."""
    old = grant(shop_id="418207", shop_ref=SID, scopes=("order",))
    played = token(fixture("token_refresh"), flow=shop().consent.renew(old))
    assert form(played) == {
        "grant_type": "refresh_token",
        "refresh_token": "again",
        "client_id": "7700000000000001",
    }
    fresh = played.result
    assert fresh.access_token == Secret("m8RExampleSellerAccess2.5dVs2exampleSignaturePart")
    assert fresh.refresh_token == Secret("Bn6ExampleSellerRefresh2.40eKwexampleSignaturePart")
    assert (fresh.shop_id, fresh.shop_ref) == ("418207", SID)
    assert fresh.expires_at == NOW + timedelta(seconds=1295999)


def test_a_renewal_that_brings_no_refresh_token_keeps_the_old_one() -> None:
    """It may still work, and the next renewal will tell."""
    body = {"access_token": "new", "expires_in": 3600}
    fresh = token(body, flow=shop().consent.renew(grant(scopes=("order",)))).result
    assert (fresh.refresh_token, fresh.scopes) == (Secret("again"), ("order",))


def test_a_grant_without_a_refresh_token_needs_the_seller() -> None:
    """`offline` was not granted."""
    with pytest.raises(Revoked):
        answer(shop().consent.renew(grant(refresh_token=None)))


@pytest.mark.parametrize("seconds", [0, -5, None, 10**30])
def test_a_lifetime_that_is_none_does_no_harm(seconds: int | None) -> None:
    """Lifetimes are data: unknown ones end with the first refusal."""
    body = {"access_token": "new", "expires_in": seconds}
    fresh = token(body, flow=shop().consent.renew(grant())).result
    assert (fresh.expires_at is not None) == (seconds == 10**30)


def test_without_a_time_in_the_reply_the_end_is_unknown() -> None:
    """Lifetimes count from the reply's own time."""
    bare = Response(status=200, body=fixture("token_refresh"))
    assert token(bare, flow=shop().consent.renew(grant())).result.expires_at is None
    odd = Response(status=200, headers={"date": "soon"}, body=fixture("token_refresh"))
    assert token(odd, flow=shop().consent.renew(grant())).result.expires_at is None


# In-house apps


def in_house() -> Grant:
    """The grant of an in-house app."""
    flow = shop(shop_id="").consent.exchange({"grant_type": "client_credentials"}, "")
    played = token(fixture("token_client_credentials"), fixture("seller_me"), flow=flow)
    assert form(played)["grant_type"] == "client_credentials"
    return played.result[0]  # type: ignore[no-any-return]


def test_an_in_house_app_needs_no_redirect() -> None:
    """Its own secret gives the grant of its one seller, and no refresh token."""
    given = in_house()
    assert (given.shop_id, given.refresh_token) == ("418207", None)
    assert given.expires_at == NOW + timedelta(hours=1)


def test_an_in_house_grant_is_renewed_by_the_secret() -> None:
    """It remembers of which kind it is."""
    played = token(fixture("token_client_credentials"), flow=shop().consent.renew(in_house()))
    assert form(played)["grant_type"] == "client_credentials"
    assert played.result.scopes == in_house().scopes
    assert played.result.shop_id == "418207"


def test_an_app_without_a_seller_is_told_so() -> None:
    """A public app's own token belongs to nobody's shop (section 1.3)."""
    flow = shop(shop_id="").consent.exchange({"grant_type": "client_credentials"}, "")
    with pytest.raises(Expired, match="belongs to a seller"):
        token(
            fixture("token_client_credentials"), reply(fixture("error_401_token"), 401), flow=flow
        )


class Script:
    """A transport that plays prepared replies."""

    def __init__(self, *replies: Response | Exception) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []

    def send(self, request: Request, timeout: float) -> Response:
        """Play the next reply."""
        self.requests.append(request)
        found = self.replies.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def close(self) -> None:
        """Nothing to give back."""


def asking(given: Grant, *replies: Response | Exception) -> tuple[Script, MemoryStore, Any]:
    """A connected shop on a script."""
    script, store, app = Script(*replies), MemoryStore(), shop().access.app
    store.save(grant_key("tiki", app, "418207"), given, 0)
    connected = connect(
        "tiki",
        app=app,
        shop_id="418207",
        store=store,
        transport=script,
        limiter=Limiter(()),
        sleep=lambda _: None,
        clock=lambda: NOW,
    )
    return script, store, connected


def test_the_engine_renews_an_in_house_grant_by_itself() -> None:
    """A refusal, a new token by the app's secret, and the question again."""
    script, store, connected = asking(
        in_house(),
        reply(fixture("error_401_token"), 401),
        reply({**parsed("token_client_credentials"), "access_token": "fresh"}),
        reply(fixture("seller_me")),
    )
    with connected:
        assert connected.info().name == "Gốm Nhà Mộc"
    assert dict(script.requests[2].headers)["authorization"] == "Bearer fresh"
    stored = store.load(grant_key("tiki", shop().access.app, "418207"))
    assert stored is not None
    assert stored.grant.access_token == Secret("fresh")


def test_the_engine_asks_for_the_seller_where_nothing_can_renew() -> None:
    """A consent without `offline` ends with its token."""
    lone = grant(refresh_token=None, scopes=("order",))
    _, _, connected = asking(lone, reply(fixture("error_401_token"), 401))
    with connected, pytest.raises(Revoked, match="consent link"):
        connected.info()


def test_a_renewal_whose_reply_is_lost_is_tried_again() -> None:
    """Tiki may have spent the token; asking again is the best there is."""
    script, _, connected = asking(
        grant(),
        reply(fixture("error_401_token"), 401),
        Timeout("no answer"),
        reply(fixture("token_refresh")),
        reply(fixture("seller_me")),
    )
    with connected:
        assert connected.info().id == "418207"
    assert len(script.requests) == 4
