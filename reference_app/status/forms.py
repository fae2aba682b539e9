"""Forms of incidents and of what staff says about them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reference_app.status.components import codes, title
from reference_app.status.models import Incident

__all__ = ["IncidentForm", "UpdateForm"]


def _moment(label: Any, *, required: bool = False) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(
        label=label, required=required, widget=widget, input_formats=["%Y-%m-%dT%H:%M"]
    )


class UpdateForm(forms.Form):
    """What is known now, in both languages, and whether it is over."""

    text_vi = forms.CharField(
        label=_("Text in Vietnamese"), max_length=4_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    text_en = forms.CharField(
        label=_("Text in English"), max_length=4_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    ends_at = _moment(_("Over since, or planned end"))


class IncidentForm(UpdateForm):
    """A new incident, or maintenance that is announced."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Incident.Kind.choices)
    impact = forms.ChoiceField(label=_("Impact"), choices=Incident.Impact.choices)
    title_vi = forms.CharField(label=_("Title in Vietnamese"), max_length=150)
    title_en = forms.CharField(label=_("Title in English"), max_length=150)
    components = forms.MultipleChoiceField(
        label=_("What is affected"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )
    starts_at = _moment(_("Begins"), required=True)

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        field: Any = self.fields["components"]
        field.choices = [(code, title(code)) for code in codes()]

    def clean(self) -> dict[str, Any]:
        """Hold the times in order; planned work says when it ends."""
        given: dict[str, Any] = super().clean() or {}
        starts, ends = given.get("starts_at"), given.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", _("It ends after it begins."))
        if given.get("kind") == Incident.Kind.MAINTENANCE and not ends:
            self.add_error("ends_at", _("Say when planned work ends."))
        return given
