"""Forms of billing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from reference_app.billing.models import BillingAccount

__all__ = ["BuyerForm", "KeepForm"]

# Only the length is certain (domain 3): company 10, branch 10-3, household or person 12.
_TAX_ID = RegexValidator(
    r"^(\d{10}|\d{10}-\d{3}|\d{12})$",
    _("10 digits, 10 and 3 with a dash for a branch, or 12 for a household or a person."),
)


class BuyerForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who invoices are made out to."""

    class Meta:
        model = BillingAccount
        fields = ("name", "tax_id", "address", "email", "language")
        labels = {
            "name": _("Name on the invoice"),
            "tax_id": _("Tax id"),
            "address": _("Address"),
            "email": _("E-mail for invoices"),
            "language": _("Language of our mails"),
        }
        help_texts = {"email": _("Empty: to the owners.")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "organization"}),
            "address": forms.TextInput(attrs={"autocomplete": "street-address"}),
        }

    language = forms.ChoiceField(
        label=_("Language of our mails"), choices=[("vi", "Tiếng Việt"), ("en", "English")]
    )

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.fields["tax_id"].validators.append(_TAX_ID)

    def clean_tax_id(self) -> str:
        """Take a tax id without spaces."""
        return str(self.cleaned_data["tax_id"]).replace(" ", "")


class KeepForm(forms.Form):
    """Which stores stay when a plan has room for fewer."""

    keep = forms.MultipleChoiceField(
        label=_("Stores that stay"), widget=forms.CheckboxSelectMultiple, required=True
    )

    def __init__(self, stores: list[Any], limit: int, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.limit = limit
        self.fields["keep"].choices = [(str(one.pk), str(one.name)) for one in stores]  # type: ignore[attr-defined]

    def clean_keep(self) -> list[int]:
        """Take at most as many as there is room for."""
        chosen = [int(one) for one in self.cleaned_data["keep"]]
        if len(chosen) > self.limit:
            raise forms.ValidationError(
                _("Choose at most %(n)d stores.") % {"n": self.limit}, code="many"
            )
        return chosen
