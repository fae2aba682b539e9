"""What export and deletion have to know of billing; read by the app that does both.

What was billed and paid stays; whom it was billed to does not.
"""

from __future__ import annotations

from django.db.models import F
from django.db.models.functions import Coalesce, Now, TruncDate
from django.utils.translation import gettext_lazy as _

from reference_app.rights.registry import keep, nobodys

__all__ = ["BOOKS"]

BOOKS = _("Books of account, kept as the law demands")
_WHO = ("name", "tax_id", "address", "email", "parked_because")

keep(
    "billing.billingaccount",
    reason=BOOKS,
    strip={**dict.fromkeys(_WHO, ""), "may_sync": False},
)
keep(
    "billing.subscription",
    reason=BOOKS,
    # Nothing is billed to a business that is gone.
    strip={"closed_on": Coalesce(F("closed_on"), TruncDate(Now())), "keep_stores": []},
)
keep("billing.subscriptionevent", reason=BOOKS)
keep("billing.invoice", reason=BOOKS, strip={"buyer": {}})
keep("billing.invoiceline", reason=BOOKS)
keep("billing.periodcharge", reason=BOOKS)
keep("billing.creditnote", reason=BOOKS, strip={"reason": ""})
keep("billing.payment", reason=BOOKS)
keep("billing.creditentry", reason=BOOKS, strip={"note": ""})
nobodys("billing.planversion", "the price list, the same for everybody")
nobodys("billing.numberseries", "the last number of each series of invoices")
