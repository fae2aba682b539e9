"""A merchant whose months can be lived through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import define

from reference_app.billing import book, changing, paid, renewing, standing
from reference_app.billing.models import Invoice, PlanVersion, Subscription
from reference_app.tenants.models import Merchant

NOON = timedelta(hours=12)


def at(day: str, clock: str = "12:00") -> datetime:
    """A local moment."""
    return datetime.fromisoformat(f"{day}T{clock}:00+07:00").astimezone(UTC)


def sold(code: str, interval: str = "month") -> PlanVersion:
    """The newest version of a plan."""
    return PlanVersion.objects.filter(code=code, interval=interval).order_by("-version")[0]


@define
class Customer:
    """A merchant, and what its owner and the job do."""

    merchant: Merchant

    @classmethod
    def paying(cls, merchant: Merchant, since: str, code: str = "starter") -> Customer:
        """A merchant whose first period began, paid, on a day; without a trial."""
        Subscription.objects.filter(merchant=merchant).delete()
        customer = cls(merchant)
        changing.subscribe_again(merchant, sold(code), at(since))
        customer.pay(since)
        return customer

    @property
    def invoices(self) -> list[Invoice]:
        """All of them, oldest first."""
        return list(Invoice.objects.filter(merchant=self.merchant).order_by("id"))

    @property
    def open(self) -> Invoice:
        """The one that waits for money."""
        return Invoice.objects.get(merchant=self.merchant, state=Invoice.State.FINALISED)

    def state(self, day: str) -> str:
        """Where the subscription stands on a day."""
        return standing.standing(self.merchant, at(day)).state

    def job(self, day: str, clock: str = "12:00") -> int:
        """Run the job."""
        return renewing.bring(self.merchant.pk, at(day, clock))

    def pay(self, day: str, amount: int | None = None, id: str = "", **rest: Any) -> paid.Settled:
        """Pay the open invoice, or another."""
        invoice = rest.pop("invoice", None) or self.open
        return paid.record_payment(
            invoice_id=invoice.pk,
            amount=invoice.total if amount is None else amount,
            way="transfer",
            provider_id=id or f"{self.merchant.pk}-{invoice.pk}-{day}-{amount}",
            at=at(day),
        )

    def change(self, day: str, code: str, interval: str = "month", **rest: Any) -> Invoice | None:
        """Change the plan."""
        return changing.change(self.merchant, sold(code, interval), at(day), **rest)

    def periods(self) -> list[str]:
        """The starts of the periods that were billed."""
        mine = Subscription.objects.filter(merchant=self.merchant)
        charges = [charge for one in mine for charge in one.charges.order_by("period_start")]
        return [str(one.period_start) for one in charges if one.invoice.state != "void"]

    def subscription(self) -> Subscription:
        """The one that runs, or ran last."""
        found = book.last_of(self.merchant)
        assert found is not None
        return found


@pytest.fixture
def customer(merchant: Merchant) -> Customer:
    """A merchant that pays for the smallest plan since 10 July 2026."""
    return Customer.paying(merchant, "2026-07-10")


@pytest.fixture
def newcomer(merchant: Merchant) -> Customer:
    """A merchant whose trial began on 1 July 2026."""
    from reference_app.billing import accounts

    Subscription.objects.filter(merchant=merchant).delete()
    accounts.begin(merchant, at("2026-07-01"))
    return Customer(merchant)
