"""The addresses of terms and privacy."""

from __future__ import annotations

from django.urls import path

from reference_app.policies import views

policies_urls = [
    path("", views.index, name="policies"),
    path("accept/", views.accept, name="policies-accept"),
    path("terms/", views.current, {"kind": "terms"}, name="policies-terms"),
    path("privacy/", views.current, {"kind": "privacy"}, name="policies-privacy"),
    path("<str:kind>/<int:number>/", views.version, name="policies-version"),
]
