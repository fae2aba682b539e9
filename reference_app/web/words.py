"""The words of the SDK in the words of a seller."""

from __future__ import annotations

from typing import Any

from attrs import frozen
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reference_app.web.statements import Wrong

__all__ = [
    "GOODS_STATES",
    "HANDOVERS",
    "MARKETPLACES",
    "MONEY_STATES",
    "PAYMENT_KINDS",
    "POLICIES",
    "PUSHES",
    "PUSH_REASONS",
    "REFUSALS",
    "STATEMENT_LINES",
    "STATUSES",
    "STREAMS",
    "TONES",
    "Trouble",
    "trouble",
]

MARKETPLACES = {
    "shopee": "Shopee",
    "lazada": "Lazada",
    "tiktok": "TikTok Shop",
    "tiki": "Tiki",
}

POLICIES = {
    "terms": _("Terms of service"),
    "privacy": _("Privacy policy"),
}

# Why a line of a bank's statement was left out.
STATEMENT_LINES: dict[str, Any] = {
    Wrong.NO_COLUMNS: _("no line names the columns for date, amount, memo and transaction id"),
    Wrong.NO_ID: _("no transaction id"),
    Wrong.NO_DATE: _("no date that can be read"),
    Wrong.NO_AMOUNT: _("no whole amount of dong"),
}

STREAMS = {
    "orders": _("Orders"),
    "products": _("Products"),
    "payments": _("Payments"),
    "payouts": _("Payouts"),
    "returns": _("Returns"),
}

STATUSES = {
    "UNPAID": _("Unpaid"),
    "ON_HOLD": _("On hold"),
    "TO_SHIP": _("To ship"),
    "PACKED": _("Packed"),
    "SHIPPED": _("Shipped"),
    "DELIVERED": _("Delivered"),
    "COMPLETED": _("Completed"),
    "CANCELLING": _("Cancellation asked"),
    "CANCELLED": _("Cancelled"),
    "RETURNED": pgettext_lazy("order", "Returned"),
    "UNKNOWN": pgettext_lazy("order", "Not recognised"),
}

# The colour a state is shown in; the names are classes of the style sheet.
TONES = {
    "UNPAID": "wait",
    "ON_HOLD": "wait",
    "TO_SHIP": "act",
    "PACKED": "act",
    "SHIPPED": "move",
    "DELIVERED": "good",
    "COMPLETED": "good",
    "CANCELLING": "warn",
    "CANCELLED": "off",
    "RETURNED": "off",
    "UNKNOWN": "warn",
    "active": "good",
    "paused": "off",
    "needs_reauth": "bad",
    "disconnected": "off",
    "waiting": "off",
    "running": "move",
    "done": "good",
    "failed": "bad",
    "interrupted": "warn",
    "REFUNDED": "good",
    "PENDING": "wait",
    "DENIED": "off",
    "RECEIVED": "good",
    "IN_TRANSIT": "move",
    "EXPECTED": "wait",
    "LOST": "bad",
    "linked": "good",
    "suggested": "act",
    "ambiguous": "warn",
    "missing": "wait",
    "accepted": "good",
    "refused": "bad",
    "unknown": "warn",
    "confirmed": "good",
    "skipped": "off",
    "retrying": "warn",
    "sent": "move",
    "received": "good",
    "new": "act",
    "ours": "wait",
    "yours": "move",
    "solved": "good",
    "up": "good",
    "degraded": "warn",
    "down": "bad",
    "maintenance": "move",
}

PAYMENT_KINDS = {
    "item_price": _("Price of the goods"),
    "seller_discount": _("Your discount"),
    "platform_discount": _("Marketplace discount"),
    "seller_voucher": _("Your voucher"),
    "platform_voucher": _("Marketplace voucher"),
    "coins": _("Coins used by the buyer"),
    "buyer_shipping": _("Shipping paid by the buyer"),
    "actual_shipping": _("Actual shipping cost"),
    "shipping_rebate": _("Shipping subsidy"),
    "return_shipping": _("Return shipping"),
    "failed_delivery": _("Failed delivery"),
    "commission": _("Commission"),
    "payment_fee": _("Payment fee"),
    "service_fee": _("Service fee"),
    "order_processing": _("Order processing fee"),
    "shipping_protection": _("Shipping protection"),
    "affiliate": _("Affiliate commission"),
    "fulfilment": _("Fulfilment"),
    "ads": _("Advertising"),
    "penalty": _("Penalty"),
    "campaign": _("Campaign fee"),
    "compensation": _("Compensation"),
    "refund": _("Refund to the buyer"),
    "adjustment": _("Adjustment"),
    "tax_vat_withheld": _("VAT withheld"),
    "tax_pit_withheld": _("Personal income tax withheld"),
    "other": _("Other"),
}

HANDOVERS = {
    "PICKUP": _("The carrier comes for it"),
    "DROP_OFF": _("You bring it to the carrier"),
    "OWN": _("Your own carrier"),
}

GOODS_STATES = {
    "NONE": _("Buyer keeps the goods"),
    "EXPECTED": _("Expected"),
    "IN_TRANSIT": _("On the way back"),
    "RECEIVED": _("Received"),
    "LOST": _("Lost"),
    "CANCELLED": _("Cancelled"),
    "UNKNOWN": _("Not known"),
}

MONEY_STATES = {
    "NONE": _("No refund"),
    "PENDING": _("Refund waiting"),
    "REFUNDED": _("Refunded"),
    "DENIED": _("Refund denied"),
    "UNKNOWN": _("Not known"),
}

PUSHES = {
    "accepted": pgettext_lazy("push", "Accepted"),
    "confirmed": pgettext_lazy("push", "Confirmed"),
    "skipped": pgettext_lazy("push", "Skipped"),
    "refused": pgettext_lazy("push", "Refused"),
    "retrying": pgettext_lazy("push", "Will be tried again"),
    "unknown": pgettext_lazy("push", "Answer lost"),
}

# What we say ourselves about a push; the marketplace's own reasons stand as they are.
PUSH_REASONS = {
    "shown already": _("The store shows it already."),
    "newer": _("A newer quantity was sent in its place."),
    "late": _("The answer came too late; a newer push counts."),
    "gone": _("The marketplace does not have this listing any more."),
    "unchanged": _("The marketplace accepted it and still shows the old number."),
    "lost": _("The answer was lost; it is looked at again."),
}

REFUSALS = {
    "LOCKED": _("Held by a campaign"),
    "NOT_FOUND": _("Listing not found"),
    "INVALID": _("Quantity not allowed"),
    "STATE": _("Not possible in this state"),
    "FORBIDDEN": _("No permission"),
    "BUSY": _("Marketplace busy"),
    "OTHER": _("Other reason"),
}


@frozen
class Trouble:
    """What went wrong and what to do, for a person."""

    what: Any
    next_step: Any


_AGAIN = _("It will be tried again by itself; nothing is lost.")
_TROUBLES = {
    "Revoked": Trouble(
        _("The shop withdrew its permission, or it ran out."),
        _("Authorise the store again with new tokens."),
    ),
    "Expired": Trouble(
        _("The access token ran out and could not be renewed."),
        _("Authorise the store again with new tokens."),
    ),
    "BadSignature": Trouble(
        _("The marketplace refuses our signature."),
        _("Check the app key and secret, and that the clock of this server is right."),
    ),
    "Forbidden": Trouble(
        _("The app has no permission for this on the marketplace."),
        _("Ask for the permission in the marketplace's developer console."),
    ),
    "Unauthorised": Trouble(
        _("The marketplace does not accept these credentials."),
        _("Check the app key, the secret and the shop's tokens."),
    ),
    "ConfigError": Trouble(
        _("A setting of this store cannot work."),
        _("Check the credentials and addresses you entered."),
    ),
    "Unsupported": Trouble(
        _("The marketplace does not offer this."),
        _("Nothing to do; this part is left out."),
    ),
    "RateLimited": Trouble(_("The marketplace asks us to slow down."), _AGAIN),
    "NotFound": Trouble(
        _("The marketplace does not know this shop."),
        _("Check the shop ID."),
    ),
    "Rejected": Trouble(
        _("The marketplace refuses the request."),
        _("Check the credentials; if it stays, contact support."),
    ),
    "Timeout": Trouble(_("The marketplace did not answer in time."), _AGAIN),
    "Refused": Trouble(_("Nothing answers at the marketplace's address."), _AGAIN),
    "TLSError": Trouble(
        _("No secure connection to the marketplace could be made."),
        _("Check the address and the clock of this server."),
    ),
    "Unreachable": Trouble(_("The marketplace cannot be reached."), _AGAIN),
    "Unavailable": Trouble(_("The marketplace reports trouble on its side."), _AGAIN),
    "BadReply": Trouble(_("The marketplace sent a reply that makes no sense."), _AGAIN),
    "Drifted": Trouble(
        _("The marketplace changed the shape of its data."),
        _("Contact support; an update is needed."),
    ),
    "SinkFailed": Trouble(_("Our database could not store a page."), _AGAIN),
    "Interrupted": Trouble(
        _("The worker stopped in the middle."),
        _("The next run goes on from where this one stopped."),
    ),
    "Incomplete": Trouble(
        _("Some records are still missing here."),
        _("The next run looks for them again."),
    ),
}
_SAME_AS = {"Invalid": "Rejected", "Conflict": "Rejected", "RemoteFault": "Unavailable"}
_UNEXPECTED = Trouble(_("Something unexpected happened."), _AGAIN)


def trouble(name: str) -> Trouble | None:
    """Return the words for an error's class name; `None` for no error."""
    if not name:
        return None
    return _TROUBLES.get(_SAME_AS.get(name, name), _UNEXPECTED)
