"""A shop's day on Shopee, from consent to refund."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.story import DRIVERS, Driver, Story, tell


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.name)
def test_a_shops_day(driver: Driver, tmp_path: Path) -> None:
    """Every step through the public API, and the sandbox's truth at every step."""
    tell(Story("shopee"), driver, tmp_path)
