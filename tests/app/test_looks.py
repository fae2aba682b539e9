"""Every screen of the app in a real Chromium: how it looks, and how it is for those who see less.

The pages are found as `make screens` finds them, so a new page is checked without being listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reference_app import screens
from reference_app.screens.looks import Watch

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not Path(screens.CHROMIUM).exists(), reason="no Chromium was found"),
]
GRAVE = {"serious", "critical"}


@pytest.fixture(scope="module")
def login() -> Iterator[screens.Login]:
    """Run the app on invented data."""
    with screens.own_app() as login:
        yield login


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


@pytest.fixture(scope="module")
def places() -> dict[str, str]:
    """Keep what the first tour finds for those after it."""
    return {}


@pytest.mark.parametrize(
    ("language", "width"), [("vi", "wide"), ("vi", "phone"), ("en", "wide"), ("en", "phone")]
)
def test_every_screen(
    chromium: Any, login: screens.Login, places: dict[str, str], language: str, width: str
) -> None:
    """Nothing overflows, fails, comes from elsewhere or is grave for a screen reader."""
    from axe_playwright_python.sync_playwright import Axe

    axe, page = Axe(), screens.window(chromium, language, width)
    watch = Watch.on(page, login.url)
    seen, wrong = 0, []
    for name in screens.visits(page, login, language, places):
        found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
        seen += 1
        wrong += [f"{name}: {fault}" for fault in watch.faults(language)]
        wrong += [
            f"{name}: {fault['id']}: {node['target'][0]}: {node['html'][:120]}"
            for fault in found
            if fault["impact"] in GRAVE
            for node in fault["nodes"][:3]
        ]
    page.context.close()
    assert (wrong, seen > 60) == ([], True), "\n".join(wrong)
