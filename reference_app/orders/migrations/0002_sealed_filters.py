"""What a member searched for may be a buyer's name: saved filters are sealed."""

from typing import Any

from django.db import migrations, models

from reference_app.tenants.models import Merchant


def seal(apps: Any, _editor: Any) -> None:
    """Seal the filters that are there."""
    for row in apps.get_model("orders", "SavedFilter").objects.select_related("merchant"):
        # The historical model has the columns alone; the key is all that is needed of it.
        merchant = Merchant(sealed_key=row.merchant.sealed_key)
        row.sealed = merchant.seal().seal(row.query, "filter")
        row.save(update_fields=["sealed"])


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.AddField("savedfilter", "sealed", models.TextField(default="")),
        migrations.RunPython(seal, migrations.RunPython.noop),
        migrations.AlterField("savedfilter", "sealed", models.TextField()),
        migrations.RemoveField("savedfilter", "query"),
    ]
