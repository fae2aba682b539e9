"""Who had an account before addresses were verified keeps it; limits get their table."""

from django.apps.registry import Apps
from django.core.management import call_command
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def trust(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Take the addresses of all accounts as verified."""
    addresses = apps.get_model("account", "EmailAddress")
    known = addresses.objects.values_list("user_id", flat=True)
    for user in apps.get_model("tenants", "User").objects.exclude(pk__in=known).iterator():
        addresses.objects.create(user=user, email=user.email, verified=True, primary=True)


def make_cache(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Make the table of the shared cache; it is no model's."""
    call_command("createcachetable", database=editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    """Data only."""

    dependencies = [
        ("tenants", "0002_people"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]
    operations = [
        migrations.RunPython(trust, migrations.RunPython.noop),
        migrations.RunPython(make_cache, migrations.RunPython.noop),
    ]
