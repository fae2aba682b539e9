"""TikTok Shop's error codes as data (fact book sections 1.3, 2.2 and 2.3)."""

from __future__ import annotations

from collections.abc import Mapping

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

__all__ = ["BUSY", "CODES", "OVERLOADED", "STATUSES", "TEXTS", "Rule"]

OVERLOADED = 36009004
"""One code for ten causes: the text tells them apart (quirk 13)."""


@frozen
class Rule:
    """What a code means: the class of error, how the sentence goes on, and the next step.

    An empty `advice` leaves the class's own.
    """

    kind: type[EntroError]
    says: str
    advice: str = ""


BUSY = Rule(Unavailable, "has trouble")
_INVALID = Rule(Invalid, "refuses the values")
_MISSING = Rule(NotFound, "finds no such thing in this shop")
_STATE = Rule(Conflict, "refuses this in the present state")
_LATER = Rule(Conflict, "has no document yet", "Try again in a minute.")
_EXPIRED = Rule(Expired, "does not accept the access token")
_LIMITED = Rule(RateLimited, "limits the requests")
_FORBIDDEN = Rule(Forbidden, "does not allow this")
_DISABLED = Rule(
    Forbidden, "has disabled this shop", "Ask the seller to settle it with TikTok Shop."
)
_REVOKED = Rule(Revoked, "has no valid consent for this shop")
_UNKNOWN_APP = Rule(Unauthorised, "does not know this app", "Check the app key.")
_CLOCK = Rule(
    BadSignature,
    "refuses the timestamp",
    "Set this machine's clock: TikTok Shop accepts five minutes back and thirty seconds ahead.",
)
_SIGN = Rule(BadSignature, "refuses the signature")
_NO_PATH = Rule(
    Rejected, "does not offer this path", "Check `base_url`, and that the path is offered there."
)
_CIPHER = Rule(
    Forbidden,
    "does not take the shop's cipher with this token",
    "Send the seller through the consent link again: a new consent may bring another cipher.",
)


def _same(rule: Rule, *codes: int) -> dict[int, Rule]:
    return dict.fromkeys(codes, rule)


CODES: Mapping[int, Rule] = {
    # Who we are
    **_same(_EXPIRED, 105001, 105002),
    # A grant without its cipher: renewing completes it.
    106013: Rule(
        Expired,
        "wants the shop's cipher",
        "Pass `Grant(shop_ref=…)`; a renewal looks it up as well.",
    ),
    **_same(_CIPHER, 101000, 106011),
    105005: Rule(
        Forbidden,
        "does not allow this to the app",
        "Ask for the scope in the Partner Center, then send the seller through the consent link.",
    ),
    106001: _SIGN,
    36004004: Rule(
        Invalid,
        "refuses the authorization code",
        "Send the seller through the consent link again: a code works once, for 30 minutes.",
    ),
    **_same(_REVOKED, 36004001, 36004005),
    36009033: Rule(
        Forbidden,
        "does not know this machine's address",
        "Add the address to the app's IP allow list in the Partner Center.",
    ),
    **_same(_DISABLED, 36009043, 36009044, 12052700),
    # How much, and their trouble
    36009002: _LIMITED,
    **_same(BUSY, 36009003, 36009007),
    **_same(BUSY, 10002014, 10002015, 10037002, 10037003, 10037004),
    **_same(BUSY, 11001027, 21001003, 11001031, 21001008, 21001011, 21042076),
    **_same(BUSY, 12001000, 12052881, 25001028, 25020008),
    # What we ask for
    **_same(_NO_PATH, 36009009, 36009010, 36009014),
    **_same(_INVALID, 36009021, 36009022, 36009023),
    10006402: _FORBIDDEN,
    25020005: _FORBIDDEN,
    **_same(_MISSING, 21008111, 21011028),
    **_same(_MISSING, 12052260, 12052032, 12019150, 12052048, 12052556, 12052557, 22005007),
    **_same(_INVALID, 11001002, 11050001, 21001001, 11028006, 21011022, 21011025, 21034012),
    **_same(_INVALID, 21011053, 21011054, 25001001, 25001014, 25001015, 25001020, 25001021),
    **_same(_INVALID, 12052910, 12052990, 12052097, 12052530, 12019028, 12052055, 12052553),
    **_same(_INVALID, 12052073, 12052570, 12052084, 12052217, 12052230, 12052180),
    **_same(_INVALID, 12019108, 12019109, 12019118, 12019119, 12019027, 12019087, 12019120),
    **_same(_INVALID, 12019015, 25005005, 25005010, 25005011, 25020003, 25020004),
    # Its state
    **_same(_LATER, 11034037, 11034023),
    **_same(_STATE, 11006021, 21008099, 21011020, 21011040, 21042056),  # shipped already
    **_same(_STATE, 21008044, 21011007, 21021010),  # an open after-sales request
    **_same(_STATE, 21011041, 21008025, 21008043, 21011050, 21011051, 21011035, 21008106),
    **_same(_STATE, 21023035, 21042104, 21042102, 11034002, 21008017, 21008116, 21008117),
    **_same(_STATE, 12052901, 12052531, 12052037, 12052038, 12052093),
    **_same(_STATE, 25001003, 25001010, 25001011, 25001045, 25001051),
    **_same(_STATE, 25020009, 25020010, 25011010, 25011025),
}

TEXTS: tuple[tuple[str, Rule], ...] = (
    ("x-tts-access-token", _EXPIRED),
    ("signature", _SIGN),
    ("'sign'", _SIGN),
    ("app_key", _UNKNOWN_APP),
    ("timestamp", _CLOCK),
)
"""What the overloaded code means when its text has these words (lower case); first hit counts."""

STATUSES: Mapping[int, Rule] = {401: _EXPIRED, 403: _FORBIDDEN, 404: _NO_PATH, 429: _LIMITED}
"""What a status means when the code is unknown or there is none."""
