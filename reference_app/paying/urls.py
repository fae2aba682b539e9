"""The addresses of paying."""

from __future__ import annotations

from django.urls import path

from reference_app.paying.views import hooks, merchants, staff

paying_urls = [
    path("invoices/<int:pk>/qr.svg", merchants.qr, name="paying-qr"),
    path("invoices/<int:pk>/state/", merchants.state, name="paying-state"),
    path("invoices/<int:pk>/vnpay/", merchants.start, name="paying-vnpay"),
    path("invoices/<int:pk>/<str:language>.pdf", merchants.pdf, name="paying-pdf"),
    path("vnpay/return/", merchants.returned, name="paying-vnpay-return"),
    path("vnpay/ipn", hooks.vnpay_ipn, name="paying-vnpay-ipn"),
    path("bank/notice", hooks.bank_notice, name="paying-bank-notice"),
]
backoffice_urls = [
    path("", staff.index, name="backoffice-transfers"),
    path("take/", staff.take, name="backoffice-transfers-take"),
    path("<int:pk>/assign/", staff.assign, name="backoffice-transfers-assign"),
    path("<int:pk>/aside/", staff.aside, name="backoffice-transfers-aside"),
]
