"""The demo as a person meets it: the launcher's own processes and a real Chromium."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from reference_app import screens
from tests.app.conftest import call_control
from tests.ports import free_ports

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(screens.CHROMIUM).exists(), reason="no Chromium was found"),
]
ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN = 90.0  # seconds


@frozen
class Demo:
    """A running demo."""

    url: str
    sandbox: str
    login: screens.Login


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Run `make demo` in a folder of its own."""
    place = tmp_path_factory.mktemp("demo")
    first = free_ports(7)
    env = {name: value for name, value in os.environ.items() if not name.startswith("ENTRO_")}
    env |= {
        "APP_PORT": str(first + 6),
        "SANDBOX_PORT": str(first),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "ENTRO_DATA_DIR": str(place / ".demo"),
    }
    with (place / "launch.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "reference_app.launch"], cwd=place, env=env,
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        ready = _ready(place, process)
        login = screens.Login(ready["url"].rstrip("/"), ready["email"], ready["password"])
        yield Demo(login.url, ready["sandbox"], login)
    finally:
        process.terminate()
        process.wait(30)


def _ready(place: Path, process: subprocess.Popen[bytes]) -> dict[str, str]:
    end = time.monotonic() + READY_WITHIN
    while time.monotonic() < end and process.poll() is None:
        if (place / ".demo" / "ready.json").exists():
            ready: dict[str, str] = json.loads((place / ".demo" / "ready.json").read_text())
            return ready
        threading.Event().wait(0.1)
    raise AssertionError((place / "launch.log").read_text())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Run one Chromium for the module."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=screens.CHROMIUM, args=screens.CHROMIUM_OPTIONS
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any, demo: Demo) -> Iterator[Any]:
    """Open a window of a logged-in Vietnamese visitor; what the browser refuses fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="vi-VN")
    context.set_default_timeout(45_000)
    refused: list[str] = []
    window = context.new_page()
    window.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    window.on("pageerror", lambda error: refused.append(str(error)))
    screens.log_in(window, demo.login)
    yield window
    context.close()
    assert refused == []


@pytest.fixture
def synced(page: Any, demo: Demo) -> Any:
    """Open such a window once the first sync of every store has come to its end."""
    page.goto(f"{demo.url}/sync/")
    page.locator(".sync-card .state-good").first.wait_for()
    page.locator(".sync-card:not(:has(.state-good))").first.wait_for(state="detached")
    return page


def test_a_visitor_logs_in(chromium: Any, demo: Demo) -> None:
    """The first page is a log-in form; the demo's login leads home, logging out leads back."""
    context = chromium.new_context(locale="en-GB")
    window = context.new_page()
    window.goto(f"{demo.url}/orders/")
    assert "/accounts/login/" in window.url
    screens.log_in(window, demo.login, "en")
    assert window.locator("h1").inner_text() == "Home"
    window.locator(".side .visitor summary").click()
    window.get_by_role("button", name="Log out").click()
    window.wait_for_url("**/accounts/login/**")
    context.close()


def test_the_first_sync_is_seen_to_its_end(page: Any, demo: Demo) -> None:
    """The sync centre goes on by itself, without reloading, until everything is complete."""
    page.goto(f"{demo.url}/sync/")
    page.evaluate("window.sameDocument = true")
    page.locator(".sync-card .state-good").first.wait_for()
    assert page.evaluate("window.sameDocument") is True
    page.reload()
    missing = page.locator("#completeness tbody tr:not(.group) td:nth-child(5)").all_inner_texts()
    assert set(missing) == {"0"}


def test_syncing_by_hand(synced: Any, demo: Demo) -> None:
    """The button starts a run that is seen to begin and to end."""
    synced.goto(f"{demo.url}/sync/")
    card = synced.locator(".sync-card:has(.mp-tiki)")
    card.locator("button:not([disabled])").click()
    card.locator("button[disabled]").wait_for()
    card.locator("button:not([disabled])").wait_for()
    synced.reload()
    assert "Chạy tay" in synced.locator("#history").inner_text()


@pytest.mark.slow
def test_a_new_order_arrives(page: Any, demo: Demo) -> None:
    """What a buyer buys in the sandbox stands on top of the order list after a run."""
    bought = call_control(demo.sandbox, "POST", "orders", {"count": 1, "marketplace": "shopee"})
    number = json.dumps(bought)
    # A run reads seconds that are over.
    call_control(demo.sandbox, "POST", "clock", {"advance_s": 2})
    page.goto(f"{demo.url}/sync/")
    card = page.locator(".sync-card:has(.mp-shopee)")
    card.locator("button:not([disabled])").click()
    card.locator("button[disabled]").wait_for()
    card.locator("button:not([disabled])").wait_for()
    page.goto(f"{demo.url}/orders/")
    shown = page.locator(".orders tbody th b").all_inner_texts()
    assert any(name in number for name in shown)


def test_searching_and_opening_an_order(synced: Any, demo: Demo) -> None:
    """A product name typed without diacritics finds orders; one opens with its history."""
    synced.goto(f"{demo.url}/orders/?status=COMPLETED")
    name = synced.locator(".orders .products > span").first.inner_text()
    from reference_app.web.text import fold

    synced.fill("#q", " ".join(fold(name).split()[:3]))
    synced.keyboard.press("Enter")
    synced.wait_for_url("**q=*")
    found = synced.locator(".orders tbody tr").count()
    synced.locator(".orders tbody th a").first.click()
    synced.locator(".timeline").wait_for()
    assert found > 0
    assert synced.locator(".timeline li").count() > 0


@pytest.mark.slow
def test_choosing_a_filter_needs_no_button(synced: Any, demo: Demo) -> None:
    """A status chosen from the list filters at once, and empty filters stay out of the address."""
    synced.goto(f"{demo.url}/orders/")
    synced.select_option("select[name=status]", "CANCELLED")
    synced.wait_for_url("**?status=CANCELLED")
    synced.locator(".orders .state").last.wait_for()
    assert set(synced.locator(".orders .state").all_inner_texts()) == {"Đã hủy"}


def test_changing_the_language(page: Any, demo: Demo) -> None:
    """The menu changes the language of this page and of those after it."""
    page.goto(f"{demo.url}/stores/")
    page.locator(".side .visitor summary").click()
    page.locator(".side .languages").get_by_text("English").click()
    page.wait_for_url("**lang=en")
    page.locator(".side").get_by_text("Orders").click()
    assert page.locator("h1").inner_text() == "Orders"


def test_pausing_a_store(page: Any, demo: Demo) -> None:
    """A store is paused and resumed with a click each, and says so."""
    page.goto(f"{demo.url}/stores/")
    page.get_by_role("button", name="Tạm dừng").first.click()
    page.locator(".notice-success").wait_for()
    paused = page.locator(".store-card .state").first.inner_text()
    page.get_by_role("button", name="Chạy lại").first.click()
    page.locator(".notice-success").wait_for()
    resumed = page.locator(".store-card .state").first.inner_text()
    assert (paused, resumed) == ("Tạm dừng", "Đang kết nối")


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    ["/", "/orders/", "/payments/", "/payments/orders/", "/payments/payouts/", "/returns/",
     "/stores/", "/stores/connect/", "/sync/", "/linking/files/", "/catalogue/",
     "/catalogue/new/", "/catalogue/prices/", "/linking/history/", "/inventory/",
     "/inventory/count/", "/inventory/transfers/", "/inventory/channels/", "/inventory/pushes/",
     "/settings/audit/"],
)  # fmt: skip
def test_nothing_overflows_on_a_phone(page: Any, demo: Demo, path: str) -> None:
    """At phone width no page is wider than the screen, in either language."""
    page.set_viewport_size({"width": 390, "height": 844})
    over = []
    for language in ("vi", "en"):
        page.goto(f"{demo.url}{path}?lang={language}")
        over.append(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
    page.goto(f"{demo.url}/?lang=vi")
    assert over == [0, 0]


@pytest.mark.slow
def test_an_order_on_a_phone(synced: Any, demo: Demo) -> None:
    """The detail page fits a phone as well."""
    synced.set_viewport_size({"width": 390, "height": 844})
    synced.goto(f"{demo.url}/orders/?status=COMPLETED")
    synced.locator(".orders tbody th a").first.click()
    synced.locator(".timeline").wait_for()
    assert synced.evaluate("document.documentElement.scrollWidth - innerWidth") == 0


def painted(page: Any, box: str) -> int:
    """Return how many pixels of a chart are coloured in."""
    return int(
        page.locator(f"[data-chart={box}] canvas").evaluate(
            """(canvas) => {
                const data = canvas.getContext("2d")
                    .getImageData(0, 0, canvas.width, canvas.height).data;
                let count = 0;
                for (let at = 0; at < data.length; at += 4) {
                    const [red, green, blue, alpha] = data.slice(at, at + 4);
                    const most = Math.max(red, green, blue);
                    count += alpha > 200 && most - Math.min(red, green, blue) > 40;
                }
                return count;
            }"""
        )
    )


@pytest.mark.slow
def test_home_draws_its_charts(synced: Any, demo: Demo) -> None:
    """Bars are really painted, under the content policy; the table behind them opens."""
    synced.goto(f"{demo.url}/")
    synced.locator("[data-chart=chart-days] canvas").wait_for()
    days = synced.locator("section.panel:has([data-chart=chart-days])")
    days.locator("summary").click()
    assert painted(synced, "chart-days") > 500
    assert days.locator("table tbody tr").first.is_visible()
    assert synced.locator("[data-chart=chart-days]").get_attribute("aria-label")


@pytest.mark.slow
def test_payments_are_filtered_in_place(synced: Any, demo: Demo) -> None:
    """A kind narrows list, totals and chart without a new page, and stays in the address."""
    synced.goto(f"{demo.url}/payments/")
    synced.locator("[data-chart=chart-kinds] canvas").wait_for()
    whole = painted(synced, "chart-kinds")
    synced.evaluate("window.sameDocument = true")
    synced.select_option("select[name=kind]", "commission")
    synced.wait_for_url("**kind=commission**")
    synced.locator(".movements tbody tr").first.wait_for()
    synced.locator("[data-chart=chart-kinds] canvas").wait_for()
    kinds = set(synced.locator(".movements tbody th b").all_inner_texts())
    assert (kinds, synced.evaluate("window.sameDocument")) == ({"Phí hoa hồng"}, True)
    assert 0 < painted(synced, "chart-kinds") != whole


@pytest.mark.slow
def test_an_orders_waterfall(synced: Any, demo: Demo) -> None:
    """An order's money is drawn from the price to the payout, with its table below."""
    synced.goto(f"{demo.url}/payments/")
    synced.locator(".movements tbody td a").first.click()
    synced.locator("[data-chart=chart-waterfall] canvas").wait_for()
    assert painted(synced, "chart-waterfall") > 500
    assert synced.locator(".waterfall tfoot .num").inner_text().endswith("₫")


@pytest.mark.slow
def test_the_keyboard_shows_where_it_is(page: Any, demo: Demo) -> None:
    """The first stop of Tab is a visible link past the navigation."""
    page.goto(f"{demo.url}/orders/")
    page.keyboard.press("Tab")
    focused = page.evaluate("[document.activeElement.className, document.activeElement.offsetLeft]")
    assert focused == ["skip", 8]


# Linking


def linking_of(page: Any, demo: Demo, state: str) -> int:
    """Open a tab of the linking page and return its count."""
    page.goto(f"{demo.url}/linking/?state={state}")
    return number(page.locator("#states [aria-current] b"))


def number(count: Any) -> int:
    """Read a number as it is shown."""
    return int(count.inner_text().replace(".", ""))


def import_file(page: Any, demo: Demo, lines: list[str]) -> None:
    """Import a catalogue."""
    page.goto(f"{demo.url}/linking/files/")
    body = "\n".join(lines).encode()
    page.set_input_files(
        "#file-variants", {"name": "hang-hoa.csv", "mimeType": "text/csv", "buffer": body}
    )
    page.locator("form:has(#file-variants) button").click()
    page.locator("#errand:not([hx-get]) .tiles").wait_for()


def skus(page: Any) -> list[str]:
    """Return the SKUs of the listings on the page."""
    texts = page.locator(".links tbody th small").all_inner_texts()
    return [found[1] for text in texts if (found := re.search(r"SKU (\S+)", text))]


@pytest.mark.slow
def test_linking_a_listing_and_undoing_it(synced: Any, demo: Demo) -> None:
    """A row becomes linked without a reload, the tabs count along, and undo takes it back."""
    before = linking_of(synced, demo, "missing")
    synced.evaluate("window.sameDocument = true")
    row = synced.locator(".links tbody tr").first
    row.get_by_role("button", name="Tạo mới").click()
    row.locator(".state-good").wait_for()
    after = number(synced.locator("#states [aria-current] b"))
    same = synced.evaluate("window.sameDocument")
    row.get_by_role("button", name="Hoàn tác").click()
    synced.locator(".notice-success").wait_for()
    assert (after < before, same, "Đã hoàn tác" in synced.locator(".notice").inner_text()) == (
        True,
        True,
        True,
    )


@pytest.mark.slow
def test_a_file_with_bad_lines_bulk_accept_and_undo(synced: Any, demo: Demo) -> None:
    """Good lines come in and bad ones are listed; what they suggest is accepted and undone."""
    linking_of(synced, demo, "missing")
    alike = [sku.replace("-", " ") for sku in dict.fromkeys(skus(synced)[4:8])]
    lines = [f"{sku},Hàng {number}," for number, sku in enumerate(alike)]
    lines += [f"DAY-{number},Hàng thêm," for number in range(600)]  # too long for a request
    import_file(synced, demo, ["sku,name,price", *lines, ",Không mã,", "X-1,Hàng lạ,12.5"])
    left = synced.locator("#left-out tbody tr").all_inner_texts()
    waiting = linking_of(synced, demo, "suggested")
    synced.locator("[data-ticks]").check()
    synced.get_by_role("button", name="Chấp nhận", exact=True).first.click()
    synced.locator(".notice-success").wait_for()
    accepted = linking_of(synced, demo, "suggested")
    synced.locator("#undo-last").click()
    synced.locator(".notice-success").wait_for()
    again = linking_of(synced, demo, "suggested")
    assert (len(left), waiting >= len(alike), accepted, again) == (2, True, 0, waiting)


@pytest.mark.slow
def test_choosing_a_variant_by_typing(synced: Any, demo: Demo) -> None:
    """The search on a listing's page shows variants while typing, and one click links."""
    import_file(synced, demo, ["sku,name", "TIM-1,Món hàng để tìm"])
    linking_of(synced, demo, "missing")
    synced.locator(".links tbody tr .act a").last.click()
    synced.locator("#choose").press_sequentially("mon hang de tim")
    synced.locator("#choices").get_by_role("button").first.click()
    synced.locator(".chosen").wait_for()
    assert "TIM-1" in synced.locator(".chosen").inner_text()


@pytest.mark.slow
@pytest.mark.parametrize("state", ["suggested", "missing", "linked"])
def test_linking_fits_a_phone(synced: Any, demo: Demo, state: str) -> None:
    """Rows of every tab fit a phone."""
    synced.set_viewport_size({"width": 390, "height": 844})
    linking_of(synced, demo, state)
    assert synced.evaluate("document.documentElement.scrollWidth - innerWidth") == 0


# Stock


@pytest.fixture
def counted(synced: Any, demo: Demo) -> str:
    """Create a variant from the first Shopee listing and count 40 of it; returns its SKU."""
    missing = f"{demo.url}/linking/?state=missing"
    synced.goto(missing)
    shopee = synced.locator("select[name=store] option", has_text="Shopee").get_attribute("value")
    synced.goto(f"{missing}&store={shopee}")
    sku = skus(synced)[0]
    synced.locator(".links tbody tr").first.get_by_role("button", name="Tạo mới").click()
    synced.locator(".links tbody tr .state-good").first.wait_for()
    count(synced, demo, sku, 40)
    return sku


def count(window: Any, demo: Demo, sku: str, units: int) -> None:
    """Count so many units of a variant."""
    window.goto(f"{demo.url}/inventory/count/?q={sku}")
    window.locator(".counts input").first.fill(str(units))
    window.locator("#take-count").click()
    window.locator(".notice-success").wait_for()


def until_shown(window: Any, address: str, text: str) -> str:
    """Look again until a page shows a text; the worker is another process."""
    end = time.monotonic() + 90
    while text not in (body := str(window.locator("main").inner_text())):
        assert time.monotonic() < end, body
        threading.Event().wait(0.5)
        window.goto(address)
    return body


@pytest.mark.slow
def test_a_stocktake_and_a_push_refused_during_a_campaign(
    synced: Any, demo: Demo, counted: str
) -> None:
    """What was counted is told to the store; below what a campaign holds is refused by name."""
    synced.goto(f"{demo.url}/inventory/?q={counted}")
    on_hand = synced.locator(".stock tbody td").first.inner_text()
    synced.goto(f"{demo.url}/inventory/channels/")
    synced.locator("tr:has(.mp-shopee) a.btn").click()
    row = synced.locator("#preview tbody tr", has_text=counted)
    preview = row.locator("td").nth(1).inner_text()
    synced.locator("#switch").click()
    synced.locator(".notice-success").wait_for()
    pushes = f"{demo.url}/inventory/pushes/"
    synced.goto(pushes)
    until_shown(synced, pushes, "40")
    lock = {"marketplace": "shopee", "sku": counted, "units": 20}
    call_control(demo.sandbox, "POST", "campaigns", lock)
    count(synced, demo, counted, 5)
    synced.goto(f"{demo.url}/sync/")
    synced.locator(".sync-card:has(.mp-shopee) button:not([disabled])").click()
    body = until_shown(synced, f"{pushes}?outcome=refused", "Chiến dịch đang giữ")
    assert (on_hand, preview, "reserved by promotion" in body) == ("40", "40", True)


# Orders


def _bought(demo: Demo, *stages: str) -> list[str]:
    """Let Shopee's buyers buy orders, put them into stages, and return their numbers."""
    wish = {"count": len(stages), "marketplace": "shopee", "cod": False}
    sold = call_control(demo.sandbox, "POST", "orders", wish)["orders"]
    for one, stage in zip(sold, stages, strict=True):
        place = f"orders/shopee/{one['id']}/status"
        call_control(demo.sandbox, "POST", place, {"status": stage})
    # A run reads seconds that are over.
    call_control(demo.sandbox, "POST", "clock", {"advance_s": 2})
    return [one["id"] for one in sold]


def _read(page: Any, demo: Demo, *numbers: str) -> None:
    """Sync Shopee by hand until the orders are here."""
    page.goto(f"{demo.url}/sync/")
    card = page.locator(".sync-card:has(.mp-shopee)")
    card.locator("button:not([disabled])").click()
    card.locator("button[disabled]").wait_for()
    card.locator("button:not([disabled])").wait_for()
    for number in numbers:
        page.goto(f"{demo.url}/orders/?q={number}")
        page.locator(".orders tbody th a").wait_for()


@pytest.mark.slow
def test_shipping_an_order(synced: Any, demo: Demo) -> None:
    """The form offers the marketplace's ways; the order's page tells what came of it."""
    (number,) = _bought(demo, "TO_SHIP")
    _read(synced, demo, number)
    synced.locator(".orders tbody th a").click()
    synced.get_by_role("link", name="Giao hàng").click()
    synced.locator("input[name=method]").first.wait_for()
    synced.get_by_role("button", name="Giao hàng").click()
    synced.locator("#acts .state-good").wait_for()
    assert "Sàn đã nhận yêu cầu giao hàng." in synced.locator("#acts").inner_text()


@pytest.mark.slow
def test_cancelling_an_order(synced: Any, demo: Demo) -> None:
    """A reason of the marketplace cancels the order, and its page says so."""
    (number,) = _bought(demo, "TO_SHIP")
    _read(synced, demo, number)
    synced.locator(".orders tbody th a").click()
    synced.get_by_role("link", name="Hủy đơn").click()
    synced.select_option("#reason", index=2)
    synced.get_by_role("button", name="Hủy đơn").click()
    synced.locator("#acts .state-good").wait_for()
    assert synced.locator(".head-states .state").inner_text() == "Đã hủy"


@pytest.mark.slow
def test_shipping_many_with_one_refusal(synced: Any, demo: Demo) -> None:
    """Each order has its own outcome; the report is still there after a reload, and logged."""
    numbers = _bought(demo, "TO_SHIP", "SHIPPED", "TO_SHIP")
    _read(synced, demo, *numbers)
    synced.goto(f"{demo.url}/orders/")
    for number in numbers:
        synced.get_by_label(f"Chọn đơn {number}").check()
    synced.get_by_role("button", name="Giao các đơn đã chọn").click()
    synced.wait_for_url("**/orders/acts/*/")
    synced.reload()
    states = sorted(synced.locator("#act tbody .state").all_inner_texts())
    synced.goto(f"{demo.url}/settings/audit/")
    logged = synced.locator("tbody").inner_text()
    assert (states, [n for n in numbers if n not in logged]) == (
        ["Bị từ chối", "Đã nhận", "Đã nhận"],
        [],
    )
