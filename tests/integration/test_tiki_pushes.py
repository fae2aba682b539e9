"""The older pushes of Tiki, about product requests: from the emulated review to an event (7.2)."""

from __future__ import annotations

import pytest

from entrosdk import App, ProductChanged, ProductPatch, Secret
from entrosdk.errors import BadSignature
from tests.sandboxes import Table

HOOK = "http://127.0.0.1:9/hook"  # nobody listens: pushes are taken from the queue


def app(table: Table) -> App:
    """The app as the seller's ERP knows it, with the pair that was registered for pushes."""
    store = table.box.stores()[0]
    return App(
        key=store["app_key"],
        secret=Secret(store["app_secret"]),
        push_secret=Secret(store["push_secret"]),
    )


def test_a_reviewed_request_is_pushed_and_a_stranger_is_not_believed() -> None:
    """The push names the product that was changed; another pair, and none, are refused."""
    table = Table("tiki", orders=1)
    table.market.pushes.aim(HOOK)
    with table.shop(app=app(table)) as shop:
        product = next(iter(shop.products.list()))
        shop.products.update(product.id, ProductPatch(title="Tên mới"))
        table.sleep(121)
        table.box.world.settle()
        (push,) = table.market.pushes.due(table.box.world.now)
        headers = table.market.pushes.headers(push)
        (event,) = shop.events.parse(headers=headers, body=push.body, url=HOOK)
        assert isinstance(event, ProductChanged)
        assert (event.product_id, event.shop_id) == (product.id, "418207")
        assert event.raw_kind == "product:request:approved"
        assert shop.products.get(event.product_id).title.startswith("Tên mới")
        for wrong in ({}, {"Authorization": "Basic aG9vazpub3RoaW5n"}):
            with pytest.raises(BadSignature):
                shop.events.parse(headers=wrong, body=push.body, url=HOOK)
