"""Put the plans on sale, and give merchants of older databases an account."""

import json
from pathlib import Path

from django.db import migrations

_PLANS = Path(__file__).resolve().parent.parent / "data" / "plans.json"


def load(apps, schema_editor):
    """Add the first version of each plan."""
    plan_version = apps.get_model("billing", "PlanVersion")
    for facts in json.loads(_PLANS.read_text("utf-8")):
        prices = {interval: facts.pop(interval) for interval in ("month", "year")}
        for interval, price in prices.items():
            plan_version.objects.get_or_create(
                code=facts["code"],
                interval=interval,
                version=1,
                defaults={**facts, "price": price},
            )


def unload(apps, schema_editor):
    """Take them away again."""
    apps.get_model("billing", "PlanVersion").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_first")]
    operations = [migrations.RunPython(load, unload)]
