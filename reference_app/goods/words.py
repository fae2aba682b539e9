"""Why files and their lines are refused, and prices too, in the words of a seller."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from reference_app.web import words

__all__ = ["REFUSED_FILES", "REFUSED_LINES", "price_cause"]

REFUSED_FILES = {
    "too_large": _("The file is larger than 16 MB. Split it and import the parts."),
    "workbook": _("This is an Excel workbook. Save it as “CSV UTF-8” and import that file."),
    "encoding": _("The text is not UTF-8. Save the file as “CSV UTF-8” and import it again."),
    "no_text": _("This is no text file. A CSV file is needed."),
    "empty": _("The file is empty."),
    "no_header": _(
        "The first line lacks these columns: %(detail)s. Export a file to see them all."
    ),
    "no_file": _("Choose a file first."),
}

REFUSED_LINES = {
    "too_long": _("The line is too long."),
    "quotes": _("A quotation mark is not closed."),
    "cells": _("The number of cells is not that of the header: %(detail)s."),
    "line_twice": _("Line %(detail)s speaks of the same one."),
    "no_sku": _("The SKU is missing."),
    "long_sku": _("The SKU is longer than %(detail)s signs."),
    "sku_twice_here": _("Several variants carry the SKU %(detail)s."),
    "unknown_sku": _("The catalogue has no SKU %(detail)s."),
    "no_name": _("A new variant needs a name."),
    "long_name": _("The name is longer than %(detail)s signs."),
    "no_amount": _("“%(detail)s” is no whole amount of dong."),
    "no_number": _("“%(detail)s” is no whole number."),
    "no_yes": _("“%(detail)s” is neither yes nor no."),
    "no_part": _("“%(detail)s” is no component; write SKU x 2 | SKU x 1."),
    "unknown_part": _("The catalogue has no component %(detail)s; put it into a line above."),
    "circle": _("The bundle would hold itself."),
    "is_single": _("%(detail)s is a single item; a bundle needs a SKU of its own."),
    "no_listing": _("No listing of your stores has these IDs."),
}

_CAUSES = {
    "LOCKED": _("A campaign holds the price; send it again when the campaign ends."),
    "NOT_FOUND": _("The listing is no longer on the marketplace."),
    "INVALID": _("The marketplace does not allow this price."),
    "STATE": _("The listing is not in a state that allows this."),
    "FORBIDDEN": _("The app may not change prices on this marketplace."),
    "BUSY": _("The marketplace is busy; nothing was changed, send it again."),
    "OTHER": _("The marketplace refuses it."),
    "store_stopped": _("The store is paused or needs authorisation."),
    "OutcomeUnknown": _("The reply was lost. The next sync shows which price stands."),
}


def price_cause(code: str) -> Any:
    """Return why a price was refused, or why nobody knows."""
    if code in _CAUSES:
        return _CAUSES[code]
    told = words.trouble(code)
    return told.what if told else ""
