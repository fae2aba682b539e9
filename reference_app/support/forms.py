"""Forms of both sides of a conversation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reference_app.records.models import Order
from reference_app.stores.models import Store
from reference_app.support import files
from reference_app.support.keeping import Words
from reference_app.tenants.models import Merchant

__all__ = ["AnswerForm", "AskForm", "ReplyForm"]

_REFUSED = {
    "large": _("A file may have 5 MB at most."),
    "many": _("Send at most 5 files at a time."),
    "sum": _("Send at most 10 MB at a time."),
    "empty": _("This file is empty."),
    "kind": _("Send pictures (PNG, JPEG), PDF, CSV or text files."),
}


class _Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class _FilesField(forms.FileField):
    """Several files; cleans to what may be kept."""

    def __init__(self, **more: Any) -> None:
        accept = {"accept": ".png,.jpg,.jpeg,.pdf,.csv,.txt,.log"}
        super().__init__(widget=_Files(attrs=accept), required=False, **more)

    def clean(self, data: Any, initial: Any = None) -> list[files.Taken]:
        uploads: list[UploadedFile] = data if isinstance(data, list) else [data] if data else []
        try:
            return files.take(uploads)
        except files.NotTaken as refusal:
            raise forms.ValidationError(_REFUSED[str(refusal)]) from refusal


class ReplyForm(forms.Form):
    """A message with files."""

    text = forms.CharField(
        label=_("Your message"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Write a message.")},
    )
    files = _FilesField(
        label=_("Files"),
        help_text=_("PNG, JPEG, PDF, CSV or text; up to 5 files of 5 MB, 10 MB in all."),
    )

    def words(self) -> Words:
        """Return what was written, once the form is valid."""
        return Words(self.cleaned_data["text"], self.cleaned_data["files"])


class AnswerForm(ReplyForm):
    """What staff writes."""

    text = forms.CharField(
        label=_("Answer"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Write a message.")},
    )


class AskForm(ReplyForm):
    """A new request; `about` what of the merchant's own it is."""

    subject = forms.CharField(
        label=_("What is it about?"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Say in a few words what it is about.")},
    )
    order = forms.CharField(
        label=_("Order number"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    store = forms.ModelChoiceField(
        label=_("Store"), queryset=Store.objects.none(), required=False, empty_label="–"
    )

    field_order = ["subject", "text", "order", "store", "files"]

    def __init__(self, merchant: Merchant, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._merchant = merchant
        field: Any = self.fields["store"]
        field.queryset = Store.objects.filter(merchant=merchant).order_by("name")
        field.label_from_instance = lambda store: store.name

    def clean_order(self) -> Order | None:
        """Find the merchant's order by the number a person reads, or by the marketplace's id."""
        number = self.cleaned_data["order"].strip()
        if not number:
            return None
        mine = Order.objects.filter(merchant=self._merchant).select_related("store")
        found = mine.filter(Q(number=number) | Q(external_id=number)).order_by("-id").first()
        if found is None:
            raise forms.ValidationError(_("None of your orders has this number."))
        return found
