"""What the frame around every page needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

# Only what exists; the other addresses of the design join as they are built.
_PLACES = [
    ("home", _("Home"), "home"),
    ("orders", _("Orders"), "shopping-bag"),
    ("payments", _("Payments"), "cash"),
    ("returns", _("Returns"), "arrow-back-up"),
    ("catalogue", _("Catalogue"), "package"),
    ("linking", _("Linking"), "link"),
    ("inventory", _("Stock"), "building-warehouse"),
    ("stores", _("Stores"), "building-store"),
    ("sync", _("Sync"), "refresh"),
]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return navigation and the visitor's business."""
    match = getattr(request, "resolver_match", None)
    here = (match.url_name or "").split("-")[0] if match else ""
    return {
        "places": [
            {"url_name": name, "title": title, "icon": icon, "current": name == here}
            for name, title, icon in _PLACES
        ],
        "merchant": getattr(request, "merchant", None),
        "membership": getattr(request, "membership", None),
    }
