"""What people type about stock."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reference_app.stock.models import Balance, Channel, Movement, Warehouse
from reference_app.tenants.models import Merchant
from reference_app.web import moments

__all__ = ["AdjustForm", "BufferForm", "ChannelForm", "CountForm", "TransferForm", "new_token"]


def new_token() -> str:
    """Return what makes a form's sending unique."""
    return uuid4().hex


def _warehouse(label: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(Warehouse.objects.none(), label=label, empty_label=None)


class _OfMerchant(forms.Form):
    """A form about a merchant's warehouses; sent twice, it acts once."""

    token = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, merchant: Merchant, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.fields["token"].initial = new_token()
        mine = Warehouse.objects.filter(merchant=merchant)
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = mine
                field.initial = mine.first()


class AdjustForm(_OfMerchant):
    """Units that came or went."""

    warehouse = forms.ModelChoiceField(
        Warehouse.objects.none(), label=_("Warehouse"), empty_label=None
    )
    kind = forms.ChoiceField(
        label=_("What happened"),
        choices=[
            (Movement.Kind.RECEIVE, Movement.Kind.RECEIVE.label),
            (Movement.Kind.ADJUST, Movement.Kind.ADJUST.label),
        ],
    )
    delta = forms.IntegerField(
        label=_("Units"), min_value=-1_000_000, max_value=1_000_000,
        help_text=_("With a minus when units are gone."),
    )  # fmt: skip
    damaged = forms.BooleanField(label=_("Damaged goods"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def clean_delta(self) -> int:
        delta: int = self.cleaned_data["delta"]
        if not delta:
            raise forms.ValidationError(_("Nothing would change."))
        return delta

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("kind") == Movement.Kind.RECEIVE and (cleaned.get("delta") or 1) < 0:
            self.add_error("delta", _("Received goods are a number above zero."))
        return cleaned


class CountForm(_OfMerchant):
    """A count: where, when, and what was there."""

    warehouse = forms.ModelChoiceField(
        Warehouse.objects.none(), label=_("Warehouse"), empty_label=None
    )
    at = forms.DateTimeField(
        label=_("Counted at"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"
        ),
        help_text=_("What moved after this moment is applied on top."),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    file = forms.FileField(
        label=_("CSV file"), required=False,
        help_text=_("Two columns: sku, counted."),
    )  # fmt: skip

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.fields["at"].initial = moments.local(timezone.now()).replace(tzinfo=None)


class TransferForm(_OfMerchant):
    """Goods to be carried from one warehouse to another."""

    source = _warehouse(_("From the warehouse"))
    target = _warehouse(_("To the warehouse"))
    lines = forms.CharField(
        label=_("Goods to carry"),
        widget=forms.Textarea(attrs={"rows": 5, "placeholder": "AT-TRON-M 12"}),
        help_text=_("One line each: SKU and units."),
    )

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        mine = list(self.fields["target"].queryset[:2])  # type: ignore[attr-defined]
        self.fields["target"].initial = mine[-1] if mine else None


class BufferForm(forms.ModelForm):
    """How much of a variant is kept back in one warehouse."""

    class Meta:
        model = Balance
        fields = ["buffer_kind", "buffer_value"]
        labels = {"buffer_kind": _("Buffer"), "buffer_value": _("Number, percent or maximum")}


class ChannelForm(forms.ModelForm):
    """What a store may sell of the pool."""

    class Meta:
        model = Channel
        fields = ["percent", "buffer", "cap", "takes_last", "last_units", "bound"]
        labels = {
            "percent": _("Share in percent"),
            "buffer": _("Kept back"),
            "cap": _("At most"),
            "takes_last": _("The last units are sold here only"),
            "last_units": _("Last units begin at"),
            "bound": _("Corrected by itself up to"),
        }

    def clean_percent(self) -> int:
        percent: int = self.cleaned_data["percent"]
        if percent > 100:
            raise forms.ValidationError(_("A share is between 0 and 100 percent."))
        return percent
