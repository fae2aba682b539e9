"""A merchant's first minutes, in a real Chromium against app, worker and emulated marketplaces.

Connect four stores, watch the sync, make a catalogue of the listings, count the goods, see what
would be told to a store, and turn pushing on. Nothing waits for a while; all wait for the page.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reference_app import screens
from reference_app.screens.looks import Watch
from tests.app.conftest import call_control
from tests.app.test_browser import Demo, number, until_shown
from tests.ports import free_ports

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.own_sandbox,
    pytest.mark.skipif(not Path(screens.CHROMIUM).exists(), reason="no Chromium was found"),
]
ROOT = Path(__file__).resolve().parents[2]
LOGIN = ("moi@example.vn", "hoa-moi-no-1")
ACCOUNT = f"""
import django; django.setup()
from reference_app import samples
samples.merchant_with_owner("Tiệm Mới", *{LOGIN!r})
"""


def answers(url: str) -> bool:
    """Say whether somebody listens."""
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Run sandbox, app and worker, with an account that has no store yet."""
    place, first = tmp_path_factory.mktemp("first"), free_ports(7)
    sandbox, url = f"http://127.0.0.1:{first}", f"http://127.0.0.1:{first + 6}"
    env = {name: value for name, value in os.environ.items() if not name.startswith("ENTRO_")} | {
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "DJANGO_SETTINGS_MODULE": "reference_app.settings",
        "ENTRO_DATA_DIR": str(place),
        "ENTRO_SANDBOX": sandbox,
    }
    running: list[subprocess.Popen[bytes]] = []
    log = (place / "log").open("w")

    def start(*arguments: str, until: str = "") -> None:
        command = [sys.executable, "-m", *arguments]
        running.append(subprocess.Popen(command, env=env, stdout=log, stderr=log))
        end = time.monotonic() + 240
        while until and not answers(until):
            assert time.monotonic() < end, (place / "log").read_text()
            threading.Event().wait(0.1)

    try:
        seeds = ("--port", str(first), "--seed", "7", "--orders", "24")
        start("entrosdk.sandbox", *seeds, until=f"{sandbox}/control/stores")
        start("reference_app.serve", "--port", str(first + 6), until=f"{url}/healthz")
        subprocess.run([sys.executable, "-c", ACCOUNT], env=env, check=True)
        start("reference_app.worker")
        yield Demo(url, sandbox, screens.Login(url, *LOGIN))
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(30)
        log.close()


@pytest.fixture
def page(shop: Demo) -> Iterator[Any]:
    """Open the merchant's own browser, in Vietnamese, on a phone for good measure at the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=screens.CHROMIUM, args=screens.CHROMIUM_OPTIONS
        )
        window = screens.window(browser, "vi", "wide")
        window.context.set_default_timeout(60_000)
        yield window
        browser.close()


def connect(page: Any, shop: Demo, facts: dict[str, str]) -> None:
    """Paste what connects a store, and read the check list."""
    page.goto(f"{shop.url}/stores/connect/")
    page.select_option("#id_marketplace", facts["marketplace"])
    page.locator("details.more summary").click()
    for name in (
        "shop_id", "app_key", "app_secret", "push_secret", "access_token", "refresh_token",
        "base_url", "auth_url",
    ):  # fmt: skip
        page.fill(f"#id_{name}", facts.get(name) or "")
    page.get_by_role("button", name="Kiểm tra và kết nối").click()
    page.locator(".checks").wait_for()


def test_the_first_minutes_of_a_merchant(page: Any, shop: Demo) -> None:
    """From an empty account to stock that is told to the stores, each step by what pages offer."""
    watch = Watch.on(page, shop.url)
    screens.log_in(page, shop.login)
    page.get_by_role("link", name="Kết nối gian hàng").wait_for()
    stores = call_control(shop.sandbox, "GET", "stores")
    for facts in stores:
        connect(page, shop, facts)

    page.get_by_role("link", name="Xem đồng bộ").click()
    page.locator(".sync-card .state-good").nth(3).wait_for()
    page.reload()
    missing = page.locator("#completeness tbody tr:not(.group) td:nth-child(5)").all_inner_texts()
    assert (len(stores), set(missing)) == (4, {"0"})

    page.goto(f"{shop.url}/linking/?state=missing")
    waiting = number(page.locator("#states [aria-current] b"))
    page.get_by_role("button", name="Tạo mặt hàng cho cả").click()
    page.locator(".notice-success").wait_for()
    page.goto(f"{shop.url}/linking/?state=linked")
    assert 0 < waiting <= number(page.locator("#states [aria-current] b")) + waiting

    page.goto(f"{shop.url}/inventory/count/")
    boxes = page.locator(".counts input")
    boxes.nth(0).fill("17")
    page.locator("#take-count").click()
    page.locator(".notice-success").wait_for()

    page.goto(f"{shop.url}/inventory/channels/")
    page.locator("tr:has(.mp-shopee) a.btn").click()
    page.locator("#preview tbody tr").first.wait_for()
    told = call_control(shop.sandbox, "GET", "requests?marketplace=shopee")
    assert not [one for one in told if "update_stock" in str(one)]  # a preview tells nobody
    page.locator("#switch").click()
    page.locator(".notice-success").wait_for()
    pushes = f"{shop.url}/inventory/pushes/"
    page.goto(pushes)
    until_shown(page, pushes, "Đã ")
    assert watch.faults("vi") == []


def test_the_account_on_a_phone_in_english(page: Any, shop: Demo) -> None:
    """The same account speaks English and fits a phone once it is asked to."""
    screens.log_in(page, shop.login)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{shop.url}/orders/?lang=en")
    watch = Watch.on(page, shop.url)
    page.get_by_role("button", name="Filters").click()
    page.select_option("select[name=status]", "COMPLETED")
    page.wait_for_url("**status=COMPLETED**")
    assert (page.locator("h1").inner_text(), watch.faults("en")) == ("Orders", [])
