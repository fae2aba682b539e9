"""The addresses of the status page and of what staff writes on it."""

from __future__ import annotations

from django.urls import path

from reference_app.status import desk, views

status_urls = [
    path("", views.index, name="status"),
    path("status.json", views.status_json, name="status-json"),
]
incident_urls = [
    path("", desk.index, name="office-status"),
    path("<int:pk>/", desk.incident, name="office-incident"),
]
