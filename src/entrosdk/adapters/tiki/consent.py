"""A seller's consent: the link, the code, tokens that rotate, and an app's own token (1.3-1.5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

from attrs import evolve, frozen

from entrosdk.adapters.tiki.ask import ask
from entrosdk.adapters.tiki.shop import SELLER
from entrosdk.adapters.tiki.sign import OAUTH, basic, bearer
from entrosdk.adapters.tiki.wire import Seller, Tokens
from entrosdk.domain.credentials import Grant
from entrosdk.domain.secret import Secret
from entrosdk.errors import (
    ConfigError,
    Forbidden,
    RateLimited,
    RemoteFault,
    Revoked,
    Unauthorised,
    Unreachable,
)
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import PUBLIC, Request, Response
from entrosdk.spi.wire import read

__all__ = ["IN_HOUSE", "SCOPES", "Consent", "app_token"]

SCOPES = ("order", "product", "inventory", "offline")
"""What is asked for; without `offline` there is no refresh token (section 1.5)."""

IN_HOUSE = "client_credentials"
"""The grant of an in-house app, which has one seller and no refresh token (section 1.3).

It stands among a grant's scopes, so that a renewal knows to ask with the app's own credentials.
"""

_SHORTEST_STATE = 8  # section 1.4
_LONGEST = 10 * 365 * 86_400


@frozen
class Consent:
    """How a seller's consent is asked for, received and prolonged."""

    access: Access

    def authorize_url(self, redirect_uri: str, state: str, now: datetime) -> str:  # noqa: ARG002
        """Return the address to send the seller to; `state` has at least eight characters."""
        if len(state) < _SHORTEST_STATE:
            raise ConfigError(
                f"Tiki wants a `state` of at least {_SHORTEST_STATE} characters",
                advice="Pass a random text, such as secrets.token_urlsafe(16).",
            )
        query = {
            "response_type": "code",
            "client_id": self.access.app.key,
            "redirect_uri": redirect_uri,
            "scope": " ".join(SCOPES),
            "state": state,
        }
        return f"{self.access.auth}{OAUTH}auth?{urlencode(query)}"

    def exchange(self, callback: Mapping[str, str], redirect_uri: str) -> Flow[tuple[Grant, ...]]:
        """Turn what the redirect brought into the seller's grant.

        An in-house app has no redirect: `grant_type="client_credentials"` alone gives the grant
        of the one seller it is linked to.
        Tokens name no seller, so the seller is asked for with the new token.
        """
        if callback.get("grant_type") == IN_HOUSE:
            grant = yield from _in_house(self.access)
        else:
            reply = yield from _token(self.access, _code_form(callback, redirect_uri))
            grant = _grant(reply)
        return ((yield from _named(grant)),)

    def renew(self, grant: Grant) -> Flow[Grant]:
        """Spend the refresh token for a new pair; an in-house app asks with its own secret."""
        if IN_HOUSE in grant.scopes:
            fresh = yield from _in_house(self.access)
        elif grant.refresh_token is None:
            raise Revoked("the grant has no refresh token")
        else:
            token = grant.refresh_token.reveal()
            form = {"grant_type": "refresh_token", "refresh_token": token}
            fresh = _grant((yield from _token(self.access, form)))
        return evolve(
            fresh,
            # A reply without a refresh token leaves the old one: it may still work.
            refresh_token=fresh.refresh_token or grant.refresh_token,
            scopes=fresh.scopes or grant.scopes,
            shop_id=self.access.shop_id or grant.shop_id,
            shop_ref=grant.shop_ref,
        )


def app_token(access: Access) -> Flow[str]:
    """Ask for the app's own token: what event queues belong to (section 7.1)."""
    return (yield from _in_house(access)).access_token.reveal()


def _in_house(access: Access) -> Flow[Grant]:
    grant = _grant((yield from _token(access, {"grant_type": IN_HOUSE})))
    return evolve(grant, scopes=(*grant.scopes, IN_HOUSE))


def _code_form(callback: Mapping[str, str], redirect_uri: str) -> dict[str, str]:
    if callback.get("error"):
        raise Forbidden(
            f"the consent page answers {callback['error']}",
            advice="Send the seller through the consent link again (`entrosdk.authorize_url`).",
        )
    if not callback.get("code"):
        raise ConfigError(
            "the redirect brought no code",
            advice="Pass the whole address the seller's browser came back to.",
        )
    if not redirect_uri:
        raise ConfigError(
            "Tiki compares `redirect_uri` with that of the consent link",
            advice="Pass the same `redirect_uri` as to `authorize_url`.",
        )
    return {
        "grant_type": "authorization_code",
        "code": callback["code"],
        "redirect_uri": redirect_uri,
    }


def _token(access: Access, form: Mapping[str, str]) -> Flow[Response]:
    """Ask the token endpoint as the app is set up there: Basic first, then the form (1.3).

    Which of the two an app must use is chosen in Tiki's console and told nowhere else; the wrong
    one is refused before the code or token is looked at.
    """
    app = access.app
    named = {**form, "client_id": app.key}
    secret = app.secret.reveal()
    try:
        return (yield from send(_post(named, basic(app.key, secret))))
    except Unauthorised as refusal:
        if refusal.context.code != "invalid_client":
            raise
    return (yield from send(_post({**named, "client_secret": secret})))


def _post(form: Mapping[str, str], *headers: tuple[str, str]) -> Request:
    # Repeating it is harmless: a code or token that was used is refused.
    return Request(
        method="POST",
        path=f"{OAUTH}token",
        headers=(("content-type", "application/x-www-form-urlencoded"), *headers),
        body=urlencode(form).encode(),
        auth=PUBLIC,
    )


def _named(grant: Grant) -> Flow[Grant]:
    """Complete a grant with its seller's id and `sid`, by which events name the seller.

    When only this fails the tokens are returned without a name: the code is spent.
    """
    request = ask(SELLER, auth=PUBLIC, headers=(bearer(grant.access_token.reveal()),))
    try:
        reply = yield from send(request)
        seller = read(Seller, reply.body)
    except (RateLimited, RemoteFault, Unreachable):
        return grant
    return evolve(grant, shop_id=seller.id, shop_ref=seller.sid or None)


def _grant(reply: Response) -> Grant:
    tokens = read(Tokens, reply.body)
    return Grant(
        access_token=Secret(tokens.access_token),
        refresh_token=Secret(tokens.refresh_token) if tokens.refresh_token else None,
        # Lifetimes are data: 1 hour in the manual, 15 days in production (section 1.4).
        # Without a time in the reply the end is unknown, and the first refusal renews the token.
        expires_at=_expiry(tokens.expires_in, _told_time(reply)),
        scopes=tuple(tokens.scope.split()),
    )


def _expiry(seconds: int, now: datetime | None) -> datetime | None:
    life = timedelta(seconds=min(seconds, _LONGEST))
    return now + life if now and life > timedelta(0) else None


def _told_time(reply: Response) -> datetime | None:
    """The moment of the reply by its own header: lifetimes count from there."""
    try:
        told = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return None
    return told.astimezone(UTC) if told.tzinfo else None
