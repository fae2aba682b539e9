"""A Lazada shop's day, through the public API only."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.story import DRIVERS, Driver, Story, tell


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.name)
def test_a_shops_day(driver: Driver, tmp_path: Path) -> None:
    """Consent, sync, sale, push, stock, shipment, label, delivery, money, return, refund."""
    tell(Story("lazada"), driver, tmp_path)
