"""The audit log's app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Configures the app."""

    name = "reference_app.audit"
    label = "audit"
