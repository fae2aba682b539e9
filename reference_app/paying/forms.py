"""What staff says of transfers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reference_app.billing.models import Invoice
from reference_app.goods.files.reading import NotATable, decode
from reference_app.goods.words import REFUSED_FILES
from reference_app.paying import inbox
from reference_app.paying.codes import codes_in
from reference_app.web.statements import FIELDS

__all__ = ["AsideForm", "AssignForm", "StatementForm"]


class StatementForm(forms.Form):
    """A statement, as a file or pasted, and how its columns are called where we cannot tell."""

    file = forms.FileField(label=_("CSV file"), required=False)
    text = forms.CharField(
        label=_("Or paste lines, the heads first"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    column_at = forms.CharField(label=_("Column of the date"), required=False)
    column_amount = forms.CharField(label=_("Column of the amount"), required=False)
    column_memo = forms.CharField(label=_("Column of the memo"), required=False)
    column_id = forms.CharField(label=_("Column of the transaction id"), required=False)

    def clean(self) -> dict[str, Any]:
        """Give the text of either, and the columns that were named."""
        values = dict(super().clean() or {})
        file = values.get("file")
        try:
            values["text"] = decode(file.read()) if file else values.get("text", "")
        except NotATable as wrong:
            raise ValidationError(str(REFUSED_FILES[wrong.reason])) from None
        if not values["text"].strip():
            raise ValidationError(gettext("Choose a file, or paste lines."))
        values["columns"] = {name: values.get(f"column_{name}", "") for name in FIELDS}
        return values


class AssignForm(forms.Form):
    """The invoice of a transfer, by its number or its code."""

    invoice = forms.CharField(label=_("Invoice number or code"), max_length=40)

    def clean_invoice(self) -> Invoice:
        """Find the invoice."""
        text = self.cleaned_data["invoice"].strip().upper()
        found = inbox.payable().filter(number=text).first()
        codes = codes_in(text)
        if found is None and len(codes) == 1:
            found = inbox.payable().filter(pay_code=codes[0]).first()
        if found is None:
            raise ValidationError(gettext("There is no such invoice."))
        return found


class AsideForm(forms.Form):
    """Why a transfer pays no invoice."""

    note = forms.CharField(label=_("What it is"), max_length=200)
