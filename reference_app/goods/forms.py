"""Editing a variant."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from reference_app.goods.keys import key_of
from reference_app.goods.models import NAME_LENGTH, SKU_LENGTH, Variant
from reference_app.tenants.models import Merchant
from reference_app.web import typed

__all__ = ["VariantForm"]


class DongField(forms.CharField):
    """An amount of dong, typed as people type it; empty is `None`."""

    def __init__(self, **options: Any) -> None:
        attributes = {"inputmode": "numeric", "autocomplete": "off"}
        widget = forms.TextInput(attrs=attributes)
        super().__init__(required=False, max_length=30, widget=widget, **options)

    def clean(self, value: Any) -> int | None:
        """Return the amount."""
        text = str(super().clean(value) or "")
        if not text:
            return None
        try:
            return typed.dong(text, get_language() or "vi")
        except ValueError:
            raise ValidationError(_now("Type a whole amount of dong, such as 129.000.")) from None

    def prepare_value(self, value: Any) -> Any:
        """Group the digits of a stored amount."""
        if not isinstance(value, int):
            return value
        text = f"{value:,}"
        return text if (get_language() or "vi").startswith("en") else text.replace(",", ".")


class VariantForm(forms.ModelForm):
    """What a person may change of a variant."""

    cost_minor = DongField(label=_("Cost"), help_text=_("What one unit costs you."))
    price_minor = DongField(
        label=_("Selling price"), help_text=_("Sent to the stores when you say so.")
    )

    class Meta:
        model = Variant
        fields = (
            "sku", "name", "price_minor", "cost_minor", "low_stock_units", "low_stock_days",
            "active",
        )  # fmt: skip
        labels = {
            "sku": _("SKU"),
            "name": _("Name"),
            "low_stock_units": _("Low below this many units"),
            "low_stock_days": _("Low below this many days of cover"),
            "active": _("Sold at present"),
        }

    def __init__(self, *arguments: Any, merchant: Merchant, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._merchant = merchant
        self.fields["sku"].widget.attrs |= {"autocomplete": "off", "maxlength": SKU_LENGTH}
        self.fields["name"].widget.attrs |= {"maxlength": NAME_LENGTH}
        for name in ("low_stock_units", "low_stock_days"):
            # A browser's number field reads 1.000 as 1.
            attributes = {"inputmode": "numeric", "autocomplete": "off"}
            self.fields[name].widget = forms.TextInput(attrs=attributes)

    def clean_sku(self) -> str:
        """Refuse a SKU that another variant has: linking could not tell them apart."""
        sku = " ".join(str(self.cleaned_data["sku"]).split())
        key = key_of(sku)
        same = Variant.objects.filter(merchant=self._merchant, key=key).exclude(pk=self.instance.pk)
        if key and same.exists():
            raise ValidationError(_now("Another variant has this SKU already."))
        return sku
