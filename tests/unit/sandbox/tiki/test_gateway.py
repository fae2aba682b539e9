"""What Tiki checks before any business code runs (book 1, 2, checklist in 10)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.sandbox.tiki.bench import BACK, STATE, Client, told

INACTIVE = {"errors": ["You don't have permission / Your token isn't active now"]}
FORM = {"content-type": "application/x-www-form-urlencoded"}


# Tokens


def test_a_code_becomes_a_pair_of_tokens_once() -> None:
    """Lower-case bearer, dotted tokens, the life as recorded; a code works once."""
    client = Client()
    came = client.consent()
    assert (came["state"], came["scope"]) == (STATE, "offline order product")
    form = {"grant_type": "authorization_code", "code": came["code"], "redirect_uri": BACK}
    status, body = client.token(**form)
    assert (status, body["token_type"], body["expires_in"]) == (200, "bearer", 1_295_999)
    assert body["scope"] == "offline order product"
    assert all(body[name].count(".") == 1 for name in ("access_token", "refresh_token"))
    assert client.ask("v2/sellers/me", body["access_token"])[0] == 200
    status, body = client.token(**form)
    assert (status, body["error"]) == (400, "invalid_grant")


def test_a_code_lives_ten_minutes_and_knows_its_address() -> None:
    """Another redirect_uri is refused, and so is an old code."""
    client = Client()
    form = {"grant_type": "authorization_code", "redirect_uri": BACK}
    other = {**form, "code": client.consent()["code"], "redirect_uri": f"{BACK}/"}
    assert client.token(**other)[1]["error"] == "invalid_grant"
    code = client.consent()["code"]
    client.table.sleep(601)
    assert client.token(**form, code=code)[1]["error"] == "invalid_grant"


def test_without_offline_there_is_no_refresh_token() -> None:
    """And a missing scope is a 403 at the call, not at the login."""
    client = Client()
    code = client.consent(scope="order")["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    body = client.token(**form)[1]
    assert "refresh_token" not in body
    token = body["access_token"]
    assert client.ask("v2/orders", token)[0] == 200
    status, refusal = client.ask("v2/products", token)
    assert (status, list(refusal)) == (403, ["errors"])


def test_the_old_scope_opens_orders_and_products() -> None:
    """`all` is an alias of the first two."""
    client = Client()
    code = client.consent(scope="all offline")["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    token = client.token(**form)[1]["access_token"]
    assert [client.ask(path, token)[0] for path in ("v2/orders", "v2/products")] == [200, 200]


def test_a_refresh_brings_a_new_pair_and_spends_the_old_one() -> None:
    """Both tokens rotate; a second use fails."""
    client = Client()
    form = {"grant_type": "refresh_token", "refresh_token": client.refresh}
    status, body = client.token(**form)
    assert (status, body["access_token"] == client.access) == (200, False)
    assert client.ask("v2/sellers/me")[0] == 401
    assert client.ask("v2/sellers/me", body["access_token"])[0] == 200
    assert client.token(**form)[1]["error"] == "invalid_grant"
    assert client.token(grant_type="refresh_token", refresh_token="x.y")[0] == 400


def test_an_access_token_ends_with_its_life() -> None:
    """Seconds, if a test wants it so."""
    client = Client(access_life=5)
    assert client.ask("v2/sellers/me")[0] == 200
    client.table.sleep(5)
    assert client.ask("v2/sellers/me") == (401, INACTIVE)


def test_client_credentials_have_no_refresh_token() -> None:
    """An empty scope is accepted, and older tokens go on working."""
    client = Client()
    first = client.token(grant_type="client_credentials", scope="")[1]
    assert "refresh_token" not in first
    client.app_token()
    assert client.ask("v1/queues", first["access_token"])[0] == 200


def test_an_apps_token_belongs_to_no_seller() -> None:
    """Unless the app is the seller's own."""
    client = Client()
    assert client.ask("v2/orders", client.app_token()) == (401, INACTIVE)
    own = Client(app="in_house")
    assert own.ask("v2/orders", own.app_token())[0] == 200
    assert own.ask("v1/queues", own.app_token())[0] == 200


@pytest.mark.parametrize("way", ["basic", "post"])
def test_the_app_shows_itself_the_way_it_is_set_up(way: Any) -> None:
    """The other way fails; with Basic the id may stand in the body too, or not."""
    client = Client(client_auth=way)
    grant = {"grant_type": "client_credentials"}
    secret = {**grant, "client_id": client.key, "client_secret": client.secret}
    status, body = client.token(basic=way == "post", **(grant if way == "post" else secret))
    assert (status, body["error"], body["status_code"]) == (401, "invalid_client", 401)
    assert client.token(basic=way == "basic", **secret)[0] == 200
    assert client.token(basic=True, **secret)[0] == 200  # both at once, as samples do
    if way == "basic":
        assert client.token(**grant)[0] == 200


def test_a_wrong_secret_is_refused() -> None:
    """Whatever way it travels; a broken header too."""
    client = Client()
    client.secret = "wrong"
    assert client.token(grant_type="client_credentials")[0] == 401
    broken = {**FORM, "authorization": "Basic !!!"}
    assert told(client.send("POST", "/sc/oauth2/token", b"grant_type=x", broken))[0] == 401


def test_the_token_endpoint_takes_forms_by_post_only() -> None:
    """JSON is refused, and so are other verbs and other grants."""
    client = Client()
    json_kind = {"content-type": "application/json"}
    status, body = told(client.send("POST", "/sc/oauth2/token", b"{}", json_kind))
    assert (status, body["error"]) == (400, "invalid_request")
    assert set(body) == {
        "error",
        "error_description",
        "error_hint",
        "error_debug",
        "status_code",
    }
    assert client.send("GET", "/sc/oauth2/token").status == 405
    assert client.token(grant_type="password")[1]["error"] == "unsupported_grant_type"


def test_the_consent_page_sends_refusals_home() -> None:
    """A short state, a strange scope or kind, a seller who says no."""
    client = Client()
    assert client.consent(state="short")["error"] == "invalid_state"
    assert client.consent(scope="moon")["error"] == "invalid_scope"
    assert client.consent(response_type="token")["error"] == "unsupported_response_type"
    denied = client.consent(deny="1")
    assert (denied["error"], denied["error_code"]) == ("access_denied", "403")
    assert denied["error_hint"]


def test_the_consent_page_knows_its_apps_and_their_addresses() -> None:
    """Compared letter by letter, where one is registered."""
    client = Client(redirect_uri=BACK)
    assert client.consent()["code"]
    with pytest.raises(KeyError):
        client.consent(redirect_uri=f"{BACK}/")
    with pytest.raises(KeyError):
        client.consent(client_id="7")


# Requests


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Basic x", "Bearer no.thing", "Bearer x", "token"],
)
def test_no_token_no_entry(header: str | None) -> None:
    """Missing, of another kind, unknown."""
    client = Client()
    headers = {} if header is None else {"authorization": header}
    assert told(client.send("GET", "/integration/v2/orders", headers=headers)) == (401, INACTIVE)


def test_a_seller_key_of_old_is_refused() -> None:
    """Unless a test wants the past."""
    key = {"tiki-api": "55158743-3d10-4dca-b88a-c4c0a64d2b4c"}
    path = "/integration/v2/sellers/me"
    assert Client().send("GET", path, headers=key).status == 401
    assert Client(old_header=True).send("GET", path, headers=key).status == 200


def test_a_seller_who_is_not_active_is_forbidden() -> None:
    """Token and scope do not help."""
    assert Client(seller_active=False).ask("v2/orders")[0] == 403


def test_an_unknown_address_is_the_gateways_affair() -> None:
    """Kong's text, not the API's."""
    assert Client().ask("v9/moon") == (404, {"message": "no Route matched with those values"})


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "v2/orders"), ("DELETE", "v2/products/1"), ("GET", "v2/products/updateSku/x")],
)
def test_a_wrong_verb_is_named(method: str, path: str) -> None:
    """405 in the API's own shape, or no route at all."""
    status, body = Client().ask(path, method=method)
    if status == 405:
        assert body == {"errors": [f"Request method '{method}' not supported"]}
    else:
        assert (status, list(body)) == (404, ["message"])


def test_other_forms_of_bodies_and_answers_are_refused() -> None:
    """JSON in, JSON out."""
    client = Client()
    path = "v2.1/products/updateSku"
    status, body = client.tell(path, b"product_id=1", method="PUT", **FORM_KIND)
    assert (status, body["errors"][0]) == (
        415,
        "Content type 'application/x-www-form-urlencoded;charset=UTF-8' not supported",
    )
    for broken in (b"{", b"[1]", b"7"):
        status, body = client.tell(path, broken, method="PUT")
        assert (status, body) == (
            400,
            {"errors": ["Can't read http message, please check your request"]},
        )
    headers = {"authorization": f"Bearer {client.access}", "accept": "text/html"}
    assert client.send("GET", "/integration/v2/orders", headers=headers).status == 406


FORM_KIND = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}


def test_headers_that_clients_add_do_no_harm() -> None:
    """A content type on a GET, an unknown provider, a browser's accept."""
    client = Client()
    headers = {
        "authorization": f"bearer {client.access}",
        "content-type": "application/json",
        "authorization-provider": "ICP-HYDRA",
        "accept": "text/html,*/*",
    }
    reply = client.send("GET", "/integration/v2/orders", headers=headers)
    assert (reply.status, reply.kind) == (200, "application/json;charset=UTF-8")


@pytest.mark.parametrize("headers", [False, True])
def test_too_many_requests_get_the_gateways_bare_text(headers: bool) -> None:
    """200 a second for each seller; no header is promised."""
    client = Client(limit_headers=headers)
    replies = [client.ask("v2/sellers/me")[0] for _ in range(201)]
    assert (replies[199], replies[200]) == (200, 429)
    token = {"authorization": f"Bearer {client.access}"}
    reply = client.send("GET", "/integration/v2/sellers/me", headers=token)
    assert json.loads(reply.body) == {"message": "API rate limit exceeded"}
    assert ("Retry-After" in reply.headers) == headers
    client.table.sleep(1)
    assert client.ask("v2/sellers/me")[0] == 200


def test_the_log_tells_verdicts_and_no_tokens() -> None:
    """What was asked and what came of it."""
    client = Client()
    client.ask("v2/orders", "wrong")
    client.ask("v2/orders")
    client.token(grant_type="x")
    seen = [(visit.path, visit.status) for visit in client.market.visits]
    assert seen == [
        ("/integration/v2/orders", 401),
        ("/integration/v2/orders", 200),
        ("/sc/oauth2/token", 400),
    ]
    assert "wrong" not in repr(client.market.visits)


@pytest.mark.parametrize(
    ("effect", "status", "key"),
    [
        ("429", 429, "message"),
        ("500", 500, "errors"),
        ("expire_token", 401, "errors"),
        ("revoke", 401, "errors"),
    ],
)
def test_faults_strike_the_way_tiki_fails(effect: str, status: int, key: str) -> None:
    """The gateway's bare text, or the API's own list of texts."""
    client = Client()
    client.table.fault(effect, match={"path": "orders"}, times=1)
    found, body = client.ask("v2/orders")
    assert (found, list(body)) == (status, [key])


def test_after_a_revocation_nothing_renews() -> None:
    """The seller has to be asked again."""
    client = Client()
    client.table.fault("revoke", times=1)
    client.ask("v2/orders")
    assert client.token(grant_type="refresh_token", refresh_token=client.refresh)[0] == 400
    assert client.consent()["code"]


def test_a_restarted_sandbox_knows_the_tokens_it_gave() -> None:
    """They prove themselves."""
    client = Client()
    given = client.token(grant_type="refresh_token", refresh_token=client.refresh)[1]
    again = Client()
    assert again.ask("v2/sellers/me", given["access_token"])[0] == 200
    assert again.ask("v2/sellers/me")[0] == 401
