"""A shop's day on Tiki, from consent to the money; returns are Seller Center's affair."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrosdk import OrderStatus
from entrosdk.errors import Unsupported
from entrosdk.sandbox import TikiProfile
from tests.sandboxes import Table
from tests.stories.story import DRIVERS, Driver, Scene, Story, tell


class Dropshipping(Story):
    """Orders that Tiki fetches; the other models are told in the integration tests."""

    def scene(self, driver: Driver) -> Scene:
        """Set the stage with one operation model."""
        profile = TikiProfile(models=("dropship",))
        table = Table(self.name, orders=30, products=8, profile=profile)
        return Scene(self.name, driver, table, table.market.app)


DAY = Dropshipping("tiki", compared=("orders", "products", "payments"), pulls=True)


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.name)
def test_a_shops_day(driver: Driver, tmp_path: Path) -> None:
    """Every step through the public API, and the sandbox's truth at every step."""
    tell(DAY, driver, tmp_path)


def test_an_order_that_comes_back_earns_nothing() -> None:
    """The order says so; asking for its return is refused before anything is sent."""
    table = Table("tiki", orders=3)
    with table.shop() as shop:
        name = table.market.shop.buy(table.box.world.now, cod=True).id
        table.control("POST", f"/control/orders/tiki/{name}/status", b'{"status": "RETURNING"}')
        assert shop.orders.get(name).status is OrderStatus.RETURNED
        assert sum(payment.amount.minor for payment in shop.payments.for_order(name)) == 0
        with pytest.raises(Unsupported):
            shop.returns.get(name)
