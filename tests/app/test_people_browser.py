"""A person, their two devices and a colleague, in a real Chromium."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time
from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from reference_app import screens
from tests.app.test_accounts import code_in

pytestmark = [
    pytest.mark.usefixtures("no_earlier_tries"),
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not Path(screens.CHROMIUM).exists(), reason="no Chromium was found"),
]
MAI, LAN = "mai@example.vn", "lan@example.vn"
PASSWORD = "hoa-mai-vang-9"


def one_time_code(secret: str, steps_ahead: int = 0) -> str:
    """Return what an authenticator app shows (RFC 6238), now or some steps of 30 s later."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps_ahead)
    digest = hmac.new(base64.b32decode(secret), counter, "sha1").digest()
    at = digest[-1] & 15
    number = struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06}"


class Device:
    """A browser of its own, with what it refused to do."""

    def __init__(self, chromium: Any, url: str, **more: Any) -> None:
        self.page = chromium.new_context(locale="vi-VN", **more).new_page()
        self.page.set_default_timeout(20_000)
        self.url = url
        self.refused: list[str] = []
        self.page.on("console", self._listen)

    def _listen(self, said: Any) -> None:
        if said.type == "error" and "Failed to load resource" not in said.text:
            self.refused.append(said.text)

    def go(self, path: str) -> None:
        """Open one of our pages."""
        self.page.goto(self.url + path)

    def send(self, button: str, **fields: str) -> None:
        """Fill fields by their ids and press a button."""
        for name, value in fields.items():
            self.page.fill(f"#id_{name}", value)
        self.page.locator("main").get_by_role("button", name=button, exact=True).first.click()
        self.page.wait_for_load_state()

    def sign_up(self, **fields: str) -> None:
        """Fill the sign-up form, accept the terms and press its button."""
        self.page.check("#id_accept")
        self.send("Tạo tài khoản", **fields)

    def log_in(self, code: str) -> None:
        """Log in with both steps."""
        self.go("/accounts/login/")
        self.send("Đăng nhập", login=MAI, password=PASSWORD)
        self.send("Đăng nhập", code=code)

    def overflow(self, path: str) -> int:
        """Open one of our pages; returns by how many pixels it is wider than the screen."""
        self.go(path)
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    @property
    def where(self) -> str:
        """The path that is shown."""
        return str(self.page.url).removeprefix(self.url).partition("?")[0]


def test_from_signing_up_to_removing_a_colleague(live_server: Any) -> None:
    """Sign up, verify, second factor, log in with it, end a session, invite, accept, remove."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=screens.CHROMIUM, args=screens.CHROMIUM_OPTIONS
        )
        phone = {"viewport": {"width": 390, "height": 844}}
        desk, hand = (Device(chromium, live_server.url, **size) for size in ({}, phone))
        colleague = Device(chromium, live_server.url)

        desk.go("/accounts/signup/")
        desk.sign_up(merchant_name="Tiệm Mai", email=MAI, password1=PASSWORD)
        desk.send("Xác nhận", code=code_in(mail.outbox[-1].body))
        assert desk.where == "/"

        desk.go("/accounts/2fa/totp/activate/")
        desk.send("Xác nhận", password=PASSWORD)
        secret = desk.page.inner_text("#authenticator_secret")
        desk.send("Bật", code=one_time_code(secret))
        recovery = desk.page.inner_text(".codes").split()
        assert len(recovery) == 10
        desk.page.locator(".side .visitor summary").click()
        desk.page.locator(".side").get_by_role("button", name="Đăng xuất").click()

        desk.log_in(one_time_code(secret, steps_ahead=1))  # a code works once
        hand.log_in(recovery[0])
        assert (desk.where, hand.where) == ("/", "/")

        hand.page.locator(".tabs").get_by_role("link", name="Thêm").click()
        hand.page.get_by_role("link", name="Cài đặt").last.click()
        assert hand.where == "/settings/"
        paths = ["/more/", "/settings/", "/settings/team/", "/settings/sessions/", "/accounts/2fa/"]
        assert [hand.overflow(path) for path in paths] == [0] * len(paths)
        desk.go("/settings/sessions/")
        desk.send("Kết thúc")
        hand.page.reload()
        assert hand.where == "/accounts/login/"

        desk.go("/settings/team/")
        desk.send("Gửi lời mời", email=LAN)
        link = re.search(r"/accounts/invitations/\S+", mail.outbox[-1].body)
        assert link
        colleague.go(link[0])
        colleague.page.get_by_role("link", name="Tạo tài khoản").click()
        colleague.sign_up(password1="hoa-lan-tim-9")
        colleague.send("Chấp nhận")
        assert (colleague.where, "Tiệm Mai" in colleague.page.content()) == ("/", True)

        desk.go("/settings/team/")
        desk.page.get_by_role("button", name=f"Xóa {LAN}").click()
        desk.page.get_by_text("đăng xuất mọi nơi").wait_for()
        colleague.go("/orders/")
        assert colleague.where == "/accounts/login/"

        desk.go("/settings/audit/")
        done = desk.page.locator("tbody tr td:nth-child(3)").all_inner_texts()
        assert done[:3] == ["Đưa thành viên ra", "Vào doanh nghiệp", "Mời người"]
        assert desk.refused + hand.refused + colleague.refused == []
        chromium.close()


def test_a_passkey_opens_the_account_alone(live_server: Any) -> None:
    """A device's own key is added, and then logs in without e-mail, password or code."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=screens.CHROMIUM, args=screens.CHROMIUM_OPTIONS
        )
        desk = Device(chromium, live_server.url)
        tools = desk.page.context.new_cdp_session(desk.page)
        tools.send("WebAuthn.enable")
        chip = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
            "hasUserVerification": True, "isUserVerified": True,
        }  # fmt: skip
        tools.send("WebAuthn.addVirtualAuthenticator", {"options": chip})
        desk.go("/accounts/signup/")
        desk.sign_up(merchant_name="Tiệm Mai", email=MAI, password1=PASSWORD)
        desk.send("Xác nhận", code=code_in(mail.outbox[-1].body))
        desk.go("/accounts/2fa/webauthn/add/")
        desk.send("Xác nhận", password=PASSWORD)
        desk.page.get_by_role("button", name="Thêm passkey").click()
        desk.page.wait_for_url("**/recovery-codes/")
        desk.page.locator(".side .visitor summary").click()
        desk.page.locator(".side").get_by_role("button", name="Đăng xuất").click()
        desk.page.get_by_role("button", name="Đăng nhập bằng passkey").click()
        desk.page.wait_for_url(f"{live_server.url}/")
        desk.go("/accounts/2fa/webauthn/")
        assert desk.page.locator("tbody tr").count() == 1
        assert desk.refused == []
        chromium.close()
