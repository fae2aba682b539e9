"""How Django knows this app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class Config(AppConfig):
    """The app's label is the last part of its name."""

    name = "reference_app.rights"

    def ready(self) -> None:
        """Let each app say what is special about its tables, in a module `data_rights`."""
        autodiscover_modules("data_rights")
