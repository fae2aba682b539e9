"""A small shop with stock: variants, listings that are linked, and orders of now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import define, evolve
from django.utils import timezone

from entrosdk import Order, OrderStatus
from reference_app import samples
from reference_app.goods.models import Listing, Variant
from reference_app.records.sink import DjangoSink
from reference_app.samples import Factory, commit
from reference_app.stock import counting, ledger
from reference_app.stock.models import Balance, Movement, Reservation
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant

Hand = counting.Hand
_tokens = iter(range(1_000_000))


def hand() -> counting.Hand:
    """Return the hand of nobody, with a form of its own."""
    return Hand(None, f"test-{next(_tokens)}")


@define
class Bench:
    """One merchant's goods and what is done with them."""

    merchant: Merchant
    stores: list[Store]
    number: int = 0

    def variant(self, sku: str, units: int = 0, *, bundle: bool = False) -> Variant:
        """Make a variant with units in the main warehouse."""
        kind = Variant.Kind.BUNDLE if bundle else Variant.Kind.SIMPLE
        made = Variant.objects.create(
            merchant=self.merchant, kind=kind, sku=sku, name=f"Hàng {sku}"
        )
        if units:
            self.put(made, units)
        return made

    def put(self, variant: Variant, units: int, warehouse: Any = None) -> None:
        """Take units in."""
        place = warehouse or ledger.main_warehouse(self.merchant.pk)
        counting.adjust(place, variant.pk, units, hand(), reason="", kind=Movement.Kind.RECEIVE)

    def listing(
        self, variant: Variant | None, store: Store | None = None, ref: str = ""
    ) -> Listing:
        """List a variant on a store; linked when one is given."""
        name = ref or (variant.sku if variant else "X")
        return Listing.objects.create(
            merchant=self.merchant,
            store=store or self.stores[0],
            product_ref=name,
            variant_ref=f"{name}-v",
            title=f"Hàng {name}",
            sku=name,
            state=Listing.State.LINKED if variant else Listing.State.MISSING,
            variant=variant,
        )

    def order(self, *parts: tuple[str, int], store: Store | None = None, **changes: Any) -> Order:
        """Make an order of now for units of listings by their product's ref."""
        self.number += 1
        shop = store or self.stores[0]
        now = timezone.now()
        base = Factory.of(shop).order(
            self.number,
            status=OrderStatus.TO_SHIP,
            created_at=now,
            updated_at=now,
        )
        lines = tuple(
            evolve(base.lines[0], id=str(place), product_id=ref, variant_id=f"{ref}-v", quantity=n)
            for place, (ref, n) in enumerate(parts, 1)
        )
        return evolve(base, lines=lines, packages=(), **changes)

    def tell(self, *orders: Order, store: Store | None = None, **more: Any) -> None:
        """Store orders as a run does."""
        shop = store or self.stores[0]
        DjangoSink(shop).commit(commit(shop, "orders", *orders, **more))


def later(order: Order, status: OrderStatus | str = "", minutes: int = 1, **changes: Any) -> Order:
    """Return a newer version of an order."""
    word = OrderStatus(status) if status else order.status
    moment = order.updated_at + timedelta(minutes=minutes)
    return evolve(order, status=word, updated_at=moment, **changes)


def figures(variant: Variant) -> tuple[int, int]:
    """Return what is on hand and reserved, over all warehouses."""
    rows = Balance.objects.filter(variant=variant)
    return sum(row.on_hand for row in rows), sum(row.reserved for row in rows)


def states(order: Order) -> list[tuple[str, int]]:
    """Return where an order's reservations stand, with their units."""
    rows = Reservation.objects.filter(order__order_ref=order.id).order_by("line", "variant")
    return list(rows.values_list("state", "units"))


@pytest.fixture
def bench(merchant: Merchant) -> Bench:
    """Return a bench with two stores that were connected a day ago."""
    since: datetime = timezone.now() - timedelta(days=1)
    stores = []
    for number, market in enumerate(("shopee", "tiktok")):
        store = samples.store(merchant, market, f"500{number}")
        Store.objects.filter(pk=store.pk).update(connected_at=since)
        stores.append(Store.objects.select_related("merchant").get(pk=store.pk))
    return Bench(merchant, stores)


@pytest.fixture
def agree(merchant: Merchant) -> Callable[[], bool]:
    """Say whether every balance is what ledger and reservations add up to."""
    return lambda: not ledger.compare(merchant.pk)
