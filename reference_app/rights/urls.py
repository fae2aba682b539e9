"""The pages on which an owner takes data along, or has it deleted."""

from __future__ import annotations

from django.urls import path

from reference_app.rights import views

__all__ = ["certificate_urls", "data_urls"]

data_urls = [
    path("", views.index, name="settings-data"),
    path("exports/", views.export, name="settings-data-export"),
    path("exports/<int:pk>/", views.progress, name="settings-data-progress"),
    path("exports/<int:pk>/download/", views.download, name="settings-data-download"),
    path("deletion/", views.delete, name="settings-data-delete"),
    path("deletion/undo/", views.undo, name="settings-data-undo"),
]
certificate_urls = [path("<str:token>/", views.certificate, name="certificate")]
