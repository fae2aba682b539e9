"""A seller's consent: the link, the code, tokens that rotate (manual 1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from attrs import frozen
from entrosdk.domain.credentials import Grant
from entrosdk.domain.secret import Secret
from entrosdk.errors import ConfigError, Revoked
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import PUBLIC, post
from entrosdk.spi.wire import instant, read

from entrosdk_mymarket.wire import Tokens

__all__ = ["Consent"]


@frozen
class Consent:
    """How a seller's consent is asked for, received and prolonged."""

    access: Access

    def authorize_url(self, redirect_uri: str, state: str, now: datetime) -> str:
        """Return the address to send the seller to; `now` is for links that are signed."""
        query = {"app_key": self.access.app.key, "redirect_uri": redirect_uri, "state": state}
        return f"{self.access.auth}/oauth/authorize?{urlencode(query)}"

    def exchange(self, callback: Mapping[str, str], redirect_uri: str) -> Flow[tuple[Grant, ...]]:
        """Turn the code that the redirect brought into the shop's grant."""
        if not callback.get("code"):
            raise ConfigError(
                "the redirect brought no code",
                advice="Pass the whole address the seller's browser came back to.",
            )
        code = callback["code"]
        grant = yield from self._tokens("code", code=code, redirect_uri=redirect_uri)
        return (grant,)

    def renew(self, grant: Grant) -> Flow[Grant]:
        """Spend the refresh token for a new pair."""
        if grant.refresh_token is None:
            raise Revoked("the grant has no refresh token")
        return (yield from self._tokens("refresh", refresh_token=grant.refresh_token.reveal()))

    def _tokens(self, kind: str, **given: str) -> Flow[Grant]:
        app = self.access.app
        form = {"kind": kind, "app_key": app.key, "app_secret": app.secret.reveal(), **given}
        reply = yield from send(post("/oauth/token", form, auth=PUBLIC))
        tokens = read(Tokens, reply.body)
        return Grant(
            access_token=Secret(tokens.access_token),
            refresh_token=Secret(tokens.refresh_token),
            expires_at=instant(tokens.expires_at),
            refresh_expires_at=instant(tokens.refresh_expires_at),
            shop_id=tokens.shop_id,
        )
