"""Orders by their total, largest first, without sorting all of them."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """One more index."""

    dependencies = [("records", "0006_finding_orders")]
    operations = [
        migrations.AddIndex(
            "order", models.Index(fields=["merchant", "-total_minor", "-id"], name="order_total")
        ),
    ]
