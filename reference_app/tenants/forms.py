"""Signing up: one extra question, the name of the business."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from reference_app.tenants.models import Membership, Merchant, User


class SignupForm(forms.Form):
    """What sign-up asks beside e-mail and password; makes the business with its owner."""

    merchant_name = forms.CharField(
        label=_("Business name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )

    field_order = ["merchant_name", "email", "password1"]

    def signup(self, request: HttpRequest, user: User) -> None:
        """Create the merchant; called by the account library within its sign-up."""
        name: Any = self.cleaned_data["merchant_name"]
        merchant = Merchant.objects.create(name=name)
        Membership.objects.create(user=user, merchant=merchant, role=Membership.Role.OWNER)
