"""How Django knows this app."""

from __future__ import annotations

from django.apps import AppConfig


class Config(AppConfig):
    """The app's label is the last part of its name."""

    name = "reference_app.billing"

    def ready(self) -> None:
        """Put plans on sale, give new merchants a trial, and count orders as they are stored."""
        from django.db.models.signals import post_migrate, post_save  # noqa: PLC0415 - models first

        from reference_app.billing import (  # noqa: F401, PLC0415 - the back office registers
            accounts,
            admin,
            counting,
            plans,
        )
        from reference_app.records.changes import orders_stored  # noqa: PLC0415
        from reference_app.tenants.models import Merchant  # noqa: PLC0415

        post_migrate.connect(plans.load, sender=self, dispatch_uid="billing")
        post_save.connect(accounts.merchant_made, sender=Merchant, dispatch_uid="billing")
        orders_stored.connect(counting.count, dispatch_uid="billing")
