"""Writes and their outcomes, item by item."""

from __future__ import annotations

from attrs import evolve

from entrosdk.domain.writing import ItemResult, Outcome, PriceChange, Refusal, StockChange
from entrosdk.errors import EntroError
from entrosdk.spi.manifest import Capability
from entrosdk.spi.request import Request
from entrosdk.testing.bench import Bench
from entrosdk.testing.rules import rule

_STOCK, _PRICE = Capability.PRODUCTS_SET_STOCK, Capability.PRODUCTS_SET_PRICE


def _changes(bench: Bench, count: int, quantity: int = 17) -> list[StockChange]:
    """Changes of `count` variants of several products."""
    with bench.shop() as shop:
        found = [
            StockChange(
                product_id=product.id,
                variant_id=variant.id,
                sku=variant.sku,
                quantity=quantity,
                warehouse_id=variant.stock[0].warehouse_id if variant.stock else "",
            )
            for product in shop.products.list()
            for variant in product.variants[:2]
        ]
    return found[:count]


def _sellable(bench: Bench) -> dict[tuple[str, str], int]:
    return {
        (product["id"], variant["id"]): variant["sellable"]
        for product in bench.truth()["products"]
        for variant in product["variants"]
    }


def _write(bench: Bench, changes: list[StockChange]) -> tuple[ItemResult, ...]:
    with bench.shop() as shop:
        results: tuple[ItemResult, ...] = shop.products.set_stock(changes)
    return results


@rule("writes.stock", _STOCK, Capability.PRODUCTS_LIST)
def stock(bench: Bench) -> None:
    """Absolute quantities of many variants are set, each with a result, in the order given."""
    changes = _changes(bench, 70)
    results = _write(bench, changes)
    told = [(r.product_id, r.variant_id, r.outcome) for r in results]
    assert told == [(c.product_id, c.variant_id, Outcome.ACCEPTED) for c in changes]
    there = _sellable(bench)
    assert {there[c.product_id, c.variant_id] for c in changes} == {17}


@rule("writes.one-refused", _STOCK, Capability.PRODUCTS_LIST)
def one_refused(bench: Bench) -> None:
    """A variant that does not exist is refused by itself; the others are set."""
    good = _changes(bench, 3)
    wrong = StockChange(product_id="99", variant_id="98", sku="NO-SUCH-SKU", quantity=1)
    results = _write(bench, [good[0], wrong, *good[1:]])
    assert [r.ok for r in results] == [True, False, True, True]
    assert results[1].outcome is Outcome.REFUSED
    assert results[1].refusal is not None
    there = _sellable(bench)
    assert {there[c.product_id, c.variant_id] for c in good} == {17}


@rule("writes.locked", _STOCK, Capability.PRODUCTS_LIST)
def locked(bench: Bench) -> None:
    """Units that a campaign holds cannot be taken away, and the refusal says so."""
    change = _changes(bench, 1, quantity=1)[0]
    bench.lock(change.sku, 5)
    result = _write(bench, [change])[0]
    assert (result.outcome, result.refusal) == (Outcome.REFUSED, Refusal.LOCKED)


@rule("writes.lost-reply", _STOCK, Capability.PRODUCTS_LIST)
def lost_reply(bench: Bench) -> None:
    """A write whose reply was lost is sent once, and told from what is there now."""
    change = _changes(bench, 1)[0]
    _write(bench, [change])
    write = _last_write(bench)
    change = evolve(change, quantity=change.quantity + 1)
    began = len(bench.sent)
    bench.fault("drop_reply", times=1, match={"path": write.path})
    results = _write(bench, [change])
    same = [r for r in bench.sent[began:] if (r.method, r.path) == (write.method, write.path)]
    assert len(same) <= 1, "a write was repeated blindly"
    if results[0].outcome is Outcome.ACCEPTED:
        assert _sellable(bench)[change.product_id, change.variant_id] == change.quantity
    else:
        assert results[0].outcome is Outcome.UNKNOWN


def _last_write(bench: Bench) -> Request:
    """Return the request that wrote: some marketplaces are read before and after."""
    return next(request for request in reversed(bench.sent) if request.method != "GET")


@rule("writes.price", _PRICE, Capability.PRODUCTS_LIST)
def price(bench: Bench) -> None:
    """A price that was set is the price the marketplace shows."""
    with bench.shop() as shop:
        product = next(p for p in shop.products.list() if p.variants[0].price.minor > 50_000)
        variant = product.variants[0]
        wanted = type(variant.price)(variant.price.minor + 1000, variant.price.currency)
        change = PriceChange(
            product_id=product.id, variant_id=variant.id, sku=variant.sku, price=wanted
        )
        results = shop.products.set_price([change])
        shown = next(v for v in shop.products.get(product.id).variants if v.id == variant.id)
    assert [r.ok for r in results] == [True]
    assert shown.price == wanted


@rule("writes.ship", Capability.ORDERS_SHIP, Capability.ORDERS_GET)
def ship(bench: Bench) -> None:
    """A paid order can be shipped once; a second time is refused as not in this state."""
    name = bench.buy(cod=True)
    bench.wait(3 * 3600)  # the platform may screen or hold an order first
    with bench.shop() as shop:
        before = shop.orders.get(name)
        shipment = shop.orders.ship(name)
        bench.wait(3600)
        after = shop.orders.get(name)
        assert shipment.order_id == name
        assert (after.raw_status, after.packages) != (before.raw_status, before.packages)
        bench.wait(24 * 3600)
        try:
            shop.orders.ship(name)
        except EntroError as error:
            assert error.advice
        else:
            raise AssertionError("an order was shipped twice")


@rule("writes.cancel", Capability.ORDERS_CANCEL, Capability.ORDERS_GET)
def cancel(bench: Bench) -> None:
    """An order that is not handed over can be cancelled with a reason the platform offers."""
    name = bench.buy(cod=True)
    bench.wait(3 * 3600)
    with bench.shop() as shop:
        reasons = shop.orders.cancel_reasons(name)
        assert reasons
        shop.orders.cancel(name, reasons[-1].code)
        after = shop.orders.get(name)
    assert after.status.value == "CANCELLED"
