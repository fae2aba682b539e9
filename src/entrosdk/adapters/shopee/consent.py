"""A seller's consent: the link, the code, and tokens that rotate (fact book sections 1.3-1.5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

from attrs import frozen

from entrosdk.adapters.shopee.sign import signature
from entrosdk.adapters.shopee.wire import Tokens
from entrosdk.domain.credentials import Grant
from entrosdk.domain.secret import Secret
from entrosdk.errors import ConfigError, Revoked
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.request import PUBLIC, Response, post
from entrosdk.spi.wire import read

__all__ = ["Consent"]

_REFRESH_LIFE = timedelta(days=30)
_EPOCH = 10**9  # one sample shows an instant where seconds belong (section 1.4)
_LEGACY_PATH = "/api/v2/shop/auth_partner"


@frozen
class Consent:
    """How a shop's consent is asked for, received and prolonged."""

    access: Access

    def authorize_url(self, redirect_uri: str, state: str, now: datetime) -> str:  # noqa: ARG002
        """Return the address to send the seller to: the present form, which carries no sign."""
        query = {
            "partner_id": self.access.app.key,
            "auth_type": "seller",
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "state": state,
        }
        return f"{self.access.auth}/auth?{urlencode(query)}"

    def legacy_authorize_url(self, redirect_uri: str, state: str, now: datetime) -> str:
        """Return the older, signed form, which lives five minutes.

        It knows no `state`, so that travels in the query of `redirect_uri`.
        """
        app, stamp = self.access.app, int(now.timestamp())
        glue = "&" if "?" in redirect_uri else "?"
        query = {
            "partner_id": app.key,
            "timestamp": str(stamp),
            "sign": signature(app.secret.reveal(), app.key, _LEGACY_PATH, stamp),
            "redirect": redirect_uri + (glue + urlencode({"state": state}) if state else ""),
        }
        return f"{self.access.api}{_LEGACY_PATH}?{urlencode(query)}"

    def exchange(self, callback: Mapping[str, str], redirect_uri: str) -> Flow[tuple[Grant, ...]]:  # noqa: ARG002
        """Turn what the redirect brought into grants, one for each shop the code covers.

        A main account's first refresh token may be used once for each of its shops, so all
        grants begin with the same pair.
        """
        holder = _granted_by(callback)
        body = {"code": callback["code"], "partner_id": _partner(self.access), **holder}
        # Repeating an exchange is harmless: a code that was used is refused.
        reply = yield from send(post("/api/v2/auth/token/get", body, auth=PUBLIC))
        tokens = read(Tokens, reply.body)
        shops = tokens.shop_id_list or tuple(
            str(number) for name, number in holder.items() if name == "shop_id"
        )
        return tuple(_grant(tokens, shop_id, reply) for shop_id in shops)

    def renew(self, grant: Grant) -> Flow[Grant]:
        """Spend the refresh token for a new pair; the old access token lives five minutes more."""
        if grant.refresh_token is None:
            raise Revoked("the grant has no refresh token")
        shop_id = self.access.shop_id or grant.shop_id or ""
        body = {
            "refresh_token": grant.refresh_token.reveal(),
            "partner_id": _partner(self.access),
            "shop_id": _number(shop_id, "shop_id"),
        }
        # A lost reply may have spent the token; asking again is still the best there is, since
        # Shopee may answer a repeat with the same new pair (section 1.5).
        reply = yield from send(post("/api/v2/auth/access_token/get", body, auth=PUBLIC))
        return _grant(read(Tokens, reply.body), shop_id, reply)


def _granted_by(callback: Mapping[str, str]) -> dict[str, int]:
    """Return who granted: a shop account or a main account, by its id."""
    if not callback.get("code"):
        raise ConfigError(
            "the redirect brought no code",
            advice="Pass the whole address the seller's browser came back to.",
        )
    for name in ("shop_id", "main_account_id"):
        if callback.get(name):
            return {name: _number(callback[name], name)}
    raise ConfigError("the redirect brought neither `shop_id` nor `main_account_id`")


def _partner(access: Access) -> int:
    return _number(access.app.key, "partner_id")


def _number(text: str, name: str) -> int:
    # JSON typing is strict here: an id sent as text is refused (section 2.3).
    if not text.isdecimal():
        raise ConfigError(f"`{name}` is no number; Shopee's ids are")
    return int(text)


def _grant(tokens: Tokens, shop_id: str, reply: Response) -> Grant:
    now = _told_time(reply)
    return Grant(
        access_token=Secret(tokens.access_token),
        refresh_token=Secret(tokens.refresh_token),
        expires_at=_expiry(tokens.expire_in, now),
        refresh_expires_at=now + _REFRESH_LIFE if now else None,
        shop_id=shop_id,
    )


def _expiry(expire_in: int, now: datetime | None) -> datetime | None:
    if expire_in > _EPOCH:
        return datetime.fromtimestamp(expire_in, UTC)
    # Without a time in the reply the end is unknown, and the first refusal renews the token.
    return now + timedelta(seconds=expire_in) if now and expire_in else None


def _told_time(reply: Response) -> datetime | None:
    """The moment of the reply by its own header: lifetimes count from there."""
    try:
        told = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return None
    return told.astimezone(UTC) if told.tzinfo else None
