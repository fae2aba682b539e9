"""What Tiki's refusals mean, as data (fact book sections 2.2 and 2.3).

There is no machine-readable code on the API: the HTTP status decides, some texts refine it.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from entrosdk.errors import (
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

__all__ = ["OAUTH", "REFRESH_REFUSED", "STATUS", "TEXTS", "TROUBLE", "Rule"]


@frozen
class Rule:
    """What a refusal means: the class of error, how the sentence goes on, and the next step."""

    kind: type[EntroError]
    says: str
    advice: str = ""


_INVALID = Rule(Invalid, "refuses the values")
_STATE = Rule(Conflict, "refuses this in the present state")
_ROUTE = Rule(
    Rejected, "does not offer this call", "Check `base_url`, and update entrosdk if it is old."
)
_MODEL = Rule(
    Conflict,
    "has another call for this operation model",
    "Look at the order's fulfillment type: each model has its own confirmation and label.",
)

STATUS: Mapping[int, Rule] = {
    400: _INVALID,
    # Also a token that is linked to no seller: one renewal is tried, then it is final (2.3).
    401: Rule(
        Expired,
        "does not accept the access token",
        "Renew the token; if it stays, check that the token belongs to a seller.",
    ),
    403: Rule(
        Forbidden,
        "does not allow this",
        "Check the app's scopes, that the seller is active, and that this is the seller's own.",
    ),
    404: Rule(NotFound, "finds no such thing in this shop"),
    405: _ROUTE,
    406: _ROUTE,
    409: _STATE,
    415: _ROUTE,
    422: _INVALID,
    429: Rule(RateLimited, "limits the requests"),
}
"""The meaning of a status with Tiki's own body."""

TROUBLE = Rule(Unavailable, "has trouble")

TEXTS: tuple[tuple[int, str, Rule], ...] = (
    (400, "cannot use this api to confirm dropship", _MODEL),
    (400, "status incorrect", _STATE),
    (400, "please confirm order first", _STATE),
    (403, "permission print order", _MODEL),
)
"""A status and words of its text (lower case) that mean something of their own."""

_AUTH_ADVICE = (
    "Check the client id and secret, and that they belong to the host: production and sandbox "
    "have their own."
)

OAUTH: Mapping[str, Rule] = {
    "invalid_client": Rule(Unauthorised, "does not know this app", _AUTH_ADVICE),
    "unauthorized_client": Rule(
        Forbidden,
        "does not allow this grant to this app",
        "An in-house app uses client_credentials, a public app the consent link (section 1.3).",
    ),
    "invalid_grant": Rule(
        Invalid,
        "refuses the authorization code",
        "Send the seller through the consent link again: a code works once, for minutes.",
    ),
    "access_denied": Rule(Forbidden, "was told that the seller does not consent"),
    "invalid_scope": Rule(
        Forbidden, "does not grant these scopes", "Request the scopes in Tiki's developer console."
    ),
    "temporarily_unavailable": TROUBLE,
    "server_error": TROUBLE,
}
"""Codes of the token endpoint; the others are refused values."""

REFRESH_REFUSED = Rule(Revoked, "does not take the refresh token any more")
"""`invalid_grant` for a renewal: the token was spent, or the consent has ended."""
