"""The form that connects a store by pasting credentials."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from entrosdk.registry import available
from reference_app.stores import places
from reference_app.stores.connecting import Claim, claim_of
from reference_app.stores.models import Store
from reference_app.web import moments, words

__all__ = ["ConnectForm", "CredentialsForm"]

# Secrets are typed once: no browser fills them in, no page shows them again.
_SECRET = {"autocomplete": "off", "spellcheck": "false"}


def _secret(label: Any, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        help_text=help_text,
        max_length=600,
        widget=forms.PasswordInput(attrs=_SECRET),
    )


class CredentialsForm(forms.Form):
    """An app's key and secret, and a shop's tokens."""

    app_key = forms.CharField(
        label=_("App key"),
        max_length=120,
        help_text=_("Called partner_id on Shopee and client_id on Tiki."),
        widget=forms.TextInput(attrs=_SECRET),
    )
    app_secret = _secret(_("App secret"))
    push_secret = _secret(
        _("Push secret"),
        required=False,
        help_text=_("Only where the marketplace signs notifications with a key of its own."),
    )
    access_token = _secret(_("Access token"))
    refresh_token = _secret(
        _("Refresh token"),
        required=False,
        help_text=_("Without it the store stops when the access token runs out."),
    )

    def __init__(self, *arguments: Any, store: Store | None = None, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.store = store
        if store is not None:
            self.fields["app_key"].initial = store.app_key

    def facts(self) -> dict[str, Any]:
        """Return the cleaned values under the keys of a claim."""
        store = self.store
        if store is None:
            return dict(self.cleaned_data)
        kept = ("marketplace", "shop_id", "name", "base_url", "auth_url")
        return {**{name: getattr(store, name) for name in kept}, **self.cleaned_data}

    def claim(self) -> Claim:
        """Return what was typed as a claim to check."""
        return claim_of(self.facts())


class ConnectForm(CredentialsForm):
    """Everything needed to connect a store that is not here yet."""

    marketplace = forms.ChoiceField(label=_("Marketplace"))
    shop_id = forms.CharField(label=_("Shop ID"), max_length=64)
    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        required=False,
        help_text=_("Left empty, the shop's own name is used."),
    )
    sync_from = forms.DateField(
        label=_("Read orders since"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )
    base_url = forms.CharField(label=_("API address"), max_length=200, required=False)
    auth_url = forms.CharField(label=_("Authorisation address"), max_length=200, required=False)

    field_order = [
        "marketplace", "shop_id", "name", "sync_from", "app_key", "app_secret", "push_secret",
        "access_token", "refresh_token", "base_url", "auth_url",
    ]  # fmt: skip

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        installed = [entry.name for entry in available() if entry.manifest is not None]
        choices = [(name, words.MARKETPLACES.get(name, name)) for name in installed]
        self.fields["marketplace"].choices = choices  # type: ignore[attr-defined]
        self.fields["sync_from"].initial = moments.today() - timedelta(days=30)
        if not settings.MARKETPLACE_HOSTS:  # only a sandbox has another address
            del self.fields["base_url"], self.fields["auth_url"]

    def clean_base_url(self) -> str:
        return self._allowed("base_url")

    def clean_auth_url(self) -> str:
        return self._allowed("auth_url")

    def clean_sync_from(self) -> datetime:
        day = self.cleaned_data["sync_from"]
        if day > moments.today():
            raise forms.ValidationError(_("This day is in the future."))
        return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())

    def _allowed(self, name: str) -> str:
        """Let nobody use this server to reach hosts the operator did not name."""
        address: str = self.cleaned_data[name]
        if address and not places.allowed(address, settings.MARKETPLACE_HOSTS):
            raise forms.ValidationError(_("This address is not allowed here."))
        return address.rstrip("/")
