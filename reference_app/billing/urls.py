"""The addresses under /billing/."""

from __future__ import annotations

from django.urls import path

from reference_app.billing.views import invoices, overview, plans

billing_urls = [
    path("", overview.index, name="billing"),
    path("plans/", plans.catalogue, name="billing-plans"),
    path("plans/<int:pk>/", plans.choose, name="billing-choose"),
    path("plans/keep/", overview.keep, name="billing-keep"),
    path("cancel/", overview.cancel, name="billing-cancel"),
    path("cancel/undo/", overview.undo, name="billing-undo"),
    path("buyer/", overview.buyer, name="billing-buyer"),
    path("invoices/", invoices.index, name="billing-invoices"),
    path("invoices/<int:pk>/", invoices.show, name="billing-invoice"),
    path("invoices/<int:pk>/credit/", invoices.use_credit, name="billing-credit"),
]
