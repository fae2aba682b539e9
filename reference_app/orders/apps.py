"""The app of what is done with orders."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Configures the app."""

    name = "reference_app.orders"
    label = "orders"
