"""The addresses of payments and returns."""

from __future__ import annotations

from django.urls import path

from reference_app.settling.views import bank, payments, returns, terms

payments_urls = [
    path("", payments.index, name="payments"),
    path("export.csv", payments.movements_file, name="payments-export"),
    path("orders/", payments.orders, name="payments-orders"),
    path("orders/export.csv", payments.orders_file, name="payments-orders-export"),
    path("orders/<int:pk>/mark/", payments.mark, name="payments-mark"),
    path("payouts/", payments.payouts, name="payments-payouts"),
    path("payouts/export.csv", payments.payouts_file, name="payments-payouts-export"),
    path("payouts/<int:pk>/", payments.payout, name="payments-payout"),
    path("bank/", bank.index, name="payments-bank"),
    path("bank/add/", bank.add, name="payments-bank-add"),
    path("bank/upload/", bank.upload, name="payments-bank-upload"),
    path("bank/<int:pk>/", bank.credit, name="payments-credit"),
    path("bank/<int:pk>/payouts/", bank.choose, name="payments-credit-payouts"),
    path("bank/<int:pk>/remove/", bank.remove, name="payments-credit-remove"),
    path("terms/", terms.index, name="payments-terms"),
    path("terms/<int:pk>/", terms.store, name="payments-terms-store"),
    path("terms/<int:pk>/rates/", terms.add, name="payments-rate-add"),
    path("terms/rates/<int:pk>/remove/", terms.remove, name="payments-rate-remove"),
]
returns_urls = [
    path("", returns.index, name="returns"),
    path("export.csv", returns.export_file, name="returns-export"),
    path("<int:pk>/", returns.detail, name="returns-detail"),
    path("<int:pk>/reasons/", returns.reasons, name="returns-reasons"),
    path("<int:pk>/accept/", returns.accept, name="returns-accept"),
    path("<int:pk>/dispute/", returns.dispute, name="returns-dispute"),
]
