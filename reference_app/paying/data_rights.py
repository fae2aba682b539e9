"""What export and deletion have to know of transfers; read by the app that does both."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reference_app.rights.registry import keep, reaches

reaches("paying.transfer", "merchant")
keep(
    "paying.transfer",
    reason=_("Kept by law, without personal data"),
    strip={"memo": "", "note": ""},
)
