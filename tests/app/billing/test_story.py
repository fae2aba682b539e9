"""One merchant from sign-up to the end, by the pages, with the clock moved ahead by its file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from reference_app import samples
from reference_app.billing import clock, paid
from reference_app.billing.models import BillingAccount, Invoice, PlanVersion
from reference_app.billing.renewing import renew_all
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant
from tests.app.billing.conftest import sold

pytestmark = pytest.mark.django_db


@pytest.fixture
def after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Be so many days after today; the worker's job runs each day up to then."""
    file = tmp_path / "ahead"
    monkeypatch.setenv("ENTRO_CLOCK_AHEAD", str(file))
    reached = 0

    def be(days: int) -> None:
        nonlocal reached
        for day in range(reached, days + 1):
            file.write_text(str(day * 24 * 3600))
            renew_all(clock.now())
        reached = days

    return be


def _pay(invoice: Invoice) -> None:
    paid.record_payment(
        invoice_id=invoice.pk, amount=invoice.balance(), way="transfer",
        provider_id=f"FT{invoice.pk}", at=clock.now(),
    )  # fmt: skip


def test_a_merchants_life(after: Callable[[int], None]) -> None:
    """Trial, limit, upgrade, payment, renewal, cancel, undo, cancel, end; export stays open."""
    client = Client(HTTP_ACCEPT_LANGUAGE="vi")
    facts = {
        "email": "moi@example.vn",
        "password1": "mot-hai-ba-bon-5",
        "accept": "on",
        "merchant_name": "Tiệm Mới",
    }
    client.post("/accounts/signup/", facts)
    merchant = Merchant.objects.get(name="Tiệm Mới")
    owner = merchant.memberships.get().user
    client.force_login(owner)

    def open_invoice() -> Invoice:
        return Invoice.objects.get(merchant=merchant, state=Invoice.State.FINALISED)

    def choose(plan: PlanVersion) -> None:
        page = client.get(f"/billing/plans/{plan.pk}/")
        client.post(f"/billing/plans/{plan.pk}/", {"total": page.context["quote"].total})

    assert "Dùng thử" in client.get("/billing/").content.decode()
    choose(sold("starter"))  # in trial: the days stay
    stores = [samples.store(merchant, "shopee", f"66{n}") for n in range(3)]
    Store.objects.filter(pk=stores[2].pk).update(state=Store.State.PAUSED)
    full = client.post(f"/stores/{stores[2].pk}/resume/", follow=True).content.decode()
    assert "chỗ cho 2 gian hàng" in full

    after(12)  # three days before the trial ends
    _pay(open_invoice())
    after(20)
    choose(sold("growth"))
    invoice = open_invoice()
    assert invoice.net > 0
    _pay(invoice)
    client.post(f"/stores/{stores[2].pk}/resume/")
    assert Store.objects.get(pk=stores[2].pk).state == "active"

    after(15 + 31)  # the next period has begun, whatever the month
    renewal = open_invoice()
    assert renewal.net == 599_000
    _pay(renewal)
    client.post("/billing/cancel/")
    client.post("/billing/cancel/undo/")
    client.post("/billing/cancel/")
    assert BillingAccount.objects.get(merchant=merchant).may_sync

    after(15 + 62)
    assert not BillingAccount.objects.get(merchant=merchant).may_sync
    assert Invoice.objects.filter(merchant=merchant).count() == 3
    assert "Đã kết thúc" in client.get("/billing/").content.decode()
    assert client.get("/orders/export.csv").status_code == 200
    assert clock.now() - timezone.now() > timedelta(days=70)
