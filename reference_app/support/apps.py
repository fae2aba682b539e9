"""How Django knows this app."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import transaction
from django.db.models.signals import post_delete


class Config(AppConfig):
    """The app's label is the last part of its name."""

    name = "reference_app.support"

    def ready(self) -> None:
        """Let files go with their rows."""
        post_delete.connect(_remove, sender=f"{self.label}.Attachment", dispatch_uid="support")


def _remove(instance: Any, **_more: Any) -> None:
    from reference_app.support.files import path_of  # noqa: PLC0415 - models come later

    path = path_of(instance)
    transaction.on_commit(lambda: path.unlink(missing_ok=True))
