"""Reaching a store through the SDK, and checking credentials before they are kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import tenacity
from attrs import frozen
from django.db import transaction
from django.utils import timezone

from entrosdk import (
    App,
    Grant,
    Limiter,
    MemoryStore,
    Policy,
    Secret,
    ShopInfo,
    connect,
    grant_key,
)
from entrosdk.registry import find
from reference_app.billing import limits, storing
from reference_app.stores.models import Credential, Store
from reference_app.stores.vault import DjangoStore
from reference_app.tenants.models import Merchant

__all__ = [
    "PATIENCE",
    "POLICY",
    "Claim",
    "Tested",
    "check",
    "claim_of",
    "keep",
    "look",
    "reach",
    "reauthorise",
]

# A person waits: give up sooner than a job would.
PATIENCE = 10.0
POLICY = Policy(stop=tenacity.stop_after_attempt(2), longest_wait=3.0)


@frozen(kw_only=True)
class Claim:
    """What somebody says connects a shop."""

    marketplace: str
    shop_id: str
    app: App
    grant: Grant
    base_url: str = ""
    auth_url: str = ""
    region: str = "VN"
    name: str = ""
    sync_from: datetime | None = None


@frozen
class Tested:
    """A claim the marketplace agrees to, with the grant as it stands after the check.

    `skew` is the marketplace's clock less ours.
    """

    claim: Claim
    info: ShopInfo
    grant: Grant
    skew: timedelta = timedelta(0)


def reach(store: Store) -> dict[str, Any]:
    """Return the keywords with which `connect` and `connect_async` reach a kept store."""
    return {
        "app": store.app(),
        "shop_id": store.shop_id,
        "store": DjangoStore(store),
        "limiter": limiter_of(store.marketplace, store.app_key),
        "region": store.region,
        "base_url": store.base_url or None,
        "auth_url": store.auth_url or None,
    }


@cache
def limiter_of(marketplace: str, app_key: str) -> Limiter:
    """Return the limiter that all stores of one app share in this process."""
    return Limiter(guessed=find(marketplace).manifest.limits)


def claim_of(facts: dict[str, Any]) -> Claim:
    """Read a claim from the keys of the SDK's stores.toml."""
    push, refresh = facts.get("push_secret"), facts.get("refresh_token")
    return Claim(
        marketplace=facts["marketplace"],
        shop_id=str(facts["shop_id"]),
        name=facts.get("name") or "",
        base_url=facts.get("base_url") or "",
        auth_url=facts.get("auth_url") or "",
        sync_from=facts.get("sync_from"),
        app=App(
            facts["app_key"],
            secret=Secret(facts["app_secret"]),
            push_secret=Secret(push) if push else None,
        ),
        grant=Grant(
            access_token=Secret(facts["access_token"]),
            refresh_token=Secret(refresh) if refresh else None,
            shop_id=str(facts["shop_id"]),
        ),
    )


def check(claim: Claim) -> Tested:
    """Ask the marketplace who the shop is; raises the SDK's errors.

    The check may renew the tokens, and refresh tokens work once: keep the grant it returns.
    """
    keeper = MemoryStore()
    with connect(
        claim.marketplace,
        app=claim.app,
        shop_id=claim.shop_id,
        grant=claim.grant,
        store=keeper,
        region=claim.region,
        base_url=claim.base_url or None,
        auth_url=claim.auth_url or None,
        timeout=PATIENCE,
        policy=POLICY,
    ) as shop:
        info = shop.info()
        skew = shop.now() - timezone.now()
    stored = keeper.load(grant_key(claim.marketplace, claim.app, claim.shop_id))
    return Tested(claim, info, stored.grant if stored else claim.grant, skew)


def look(store: Store) -> None:
    """Ask about a kept store and write down what was told; raises the SDK's errors."""
    with connect(store.marketplace, **reach(store), timeout=PATIENCE, policy=POLICY) as shop:
        info = shop.info()
        skew = shop.now() - timezone.now()
    kept = DjangoStore(store).load(grant_key(store.marketplace, store.app(), store.shop_id))
    grant = kept.grant if kept else Grant(access_token=Secret(""))
    checked = _facts(info, grant, skew, timezone.now())
    Store.objects.filter(pk=store.pk).update(checked=checked, consent_until=info.consent_until)


def keep(merchant: Merchant, tested: Tested) -> Store:
    """Connect the store, or bring one that was disconnected back to life with its history.

    Raises `IntegrityError` when the shop is connected elsewhere in this installation, and
    `PlanFull` when the plan allows no more stores.
    """
    claim, info = tested.claim, tested.info
    with transaction.atomic():
        store = Store.objects.filter(
            merchant=merchant, marketplace=claim.marketplace, shop_id=claim.shop_id
        ).first() or Store(merchant=merchant, marketplace=claim.marketplace, shop_id=claim.shop_id)
        store.name = (claim.name or info.name or claim.shop_id)[:120]
        store.region, store.currency = info.region or claim.region, info.currency or "VND"
        store.base_url, store.auth_url = claim.base_url, claim.auth_url
        store.sync_from = claim.sync_from or store.sync_from
        return _take_over(store, tested, "connected")


def reauthorise(store: Store, tested: Tested) -> Store:
    """Give a store new credentials and let its jobs run again."""
    # Another app may live at another address than the one before it.
    store.base_url, store.auth_url = tested.claim.base_url, tested.claim.auth_url
    with transaction.atomic():
        return _take_over(store, tested, "person")


def _take_over(store: Store, tested: Tested, trigger: str) -> Store:
    claim = tested.claim
    if store.pk is None or store.state not in storing.COUNTED:
        limits.take_place(store.merchant)
    store.keep_app(claim.app)
    store.state, store.trouble, store.disconnected_at = Store.State.ACTIVE, "", None
    store.consent_until, store.consent_told = tested.info.consent_until, None
    store.checked = _facts(tested.info, tested.grant, tested.skew, timezone.now())
    store.next_run_at, store.next_trigger = timezone.now(), trigger
    store.save()
    Credential.objects.filter(store=store).delete()
    key = grant_key(store.marketplace, claim.app, store.shop_id)
    DjangoStore(store).save(key, tested.grant, 0)
    limits.note_shop(store.merchant)
    return store


def _facts(info: ShopInfo, grant: Grant, skew: timedelta, at: datetime) -> dict[str, Any]:
    """Return what is kept of a check; `skew` is the marketplace's clock less ours."""
    return {
        "name": info.name,
        "region": info.region,
        "currency": info.currency,
        "status": info.status,
        "scopes": list(grant.scopes),
        "token_until": grant.expires_at.isoformat() if grant.expires_at else "",
        "skew_seconds": round(skew.total_seconds()),
        "at": at.isoformat(),
    }
