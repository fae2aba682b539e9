"""Orders by their total without sorting all of them; movements by the payout that names them.

The index of payouts was for movements that name one; SQLite cannot tell that of a column.
"""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Three indexes for two."""

    dependencies = [("records", "0006_finding_orders")]
    operations = [
        migrations.AddIndex(
            "order", models.Index(fields=["merchant", "-total_minor", "-id"], name="order_total")
        ),
        migrations.RemoveIndex("payment", "payment_payout"),
        migrations.RemoveIndex("payment", "payment_of_store"),
        migrations.AddIndex(
            "payment",
            models.Index(
                fields=["merchant", "store", "-occurred_at", "-id"], name="payment_store_list"
            ),
        ),
        migrations.AddIndex(
            "payment",
            models.Index(fields=["store", "payout_ref", "amount_minor"], name="payment_of_payout"),
        ),
    ]
