"""How Django knows this app."""

from __future__ import annotations

from django.apps import AppConfig


class Config(AppConfig):
    """The app's label is the last part of its name."""

    name = "reference_app.tenants"

    def ready(self) -> None:
        from reference_app.tenants import signals  # noqa: PLC0415 - models are there now

        signals.connect()
