"""Photographs of every page in both languages, wide and on a phone.

    python -m reference_app.screens OUTDIR [--url http://127.0.0.1:8000 --email … --password …]

Without an address it starts the app by itself on invented data, in a folder it removes again.
Needs Chromium (`/usr/bin/chromium`, or CHROMIUM=…) and playwright's Python package.
A page wider than the screen, or a refused resource, makes the command fail.
"""

from __future__ import annotations

import argparse
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

WIDTHS = {"wide": (1280, 800), "phone": (390, 844)}
LANGUAGES = ("vi", "en")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]

_OPEN = {"login": "/accounts/login/", "signup": "/accounts/signup/"}
_PAGES = {
    "home": "/",
    "orders": "/orders/",
    "orders-found": "/orders/?q=ao+thun",
    "orders-none": "/orders/?q=khong+co+gi",
    "payments": "/payments/",
    "payments-orders": "/payments/orders/",
    "payments-short": "/payments/orders/?state=short",
    "payouts": "/payments/payouts/",
    "returns": "/returns/",
    "linking": "/linking/",
    "linking-missing": "/linking/?state=missing",
    "linking-linked": "/linking/?state=linked",
    "linking-none": "/linking/?state=linked&q=khong+co+gi",
    "linking-history": "/linking/history/",
    "files": "/linking/files/",
    "catalogue": "/catalogue/",
    "variant-new": "/catalogue/new/",
    "prices": "/catalogue/prices/",
    "stores": "/stores/",
    "connect": "/stores/connect/",
    "sync": "/sync/",
    "stock": "/inventory/",
    "stock-oversold": "/inventory/oversold/",
    "stock-low": "/inventory/low/",
    "stock-count": "/inventory/count/",
    "stock-transfers": "/inventory/transfers/",
    "stock-returns": "/inventory/returns/",
    "stock-channels": "/inventory/channels/",
    "stock-pushes": "/inventory/pushes/",
    "stock-drift": "/inventory/drift/",
    "api": "/settings/api/",
    "webhooks": "/settings/webhooks/",
    "password": "/accounts/password/change/",
    "missing": "/nothing/",
}
# Pages found through a link of another one.
_LINKED = {
    "order": ("/orders/?status=COMPLETED", ".orders tbody th a"),
    "payout": ("/payments/payouts/", "#list tbody th a"),
    "return": ("/returns/?state=answer", "#list tbody th a"),
    "listing": ("/linking/", ".links tbody th a"),
    "variant": ("/catalogue/", ".variants tbody th a"),
    "bundle": ("/catalogue/?show=bundles", ".variants tbody th a"),
    "import": ("/linking/files/", ".table tbody th a"),
    "quarantined": ("/sync/", "#quarantine tbody th a"),
    "stock-variant": ("/inventory/", ".stock tbody th a"),
    "stock-channel": ("/inventory/channels/", ".table tbody th a"),
    "run": ("/sync/", "#history tbody th a"),
    "webhook": ("/settings/webhooks/", "tbody th a"),
    "disconnect": ("/stores/", ".store-card footer a[href$='/disconnect/']"),
}


@frozen
class Login:
    """Where the app is and who may see it."""

    url: str
    email: str
    password: str


def take(login: Login, target: Path) -> list[str]:
    """Photograph everything into `target`; returns what was wrong, in sentences."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a development dependency

    target.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        for language in LANGUAGES:
            for width, (across, down) in WIDTHS.items():
                context = browser.new_context(
                    locale="vi-VN" if language == "vi" else "en-GB",
                    viewport={"width": across, "height": down},
                    device_scale_factor=1.5 if width == "phone" else 1,
                )
                page = context.new_page()
                page.on("console", lambda message: _listen(message, wrong))
                suffix = f"{language}-{width}"
                _tour(page, login, target, suffix=suffix, language=language, wrong=wrong)
                context.close()
        browser.close()
    shutil.copyfile(target / "home-vi-wide.png", target / "app.png")
    return wrong


def _listen(message: Any, wrong: list[str]) -> None:
    if message.type == "error" and "404" not in message.text:
        wrong.append(f"the browser says: {message.text}")


def _tour(
    page: Any, login: Login, target: Path, *, suffix: str, language: str, wrong: list[str]
) -> None:
    def shoot(name: str) -> None:
        page.wait_for_load_state("networkidle")
        page.evaluate("document.fonts.ready")
        page.screenshot(path=target / f"{name}-{suffix}.png", full_page=True)
        across = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if across > 0:
            wrong.append(f"{name}-{suffix} is {across} pixels too wide")

    for name, path in _OPEN.items():
        page.goto(f"{login.url}{path}?lang={language}")
        shoot(name)
    log_in(page, login, language)
    for name, path in _PAGES.items():
        page.goto(f"{login.url}{path}")
        shoot(name)
    for name, (path, link) in _LINKED.items():
        page.goto(f"{login.url}{path}")
        if page.locator(link).count():
            page.goto(f"{login.url}{page.locator(link).first.get_attribute('href')}")
            shoot(name)


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
    samples.programs(merchant)


def main() -> int:
    """Take the photographs and say what is wrong with the pages."""
    parser = argparse.ArgumentParser(description="Photograph every page of the app.")
    parser.add_argument("target", nargs="?", type=Path, default=Path("docs/assets"))
    parser.add_argument("--url", default="")
    parser.add_argument("--email", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--fill", metavar="PASSWORD", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fill:
        fill(options.fill)
        return 0
    if options.url:
        given = Login(options.url.rstrip("/"), options.email, options.password)
        wrong = take(given, options.target)
    else:
        with own_app() as login:
            wrong = take(login, options.target)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
