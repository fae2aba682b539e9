"""A seller's consent: the link, the code, and tokens that rotate (fact book sections 1.2, 1.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

from attrs import frozen

from entrosdk.adapters.lazada.ask import tell
from entrosdk.adapters.lazada.sign import auth_host
from entrosdk.adapters.lazada.wire import Seller, Tokens
from entrosdk.domain.credentials import Grant
from entrosdk.domain.secret import Secret
from entrosdk.errors import ConfigError, Revoked
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import PUBLIC, Response
from entrosdk.spi.wire import read

__all__ = ["Consent"]


@frozen
class Consent:
    """How a shop's consent is asked for, received and prolonged."""

    access: Access

    def authorize_url(self, redirect_uri: str, state: str, now: datetime) -> str:  # noqa: ARG002
        """Return the address to send the seller to.

        `redirect_uri` must equal the app's callback byte for byte; the seller logs in anew, so
        that an open session of another shop is not taken by mistake.
        """
        query = {
            "response_type": "code",
            "force_auth": "true",
            "redirect_uri": redirect_uri,
            "client_id": self.access.app.key,
            "country": self.access.region.code.lower(),
            "state": state,
        }
        return f"{auth_host(self.access)}/oauth/authorize?{urlencode(query)}"

    def exchange(self, callback: Mapping[str, str], redirect_uri: str) -> Flow[tuple[Grant, ...]]:  # noqa: ARG002
        """Turn what the redirect brought into grants, one for each country's shop.

        A local seller has one; a cross-border account has one in each of its countries, and they
        share one pair of tokens. `shop_ref` is the country.
        """
        code = callback.get("code")
        if not code:
            raise ConfigError(
                "the redirect brought no code",
                advice="Pass the whole address the seller's browser came back to.",
            )
        # Repeating an exchange is harmless: a code that was used is refused.
        reply = yield from send(tell("/auth/token/create", {"code": code}, auth=PUBLIC))
        tokens = read(Tokens, reply.body)
        return tuple(_grant(tokens, one.seller_id, one, reply) for one in _sellers(tokens))

    def renew(self, grant: Grant) -> Flow[Grant]:
        """Spend the refresh token for a new pair.

        The refresh token's own end does not move (quirk 17), so one day the seller is asked again.
        """
        if grant.refresh_token is None:
            raise Revoked("the grant has no refresh token")
        body = {"refresh_token": grant.refresh_token.reveal()}
        # A lost reply may have spent the token; asking again is still the best there is.
        reply = yield from send(tell("/auth/token/refresh", body, auth=PUBLIC))
        tokens = read(Tokens, reply.body)
        shop_id = self.access.shop_id or grant.shop_id or ""
        own = (one for one in tokens.sellers if one.seller_id == shop_id)
        return _grant(tokens, shop_id, next(own, Seller(country=grant.shop_ref or "")), reply)


def _sellers(tokens: Tokens) -> tuple[Seller, ...]:
    # Should a reply name no shop, the tokens are still not thrown away: the code is spent.
    return tokens.sellers or (Seller(country=tokens.country),)


def _grant(tokens: Tokens, shop_id: str, seller: Seller, reply: Response) -> Grant:
    now = _told_time(reply)
    # A `refresh_expires_in` of 0 says that there is no renewal (section 1.3).
    renewable = bool(tokens.refresh_token) and tokens.refresh_expires_in != 0
    return Grant(
        access_token=Secret(tokens.access_token),
        refresh_token=Secret(tokens.refresh_token) if renewable else None,
        expires_at=_after(now, tokens.expires_in),
        refresh_expires_at=_after(now, tokens.refresh_expires_in),
        shop_id=shop_id or None,
        shop_ref=(seller.country or tokens.country).lower() or None,
    )


def _after(now: datetime | None, seconds: int | None) -> datetime | None:
    # Documents disagree about lifetimes, so only the reply counts; without a time in it the end
    # is unknown, and the first refusal renews the token.
    return now + timedelta(seconds=seconds) if now and seconds else None


def _told_time(reply: Response) -> datetime | None:
    """The moment of the reply by its own header: lifetimes count from there."""
    try:
        told = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return None
    return told.astimezone(UTC) if told.tzinfo else None
