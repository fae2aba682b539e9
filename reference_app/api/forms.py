"""Forms for tokens and webhooks."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reference_app.api import guarded
from reference_app.api.models import OutgoingEvent, Scope

__all__ = ["TokenForm", "WebhookForm"]

_LIVES = [
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("1 year")),
    ("", _("Until it is revoked")),
]
_REFUSED = {
    "scheme": _("Begin the address with https:// or http://."),
    "host": _("Give a host name, without a user name or password."),
    "port": _("Only the ports 80, 443 and those from 1024 up are reached."),
    "address": _("This address is not on the public internet."),
}


class TokenForm(forms.Form):
    """What a new token is called, may do, and how long it lives."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("Which program will use it, such as “Warehouse”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    lives = forms.ChoiceField(label=_("Works for"), choices=_LIVES, required=False, initial="90")
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )

    def expires_at(self) -> datetime | None:
        """Return when the token stops working."""
        days = self.cleaned_data["lives"]
        return timezone.now() + timedelta(days=int(days)) if days else None


class WebhookForm(forms.Form):
    """Where events go, and which."""

    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.URLInput(
            attrs={"placeholder": "https://erp.example.vn/hooks/entro", "autocomplete": "off"}
        ),
    )
    events = forms.MultipleChoiceField(
        label=_("What to tell"),
        choices=OutgoingEvent.Kind.choices,
        initial=OutgoingEvent.Kind.values,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )

    def clean_url(self) -> str:
        """Refuse addresses that would never be reached."""
        url: str = self.cleaned_data["url"]
        try:
            guarded.check_url(url)
        except guarded.Forbidden as refusal:
            raise forms.ValidationError(_REFUSED[str(refusal)]) from refusal
        except ValueError as error:
            raise forms.ValidationError(_REFUSED["host"]) from error
        return url
