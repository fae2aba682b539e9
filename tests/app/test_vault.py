"""Credentials and keys at rest."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from entrosdk import Grant, Secret
from entrosdk.errors import ConfigError
from reference_app import samples
from reference_app.keys import secret_keys
from reference_app.stores.models import Credential, Store
from reference_app.stores.vault import DjangoStore

pytestmark = pytest.mark.django_db
GRANT = Grant(access_token=Secret("access-one"), refresh_token=Secret("refresh-one"))
NEXT = Grant(access_token=Secret("access-two"), refresh_token=Secret("refresh-two"))


def test_a_grant_comes_back(store: Store) -> None:
    """A saved grant loads as it was, at version 1."""
    vault = DjangoStore(store)
    vault.save("key", GRANT, 0)
    stored = vault.load("key")
    assert stored is not None
    assert (stored.grant, stored.version) == (GRANT, 1)


def test_nothing_is_there_at_first(store: Store) -> None:
    """An unknown key loads as nothing."""
    assert DjangoStore(store).load("key") is None


def test_the_first_of_two_writers_wins(store: Store) -> None:
    """Compare-and-set: a writer that saw an older version changes nothing."""
    vault = DjangoStore(store)
    vault.save("key", GRANT, 0)
    won = vault.save("key", NEXT, 1)
    lost = vault.save("key", GRANT, 1)
    late = vault.save("key", GRANT, 0)
    stored = vault.load("key")
    assert won is not None
    assert stored is not None
    assert (won.version, lost, late, stored.grant) == (2, None, None, NEXT)


def test_a_deleted_grant_is_gone(store: Store) -> None:
    """Deleting forgets the grant."""
    vault = DjangoStore(store)
    vault.save("key", GRANT, 0)
    vault.delete("key")
    assert vault.load("key") is None


def test_tokens_are_sealed(store: Store) -> None:
    """No token stands in the table in clear text."""
    DjangoStore(store).save("key", GRANT, 0)
    assert "access-one" not in Credential.objects.get().sealed


def test_a_grant_copied_to_another_store_does_not_open(store: Store) -> None:
    """A sealed grant belongs to its row."""
    DjangoStore(store).save("key", GRANT, 0)
    thief = samples.store(store.merchant, "lazada", "2002")
    Credential.objects.update(store=thief)
    with pytest.raises(ConfigError):
        DjangoStore(thief).load("key")


def test_the_key_file_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key in the environment a 0600 file is made once and read afterwards."""
    monkeypatch.delenv("ENTRO_SECRETS_KEY", raising=False)
    first, second = secret_keys(tmp_path), secret_keys(tmp_path)
    mode = stat.S_IMODE((tmp_path / "secrets.key").stat().st_mode)
    assert (first, mode) == (second, 0o600)


def test_a_key_ring_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several keys are read in their order, and no file is made."""
    monkeypatch.setenv("ENTRO_SECRETS_KEY", "new, old")
    keys = secret_keys(tmp_path)
    assert ([key.reveal() for key in keys], list(tmp_path.iterdir())) == (["new", "old"], [])
