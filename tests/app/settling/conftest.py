"""Orders with money: as the worked example of the domain rules has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from django.utils import timezone

from entrosdk import Money, Order, OrderStatus, Payment, PaymentKind
from reference_app.records.sink import DjangoSink
from reference_app.samples import Factory, commit
from reference_app.settling.models import OrderMoney
from reference_app.stores.models import Store

PARTS = (
    (PaymentKind.ITEM_PRICE, 500_000),
    (PaymentKind.SELLER_DISCOUNT, -30_000),
    (PaymentKind.SELLER_VOUCHER, -10_000),
    (PaymentKind.BUYER_SHIPPING, 15_000),
    (PaymentKind.ACTUAL_SHIPPING, -32_000),
    (PaymentKind.SHIPPING_REBATE, 17_000),
    (PaymentKind.COMMISSION, -50_600),
    (PaymentKind.PAYMENT_FEE, -23_750),
    (PaymentKind.SERVICE_FEE, -13_800),
    (PaymentKind.ORDER_PROCESSING, -3_000),
    (PaymentKind.SHIPPING_PROTECTION, -1_650),
    (PaymentKind.TAX_VAT_WITHHELD, -4_600),
    (PaymentKind.TAX_PIT_WITHHELD, -2_300),
)
TWICE = (*PARTS, (PaymentKind.SERVICE_FEE, -13_800))


class Till:
    """Stores orders, movements and returns of one store the usual way."""

    def __init__(self, store: Store) -> None:
        self.store, self.make, self.sink = store, Factory.of(store), DjangoSink(store)

    def put(self, stream: str, *records: object) -> None:
        """Store records."""
        self.sink.commit(commit(self.store, stream, *records))

    def order(self, number: int = 1, *, age: float = 3, **changes: Any) -> Order:
        """Store an order that was delivered `age` days ago."""
        at = timezone.now() - timedelta(days=age)
        facts = {"status": OrderStatus.COMPLETED, "updated_at": at, "created_at": at, **changes}
        order = self.make.order(number, **facts)
        self.put("orders", order)
        return order

    def paid(
        self,
        order: Order,
        parts: Sequence[tuple[PaymentKind, int]] = PARTS,
        *,
        settled: datetime | bool | None = True,
        payout: str | None = None,
        **changes: Any,
    ) -> None:
        """Store the movements of an order, settled now unless told otherwise."""
        at = timezone.now()
        movements = [
            Payment(
                marketplace=order.marketplace,
                shop_id=order.shop_id,
                id=f"{order.id}:{place}",
                source_id=order.id,
                order_id=order.id,
                kind=kind,
                raw_kind=kind.value,
                amount=Money(amount, "VND"),
                occurred_at=at,
                settled_at=at if settled is True else settled or None,
                payout_id=payout,
            )
            for place, (kind, amount) in enumerate(parts)
        ]
        self.put("payments", *(evolve(one, **changes) for one in movements))

    def money(self, order: Order) -> OrderMoney:
        """Return what was worked out for an order."""
        return OrderMoney.objects.get(order__external_id=order.id, store=self.store)


@pytest.fixture
def till(store: Store) -> Till:
    """Return the till of the store under test."""
    return Till(store)
