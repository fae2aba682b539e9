"""Lazada's error codes as data (fact book sections 2.3 to 2.5)."""

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
    Revoked,
    Unauthorised,
    Unavailable,
)

__all__ = ["CODES", "TEXTS", "Rule"]


@frozen
class Rule:
    """What a code means: the class of error, how the sentence goes on, and the next step.

    `scope` and `wait` (seconds) are for limits only; an empty `advice` leaves the class's own.
    """

    kind: type[EntroError]
    says: str
    advice: str = ""
    scope: str = "app"
    wait: float | None = None


_INVALID = Rule(Invalid, "refuses the values")
_MISSING = Rule(NotFound, "finds no such thing in this shop")
_STATE = Rule(Conflict, "refuses this in the present state")
_BUSY = Rule(Unavailable, "has trouble")
_EXPIRED = Rule(Expired, "does not accept the access token")
_REVOKED = Rule(Revoked, "has no valid consent for this shop")
_FORBIDDEN = Rule(Forbidden, "does not allow this")
_CLOCK = Rule(
    BadSignature,
    "refuses the timestamp",
    "Set this machine's clock: Lazada accepts two hours either way.",
)
_CODE = Rule(
    Invalid,
    "refuses the authorization code",
    "Send the seller through the consent link again: a code works once, for thirty minutes.",
)
_NO_PATH = Rule(
    Invalid,
    "does not offer this path",
    "Check `base_url` and `region`, and that Lazada still has this call.",
)
_SELLER = Rule(
    Forbidden, "waits for the seller", "Ask the seller about the shop's state with Lazada."
)
_MARKET = Rule(
    Forbidden, "wants the app subscribed", "Ask the seller to subscribe to the app at Lazada."
)
_SERVICE = Rule(RateLimited, "limits the requests", wait=1.0)
_SHOP = Rule(RateLimited, "limits the requests of this shop", scope="shop", wait=2.0)
_CAMPAIGN = Rule(
    Unavailable,
    "has switched this off for a campaign",
    "Wait for the end of the campaign; Lazada announces it in the seller centre.",
)
_LATER = Rule(
    Conflict,
    "has no label of this package yet",
    "Wait: labels take up to half a minute after the parcel is ready to ship.",
)


def _same(rule: Rule, codes: Iterable[str]) -> dict[str, Rule]:
    return dict.fromkeys(codes, rule)


def _range(rule: Rule, first: int, last: int) -> dict[str, Rule]:
    return _same(rule, map(str, range(first, last + 1)))


CODES: Mapping[str, Rule] = {
    # Who we are
    "IncompleteSignature": Rule(BadSignature, "refuses the signature"),
    **_same(_CLOCK, ("IllegalTimestamp", "InvalidTimestamp")),
    "InvalidAppKey": Rule(
        Unauthorised, "does not know this app", "Check the app key; keys belong to one console."
    ),
    **_same(_EXPIRED, ("IllegalAccessToken", "InvalidAccessToken")),
    "IllegalRefreshToken": _REVOKED,
    "AUTH_TYPE_UNSUPPORTED": Rule(
        Revoked,
        "does not renew tokens of subscribed apps",
        "Let the seller authorise again (`entrosdk.authorize_url`) whenever the token ends.",
    ),
    "InvalidCode": _CODE,
    "InsufficientPermission": _FORBIDDEN,
    "AppWhiteIpLimit": Rule(
        Forbidden,
        "does not know this machine's address",
        "Add the address to the app's IP whitelist in Lazada's console.",
    ),
    **_same(_MARKET, ("AppNotSubscribed", "MissingPartner")),
    **_same(_SELLER, ("SellerNotVerified", "SellerNotActive", "Mp3SellerApiLimit")),
    **_same(_FORBIDDEN, ("ONLY_CB_SELLER_SUPPORTED", "4130", "4218", "4221", "4225", "512")),
    "InvalidApiPath": _NO_PATH,
    # How much
    "ApiCallLimit": _SERVICE,
    "901": _SERVICE,
    "SellerCallLimit": _SHOP,
    "AppCallLimit": Rule(
        RateLimited,
        "counts no more requests of this app for now",
        "Wait for the next window of the app's quota; an app in Test has 10,000 calls a day.",
        "day",
    ),
    **_same(_SHOP, ("4154", "HOT_KEY_BLOCK_EXCEPTION")),
    # Their trouble: worth another try
    **_same(
        _BUSY,
        (
            "ServiceTimeout",
            "6",
            "15",
            "21",
            "506",
            "513",
            "1000",
            "1002",
            "40011",
            "700024",
            "E0006",
            "SELLER_SERVICE_FAIL",
            "THIRD_SERVICE_ERROR",
            "SYS_ERROR",
            "LD_INVOKE_DOWNSTREAM_RESPONSE_BLANK",
        ),
    ),
    "998": _CAMPAIGN,
    # What we ask for
    "MissingParameter": _INVALID,
    **_same(_INVALID, ("1", "5", "14", "17", "19", "30", "32", "36", "38", "56", "57", "70")),
    **_same(_INVALID, ("74", "75", "200", "201", "202", "203", "204", "205", "206", "209", "212")),
    **_range(_INVALID, 300, 304),
    **_same(_INVALID, ("500", "501", "502", "503", "504", "701", "1001", "10002", "10006")),
    **_range(_INVALID, 4104, 4153),
    **_same(_INVALID, ("4157", "4171", "4193", "4216", "4227", "4228", "1000012", "1000014")),
    **_same(_INVALID, ("LD_INPUT_PARAM_VALID", "INPUT_PARAM_VALID")),
    # The place of a number in 100 to 133 says what is wrong with a return's decision.
    **_range(_INVALID, 100, 129),
    # 106 is also "ROC internal error"; repeating does not help, since it means "not found" too.
    **_same(
        _MISSING,
        (
            "16",
            "20",
            "35",
            "37",
            "39",
            "106",
            "112",
            "207",
            "208",
            "4136",
            "4137",
            "30012",
            "600001",
            "700020",
            "700021",
            "700025",
            "E0002",
            "E0003",
            "EDIT_ITEM_NOT_BELONG_SELLER",
        ),
    ),
    **_same(_STATE, ("114", "131", "133", "4147", "4155", "4170", "50008", "600002", "700000")),
    **_same(_STATE, ("700026", "700027", "700029", "700030", "700031", "700032", "700033")),
    **_same(_STATE, ("1003", "700013", "700016", "E0004")),
    **_same(_LATER, ("34", "700040")),
    **_same(_INVALID, ("700001", "700004", "700009", "700017", "700018", "700019", "700022")),
    **_same(_STATE, ("700023", "700028")),
}
"""Codes by name. An unknown one is a plain refusal, or trouble when its type is SYSTEM."""

TEXTS: Mapping[str, tuple[tuple[str, Rule], ...]] = {
    # The code of internal errors is also used for plain bad input (section 2.4).
    "6": (("status filter", _INVALID), ("input string", _INVALID)),
}
"""What a code means when its text has these words (lower case); the first hit counts."""
