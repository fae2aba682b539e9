"""No secret and nothing personal in any log line, repr, error or traceback."""

from __future__ import annotations

import io
import logging
import re
import traceback
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import tenacity

from entrosdk import (
    Image,
    MemoryStore,
    Money,
    Parcel,
    Policy,
    PriceChange,
    ProductDraft,
    ProductPatch,
    Shop,
    StockChange,
    VariantDraft,
    connect,
)
from entrosdk.client.connect import grant_key
from entrosdk.errors import EntroError
from entrosdk.sandbox import LazadaProfile, ShopeeProfile, TikTokProfile
from entrosdk.spi.manifest import Limit
from entrosdk.sync import SqlSink, sync
from tests.sandboxes import NOON, Table, ask, connecting, serving

SINCE = NOON - timedelta(days=29)
PLAIN = {  # buyers without stars; Tiki never masks
    "shopee": ShopeeProfile(masking="none"),
    "lazada": LazadaProfile(masking=False, user_info="both"),
    "tiktok": TikTokProfile(masking=False),
    "tiki": None,
}


def personal(table: Table) -> set[str]:
    """Everything that must not be seen: keys, tokens, buyers."""
    store = table.box.stores()[0]
    secrets = {
        store[name] for name in ("app_secret", "push_secret", "access_token", "refresh_token")
    }
    for order in table.market.shop.orders.values():
        buyer = order.buyer
        phone = buyer.phone.removeprefix("84")  # with 0, 84 or +84 before it
        secrets |= {buyer.name, phone, buyer.street, buyer.username, str(buyer.id), order.note}
    return secrets - {""}


def operations(shop: Shop) -> list[Callable[[], Any]]:
    """Every reading operation of a shop, and some that fail."""
    return [
        shop.info,
        shop.warehouses,
        shop.now,
        lambda: list(shop.orders.list(updated_from=SINCE)),
        lambda: list(shop.orders.pages(updated_from=SINCE)),
        lambda: shop.orders.get("nothing"),
        lambda: shop.orders.get_many(["nothing"]),
        lambda: list(shop.products.list()),
        lambda: shop.products.get("1"),
        lambda: list(shop.payments.list(settled_from=SINCE)),
        lambda: list(shop.payments.payouts(settled_from=SINCE)),
        lambda: shop.payments.for_order("nothing"),
        lambda: list(shop.returns.list(updated_from=SINCE)),
        lambda: shop.returns.get("nothing"),
        shop.events.pull,
        lambda: shop.events.parse(headers={"authorization": "0"}, body=b'{"code": 3}', url="x"),
    ]


def writes(shop: Shop, name: str) -> list[Callable[[], Any]]:
    """Every write, to an order that waits and to things that may not be there."""
    money, photo = Money(99_000, "VND"), Image(content=b"\x89PNG", name="a.png")
    draft = ProductDraft(
        title="Mũ len",
        description="Ấm",
        category_id="100000",
        variants=(VariantDraft(sku="MU", price=money, quantity=4),),
        images=(photo,),
        parcel=Parcel(weight_g=200),
    )
    return [
        lambda: shop.products.set_stock([StockChange(product_id="1", variant_id="2", quantity=1)]),
        lambda: shop.products.set_price([PriceChange(product_id="1", variant_id="2", price=money)]),
        lambda: shop.products.unpublish(["1"]),
        lambda: shop.products.publish(["1"]),
        lambda: shop.products.create(draft),
        lambda: shop.products.update("1", ProductPatch(title="Mũ")),
        lambda: shop.products.submission("1"),
        lambda: shop.orders.shipping_options(name),
        lambda: shop.orders.ship(name),
        lambda: shop.orders.label(name),
        lambda: shop.orders.cancel_reasons(name),
        lambda: shop.orders.accept_cancellation(name),
        lambda: shop.orders.refuse_cancellation(name),
        lambda: shop.orders.cancel(name, "OUT_OF_STOCK"),
        lambda: shop.returns.dispute_reasons("1"),
        lambda: shop.returns.accept("1"),
        lambda: shop.returns.dispute("1", "x", "y", [photo]),
    ]


def drive(shop: Shop, told: io.StringIO, name: str = "nothing") -> None:
    """Run everything; write down every repr, error and traceback."""
    for operation in [*operations(shop), *writes(shop, name)]:
        try:
            result = operation()
            told.write(f"{result!r}\n{result}\n")
            told.writelines(
                f"{each!r} {getattr(each, 'source', '')!r} {vars_of(each)}\n"
                for each in (result if isinstance(result, list) else [])
            )
        except EntroError as error:
            told.write(f"{error!r} {error} {error.context} {error.__dict__}\n")
            told.write("".join(traceback.format_exception(error)))


def vars_of(value: Any) -> str:
    """The reprs of a value's parts."""
    names = getattr(type(value), "__slots__", ())
    return " ".join(repr(getattr(value, name, "")) for name in names if name in SHOWN)


SHOWN = {"recipient", "lines", "packages", "totals", "variants"}

SAID = re.compile(r"(\w+ )\d+ orders\.list: ")  # whose requests were logged

TROUBLE = ["", "malformed_record", "500", "429", "truncated_json", "html", "expire_token", "revoke"]


@pytest.mark.parametrize("effect", TROUBLE)
@pytest.mark.parametrize("marketplace", PLAIN)
def test_nothing_leaks_whatever_happens(
    marketplace: str, effect: str, caplog: pytest.LogCaptureFixture
) -> None:
    """All operations, all loggers at DEBUG, unmasked buyers, every kind of trouble."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="entrosdk")
    table = Table(marketplace, orders=40, profile=PLAIN[marketplace])
    name = table.market.shop.buy(table.box.world.now, cod=True).id
    table.sleep(3600)
    hidden, keeper = personal(table), MemoryStore()
    if effect:
        table.fault(effect, probability=0.5 if effect != "revoke" else 1.0)
    told = io.StringIO()
    with table.shop(policy=Policy(stop=tenacity.stop_after_attempt(2)), store=keeper) as shop:
        told.write(repr(shop))
        drive(shop, told, name)
        key = grant_key(marketplace, table.market.app, shop.shop_id)
    told.write(repr(sync(table.async_shop(), SqlSink("sqlite://"))))
    kept = keeper.load(key)
    assert kept is not None
    hidden |= {kept.grant.access_token.reveal()}
    seen = caplog.text + told.getvalue() + repr(kept)
    assert len(seen) > 2000
    assert [secret for secret in hidden if secret in seen] == []


def test_nothing_leaks_over_http(caplog: pytest.LogCaptureFixture) -> None:
    """The same over real sockets, where HTTP libraries log too."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="entrosdk")  # an application may have set it higher
    told = io.StringIO()
    secrets: list[str] = []
    with serving("--orders", "30") as control:
        for store in ask(f"{control}/control/stores"):
            given = {**connecting(store), "base_url": store["base_url"], "sleep": lambda _: None}
            given["limits"] = [Limit(scope="app", count=100_000)]  # waiting hides nothing
            with connect(store["marketplace"], **given) as shop:
                drive(shop, told)
            ask(f"{control}/control/faults", [{"effect": "drop_reply"}])
            once = Policy(stop=tenacity.stop_after_attempt(1))
            with connect(store["marketplace"], **given, policy=once) as shop:
                drive(shop, told)
            ask(f"{control}/control/faults", [])
            secrets += [store[name] for name in store if name.endswith(("secret", "token"))]
    seen = caplog.text + told.getvalue()
    assert "GET /api/v2/order/get_order_list" in seen
    assert {"shopee ", "lazada ", "tiktok ", "tiki "} <= set(SAID.findall(seen))
    assert len(secrets) == 16
    assert [secret for secret in secrets if secret and secret in seen] == []
