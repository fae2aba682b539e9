"""What export and deletion have to know of transfers; read by the app that does both."""

from __future__ import annotations

from reference_app.billing.data_rights import BOOKS
from reference_app.rights.registry import keep, reaches

reaches("paying.transfer", "merchant")
keep(
    "paying.transfer",
    reason=BOOKS,
    strip={"memo": "", "note": ""},
)
