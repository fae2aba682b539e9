"""Photographs of every page in both languages, wide and on a phone.

    python -m reference_app.screens OUTDIR [--url http://127.0.0.1:8000 --email … --password …]

Without an address it starts the app by itself on invented data, in a folder it removes again.
Needs Chromium (`/usr/bin/chromium`, or CHROMIUM=…) and playwright's Python package.
Which pages there are is found, not listed (`tour.py`). A page wider than the screen, an error in
the browser's console, a resource from elsewhere or English on a Vietnamese page makes the command
fail (`looks.py`).
"""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from reference_app.screens import tour
from reference_app.screens.looks import Watch

WIDTHS = {"wide": (1280, 800), "phone": (390, 844)}
LANGUAGES = ("vi", "en")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@frozen
class Login:
    """Where the app is and who may see it."""

    url: str
    email: str
    password: str


def prepare() -> None:
    """Load the app's addresses; its data is another process's."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reference_app.settings")
    os.environ.setdefault("ENTRO_SECRETS_KEY", base64.b64encode(secrets.token_bytes(32)).decode())
    import django  # noqa: PLC0415 - settings first

    django.setup()


def take(login: Login, target: Path) -> list[str]:
    """Photograph everything into `target`; returns what was wrong, in sentences."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a development dependency

    target.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        places: dict[str, str] = {}
        for language in LANGUAGES:
            for width in WIDTHS:
                page = window(browser, language, width)
                watch = Watch.on(page, login.url)
                suffix = f"{language}-{width}"
                for name in visits(page, login, language, places):
                    page.screenshot(path=target / f"{name}-{suffix}.png", full_page=True)
                    faults = watch.faults(language)
                    wrong += [f"{name}-{suffix}: {fault}" for fault in faults]
                page.context.close()
        browser.close()
    shutil.copyfile(target / "home-vi-wide.png", target / "app.png")
    return wrong


def window(browser: Any, language: str, width: str) -> Any:
    """Open a window of a visitor who speaks `language`, as wide as `width` says."""
    across, down = WIDTHS[width]
    context = browser.new_context(
        locale="vi-VN" if language == "vi" else "en-GB",
        viewport={"width": across, "height": down},
        device_scale_factor=1.5 if width == "phone" else 1,
    )
    return context.new_page()


def visits(page: Any, login: Login, language: str, places: dict[str, str]) -> Iterator[str]:
    """Open every page one after the other and yield its name once it has come to rest.

    `places` is filled by the first tour and followed by the next, so that all see the same rows.
    """
    for name, path in tour.OPEN.items():
        page.goto(f"{login.url}{path}?lang={language}")
        yield _rested(page, name)
    log_in(page, login, language)
    if not places:
        places.update(tour.pages(lambda path: _read(page, login.url + path)))
    for name, path in places.items():
        page.goto(f"{login.url}{path}")
        yield _rested(page, name)


def _rested(page: Any, name: str) -> str:
    # Charts and fonts come after the page; the live panels of a sync never stop asking.
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")
    if page.locator("[data-chart]").count():
        page.locator("[data-chart] canvas").first.wait_for()
    return name


def _read(page: Any, address: str) -> tuple[int, str]:
    answer = page.context.request.get(address, max_redirects=0)
    kind = answer.headers.get("content-type", "")
    return answer.status, answer.text() if kind.startswith("text/html") else ""


def log_in(page: Any, login: Login, language: str = "vi") -> None:
    """Log a browser in."""
    page.goto(f"{login.url}/accounts/login/?lang={language}")
    page.fill("#id_login", login.email)
    page.fill("#id_password", login.password)
    page.click("button[type=submit]")
    page.wait_for_url(f"{login.url}/")


@contextmanager
def own_app() -> Iterator[Login]:
    """Run the app on invented data in a temporary folder."""
    with tempfile.TemporaryDirectory() as place, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        env = {
            **os.environ,
            "ENTRO_DATA_DIR": place,
            "ENTRO_DATABASE_URL": f"sqlite:///{place}/app.sqlite3",
            "ENTRO_SANDBOX": "http://127.0.0.1:9100",
        }
        login = Login(f"http://127.0.0.1:{port}", "chu@example.vn", secrets.token_urlsafe(12))
        command = [sys.executable, "-m", "reference_app.serve", "--port", str(port)]
        server = subprocess.Popen(command, env=env)  # noqa: S603 - our own module
        try:
            _wait(login.url)
            _run_apart(["reference_app.screens", f"--fill={login.password}"], env)
            yield login
        finally:
            server.terminate()
            server.wait()


def _run_apart(arguments: list[str], env: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-m", *arguments], env=env, check=True)  # noqa: S603


def _wait(url: str, patience: float = 60) -> None:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2):  # noqa: S310 - loopback
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The app did not start. Next step: run python -m reference_app.serve.")


def fill(password: str) -> None:
    """Make the merchant that the photographs show."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reference_app.settings")
    import django  # noqa: PLC0415 - settings first

    django.setup()
    from reference_app import samples  # noqa: PLC0415 - models need settings
    from reference_app.goods import linking  # noqa: PLC0415
    from reference_app.stores.models import Store  # noqa: PLC0415

    merchant, owner = samples.merchant_with_owner("Tiệm Nhà Hoa", "chu@example.vn", password)
    shops = [
        ("shopee", "1001", "Nhà Hoa Official", "active", ""),
        ("lazada", "1002", "Nhà Hoa Lazada", "active", "Unavailable"),
        ("tiktok", "1003", "Nhà Hoa Live", "needs_reauth", "Revoked"),
        ("tiki", "1004", "Nhà Hoa Tiki", "paused", ""),
    ]
    for marketplace, shop_id, name, state, trouble in shops:
        store = samples.store(merchant, marketplace, shop_id)
        samples.fill(store, orders=180 if marketplace == "shopee" else 60)
        Store.objects.filter(pk=store.pk).update(name=name, state=state, trouble=trouble)
    first = Store.objects.filter(merchant=merchant).order_by("pk")[0]
    samples.catalogue(first, owner)
    samples.stock(first, owner)
    for store in Store.objects.filter(merchant=merchant):
        linking.settle(store)
    samples.acts(first, owner)
    samples.programs(merchant)
    samples.service(merchant, owner)
