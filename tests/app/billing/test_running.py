"""Running billing: the command, the clock that a demo may move, and older databases."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from reference_app.billing import book, clock, renewing
from reference_app.billing.models import Invoice, PlanVersion, Subscription
from reference_app.tenants.models import Merchant
from tests.app.billing.conftest import Customer

pytestmark = pytest.mark.django_db


def test_the_command_bills_as_of_a_moment(customer: Customer) -> None:
    """`bill --at` does what would be due then, once."""
    for expected in ("2 steps", "0 steps"):
        told = StringIO()
        call_command("bill", at="2026-08-10T09:00", stdout=told)
        assert told.getvalue().strip() == expected
    with pytest.raises(CommandError):
        call_command("bill", at="tomorrow")


def test_the_clock_moves_ahead_by_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read at each call; nonsense and the past count for nothing."""
    file = tmp_path / "ahead"
    monkeypatch.setenv("ENTRO_CLOCK_AHEAD", str(file))
    for text, days in (("", 0), ("864000\n", 10), ("-5", 0), ("x", 0)):
        file.write_text(text)
        moved = clock.now() - timezone.now()
        assert abs(moved - timedelta(days=days)) < timedelta(minutes=1)


def test_a_merchant_of_an_older_database_gets_a_trial(merchant: Merchant) -> None:
    """From the day of the upgrade on; running the migration again changes nothing."""
    Subscription.objects.all().delete()
    begin = import_module("reference_app.billing.migrations.0003_older_merchants").begin
    for _ in range(2):
        begin(apps, connection.schema_editor())
    subscription = Subscription.objects.get(merchant=merchant)
    renewing.renew_all(timezone.now())
    course = book.course_of_log(subscription)
    assert course.trial_end == clock.day_of(timezone.now()) + timedelta(days=15)
    subscription.refresh_from_db()
    assert subscription.look_on == course.trial_end - timedelta(days=3)


def test_plans_come_back_after_a_flush(db: None) -> None:
    """What the data file has and the database has not is added, once."""
    from reference_app.billing import plans

    Subscription.objects.all().delete()
    PlanVersion.objects.all().delete()
    for _ in range(2):
        plans.load()
    assert PlanVersion.objects.count() == 6


def test_a_merchant_is_deleted_whole(customer: Customer) -> None:
    """Its bills do not hold it back; numbers are not given out again."""
    customer.job("2026-08-10")
    customer.pay("2026-08-10", 1_000)
    customer.merchant.delete()
    assert not Invoice.objects.exists()
    other = Customer.paying(Merchant.objects.create(name="Tiệm Mới"), "2026-08-11")
    assert other.invoices[0].number == "INV-2026-000003"
