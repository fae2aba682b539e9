"""What people type about money: a store's fee terms, and what came to the bank."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from reference_app.settling.models import FeeRate, StoreTerms
from reference_app.settling.rules.reckoning import FEES, Seller
from reference_app.web import moments, words
from reference_app.web.typed import dong

__all__ = ["CreditForm", "RateForm", "TermsForm"]

_PPM = 10_000  # parts per million in a percent


class DongField(forms.CharField):
    """An amount of dong as people write it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=24, widget=forms.TextInput({"inputmode": "numeric"}), **options)

    def clean(self, value: Any) -> int | None:
        """Return whole dong; nothing typed is nothing."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return dong(text, get_language() or "vi")
        except ValueError:
            raise forms.ValidationError(_("Write whole dong, like 13.800.")) from None


def _day(label: Any, **options: Any) -> forms.DateField:
    picker = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=picker, **options)


class TermsForm(forms.ModelForm):
    """What a store is for the tax office, and when its money is late."""

    seller = forms.ChoiceField(
        label=_("Kind of seller"),
        required=False,
        choices=[
            (Seller.UNKNOWN.value, _("Not said")),
            (Seller.COMPANY.value, _("Company")),
            (Seller.HOUSEHOLD.value, _("Household business")),
            (Seller.INDIVIDUAL.value, _("Individual")),
        ],
        help_text=_("Marketplaces withhold tax from households and individuals only."),
    )
    due_days = forms.IntegerField(
        label=_("Days from delivery until money is overdue"), min_value=1, max_value=60
    )

    class Meta:
        model = StoreTerms
        fields = ["seller", "due_days", "shipping_cancels"]
        labels = {"shipping_cancels": _("Shipping is paid by the buyer and the marketplace")}


class RateForm(forms.ModelForm):
    """One dated row of a store's fee table."""

    kind = forms.ChoiceField(label=_("Fee"))
    percent = forms.DecimalField(
        label=_("Percent"), min_value=0, max_value=100, max_digits=7, decimal_places=4,
        required=False, localize=True,
    )  # fmt: skip
    fixed = DongField(label=_("Fixed amount per order"), required=False)
    cap = DongField(label=_("At most"), required=False)
    base = forms.ChoiceField(
        label=_("Taken from"),
        choices=[
            ("goods", _("Goods after the seller's discounts")),
            ("goods_and_shipping", _("Goods and the buyer's shipping")),
        ],
    )
    valid_from = _day(_("Counts from"), required=False)
    valid_to = _day(_("No longer from"), required=False)
    source = forms.CharField(label=_("Where the figure comes from"), max_length=255, required=False)

    class Meta:
        model = FeeRate
        fields = ["kind", "base", "valid_from", "valid_to", "source"]

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        titles = [(kind, title) for kind, title in words.PAYMENT_KINDS.items() if kind in FEES]
        self.fields["kind"].choices = titles  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a row that takes nothing, and one that ends before it begins."""
        given: dict[str, Any] = super().clean() or {}
        if not self.errors and not given.get("percent") and not given.get("fixed"):
            self.add_error("percent", _("Say a percent, a fixed amount, or both."))
        begins, ends = given.get("valid_from"), given.get("valid_to")
        if begins and ends and ends <= begins:
            self.add_error("valid_to", _("It ends before it begins."))
        return given

    def _post_clean(self) -> None:
        super()._post_clean()
        given = self.cleaned_data
        self.instance.ppm = int((given.get("percent") or Decimal(0)) * _PPM)
        self.instance.fixed_minor = given.get("fixed") or 0
        self.instance.cap_minor = given.get("cap")


class CreditForm(forms.Form):
    """One credit of the bank statement."""

    day = _day(_("Day"))
    amount = DongField(label=_("Amount"))
    reference = forms.CharField(label=_("The bank's reference"), max_length=80)
    memo = forms.CharField(label=_("Memo"), max_length=255, required=False)

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.fields["day"].initial = moments.today()
