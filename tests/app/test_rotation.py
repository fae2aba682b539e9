"""The installation's key is replaced by a command; everything opens at every moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from entrosdk import Grant, Secret
from entrosdk.errors import ConfigError
from entrosdk.runtime.stores.seal import new_key
from reference_app import samples
from reference_app.keys import read_keys, write_keys
from reference_app.records.models import Order
from reference_app.records.private import opened
from reference_app.rights import rotation
from reference_app.rights.registry import MERCHANTS_OWN, SEALED
from reference_app.stores.models import Store
from reference_app.stores.vault import DjangoStore
from reference_app.tenants.models import Merchant, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, settings: Any) -> Path:
    """Keep the ring in a file of the test's own."""
    settings.KEYS_FILE = tmp_path / "secrets.key"
    write_keys(settings.KEYS_FILE, [new_key()])
    return settings.KEYS_FILE


@pytest.fixture
def filled(keys: Path, merchant: Merchant) -> Store:
    """Return a store with a grant and orders, sealed with the ring's only key."""
    store = samples.store(merchant)
    samples.fill(store, orders=3)
    for number in range(5):
        grant = Grant(access_token=Secret(f"t{number}"))
        assert DjangoStore(store).save(f"k{number}", grant, 0)
    return store


def readable(store: Store) -> list[Any]:
    """Open everything that is sealed."""
    fresh = Store.objects.select_related("merchant").get(pk=store.pk)
    grants = [DjangoStore(fresh).load(f"k{number}") for number in range(5)]
    tokens = [stored.grant.access_token.reveal() for stored in grants if stored]
    order = Order.objects.filter(store=store, private__isnull=False).first()
    assert order is not None
    facts = opened(order)
    return [fresh.app().secret.reveal(), tokens, facts is not None and facts["recipient"]["name"]]


class Killed(BaseException):
    """What ends a process in the middle."""


def test_everything_opens_before_in_the_middle_and_after(filled: Store, keys: Path) -> None:
    """A rotation that dies in the middle leaves both keys at work; the next run ends it."""
    before, first = readable(filled), read_keys(keys)

    def die(_name: str, done: int) -> None:
        if done == 4:
            raise Killed

    write_keys(keys, [new_key(), *first])
    with pytest.raises(Killed):
        rotation.reseal(die)
    left = sum(rotation.old_ones().values())
    assert (readable(filled), left) == (before, 3)
    with pytest.raises(CommandError, match="still in use"):
        call_command("rotate_keys", "--drop-old")
    call_command("rotate_keys")
    assert (len(read_keys(keys)), rotation.old_ones()) == (2, {})
    call_command("rotate_keys", "--drop-old")
    assert (readable(filled), len(read_keys(keys)), read_keys(keys) == first) == (before, 1, False)


def test_the_old_key_opens_nothing_afterwards(filled: Store, keys: Path) -> None:
    """Whoever has the old key and the database has nothing."""
    old = read_keys(keys)
    call_command("rotate_keys")
    call_command("rotate_keys", "--drop-old")
    write_keys(keys, old)
    with pytest.raises(ConfigError):
        readable(filled)


def test_a_grant_that_is_renewed_meanwhile_is_not_overwritten(filled: Store, keys: Path) -> None:
    """What a worker saves during the rotation stays, and is sealed with the new key."""
    write_keys(keys, [new_key(), *read_keys(keys)])
    renewed = []

    def renew(_name: str, _done: int) -> None:
        if not renewed:
            renewed.append(DjangoStore(filled).save("k4", Grant(access_token=Secret("new")), 1))

    rotation.reseal(renew)
    stored = DjangoStore(filled).load("k4")
    assert stored is not None
    assert (stored.grant.access_token.reveal(), rotation.old_ones()) == ("new", {})


def test_a_running_process_knows_the_new_key_at_once(merchant: Merchant, keys: Path) -> None:
    """No restart is needed for a process to open what was sealed with a key it did not know."""
    assert merchant.seal()
    write_keys(keys, [new_key(), *read_keys(keys)])
    rotation.reseal()
    assert Merchant.objects.get(pk=merchant.pk).seal()
    fresh = Merchant.objects.create(name="Tiệm Mai")
    assert rotation.old_ones() == {}
    assert fresh.seal()


def test_a_ring_from_the_environment_says_what_to_do(settings: Any, merchant: Merchant) -> None:
    """With one key in the environment the command names the next step and changes nothing."""
    settings.KEYS_FILE = None
    with pytest.raises(CommandError, match="ENTRO_SECRETS_KEY"):
        call_command("rotate_keys")


def test_every_sealed_column_is_known_to_the_rotation() -> None:
    """A column that is sealed is sealed anew, or is sealed with a merchant's own key."""
    columns = {
        (model._meta.label_lower, field.attname)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if "sealed" in field.attname
    }
    assert columns == set(SEALED) | MERCHANTS_OWN


@pytest.mark.skipif(not apps.is_installed("allauth.mfa"), reason="no second factors here")
def test_second_factors_are_sealed_anew_too(owner: User) -> None:
    """Secrets inside the library's JSON column open under the new key alone."""
    from reference_app.tenants.adapter import FactorAdapter

    factors = apps.get_model("mfa.authenticator").objects
    secret = FactorAdapter().encrypt("JBSWY3DPEHPK3PXP")
    factors.create(user=owner, type="totp", data={"secret": secret})
    call_command("rotate_keys")
    call_command("rotate_keys", "--drop-old")
    kept = factors.get().data["secret"]
    assert (kept != secret, FactorAdapter().decrypt(kept)) == (True, "JBSWY3DPEHPK3PXP")
