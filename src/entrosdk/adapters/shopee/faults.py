"""Shopee's error codes as data (fact book sections 2.2, 2.3 and 2.6); misspellings are theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from entrosdk.errors import (
    BadSignature,
    Conflict,
    EntroError,
    Expired,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    Rejected,
    Revoked,
    Unauthorised,
    Unavailable,
)

__all__ = ["BATCH_FAILURES", "CODES", "ENDINGS", "TEXTS", "Rule"]


@frozen
class Rule:
    """What a code means: the class of error, how the sentence goes on, and the next step.

    `scope` is for limits only; an empty `advice` leaves the class's own.
    """

    kind: type[EntroError]
    says: str
    advice: str = ""
    scope: str = "app"


_INVALID = Rule(Invalid, "refuses the values")
_MISSING = Rule(NotFound, "finds no such thing in this shop")
_STATE = Rule(Conflict, "refuses this in the present state")
_BUSY = Rule(Unavailable, "has trouble")
_EXPIRED = Rule(Expired, "does not accept the access token")
_REVOKED = Rule(Revoked, "has no valid consent for this shop")
_FORBIDDEN = Rule(Forbidden, "does not allow this")
_UNKNOWN_APP = Rule(
    Unauthorised,
    "does not know this app",
    "Check the partner id, and that id, key and host belong to the same environment.",
)
_CLOCK = Rule(
    BadSignature,
    "refuses the timestamp",
    "Set this machine's clock: Shopee accepts five minutes either way.",
)
_CODE = Rule(
    Invalid,
    "refuses the authorization code",
    "Send the seller through the consent link again: a code works once, for ten minutes.",
)
_LIMITED = Rule(RateLimited, "limits the requests")
_DAY = Rule(
    RateLimited,
    "counts no more requests of this app today",
    "Wait until 00:00 UTC+8, when the daily quota starts anew.",
    "day",
)
_SELLER = Rule(
    Forbidden, "waits for the seller", "Ask the seller to finish the registration with Shopee."
)
_BANNED = Rule(Forbidden, "has banned this account", "Ask the seller to contact Shopee.")
_NO_PATH = Rule(
    Invalid,
    "does not offer this path",
    "Check `base_url`, and that the app may use this API.",
)
_NOT_READY = Rule(
    Conflict,
    "is not ready for this package",
    "Wait: an order paid on delivery is screened first; try again in some minutes.",
)

_PACKAGE = Rule(
    Rejected,
    "refuses the package",
    "Pass `package_id` for an order of several packages, and only then.",
)


def _same(rule: Rule, codes: Iterable[str]) -> dict[str, Rule]:
    return dict.fromkeys(codes, rule)


CODES: Mapping[str, Rule] = {
    # Who we are
    "error_sign": Rule(BadSignature, "refuses the signature"),
    "error_partner_key_expired": Rule(
        BadSignature, "has retired the partner key", "Reset the key in Shopee's console."
    ),
    "invalid_partner_id": _UNKNOWN_APP,
    **_same(_EXPIRED, ("invalid_acceess_token", "invalid_access_token")),
    **_same(_CODE, ("invalid_code",)),
    **_same(
        _REVOKED,
        (
            "partner_shop_no_link",
            "error_shop_refresh_token",
            "error_merchant_refresh_token",
            "error_user_refresh_token",
            "refresh_token_expired",
        ),
    ),
    **_same(_BANNED, ("shop_banned", "user_banned")),
    "error_kyc_auth": _SELLER,
    "source_ip_undeclared": Rule(
        Forbidden,
        "does not know this machine's address",
        "Add the address to the app's IP list in Shopee's console.",
    ),
    "error_auth": _FORBIDDEN,
    **_same(
        _FORBIDDEN,
        (
            "error_permission",
            "error_api_permission",
            "error_ashop_api_permission",
            "error_api_call_restricted",
            "partner_frozen",
            "api_suspended",
            "error_not_in_whitelist",
            "error_seller_under_penalty",
            "invalid_shop",
        ),
    ),
    # How much
    "error_rate_limit": _LIMITED,
    "error_limit": _STATE,  # with a module's prefix; the gateway's own text is in TEXTS
    # Their trouble: worth another try
    **_same(
        _BUSY,
        (
            "error_server",
            "error_network",
            "error_inner",
            "error_system_busy",
            "internal_error",
            "system_busy",
            "download_later",
            "error_other",
            "error_too_many_invoke_function",
            "logistic_order_is_locked_on_creating",
        ),
    ),
    # What we ask for
    "error_param": _INVALID,
    "error_data": _INVALID,
    "err_data": _INVALID,
    "error_validation": _INVALID,
    **_same(_INVALID, ("invalid_shop_id", "invalid_main_acount_id")),  # of a code exchange
    **_same(
        _MISSING,
        (
            "error_not_found",
            "order_not_found",
            "order not found",
            "error_item_not_found",
            "error_item_not_belong_shop",
            "package_number_not_exist",
        ),
    ),
    "error_busi": _INVALID,  # a shop with several warehouses wants the location
    **_same(_PACKAGE, ("ship_order_need_pacakge_number", "ship_order_not_need_pacakge_number")),
    "invalid_error": _MISSING,  # logistics: "The order is not exist."
    **_same(
        _STATE,
        (
            "cancel_order_invalid_status",
            "order_status_invalid",
            "error_archived_order_update",
            "ship_order_not_ready_to_ship",
            "package_already_shipped",
            "package_can_not_print",
            "no_available_time_slot",
            "shipping_document_should_print_first",
            "error_booking_order",
            "error_item_uneditable",
            "error_cannot_update_price_in_promotion",
            "error_wms_shop_block_upate_stock",
            "error_return_status",
            "error_negotiation_status",
            "error_no_buyer_offer",
            "error_ongoing_dispute",
            "rraoc_refund_not_allowed",
            "10011",  # holiday mode
        ),
    ),
}
"""Codes by name, with or without their module's prefix."""

TEXTS: Mapping[str, tuple[tuple[str, Rule], ...]] = {
    # One code for a bad token, a bad location, a missing permission and a hiccup (quirk 3).
    "error_auth": (
        ("invalid access_token", _EXPIRED),
        ("invalid refresh_token", _REVOKED),
        ("invalid code", _CODE),
        ("invalid partner_id or shop", _REVOKED),
        ("partner_id is invalid", _UNKNOWN_APP),
        ("system error", _BUSY),
        ("holiday", _STATE),
        ("location", _INVALID),
        ("stock", _INVALID),
    ),
    "error_param": (
        ("timestamp is expired", _CLOCK),
        ("invalid partner_id", _UNKNOWN_APP),
        ("partner_id is invalid", _UNKNOWN_APP),
        ("request path is incorrect", _NO_PATH),
        ("package is ready to be shipped", _NOT_READY),
        ("order is not found", _MISSING),
        ("return sn or id is invalid", _MISSING),
    ),
    "error_data": (("doesn't exist", _MISSING), ("not exist", _MISSING)),
    "error_limit": (("daily", _DAY), ("api call", _DAY), ("quota", _DAY)),
    "order.error_limit": (("", _STATE),),
    "logistics.error_limit": (("", _STATE),),
}
"""What a code means when its text has these words (lower case); the first hit counts."""

ENDINGS: tuple[tuple[str, Rule], ...] = (
    ("_no_linked", _REVOKED),
    ("_access_expired", _REVOKED),
    ("_refresh_token", _REVOKED),
    ("_not_found", _MISSING),
    ("_not_exist", _MISSING),
    ("_invalid", _INVALID),
    ("_invalid_time", _INVALID),
    ("_too_large", _INVALID),
    ("_max_limit", _INVALID),
)
"""Families of codes that we do not list one by one."""

BATCH_FAILURES = frozenset(
    {
        "batch_api_all_failed",
        "error_busi_update_stock_failed",
        "error_update_price_fail",
        "error_unlist_item_all_failed",
    }
)
"""Codes of batches whose every row failed; the rows in `response` say why (quirks 24 and 25)."""
