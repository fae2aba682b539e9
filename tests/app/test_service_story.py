"""Support and status as people meet them: a real server and a real Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest

from reference_app import screens

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not Path(screens.CHROMIUM).exists(), reason="no Chromium was found"),
]


def test_a_request_from_asking_to_solving(tmp_path: Path) -> None:
    """Asked from an order's page with a file, answered at the desk, read there, solved.

    What the browser refuses by the content policy fails the test.
    """
    from playwright.sync_api import sync_playwright

    picture = tmp_path / "anh.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    refused: list[str] = []
    with screens.own_app() as login, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=screens.CHROMIUM, args=screens.CHROMIUM_OPTIONS
        )
        context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
        page = context.new_page()
        page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
        page.goto(f"{login.url}/status/")
        assert page.locator("h1").inner_text() == "Service status"
        screens.log_in(page, login, "en")

        page.goto(f"{login.url}/orders/")
        page.locator(".orders tbody th a").first.click()
        page.get_by_text("Ask support about this").click()
        number = page.locator("#id_order").input_value()
        page.fill("#id_subject", "Wrong fee")
        page.fill("#id_text", "Please look at it.")
        page.set_input_files("#id_files", picture)
        page.locator("form.panel button[type=submit]").click()
        page.locator(".talk").wait_for()
        asked = page.url
        assert number in page.locator(".facts").inner_text()
        with page.expect_download() as got:
            page.get_by_text("anh.png").click()
        assert got.value.path().read_bytes() == picture.read_bytes()

        page.goto(f"{login.url}/backoffice/support/")
        page.get_by_text("Wrong fee").click()
        page.fill("#id_text", "It is the marketplace's subsidy.")
        page.get_by_role("button", name="Send", exact=True).click()
        page.locator(".notice-success").wait_for()
        assert page.get_by_text("Wrong fee").count() == 0  # no answer is owed any more

        page.goto(asked)
        assert "subsidy" in page.locator(".talk .theirs").inner_text()
        page.get_by_role("button", name="It is solved").click()
        page.locator(".state-good", has_text="Solved").wait_for()
        browser.close()
    assert refused == []
