"""How Django knows this app."""

from __future__ import annotations

from django.apps import AppConfig


class Config(AppConfig):
    """The app's label is the last part of its name."""

    name = "reference_app.api"

    def ready(self) -> None:
        """Listen to what the sink stores."""
        from reference_app.api import outbox  # noqa: PLC0415 - models first
        from reference_app.records.changes import orders_stored  # noqa: PLC0415

        orders_stored.connect(outbox.tell_orders, dispatch_uid="webhooks")
