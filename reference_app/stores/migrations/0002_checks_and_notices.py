"""What the last check told, and up to which step owners were told that consent ends."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two columns; nothing is known yet."""

    dependencies = [("stores", "0001_initial")]
    operations = [
        migrations.AddField("store", "checked", models.JSONField(default=dict)),
        migrations.AddField("store", "consent_told", models.PositiveSmallIntegerField(null=True)),
    ]
