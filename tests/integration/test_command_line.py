"""What a stranger types: each mistake is one sentence with the next step, and no traceback."""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from entrosdk.cli.commands import app

URL = "https://erp.example.com/hooks"
STORE = """
[[store]]
marketplace = "shopee"
name = "Tiệm"
shop_id = "226518001"
base_url = "http://127.0.0.1:9"
app_key = "2011881"
app_secret = "partner key"
push_secret = "push key"
access_token = "a"
refresh_token = "r"
"""
PUSH = b'{"code":3,"data":{"ordersn":"A1","status":"SHIPPED"},"shop_id":226518001,"timestamp":1}'


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a stores file, broken ones, and a push."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENTROSDK_PUSH_SECRET", raising=False)
    Path("stores.toml").write_text(STORE)
    Path("broken.toml").write_text("x = [")
    Path("short.toml").write_text('[[store]]\nmarketplace = "shopee"\n')
    Path("other.toml").write_text(STORE.replace('"shopee"', '"shoppe"'))
    Path("push").write_bytes(PUSH)
    return tmp_path


def run(line: str) -> Result:
    """What a command line does."""
    return CliRunner().invoke(app, line.split())


SYNC = "sync --stores stores.toml --to sqlite:///a.db"
VERIFY = "webhook verify shopee --body push --stores stores.toml"

MISTAKES = [
    ("sync --stores nothing.toml --to sqlite:///a.db", "nothing.toml"),
    ("sync --stores broken.toml --to sqlite:///a.db", "is not TOML"),
    ("sync --stores short.toml --to sqlite:///a.db", "`shop_id` is missing"),
    ("sync --stores other.toml --to sqlite:///a.db", "shopee"),
    ("sync --stores http://127.0.0.1:9/stores.toml --to sqlite:///a.db --credentials c", "running"),
    ("sync --stores stores.toml --to a.db", "sqlite:///shop.db"),
    ("sync --stores stores.toml --to mysql://x/y", "sqlite:///shop.db"),
    ("sync --stores stores.toml --to sqlite:////nowhere/a.db", "directory"),
    ("sync --stores stores.toml --to jsonl:/proc/nowhere/a", "could not be written"),
    (f"{SYNC} --streams orders,foo", "Known are"),
    (f"{SYNC} --since yesterday", "2026-11-01"),
    (f"{SYNC} --check maybe", "all, new or none"),
    (f"{SYNC} --listen 127.0.0.1:8080", "--follow"),
    (f"{SYNC} --follow --listen 8080", "127.0.0.1:8080"),
    (f"{SYNC} --follow --public-url https://erp.example.com", "--listen"),
    (f"{SYNC} --follow --listen :80 --public-url erp.example.com", "https://"),
    (f"{SYNC} --follow --listen 203.0.113.1:80", "--listen"),
    ("webhook verify shopee --body push", "ENTROSDK_PUSH_SECRET"),
    ("webhook verify shoppe --body push", "Installed are"),
    ("webhook verify shopee --body nothing --stores stores.toml", "--body"),
    (VERIFY, "--url"),
    (f"{VERIFY} --url {URL} --header nonsense", "--header"),
    (f"{VERIFY} --url {URL} --header Authorization:00", "push partner key"),
]


@pytest.mark.parametrize(("line", "hint"), MISTAKES)
def test_a_mistake_is_one_sentence_with_the_next_step(typed: Path, line: str, hint: str) -> None:
    """Exit 1, the hint, and nothing that only programmers understand."""
    result = run(line)
    assert result.exit_code == 1
    assert hint in result.output
    assert result.output.count("Next step: ") == 1
    assert "Traceback" not in result.output


def test_a_genuine_push_is_told(typed: Path) -> None:
    """Verified on the file's bytes with the key of the stores file."""
    sign = hmac.new(b"push key", f"{URL}|".encode() + PUSH, sha256).hexdigest()
    result = run(f"{VERIFY} --url {URL} --header Authorization:{sign} --json")
    assert result.exit_code == 0
    (event,) = json.loads(result.stdout)["events"]
    assert (event["event"], event["order_id"], event["raw_status"]) == (
        "OrderChanged",
        "A1",
        "SHIPPED",
    )


def test_marketplaces_are_listed_with_what_they_can(typed: Path) -> None:
    """As a table, and as JSON for programs."""
    assert "orders.list" in run("marketplaces").stdout
    assert "shopee" in json.dumps(json.loads(run("marketplaces --json").stdout))


def test_help_names_every_command(typed: Path) -> None:
    """A stranger finds the way from `--help`."""
    told = run("--help").stdout
    assert all(name in told for name in ("marketplaces", "sync", "sandbox", "webhook"))
