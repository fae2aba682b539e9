"""A seller's consent: the link, the code, tokens, and the shops they cover (sections 1.2-1.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from attrs import evolve, frozen

from entrosdk.adapters.tiktok.manifest import CONSENT, CONSENT_US
from entrosdk.adapters.tiktok.sign import TOKEN_HEADER, TOKENS
from entrosdk.adapters.tiktok.wire_shop import AuthorizedShop, ShopsReply, Tokens, TokensReply
from entrosdk.domain.credentials import Grant
from entrosdk.domain.secret import Secret
from entrosdk.errors import ConfigError, EntroError, Expired, Forbidden, Revoked
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import PUBLIC, get
from entrosdk.spi.wire import read

__all__ = ["SHOPS", "Consent"]

SHOPS = "/authorization/202309/shops"

# The end of an access token is an absolute instant (quirk 2); a number this small is none.
_EPOCH = 10**9


@frozen
class Consent:
    """How a seller's consent is asked for, received and prolonged."""

    access: Access

    def authorize_url(self, redirect_uri: str, state: str, now: datetime) -> str:  # noqa: ARG002
        """Return the address to send the seller to.

        Without `App.service_id` it is the older page, which goes by the app's key.
        TikTok Shop knows the app's return address from its console and is not told it here; a
        host of our own has no console, so it is.
        """
        app = self.access.app
        query = {"service_id": app.service_id} if app.service_id else {"app_key": app.key}
        query["state"] = state
        if self._elsewhere and redirect_uri:
            query["redirect_uri"] = redirect_uri
        page = "open" if app.service_id else "oauth"
        return f"{self._consent_host(page)}/{page}/authorize?{urlencode(query)}"

    def exchange(self, callback: Mapping[str, str], redirect_uri: str) -> Flow[tuple[Grant, ...]]:  # noqa: ARG002
        """Turn what the redirect brought into grants, one for each shop the tokens cover.

        The redirect names no shop, so the shops and their ciphers are asked for at once.
        All grants of a cross-border seller begin with the same pair of tokens.
        """
        tokens = yield from self._tokens("get", auth_code=_code(callback))
        shops = yield from _shops(tokens.access_token)
        if not shops:
            raise Forbidden(
                "the consent covers no shop",
                advice="Let the owner of an active shop consent, not a creator or a partner.",
            )
        return tuple(_grant(tokens, shop.id, shop.cipher) for shop in shops)

    def renew(self, grant: Grant) -> Flow[Grant]:
        """Get a new pair of tokens; a grant that only lacks its cipher is given that.

        Whether the old pair lives on is not established (section 1.3): only the new one is used.
        """
        if not grant.shop_ref and grant.access_token:
            completed = yield from self._completed(grant)
            if completed is not None:
                return completed
        if grant.refresh_token is None:
            raise Revoked("the grant has no refresh token")
        tokens = yield from self._tokens("refresh", refresh_token=grant.refresh_token.reveal())
        renewed = _grant(tokens, self._shop_id(grant), grant.shop_ref)
        if renewed.shop_ref:
            return renewed
        try:
            completed = yield from self._completed(renewed)
        except EntroError:  # the refresh token is spent: the new pair must not get lost
            return renewed
        return completed or renewed

    def _tokens(self, what: str, **spent: str) -> Flow[Tokens]:
        # Repeating an exchange is harmless: a code that was used is refused.
        grant_type = "authorized_code" if what == "get" else "refresh_token"
        request = get(f"{TOKENS}{what}", {**spent, "grant_type": grant_type}, auth=PUBLIC)
        reply = yield from send(request)
        return read(TokensReply, reply.body).data

    def _completed(self, grant: Grant) -> Flow[Grant | None]:
        """Look up the shop's cipher; `None` when the token ran out."""
        try:
            shops = yield from _shops(grant.access_token.reveal())
        except Expired:
            return None
        wanted = self._shop_id(grant)
        cipher = next((shop.cipher for shop in shops if shop.id == wanted), None)
        if cipher is None:
            raise Revoked(f"the seller's consent does not cover shop {wanted}")
        return evolve(grant, shop_id=wanted, shop_ref=cipher)

    def _shop_id(self, grant: Grant) -> str:
        return self.access.shop_id or grant.shop_id or ""

    @property
    def _elsewhere(self) -> bool:
        return bool(self.access.auth_url or self.access.base_url)

    def _consent_host(self, page: str) -> str:
        if self._elsewhere or page == "oauth":
            return self.access.auth
        return CONSENT_US if self.access.region.code == "US" else CONSENT


def _code(callback: Mapping[str, str]) -> str:
    """Read the code; one who refuses comes back with `code=null` and an error (section 1.2)."""
    if callback.get("error"):
        raise Revoked("the seller did not consent")
    code = callback.get("code") or callback.get("auth_code") or ""
    if code in {"", "null"}:
        raise ConfigError(
            "the redirect brought no code",
            advice="Pass the whole address the seller's browser came back to.",
        )
    return code


def _shops(access_token: str) -> Flow[Sequence[AuthorizedShop]]:
    # The token is not part of any stored grant yet, so the request brings it along.
    headers = ((TOKEN_HEADER, access_token),)
    reply = yield from send(get(SHOPS, headers=headers, auth=PUBLIC))
    return read(ShopsReply, reply.body).data.shops


def _grant(tokens: Tokens, shop_id: str, cipher: str | None) -> Grant:
    ends: dict[str, Any] = {
        "expires_at": _instant(tokens.access_token_expire_in),
        "refresh_expires_at": _instant(tokens.refresh_token_expire_in),
    }
    return Grant(
        access_token=Secret(tokens.access_token),
        refresh_token=Secret(tokens.refresh_token),
        shop_id=shop_id or None,
        shop_ref=cipher,
        scopes=tokens.granted_scopes,
        **ends,
    )


def _instant(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds > _EPOCH else None
