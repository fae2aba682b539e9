"""Signing up, with the name of the business or an invitation, and the forms of the settings."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from reference_app.policies import accepting
from reference_app.tenants import team
from reference_app.tenants.models import Invitation, Membership, Merchant, User

__all__ = ["INVITED", "BusinessForm", "InviteForm", "ProfileForm", "SignupForm", "invited"]

INVITED = "invitation"
"""Under this key of the session is the token of the invitation that led here."""


def invited(request: HttpRequest) -> Invitation | None:
    """Return the invitation that a visitor is about to accept, if it still works.

    They opened its link in this session, and the form leads back to it.
    """
    token = request.session.get(INVITED, "")
    following = request.POST.get("next") or request.GET.get("next")
    if not token or following != reverse("invitation", args=[token]):
        return None
    return team.find(token, timezone.now())


class SignupForm(forms.Form):
    """What sign-up asks beside e-mail and password; makes the business with its owner.

    Who comes with an invitation joins a business that is there, and makes none.
    """

    merchant_name = forms.CharField(
        label=_("Business name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )

    accept = forms.BooleanField(
        label=_("I accept the terms of service and the privacy policy."),
        error_messages={"required": _("Accept both to create an account.")},
    )

    field_order = ["merchant_name", "email", "password1", "accept"]

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.invitation = invited(context.request)
        if self.invitation is not None:
            del self.fields["merchant_name"]
            # Whoever has the link reads that address' mail; of others nothing is known.
            self.initial["email"] = self.invitation.email
            self.fields["email"].disabled = True

    def signup(self, request: HttpRequest, user: User) -> None:
        """Create the merchant; called by the account library within its sign-up."""
        accepting.accept(user, accepting.open_for(user), get_language() or "vi", timezone.now())
        if self.invitation is not None:
            get_adapter().stash_verified_email(request, self.invitation.email)
            return
        name: Any = self.cleaned_data["merchant_name"]
        merchant = Merchant.objects.create(name=name)
        Membership.objects.create(user=user, merchant=merchant, role=Membership.Role.OWNER)


class ProfileForm(forms.ModelForm):
    """What a person says of themselves."""

    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("For the pages on every device, and for our mails to you."),
    )

    class Meta:
        model = User
        fields = ["name", "language"]
        help_texts = {"name": _("Your colleagues see it in place of your e-mail address.")}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


class BusinessForm(forms.ModelForm):
    """What a business is called."""

    class Meta:
        model = Merchant
        fields = ["name"]
        labels = {"name": _("Business name")}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "organization"})}


class InviteForm(forms.Form):
    """Who is to join, and as what."""

    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(
        label=_("Role"), choices=Membership.Role.choices, initial=Membership.Role.STAFF
    )
