"""The pages an owner sets up other programs on."""

from __future__ import annotations

from django.urls import path

from reference_app.api import views

urlpatterns = [
    path("api/", views.tokens_page, name="settings-api"),
    path("api/<int:pk>/revoke/", views.revoke, name="settings-api-revoke"),
    path("webhooks/", views.webhooks, name="settings-webhooks"),
    path("webhooks/<int:pk>/", views.webhook, name="settings-webhook"),
    path("webhooks/<int:pk>/switch/", views.switch, name="settings-webhook-switch"),
    path("webhooks/<int:pk>/remove/", views.remove, name="settings-webhook-remove"),
    path("webhooks/deliveries/<int:pk>/again/", views.again, name="settings-webhook-again"),
]
