"""A merchant who owes something, and an installation that can be paid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from django.test import Client, override_settings

from reference_app.billing import book, invoicing
from reference_app.billing.models import Invoice, InvoiceLine
from reference_app.paying.conf import DEMO, from_environment
from reference_app.tenants.models import Merchant, User

NOW = datetime(2026, 7, 10, 3, 0, tzinfo=UTC)
GATEWAY = "http://127.0.0.1:1/paymentv2/vpcpay.html"  # nobody listens there


@pytest.fixture(autouse=True)
def paying() -> Iterator[None]:
    """Be paid as the demo is."""
    ways = from_environment({**DEMO, "ENTRO_VNPAY_URL": GATEWAY})
    with override_settings(PAYING=ways):
        yield


@pytest.fixture
def owed(db: None) -> Callable[..., Invoice]:
    """Make finalised invoices."""

    def make(merchant: Merchant, net: int = 299_000, tax_class: str = "8") -> Invoice:
        tax = net * int(tax_class) // 100 if tax_class.isdecimal() else 0
        account = book.lock(merchant)
        draft = Invoice.objects.create(
            merchant=merchant, tax_class=tax_class, net=net, tax=tax, total=net + tax
        )
        InvoiceLine.objects.create(
            invoice=draft,
            position=1,
            text_vi="Gói Tăng trưởng, theo tháng",
            text_en="Growth, monthly",
            unit_price=net,
            amount=net,
            period_start=date(2026, 7, 10),
            period_end=date(2026, 8, 10),
        )
        return invoicing.finalise(draft, due=date(2026, 7, 17), at=NOW, account=account)

    return make


@pytest.fixture
def invoice(owed: Callable[..., Invoice], merchant: Merchant) -> Invoice:
    """Return an invoice of 322,920 dong that waits for its money."""
    return owed(merchant)


@pytest.fixture
def staff(db: None) -> User:
    """Return somebody of our own staff, who has no business."""
    return User.objects.create_user("staff@entro.example", is_staff=True)


@pytest.fixture
def desk(staff: User) -> Client:
    """Return the browser of our staff."""
    client = Client(HTTP_ACCEPT_LANGUAGE="vi")
    client.force_login(staff)
    return client
