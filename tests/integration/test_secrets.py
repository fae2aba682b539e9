"""No secret and nothing personal in any log line, repr, error or traceback."""

from __future__ import annotations

import io
import logging
import traceback
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import tenacity

from entrosdk import Policy, Shop, connect
from entrosdk.errors import EntroError
from entrosdk.sandbox import ShopeeProfile
from tests.sandboxes import NOON, Table, ask, connecting, serving

SINCE = NOON - timedelta(days=45)


def personal(table: Table) -> set[str]:
    """Everything that must not be seen: keys, tokens, buyers."""
    store = table.box.stores()[0]
    secrets = {
        store[name] for name in ("app_secret", "push_secret", "access_token", "refresh_token")
    }
    for order in table.market.shop.orders.values():
        buyer = order.buyer
        secrets |= {buyer.name, buyer.phone, buyer.street, buyer.username, str(buyer.id)}
        secrets |= {order.note} - {""}
    return secrets


def operations(shop: Shop) -> list[Callable[[], Any]]:
    """Every operation of a shop, and some that fail."""
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


def drive(shop: Shop, told: io.StringIO) -> None:
    """Run everything; write down every repr, error and traceback."""
    for operation in operations(shop):
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

TROUBLE = ["", "malformed_record", "500", "429", "truncated_json", "html", "expire_token", "revoke"]


@pytest.mark.parametrize("effect", TROUBLE)
def test_nothing_leaks_whatever_happens(effect: str, caplog: pytest.LogCaptureFixture) -> None:
    """All operations, all loggers at DEBUG, unmasked buyers, every kind of trouble."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="entrosdk")
    table = Table(orders=40, profile=ShopeeProfile(masking="none"))
    hidden = personal(table)
    if effect:
        table.fault(effect, probability=0.5 if effect != "revoke" else 1.0)
    told = io.StringIO()
    with table.shop(policy=Policy(stop=tenacity.stop_after_attempt(2))) as shop:
        told.write(repr(shop))
        drive(shop, told)
    grants = table.market.grants
    hidden |= {grants.pair("226518001", n, table.box.world.now)[0][:20] for n in range(3)}
    seen = caplog.text + told.getvalue()
    assert len(seen) > 2000
    assert [secret for secret in hidden if secret in seen] == []


def test_nothing_leaks_over_http(caplog: pytest.LogCaptureFixture) -> None:
    """The same over real sockets, where HTTP libraries log too."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="entrosdk")  # an application may have set it higher
    told = io.StringIO()
    with serving("--orders", "30") as control:
        store = ask(f"{control}/control/stores")[0]
        with connect("shopee", **connecting(store), base_url=store["base_url"]) as shop:
            drive(shop, told)
        ask(f"{control}/control/faults", [{"effect": "drop_reply"}])
        once = Policy(stop=tenacity.stop_after_attempt(1))
        given = {**connecting(store), "base_url": store["base_url"], "policy": once}
        with connect("shopee", **given) as shop:
            drive(shop, told)
    secrets = [store[name] for name in store if name.endswith(("secret", "token"))]
    seen = caplog.text + told.getvalue()
    assert "GET /api/v2/order/get_order_list" in seen
    assert [secret for secret in secrets if secret in seen] == []
