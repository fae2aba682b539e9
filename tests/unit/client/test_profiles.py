"""Reading stores.toml, and which tokens count: the file's or the stored ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from entrosdk.client.profiles import load_profiles, read_profiles
from entrosdk.domain.credentials import Grant
from entrosdk.domain.secret import Secret
from entrosdk.errors import ConfigError
from entrosdk.runtime.stores.memory import MemoryStore

ONE = """
[[store]]
marketplace = "shopee"
name = "Tiệm Mộc Lan"
shop_id = 226518001
base_url = "http://127.0.0.1:9101"
app_key = "2011881"
app_secret = { env = "APP_SECRET" }
push_secret = "push-0001"
access_token = "access-0001"
refresh_token = "refresh-0001"
"""
ENVIRONMENT = {"APP_SECRET": "secret-0001"}


def test_a_table_becomes_a_profile() -> None:
    """Every key is read, numbers as text, secrets as secrets."""
    (shop,) = read_profiles(ONE, "stores.toml", ENVIRONMENT).shops
    assert (shop.marketplace, shop.name, shop.shop_id) == ("shopee", "Tiệm Mộc Lan", "226518001")
    assert shop.app.secret == Secret("secret-0001")
    assert shop.app.push_secret == Secret("push-0001")
    assert shop.grant == Grant(Secret("access-0001"), Secret("refresh-0001"), shop_id="226518001")


def test_nothing_secret_is_in_the_repr() -> None:
    """A profile may be printed."""
    (shop,) = read_profiles(ONE, "stores.toml", ENVIRONMENT).shops
    assert "0001" not in repr(shop).replace("226518001", "")


def test_a_shop_without_a_name_is_called_by_its_id() -> None:
    """A name is not required."""
    text = ONE.replace('name = "Tiệm Mộc Lan"\n', "")
    assert read_profiles(text, "s", ENVIRONMENT).shops[0].name == "shopee 226518001"


def test_keys_that_mean_nothing_are_told() -> None:
    """A misspelled key is a warning that names file, table and key."""
    found = read_profiles(ONE + 'shop = "x"\n', "stores.toml", ENVIRONMENT)
    assert found.unknown == ("stores.toml, [[store]] table 1: `shop` means nothing here",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no [[store]] table"),
        ("[store]\n", "has no [[store]] table"),
        ("store = [1]", "is not a list of [[store]] tables"),
        ("[[store", "is not TOML"),
        (ONE + ONE, "tables 1 and 2 name the same shop"),
        (ONE.replace('app_key = "2011881"', ""), "table 1: `app_key` is missing"),
        (ONE.replace('"2011881"', "true"), "table 1: `app_key` is not text"),
        (ONE.replace('"2011881"', "[1]"), "table 1: `app_key` is not text"),
        (ONE.replace('{ env = "APP_SECRET" }', '{ file = "x" }'), "`app_secret` is a table"),
        (ONE + "limits = 20", "`limits` is not a table"),
        (ONE + "limits = { day = 20 }", "`limits` is wrong: `day` is no limit"),
        (ONE + "limits = { app = 0 }", "`limits` is wrong: `app` is not a whole number"),
        (
            ONE + "limits = { app = 5 }" + ONE.replace("226518001", "226518002"),
            "tables 1 and 2 are shops of one app with different limits",
        ),
        (ONE.replace("APP_SECRET", "OTHER"), "environment variable OTHER, which is not set"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, words: str) -> None:
    """Errors name the file, the table and the key, and no value."""
    with pytest.raises(ConfigError) as caught:
        read_profiles(text, "stores.toml", ENVIRONMENT)
    assert words in str(caught.value)
    assert "stores.toml" in str(caught.value)
    assert "0001" not in str(caught.value)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    """The message has the file's name."""
    with pytest.raises(ConfigError, match=r"stores\.toml cannot be read"):
        load_profiles(tmp_path / "stores.toml")


def test_an_address_nobody_listens_at_is_said_so() -> None:
    """An address may stand in the place of a file; its host is in the message."""
    with pytest.raises(ConfigError, match=r"127\.0\.0\.1:9 did not give its stores"):
        load_profiles("http://127.0.0.1:9/control/stores.toml")


def test_a_file_is_read_from_its_path(tmp_path: Path) -> None:
    """The path of a file may be given as text."""
    path = tmp_path / "stores.toml"
    path.write_text(ONE, encoding="utf-8")
    assert len(load_profiles(str(path), ENVIRONMENT).shops) == 1


# Which tokens count


def test_the_files_tokens_begin() -> None:
    """A store without a grant for the shop takes the file's."""
    (shop,), store = read_profiles(ONE, "s", ENVIRONMENT).shops, MemoryStore()
    assert shop.seed(store)
    assert store.load(shop.key).grant == shop.grant  # type: ignore[union-attr]


def test_rotated_tokens_outlive_the_file() -> None:
    """Tokens renewed since the file was written are kept: its refresh token is spent."""
    (shop,), store = read_profiles(ONE, "s", ENVIRONMENT).shops, MemoryStore()
    shop.seed(store)
    renewed = Grant(Secret("access-0002"), Secret("refresh-0002"))
    store.save(shop.key, renewed, 1)
    assert not shop.seed(store)
    assert store.load(shop.key).grant == renewed  # type: ignore[union-attr]


def test_new_tokens_in_the_file_replace_the_stored_ones() -> None:
    """A seller who authorised anew counts more than what was stored before."""
    (shop,), store = read_profiles(ONE, "s", ENVIRONMENT).shops, MemoryStore()
    shop.seed(store)
    (anew,) = read_profiles(ONE.replace("refresh-0001", "refresh-0009"), "s", ENVIRONMENT).shops
    assert anew.seed(store)
    assert store.load(shop.key).grant == anew.grant  # type: ignore[union-attr]


def test_the_files_tokens_can_be_asked_for_again() -> None:
    """A sandbox that began anew knows only the tokens of its file."""
    (shop,), store = read_profiles(ONE, "s", ENVIRONMENT).shops, MemoryStore()
    shop.seed(store)
    store.save(shop.key, Grant(Secret("access-0002")), 1)
    assert shop.seed(store, again=True)
    assert store.load(shop.key).grant == shop.grant  # type: ignore[union-attr]


def test_a_file_without_tokens_seeds_nothing() -> None:
    """The tokens may live in the store alone."""
    (shop,) = read_profiles(ONE, "s", ENVIRONMENT).shops
    assert not evolve(shop, grant=None).seed(MemoryStore())


def test_a_refresh_token_alone_is_renewed_first() -> None:
    """Without an access token the grant has run out already."""
    text = ONE.replace('access_token = "access-0001"\n', "")
    (shop,) = read_profiles(text, "s", ENVIRONMENT).shops
    assert shop.grant is not None
    assert shop.grant.expires_at is not None
    assert shop.grant.expires_at.year == 1970


def test_limits_of_the_file_replace_the_adapters_guess() -> None:
    """A stated limit is a maximum; a scope that is not stated keeps the guess."""
    (profile,) = read_profiles(ONE + "limits = { shop = 3 }", "s", ENVIRONMENT).shops
    with profile.connect(MemoryStore()) as shop:
        limiter = shop.operations.engine._limiter
    counts = [window.count for window in limiter.ticket("1", "info").windows]
    assert counts == [50, 3]
