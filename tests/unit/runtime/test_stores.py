"""Credential stores: one law for all of them."""

from __future__ import annotations

import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from entrosdk.domain.credentials import Grant
from entrosdk.domain.secret import Secret
from entrosdk.errors import ConfigError
from entrosdk.runtime.ports import Store
from entrosdk.runtime.stores.file import FileStore
from entrosdk.runtime.stores.memory import MemoryStore
from entrosdk.runtime.stores.seal import Seal, new_key
from entrosdk.runtime.stores.sql import SqlStore
from tests.toymarket import grant

KEY = new_key()
FULL = Grant(
    access_token=Secret("access-seen-nowhere"),
    refresh_token=Secret("refresh-seen-nowhere"),
    expires_at=datetime(2026, 11, 24, 9, tzinfo=UTC),
    refresh_expires_at=datetime(2026, 12, 24, tzinfo=UTC),
    shop_id="226518001",
    shop_ref="cipher",
    scopes=("order", "product"),
)


@pytest.fixture(params=["memory", "file", "sql"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Open the same store again and again (memory: one)."""
    memory = MemoryStore()
    makers: dict[str, Callable[[], Store]] = {
        "memory": lambda: memory,
        "file": lambda: FileStore(tmp_path / "grants", [KEY]),
        "sql": lambda: _sql(request, tmp_path),
    }
    return makers[str(request.param)]


def _sql(request: pytest.FixtureRequest, place: Path) -> SqlStore:
    store = SqlStore(f"sqlite:///{place / 'grants.db'}", [KEY])
    request.addfinalizer(store.close)
    return store


def test_what_is_saved_is_loaded(make: Callable[[], Store]) -> None:
    """Every field of a grant survives, for another opener too."""
    saved = make().save("shopee:1:2", FULL, 0)
    loaded = make().load("shopee:1:2")
    assert loaded == saved
    assert loaded is not None
    assert loaded.grant == FULL


def test_unknown_keys_are_none(make: Callable[[], Store]) -> None:
    """There is no grant nobody stored."""
    assert make().load("shopee:1:3") is None


def test_a_lost_race_changes_nothing(make: Callable[[], Store]) -> None:
    """Saving over another version is refused."""
    store = make()
    store.save("k", grant(1), 0)
    assert store.save("k", grant(2), 0) is None
    won = store.save("k", grant(3), 1)
    assert won is not None
    assert store.save("k", grant(4), 1) is None
    assert store.load("k") == won


def test_deleted_grants_are_gone(make: Callable[[], Store]) -> None:
    """A deleted key starts anew; deleting twice does no harm."""
    store = make()
    store.save("k", grant(1), 0)
    store.delete("k")
    store.delete("k")
    assert store.load("k") is None
    assert store.save("k", grant(2), 0) is not None


def test_one_of_many_racers_wins(make: Callable[[], Store]) -> None:
    """Sixteen openers at once: exactly one saves each version."""
    make().save("k", grant(1), 0)
    won: list[object] = []
    start = threading.Barrier(16)

    def race() -> None:
        store = make()
        start.wait()
        if store.save("k", grant(2), 1):
            won.append(store)

    racers = [threading.Thread(target=race) for _ in range(16)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert len(won) == 1


def test_files_are_private_and_sealed(tmp_path: Path) -> None:
    """Mode 0600, and no token in clear."""
    FileStore(tmp_path / "grants").save("k", FULL, 0)
    files = sorted(tmp_path.iterdir())
    assert [path.name for path in files] == ["grants", "grants.key", "grants.lock"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert b"nowhere" not in b"".join(path.read_bytes() for path in files)


def test_key_file_opens_the_store_again(tmp_path: Path) -> None:
    """Without a key of one's own, the one beside the file is used."""
    FileStore(tmp_path / "grants").save("k", FULL, 0)
    loaded = FileStore(tmp_path / "grants").load("k")
    assert loaded is not None
    assert loaded.grant == FULL


def test_database_rows_are_sealed(tmp_path: Path) -> None:
    """Who reads the table sees no token."""
    engine = create_engine(f"sqlite:///{tmp_path / 'grants.db'}")
    SqlStore(engine, [KEY]).save("k", FULL, 0)
    with engine.connect() as connection:
        row = str(connection.execute(text("select * from credentials")).all())
    engine.dispose()
    assert "nowhere" not in row


def test_broken_file_is_named(tmp_path: Path) -> None:
    """A file that is something else gives a clear error."""
    (tmp_path / "grants").write_text("hello")
    with pytest.raises(ConfigError, match="no credential file"):
        FileStore(tmp_path / "grants", [KEY]).load("k")


def test_old_keys_open_what_they_sealed() -> None:
    """Keys rotate: new texts use the first key, old texts open while their key is there."""
    old, new = new_key(), new_key()
    sealed = Seal([old]).seal("text", "k")
    assert Seal([new, old]).open(sealed, "k") == "text"
    with pytest.raises(ConfigError, match="cannot be opened"):
        Seal([new]).open(sealed, "k")


def test_sealed_text_is_bound_to_its_name() -> None:
    """A row copied to another shop's name does not open, nor does a changed one."""
    seal = Seal([KEY])
    sealed = seal.seal("text", "shop 1")
    for wrong, name in ((sealed, "shop 2"), (sealed[:-4] + "AAAA", "shop 1"), ("x", "shop 1")):
        with pytest.raises(ConfigError, match="cannot be opened"):
            seal.open(wrong, name)


@pytest.mark.parametrize("key", ["", "short", "not base64 at all!"])
def test_bad_keys_are_refused(key: str) -> None:
    """A key that is no key is an error at once."""
    with pytest.raises(ConfigError, match="key"):
        Seal([Secret(key)])
    with pytest.raises(ConfigError, match="at least one key"):
        Seal([])
