"""A subscription's life in a real Chromium: trial, limit, upgrade, transfers, renewal, the end."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from django.core import mail
from django.test import Client, override_settings
from PIL import Image
from pypdf import PdfReader

from reference_app import screens
from reference_app.billing import clock
from reference_app.billing.models import Invoice
from reference_app.billing.renewing import renew_all
from reference_app.billing.standing import standing
from reference_app.paying.conf import DEMO, from_environment
from reference_app.stores.models import Store
from reference_app.syncing.jobs import Job, hand_over
from reference_app.tenants.models import Merchant
from reference_app.web.money import shown as money
from tests.app.conftest import call_control, running_sandbox
from tests.app.test_accounts import code_in
from tests.app.test_people_browser import Device

pytestmark = [
    pytest.mark.usefixtures("no_earlier_tries"),
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not Path(screens.CHROMIUM).exists(), reason="no Chromium was found"),
]
AN, PASSWORD = "an@example.vn", "hoa-huong-duong-3"
_SHOP = ("shop_id", "name", "app_key", "app_secret", "push_secret", "access_token")


class Calendar:
    """The file that billing's clock is moved ahead by."""

    def __init__(self, file: Path) -> None:
        self._file, self._seconds = file, 0
        file.write_text("0")

    def pass_time(self, **span: int) -> None:
        """Let days go by, and do what the worker has to do then."""
        self._seconds += int(timedelta(**span).total_seconds())
        self._file.write_text(str(self._seconds))
        renew_all(clock.now())


class Queue:
    """Notes which stores the worker would sync."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def enqueue(self, job: Job) -> None:
        """Take a job."""
        self.jobs.append(job)


class Seller:
    """What the seller of this story does, page by page."""

    def __init__(self, device: Device, stores: list[dict[str, str]]) -> None:
        self.device, self.page, self.stores = device, device.page, stores
        self._numbers = count(1)

    def sign_up(self) -> None:
        """Create an account and verify its address."""
        self.device.go("/accounts/signup/")
        self.device.sign_up(merchant_name="Tiệm An", email=AN, password1=PASSWORD)
        self.device.send("Xác nhận", code=code_in(mail.outbox[-1].body))

    def connect(self, place: int) -> str:
        """Paste a store's credentials; returns what the page says."""
        store = self.stores[place]
        self.device.go("/stores/connect/")
        if not self.page.locator("#id_shop_id").count():
            return str(self.page.inner_text("main"))
        self.page.select_option("#id_marketplace", store["marketplace"])
        self.page.locator("details.more summary").click()
        fields = {name: store[name] for name in (*_SHOP, "base_url", "auth_url")}
        self.device.send("Kiểm tra và kết nối", **fields)
        return str(self.page.inner_text("main"))

    def choose(self, plan: str) -> str:
        """Open the preview of a plan; returns what it says."""
        self.device.go("/billing/plans/")
        self.page.get_by_role("link", name=f"Chọn gói {plan}").click()
        return str(self.page.inner_text(".quote"))

    def confirm(self) -> None:
        """Press the preview's button."""
        self.page.locator(".quote form button[type=submit]").click()
        self.page.wait_for_load_state()

    def pay(self, invoice: Invoice) -> None:
        """Scan the code on the invoice and transfer what it says; the page notices by itself."""
        self.device.go(f"/billing/invoices/{invoice.pk}/")
        picture = Image.open(io.BytesIO(self.page.locator(".pay-code img").screenshot()))
        scanned = zxingcpp.read_barcodes(picture)[0].text
        assert invoice.pay_code in scanned
        assert f"54{len(str(invoice.balance())):02}{invoice.balance()}" in scanned
        notice = {
            "id": next(self._numbers),
            "transactionDate": clock.now().strftime("%Y-%m-%d %H:%M:%S"),
            "content": f"MBVCB.123.{invoice.pay_code.lower()}.CT tu AN",
            "transferType": "in",
            "transferAmount": invoice.balance(),
            "referenceCode": f"FT{invoice.pk}",
        }
        bank = Client(headers={"authorization": f"Apikey {DEMO['ENTRO_BANK_NOTICE_SECRET']}"})
        told = json.dumps(notice)
        assert bank.post("/paying/bank/notice", told, content_type="application/json").json() == {
            "success": True
        }
        self.page.locator(".pay-code").wait_for(state="detached")
        assert "Đã thanh toán" in self.page.inner_text("main")

    def paper(self, invoice: Invoice) -> str:
        """Download the invoice and read it back."""
        self.device.go(f"/billing/invoices/{invoice.pk}/")
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name="PDF tiếng Việt").click()
        pages = PdfReader(download.value.path()).pages
        return " ".join("\n".join(page.extract_text() for page in pages).split())


@pytest.fixture
def calendar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """Return a clock that can be moved ahead."""
    monkeypatch.setenv("ENTRO_CLOCK_AHEAD", str(tmp_path / "ahead"))
    # Playwright keeps a loop in this thread; nothing runs in it while the story asks the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    return Calendar(tmp_path / "ahead")


@pytest.fixture
def seller(live_server: Any, calendar: Calendar) -> Iterator[Seller]:
    """Return a seller at their desk, with three shops to connect."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, running_sandbox(12, "--shops", "3") as sandbox:
        chromium = playwright.chromium.launch(
            executable_path=screens.CHROMIUM, args=screens.CHROMIUM_OPTIONS
        )
        device = Device(chromium, live_server.url)
        with override_settings(PAYING=from_environment(DEMO)):
            yield Seller(device, call_control(sandbox, "GET", "stores"))
        assert device.refused == []
        chromium.close()


def latest() -> Invoice:
    """Return the invoice made last."""
    return Invoice.objects.exclude(number="").latest("id")


def test_from_signing_up_to_the_end_of_the_cycle(seller: Seller, calendar: Calendar) -> None:
    """Trial, limit, upgrade with preview, VietQR, PDF, renewal, cancel, undo, cancel, end."""
    seller.sign_up()
    merchant = Merchant.objects.get()
    seller.device.go("/billing/")
    assert "Dùng thử" in seller.page.inner_text("main")
    seller.choose("Khởi đầu")
    seller.confirm()

    seller.connect(0)
    seller.connect(1)
    assert "chỗ cho 2 gian hàng" in seller.connect(2)
    assert Store.objects.count() == 2

    trial = standing(merchant, clock.now())
    assert trial.in_trial_until is not None
    until = (trial.in_trial_until - clock.day_of(clock.now())).days
    calendar.pass_time(days=until - 2)
    first = latest()
    assert first.total == 322_920
    seller.pay(first)
    assert money(322_920).replace("\u00a0", " ") in seller.paper(first)

    calendar.pass_time(days=10)
    preview = seller.choose("Tăng trưởng")
    seller.confirm()
    upgrade = latest()
    assert money(upgrade.total) in preview.replace("\u202f", "\u00a0")
    assert "chỗ cho 2 gian hàng" not in seller.connect(2)
    assert Store.objects.count() == 3
    seller.pay(upgrade)

    period = standing(merchant, clock.now())
    assert period.period_end is not None
    calendar.pass_time(days=(period.period_end - clock.day_of(clock.now())).days)
    renewal = latest()
    assert (renewal.pk != upgrade.pk, renewal.net) == (True, 599_000)
    seller.pay(renewal)

    seller.device.go("/billing/cancel/")
    seller.device.send("Hủy gói")
    seller.device.send("Bỏ lệnh hủy")
    assert not standing(merchant, clock.now()).cancel_at_period_end
    seller.device.go("/billing/cancel/")
    seller.device.send("Hủy gói")
    ending = standing(merchant, clock.now())
    assert ending.cancel_at_period_end
    assert ending.may_sync
    assert ending.ends_on is not None

    calendar.pass_time(days=(ending.ends_on - clock.day_of(clock.now())).days)
    Store.objects.update(next_run_at=clock.now() - timedelta(days=400))
    queue = Queue()
    hand_over(queue)  # type: ignore[arg-type]
    seller.device.go("/billing/")
    assert "Gói đã kết thúc" in seller.page.inner_text("main")
    assert (queue.jobs, standing(merchant, clock.now()).may_sync) == ([], False)
    assert latest() == renewal
    seller.device.go("/settings/data/")
    seller.device.send("Tạo bản xuất")
    assert re.search("Bản xuất (đang chờ|đang được tạo)", seller.page.inner_text("main"))
