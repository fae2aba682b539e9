"""Orders are found by their recipients without a clear name or phone, and by deadlines and ids."""

import json
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from entrosdk.errors import ConfigError
from reference_app.records.tokens import of_person
from reference_app.tenants.models import Merchant

_CHUNK = 500


def make_tokens(apps: Any, _editor: Any) -> None:
    """Give the recipients that are stored already their tokens."""
    token = apps.get_model("records", "PersonToken")
    rows = apps.get_model("records", "OrderPrivate").objects.select_related("order__merchant")
    made: list[Any] = []
    for row in rows.iterator(chunk_size=_CHUNK):
        # The historical model has the columns alone; the key is all that is needed of it.
        merchant = Merchant(sealed_key=row.order.merchant.sealed_key)
        try:
            facts = json.loads(merchant.seal().open(row.sealed, f"order:{row.order.external_id}"))
        except ConfigError:  # made unreadable on purpose
            continue
        person = facts["recipient"] or {}
        made += [
            token(private_id=row.pk, token=text)
            for text in of_person(merchant, person.get("name", ""), person.get("phone", ""))
        ]
    token.objects.bulk_create(made, batch_size=_CHUNK)


class Migration(migrations.Migration):
    dependencies = [("records", "0005_money_lists")]

    operations = [
        migrations.CreateModel(
            name="PersonToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.CharField(max_length=32)),
                (
                    "private",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tokens",
                        to="records.orderprivate",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["token", "private"], name="person_token")]},
        ),
        migrations.AddIndex(
            "order", models.Index(fields=["merchant", "status", "ship_by"], name="order_due")
        ),
        migrations.AddIndex("orderline", models.Index(fields=["sku"], name="line_sku")),
        migrations.AddIndex(
            "package", models.Index(fields=["tracking_number"], name="package_tracking")
        ),
        migrations.RunPython(make_tokens, migrations.RunPython.noop),
    ]
