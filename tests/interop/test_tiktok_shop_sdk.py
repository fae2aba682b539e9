"""A Node client written by strangers works against the sandbox server unchanged."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.sandboxes import ask, serving

pytestmark = pytest.mark.interop

ROOT = Path(__file__).parents[2]
PACKAGE = "tiktok-shop-sdk@1.0.3"
SCRIPT = Path(__file__).with_name("tiktok_client.cjs")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@pytest.fixture(scope="module")
def library() -> Path:
    """The client, installed once into the cache of this checkout."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are needed for the Node client")
    home = ROOT / ".cache" / "npm-tiktok"
    found = home / "node_modules" / "tiktok-shop-sdk"
    if not found.is_dir() and not _installed(home):
        pytest.skip("npm cannot install the Node client here")
    return found


def _installed(home: Path) -> bool:
    """Install into a folder of our own and move it: another worker may do the same just now."""
    home.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as place:
        fresh = Path(place) / "fresh"
        fresh.mkdir()
        command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(fresh), PACKAGE]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        with suppress(OSError):  # the other worker was first
            fresh.rename(home)
    return done.returncode == 0 and (home / "node_modules").is_dir()


def code(store: dict[str, str]) -> str:
    """The code with which the consent page sends the browser back."""
    query = urllib.parse.urlencode({"app_key": store["app_key"], "state": "s"})
    opener = urllib.request.build_opener(_NoRedirect)
    with pytest.raises(urllib.error.HTTPError) as caught:
        opener.open(f"{store['auth_url']}/oauth/authorize?{query}", timeout=10)
    location = caught.value.headers["Location"]
    caught.value.close()
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))["code"]


@pytest.fixture(scope="module")
def seen(library: Path) -> dict[str, Any]:
    """What the client saw, and what there was to see."""
    with serving("--orders", "90") as control:
        stores = ask(f"{control}/control/stores")
        store = next(one for one in stores if one["marketplace"] == "tiktok")
        app = (store["base_url"], store["app_key"], store["app_secret"], code(store))
        command = ["node", str(SCRIPT), str(library), *app]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        truth = ask(f"{control}/control/truth?marketplace=tiktok")
    return {**json.loads(done.stdout), "truth": truth}


def test_a_code_is_exchanged_and_the_tokens_are_renewed(seen: dict[str, Any]) -> None:
    """A new refresh token comes each time, and the shop answers to the new pair."""
    assert (seen["shop"], seen["rotated"]) == ("Mây Xanh Official", True)


def test_orders_are_listed_in_pages_and_read(seen: dict[str, Any]) -> None:
    """Every order arrives by page token, and details answer for a comma list."""
    ids = seen["orders"]["ids"]
    assert seen["orders"]["pages"] > 3
    assert sorted(ids) == sorted(order["id"] for order in seen["truth"]["orders"])
    assert seen["details"] == ids[:3]


def test_products_are_listed_in_pages(seen: dict[str, Any]) -> None:
    """Every product arrives."""
    assert seen["products"]["pages"] > 1
    names = sorted(product["id"] for product in seen["truth"]["products"])
    assert sorted(seen["products"]["ids"]) == names


def test_stock_is_written(seen: dict[str, Any]) -> None:
    """What was written is read again, and is the truth."""
    first = seen["products"]["ids"][0]
    product = next(one for one in seen["truth"]["products"] if one["id"] == first)
    assert (seen["quantity"], product["variants"][0]["sellable"]) == (33, 33)


def test_an_unknown_product_is_an_error_of_theirs(seen: dict[str, Any]) -> None:
    """The client raises with the platform's code."""
    assert seen["refused"] == 12052260
