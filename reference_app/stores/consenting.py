"""A seller's consent: from our button over the marketplace's page back to a connected store.

What is asked for waits in the visitor's session under a random state, one for each marketplace:
whoever comes back without it, late, twice, in another session or for another business is sent
away before the code is looked at.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

from attrs import frozen

from entrosdk import Grant, authorize_url, exchange_code
from entrosdk.errors import EntroError, Rejected, Revoked, Unauthorised
from reference_app.stores import connecting
from reference_app.stores.connecting import Claim
from reference_app.stores.ownapps import OwnApp

__all__ = ["LIFE", "Asked", "Refusal", "begin", "claims", "finish"]

LIFE = timedelta(minutes=15)
_PLACE = "consents"


class Refusal(Exception):
    """Why nothing came of a consent; `reason` is a key of `consent_views.WORDS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@frozen
class Asked:
    """What was asked for: a new store, or with `store` consent anew for that one."""

    merchant: int
    store: int | None = None


def begin(
    session: MutableMapping[str, Any],
    marketplace: str,
    own: OwnApp,
    asked: Asked,
    *,
    back: str,
    now: datetime,
) -> str:
    """Return the consent page's address; `back` is where the seller comes back to.

    An earlier question to the same marketplace is forgotten.
    """
    state = secrets.token_urlsafe(32)
    waiting = {
        "state": state,
        "merchant": asked.merchant,
        "store": asked.store,
        "until": (now + LIFE).timestamp(),
    }
    session[_PLACE] = {**session.get(_PLACE, {}), marketplace: waiting}
    return authorize_url(
        marketplace, app=own.app, redirect_uri=back, state=state, **_addresses(own)
    )


def finish(
    session: MutableMapping[str, Any],
    marketplace: str,
    came: Mapping[str, str],
    merchant: int,
    now: datetime,
) -> Asked:
    """Return what was asked for, once; raises `Refusal` for a state that is not ours.

    A forged state leaves the question that waits alone: a stranger's link must not end it.
    """
    waiting = session.get(_PLACE, {}).get(marketplace)
    given = came.get("state", "")
    if waiting is None or not compare_digest(given.encode(), waiting["state"].encode()):
        raise Refusal("state")
    session[_PLACE] = {name: one for name, one in session[_PLACE].items() if name != marketplace}
    if now.timestamp() > waiting["until"]:
        raise Refusal("late")
    if waiting["merchant"] != merchant:
        raise Refusal("state")
    if came.get("error") or came.get("code", came.get("auth_code", "")) in {"", "null"}:
        raise Refusal("denied")
    return Asked(waiting["merchant"], waiting["store"])


def claims(
    marketplace: str,
    own: OwnApp,
    came: Mapping[str, str],
    *,
    back: str,
    shop_id: str | None,
    sync_from: datetime,
) -> Sequence[Claim]:
    """Spend the code; returns a claim for each shop that it covers.

    With `shop_id` it must cover that shop, and only that one is returned. Raises `Refusal` for a
    code that is spent or for another shop, and the SDK's errors when the marketplace is down.
    """
    try:
        grants = exchange_code(
            marketplace,
            app=own.app,
            callback=came,
            redirect_uri=back,
            timeout=connecting.PATIENCE,
            policy=connecting.POLICY,
            limiter=connecting.limiter_of(marketplace, own.app.key),
            **_addresses(own),
        )
    except EntroError as error:
        if _spent(error):
            raise Refusal("code") from error
        raise
    named = [grant for grant in grants if grant.shop_id]
    if shop_id is not None:
        named = [grant for grant in named if grant.shop_id == shop_id]
    if not named:
        raise Refusal("other" if shop_id is not None else "code")
    return [_claim(marketplace, own, grant, sync_from) for grant in named]


def _claim(marketplace: str, own: OwnApp, grant: Grant, sync_from: datetime) -> Claim:
    return Claim(
        marketplace=marketplace,
        shop_id=grant.shop_id or "",
        app=own.app,
        grant=grant,
        base_url=own.base_url,
        auth_url=own.auth_url,
        sync_from=sync_from,
    )


def _spent(error: EntroError) -> bool:
    """Say whether the code was refused, rather than us: our own key's trouble is told as it is."""
    return isinstance(error, Rejected | Revoked) or type(error) is Unauthorised


def _addresses(own: OwnApp) -> dict[str, Any]:
    return {"base_url": own.base_url or None, "auth_url": own.auth_url or None}
