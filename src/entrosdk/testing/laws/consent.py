"""Consent and renewal."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from entrosdk.engine.events import Renewed
from entrosdk.errors import EntroError, Revoked, Unauthorised
from entrosdk.runtime.stores.memory import MemoryStore
from entrosdk.spi.manifest import Capability
from entrosdk.testing.bench import Bench
from entrosdk.testing.rules import rule

# Rules are made of assertions: that is what a test kit is for.


@rule("consent.link")
def link(bench: Bench) -> None:
    """The consent link leads to the marketplace and back, carries `state` unchanged, no secret."""
    callback = bench.consent()
    query = parse_qs(urlsplit(callback).query)
    assert callback.startswith("https://erp.example.com/back")
    assert query.get("state") == ["state-of-7"]
    assert not any(secret in callback for secret in bench.secrets())


@rule("consent.exchange", Capability.SHOP_INFO)
def exchange(bench: Bench) -> None:
    """What the redirect brought becomes a grant that names its shop and works."""
    grants = bench.exchange(bench.consent())
    mine = [grant for grant in grants if grant.shop_id == bench.store()["shop_id"]]
    assert len(mine) == 1, "one grant names the shop that consented"
    with bench.shop(grant=mine[0]) as shop:
        assert shop.info().id == bench.store()["shop_id"]


@rule("consent.code-once")
def code_once(bench: Bench) -> None:
    """A code works once; used again it is refused with a typed error, not with nonsense."""
    callback = bench.consent()
    bench.exchange(callback)
    try:
        bench.exchange(callback)
    except EntroError as error:
        assert error.advice
    else:
        raise AssertionError("a code was exchanged twice")


@rule("consent.renew-once", Capability.SHOP_INFO)
def renew_once(bench: Bench) -> None:
    """An expired token is renewed once, stored before it is used, and the call then succeeds."""
    keeper = MemoryStore()
    with bench.shop(store=keeper) as shop:
        bench.fault("expire_token", times=1)
        assert shop.info().id == bench.store()["shop_id"]
        renewals = [event for event in bench.log if isinstance(event, Renewed)]
        stored = keeper.load(bench.key)
    assert len(renewals) == 1
    assert stored is not None
    assert stored.version == 2
    assert stored.grant.access_token.reveal() != bench.store()["access_token"]
    assert stored.grant.expires_at is not None, "the reply's own lifetime was not kept"
    assert stored.grant.expires_at > bench.clock()


@rule("consent.revoked", Capability.SHOP_INFO)
def revoked(bench: Bench) -> None:
    """Withdrawn consent is `Revoked`, says to send the seller through the link, names the shop."""
    bench.fault("revoke")
    with bench.shop() as shop:
        try:
            shop.info()
        except Revoked as error:
            assert error.context.shop == bench.store()["shop_id"]
            assert "consent" in error.advice or "authori" in error.advice.lower()
        else:
            raise AssertionError("a shop without consent was read")


@rule("consent.wrong-key", Capability.SHOP_INFO)
def wrong_key(bench: Bench) -> None:
    """A wrong app secret or token is `Unauthorised` in one of its kinds, after one request."""
    from entrosdk.domain.credentials import App, Grant  # noqa: PLC0415 - only this rule
    from entrosdk.domain.secret import Secret  # noqa: PLC0415

    wrong = App(bench.store()["app_key"], secret=Secret("not-the-secret"))
    grant = Grant(access_token=Secret("not-a-token"), shop_id=bench.store()["shop_id"])
    with bench.shop(app=wrong, grant=grant) as shop:
        try:
            shop.info()
        except Unauthorised as error:
            assert error.context.marketplace == bench.manifest.name
        else:
            raise AssertionError("a wrong key was believed")
