"""The app and the emulated gateway over real HTTP, and what the gateway does on order."""

from __future__ import annotations

import asyncio
import io
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import zxingcpp
from aiohttp import web
from attrs import evolve, frozen
from django.conf import settings
from django.test import Client, override_settings
from PIL import Image

from entrosdk import Secret
from reference_app import screens
from reference_app.billing.models import Invoice
from reference_app.paying import sweeping
from reference_app.paying.gateway.server import Places, application
from reference_app.paying.gateway.till import Refused, Till
from reference_app.paying.invoices import ask_of
from reference_app.paying.models import Attempt, Transfer
from reference_app.paying.vnpay import signing
from tests.ports import HOST, free_ports

SECRET = Secret("DEMOSECRET")
BEGUN = datetime(2026, 7, 10, 9, 0, tzinfo=UTC)
TERMINAL = signing.Terminal(code="DEMOTMN1", secret=SECRET, url="http://127.0.0.1:1/pay")


def asked(**changes: str) -> dict[str, str]:
    """Return a signed request to pay."""
    payment = signing.Payment(
        reference="INV2026000123A1", amount=322_920, text="Hoa don", locale="vn",
        return_url="http://127.0.0.1:1/return", address=HOST, begun=BEGUN + timedelta(hours=7),
    )  # fmt: skip
    values = {**signing.fields(TERMINAL, payment), **changes}
    return {**values, "vnp_SecureHash": signing.sign(values, SECRET)}


def till(**more: Any) -> Till:
    """Open a till."""
    return Till(code="DEMOTMN1", secret=SECRET, **more)


@pytest.mark.parametrize(
    "wrong",
    [
        {"vnp_TmnCode": "OTHER123"}, {"vnp_Version": "2.0.0"}, {"vnp_Amount": "100"},
        {"vnp_IpAddr": ""}, {"vnp_ExpireDate": "20260710090000"}, {"vnp_CreateDate": ""},
        {"vnp_ExpireDate": "soon"},
    ],
)  # fmt: skip
def test_the_gateway_is_strict(wrong: dict[str, str]) -> None:
    """What VNPay would refuse is refused; so is a value changed after signing."""
    with pytest.raises(Refused):
        till().ask(asked(**wrong), BEGUN)
    with pytest.raises(Refused, match="signature"):
        till().ask({**asked(), "vnp_Amount": "100000000"}, BEGUN)


def test_a_choice_is_made_once() -> None:
    """A second click leads to the same place and tells nothing more; the reference is used up."""
    box = till()
    order = box.ask(asked(), BEGUN)
    first = box.choose(order.token, "pay", BEGUN)
    assert box.choose(order.token, "cancel", BEGUN) == first
    assert len(box.notices) == 1
    assert signing.true(dict(parse_qsl(urlsplit(first).query)), SECRET)
    with pytest.raises(Refused, match="used before"):
        box.ask(asked(), BEGUN)


def test_a_choice_after_its_time_is_a_failure() -> None:
    """After the time to pay the answer is 11, whatever was clicked."""
    box = till()
    order = box.ask(asked(), BEGUN)
    place = box.choose(order.token, "pay", BEGUN + timedelta(minutes=16))
    assert dict(parse_qsl(urlsplit(place).query))["vnp_ResponseCode"] == "11"


def test_notices_are_told_until_they_are_settled() -> None:
    """Anything but 00 and 02 is told again after the pause, up to the set number of tries."""
    box = till(tries=3, pause=300)
    box.choose(box.ask(asked(), BEGUN).token, "pay", BEGUN)
    now = BEGUN.timestamp()
    for reply in ("ClientError", "99", "04"):
        (notice,) = box.take_due(now)
        box.answered(notice, reply, now)
        assert box.take_due(now + 299) == []
        now += 300
    assert (notice.over, box.take_due(now)) == (True, [])
    box.send(notice, now)
    box.answered(box.take_due(now)[0], "02", now)
    assert box.take_due(now + 10_000) == []


# Over HTTP


@frozen
class Gateway:
    """A running gateway."""

    url: str
    till: Till

    def control(self, path: str, **body: Any) -> Any:
        """Call its control API."""
        return fetch(f"{self.url}/control/{path}", json.dumps(body).encode() if body else None)

    def replies(self, count: int) -> list[list[str]]:
        """Wait until `count` notices have come to their end; returns what was answered."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            notices = self.control("notices")
            if len(notices) >= count and all(one["over"] for one in notices):
                return [one["replies"] for one in notices]
            threading.Event().wait(0.02)
        raise AssertionError(self.control("notices"))


def fetch(url: str, body: bytes | None = None) -> Any:
    """Ask for JSON."""
    with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=10) as reply:
        return json.load(reply)


@pytest.fixture
def gateway(live_server: Any) -> Iterator[Gateway]:
    """Run a gateway that tells the live app, in a thread; the app knows it as its VNPay."""
    box = till(tries=3, pause=0.05)
    places = Places(
        ipn=f"{live_server.url}/paying/vnpay/ipn",
        bank=f"{live_server.url}/paying/bank/notice",
        bank_secret=Secret("DEMOBANKSECRET"),
    )
    port, loop, ready = free_ports(1), asyncio.new_event_loop(), threading.Event()
    stop = asyncio.Event()

    async def serve() -> None:
        runner = web.AppRunner(application(box, places))
        await runner.setup()
        await web.TCPSite(runner, HOST, port).start()
        ready.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    url = f"http://{HOST}:{port}"
    terminal = evolve(settings.PAYING.terminal, url=f"{url}/paymentv2/vpcpay.html")
    ways = evolve(
        settings.PAYING,
        terminal=terminal,
        list_url=f"{url}/bank/transactions/list",
        list_secret=Secret("DEMOBANKSECRET"),
    )
    with override_settings(PAYING=ways):
        yield Gateway(url, box)
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
    loop.close()


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect, so that a test sees where it leads."""

    def redirect_request(self, *_: Any) -> None:
        return None


@pytest.fixture
def pay(gateway: Gateway, browser_of: Client, invoice: Invoice) -> Callable[[str], str]:
    """Return what starts a payment, makes a choice, and gives the page somebody returns to."""

    def go(choice: str) -> str:
        place = browser_of.post(f"/paying/invoices/{invoice.pk}/vnpay/")["Location"]
        with urllib.request.urlopen(place, timeout=10) as reply:
            page = reply.read().decode()
        assert "322.920" in page
        form = page.partition('action="')[2].partition('"')[0]
        body = urlencode({"choice": choice}).encode()
        opener = urllib.request.build_opener(Stay)
        with pytest.raises(urllib.error.HTTPError) as sent:
            opener.open(f"{gateway.url}{form}", body, timeout=10)
        back = urlsplit(sent.value.headers["Location"])
        sent.value.close()
        return f"{back.path}?{back.query}"

    return go


@pytest.mark.django_db(transaction=True)
def test_a_payment_there_and_back(
    gateway: Gateway, pay: Callable[[str], str], browser_of: Client, invoice: Invoice
) -> None:
    """Button, gateway, notice, return: the invoice is paid, and a doubled notice is 02."""
    gateway.control("notices", repeat=1)
    back = pay("pay")
    assert sorted(gateway.replies(2)) == [["00"], ["02"]]
    invoice.refresh_from_db()
    assert invoice.state == "paid"
    assert "đã xác nhận" in browser_of.get(back).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_failure_and_another_try(
    gateway: Gateway, pay: Callable[[str], str], invoice: Invoice
) -> None:
    """A cancelled payment is recorded; the next attempt has a reference of its own and pays."""
    pay("cancel")
    assert gateway.replies(1) == [["00"]]
    pay("pay")
    assert gateway.replies(2) == [["00"], ["00"]]
    states = list(Attempt.objects.order_by("id").values_list("number", "state", "code"))
    assert states == [(1, "failed", "24"), (2, "paid", "00")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("mischief", "replies"),
    [
        ({"forge": True}, [["97", "97", "97"]]),
        ({"amount": 1_000}, [["04", "04", "04"]]),
        ({"lose": True}, []),
    ],
)
def test_mischief_settles_nothing(
    gateway: Gateway,
    pay: Callable[[str], str],
    browser_of: Client,
    mischief: dict[str, Any],
    replies: list[list[str]],
) -> None:
    """Forged, changed and lost notices leave the attempt waiting, and the page says so."""
    gateway.control("notices", **mischief)
    back = pay("pay")
    assert gateway.replies(len(replies)) == replies
    assert Attempt.objects.get().state == "pending"
    assert "VNPay xác nhận" in browser_of.get(back).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_fault_of_ours_is_told_again(
    gateway: Gateway, pay: Callable[[str], str], invoice: Invoice
) -> None:
    """99 is told again, and the next try settles."""
    ways = settings.PAYING
    gateway.control("notices", delay=0.3)
    pay("pay")
    with override_settings(PAYING=evolve(ways, terminal=None)):
        while not (seen := gateway.control("notices")[0]["replies"]):
            threading.Event().wait(0.01)
    assert (seen[0], gateway.replies(1)[0][-1]) == ("99", "00")
    invoice.refresh_from_db()
    assert invoice.state == "paid"


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(not Path(screens.CHROMIUM).exists(), reason="no Chromium was found")
@pytest.mark.django_db(transaction=True)
def test_a_person_scans_and_pays(
    gateway: Gateway,
    browser_of: Client,
    invoice: Invoice,
    live_server: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The code on the page is read by ZXing; the button leads to the gateway under our policy."""
    from playwright.sync_api import sync_playwright

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright runs a loop in this thread
    ask = ask_of(invoice)
    assert ask is not None
    policy = settings.CONTENT_SECURITY_POLICY
    form = ["'self'", *settings.PAYING.form_targets()]
    allowed = {**policy, "DIRECTIVES": {**policy["DIRECTIVES"], "form-action": form}}
    session = browser_of.cookies[settings.SESSION_COOKIE_NAME].value
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
    with override_settings(CONTENT_SECURITY_POLICY=allowed), sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=screens.CHROMIUM, args=screens.CHROMIUM_OPTIONS
        )
        context = chromium.new_context(locale="vi-VN", viewport={"width": 390, "height": 900})
        context.add_cookies([cookie])
        page = context.new_page()
        page.goto(f"{live_server.url}/billing/invoices/{invoice.pk}/")
        picture = Image.open(io.BytesIO(page.locator(".pay-code img").screenshot()))
        assert [code.text for code in zxingcpp.read_barcodes(picture)] == [ask.payload]
        page.click(".pay-vnpay button")
        page.click("button[value=pay]")
        page.locator("#returned h1", has_text="Đã thanh toán").wait_for()
        chromium.close()
    invoice.refresh_from_db()
    assert invoice.state == "paid"


@pytest.mark.django_db(transaction=True)
def test_a_transfer_is_told_or_found(gateway: Gateway, invoice: Invoice) -> None:
    """The bank's notice pays; one that was lost is found by sweeping, once."""
    statement = sweeping.statement_of(settings.PAYING)
    assert statement is not None
    gateway.control("transfers", amount=300_000, memo=invoice.pay_code.lower())
    assert Transfer.objects.get().source == "notice"
    gateway.control("bank", lose=True)
    gateway.control("transfers", amount=22_920, memo=f"tra not {invoice.pay_code}")
    now = datetime.now(UTC)
    first, second = sweeping.sweep(statement, now), sweeping.sweep(statement, now)
    assert (first.paid, first.repeated, second.paid, second.repeated) == (1, 1, 0, 2)
    invoice.refresh_from_db()
    assert invoice.state == "paid"


@pytest.mark.django_db(transaction=True)
def test_the_list_is_read_with_the_right_key_only(gateway: Gateway) -> None:
    """A wrong key is refused; the sweeper takes that quietly and tries again later."""
    wrong = evolve(settings.PAYING, list_secret=Secret("x"))
    statement = sweeping.statement_of(wrong)
    assert statement is not None
    with pytest.raises(OSError, match="401"):
        statement.credits(datetime.now(UTC).date())
