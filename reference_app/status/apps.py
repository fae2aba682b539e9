"""How Django knows this app."""

from __future__ import annotations

from django.apps import AppConfig


class Config(AppConfig):
    """The app's label is the last part of its name."""

    name = "reference_app.status"
