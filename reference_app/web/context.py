"""What the frame around every page needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

# Name of the address, title, icon, whether a phone's bar has it.
_PLACES = [
    ("home", _("Home"), "home", True),
    ("orders", _("Orders"), "shopping-bag", True),
    ("payments", _("Payments"), "cash", True),
    ("returns", _("Returns"), "arrow-back-up", False),
    ("catalogue", _("Catalogue"), "package", False),
    ("linking", _("Linking"), "link", False),
    ("inventory", _("Stock"), "building-warehouse", True),
    ("stores", _("Stores"), "building-store", False),
    ("sync", _("Sync"), "refresh", False),
]

# Address, title, icon, whether only owners have it, names of the routes it stands for.
_SETTINGS = [
    ("/settings/", _("Overview"), "settings", False, ("settings",)),
    ("/settings/profile/", _("Profile"), "user", False, ("settings-profile",)),
    ("/accounts/email/", _("E-mail address"), "mail", False, ("account_email",)),
    ("/accounts/password/change/", _("Password"), "key", False, ("account_change_password",)),
    ("/accounts/2fa/", _("Two-step log-in"), "shield-check", False, ("mfa_",)),
    ("/settings/sessions/", _("Sessions"), "device-laptop", False, ("settings-sessions",)),
    ("/settings/team/", _("Team"), "users", False, ("settings-team",)),
    ("/settings/data/", _("Your data"), "download", True, ("settings-data",)),
    ("/settings/api/", _("API tokens"), "plug", True, ("settings-api",)),
    ("/settings/webhooks/", _("Webhooks"), "webhook", True, ("settings-webhook",)),
    ("/settings/audit/", _("Audit log"), "note", True, ("settings-audit",)),
]

# What is about the subscription and us, not about selling.
_ACCOUNT = [
    ("/settings/", _("Settings"), "settings", False),
    ("/billing/", _("Billing"), "receipt", True),
    ("/support/", _("Support"), "message-circle", False),
    ("/status/", _("Service status"), "circle-dot", False),
    ("/policies/", _("Terms and privacy"), "note", False),
]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return navigation and the visitor's business."""
    match = getattr(request, "resolver_match", None)
    here = (match.url_name or "") if match else ""
    section = here.split("-")[0]
    membership = getattr(request, "membership", None)
    owner = membership is not None and membership.is_owner
    places = [
        {"url_name": name, "title": title, "icon": icon, "current": name == section, "bar": bar}
        for name, title, icon, bar in _PLACES
    ]
    return {
        "places": places,
        "elsewhere": not any(place["current"] and place["bar"] for place in places),
        "settings_pages": [
            {"url": url, "title": title, "icon": icon, "current": _is(here, names)}
            for url, title, icon, owners, names in _SETTINGS
            if owner or not owners
        ],
        "account_pages": [
            {"url": url, "title": title, "icon": icon, "current": request.path.startswith(url)}
            for url, title, icon, owners in _ACCOUNT
            if owner or not owners
        ],
        "merchant": getattr(request, "merchant", None),
        "membership": membership,
        "other_memberships": [
            one for one in getattr(request, "memberships", []) if one != membership
        ],
    }


def _is(here: str, names: tuple[str, ...]) -> bool:
    if "settings" in names:
        return here == "settings"
    return here.startswith(names)
