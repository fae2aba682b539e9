"""Give merchants of older databases an account and a trial that begins today."""

from datetime import timedelta

from django.db import migrations
from django.utils import timezone

_TRIAL_DAYS = 14


def begin(apps, schema_editor):
    """Start a trial for every merchant without a subscription."""
    merchant = apps.get_model("tenants", "Merchant")
    account = apps.get_model("billing", "BillingAccount")
    subscription = apps.get_model("billing", "Subscription")
    event = apps.get_model("billing", "SubscriptionEvent")
    plan_version = apps.get_model("billing", "PlanVersion")
    plan = plan_version.objects.get(code="growth", interval="month", version=1)
    now = timezone.now()
    day = timezone.localtime(now, timezone.get_default_timezone()).date()
    end = day + timedelta(days=_TRIAL_DAYS + 1)
    for one in merchant.objects.filter(subscriptions=None):
        account.objects.get_or_create(merchant=one)
        # Looked at today: the job then works out the next day by itself.
        mine = subscription.objects.create(merchant=one, look_on=day)
        event.objects.create(subscription=mine, kind="started", day=day, at=now, plan=plan, end=end)


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_plans")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
