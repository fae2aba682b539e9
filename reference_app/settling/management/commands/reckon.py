"""Works out the money of all orders again: after the rules changed, or for old data."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from reference_app.records.models import Payment
from reference_app.settling import keeping
from reference_app.settling.models import DayMoney
from reference_app.stores.models import Store

_AT_ONCE = 5_000


class Command(BaseCommand):
    """`python -m reference_app.manage reckon`."""

    help = "Work out the money of every order again, and the sums of days."

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Go through all stores, one transaction each."""
        for store in Store.objects.order_by("pk"):
            with transaction.atomic():
                count = keeping.reckon_store(store)
                DayMoney.objects.filter(store=store).delete()
                batch: list[Payment] = []
                for payment in Payment.objects.filter(store=store).iterator(_AT_ONCE):
                    batch.append(payment)
                    if len(batch) == _AT_ONCE:
                        keeping.add_up(store, gone=(), come=batch)
                        batch = []
                keeping.add_up(store, gone=(), come=batch)
            self.stdout.write(f"{store}: {count} orders")
