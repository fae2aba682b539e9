"""Classification of replies: by code, by text, and by status without an envelope (section 2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from entrosdk.adapters.tiktok.errors import classify
from entrosdk.adapters.tiktok.faults import CODES
from entrosdk.errors import (
    BadReply,
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
from entrosdk.spi.request import Response, get
from tests.unit.adapters.tiktok.desk import FIXTURES, failed, fixture, ok, parsed

ASK = get("/order/202309/orders/search")
CASES = parsed("errors")["cases"]


def meant(body: bytes, status: int = 200, **headers: str) -> EntroError | None:
    """What a reply means."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return classify(ASK, Response(status=status, headers=named, body=body))


def kind(body: bytes, status: int = 200) -> type[EntroError] | None:
    """The exact class of what a reply means."""
    error = meant(body, status)
    return None if error is None else type(error)


def case(name: str) -> dict[str, Any]:
    """An example error."""
    found: dict[str, Any] = CASES[name]
    return found


EXPECTED = {
    "expired_access_token": Expired,
    "bad_signature": BadSignature,
    "missing_signature": BadSignature,
    "bad_app_key": Unauthorised,
    "timestamp_too_old": BadSignature,
    "bad_access_token": Expired,
    "token_shop_mismatch": Forbidden,
    "missing_scope": Forbidden,
    "ip_not_allowed": Forbidden,
    "missing_shop_cipher": Expired,  # so that the engine completes the grant
    "unexpected_shop_cipher": Invalid,
    "missing_required_param": Invalid,
    "invalid_path": Rejected,
    "invalid_method": Rejected,
    "rate_limited": RateLimited,
    "internal": Unavailable,
    "business_order_not_owned": NotFound,
    "business_product_missing": NotFound,
    "token_bad_auth_code": Invalid,
    "token_refresh_expired": Revoked,
}


@pytest.mark.parametrize("name", CASES)
def test_every_example_error_has_its_class(name: str) -> None:
    """Each example means one class, whatever the status: the statuses are not all established."""
    body = json.dumps(case(name)["body"]).encode()
    statuses = (case(name)["http_status"], 200, 403, 500)
    assert [kind(body, status) for status in statuses] == [EXPECTED[name]] * 4


SUCCESSES = sorted(
    path.stem for path in FIXTURES.glob("*.json") if b'"code": 0' in path.read_bytes()
)


@pytest.mark.parametrize("name", SUCCESSES)
def test_every_example_success_is_one(name: str) -> None:
    """No success is taken for an error, nor one whose rows failed: the operation reads those."""
    assert meant(fixture(name)) is None


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (105001, Expired),
        (106011, Forbidden),
        (36009044, Forbidden),
        (36009007, Unavailable),
        (10002014, Unavailable),
        (11034037, Conflict),
        (21008099, Conflict),
        (21008044, Conflict),
        (12052901, Conflict),
        (12052038, Conflict),
        (12019028, Invalid),
        (12052180, Invalid),
        (25005010, Invalid),
        (25020009, Conflict),
        (36004005, Revoked),
        (99999999, Rejected),
    ],
)
def test_a_code_has_its_class(code: int, expected: type[EntroError]) -> None:
    """One of each family of codes; a new code is a plain refusal."""
    assert kind(failed(code, "Who knows")) is expected


def test_a_new_code_goes_by_its_status() -> None:
    """What the body does not tell, the status does."""
    statuses = (401, 403, 404, 429, 500, 503)
    assert [kind(failed(99999999), status) for status in statuses] == [
        Expired,
        Forbidden,
        Rejected,
        RateLimited,
        Unavailable,
        Unavailable,
    ]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"", BadReply),
        (200, b"<html>", BadReply),
        (200, b"[1]", BadReply),
        (200, b'{"code": "x"}', BadReply),
        (302, b"", BadReply),
        (400, b"", BadReply),
        (401, b"", Expired),
        (403, b"<html>blocked</html>", Forbidden),
        (404, b"not found", Rejected),
        (429, b"", RateLimited),
        (500, b"<html>", Unavailable),
        (503, b"", Unavailable),
        (504, b'{"code"', Unavailable),
    ],
)
def test_without_an_envelope_the_status_decides(
    status: int, body: bytes, expected: type[EntroError]
) -> None:
    """HTML, nothing, half a JSON."""
    assert kind(body, status) is expected


def test_a_success_with_a_status_of_failure_is_none() -> None:
    """A gateway's status stands over a body that says success."""
    assert kind(ok({}), 502) is Unavailable


def test_the_error_tells_code_request_and_text() -> None:
    """The link at the end of the text is cut off; request id and advice are there."""
    error = meant(json.dumps(case("bad_signature")["body"]).encode(), 401)
    assert error is not None
    assert (error.context.code, error.context.request_id) == (
        "106001",
        "2026111803150270D206AADFEC28410FBE",
    )
    assert "The 'sign' query parameter is invalid." in error.message
    assert "For more details" not in error.message


def test_a_phone_number_in_a_text_is_not_repeated() -> None:
    """Texts may be about people."""
    error = meant(failed(36009004, "phone 0912345678 is wrong"))
    assert error is not None
    assert "0912345678" not in str(error)


def limited(**headers: str) -> RateLimited:
    """A limit, as a reply with these headers tells it."""
    error = meant(failed(36009002, "Too many requests."), 429, **headers)
    assert isinstance(error, RateLimited)
    return error


def test_a_limit_belongs_to_the_shop_and_says_how_long_if_it_does() -> None:
    """Seconds or a date; whether the header is ever sent is not known."""
    assert (limited().scope, limited().retry_after) == ("shop", None)
    assert limited(retry_after="2").retry_after == 2.0
    date, then = "Wed, 18 Nov 2026 03:15:02 GMT", "Wed, 18 Nov 2026 03:15:12 GMT"
    assert limited(retry_after=then, date=date).retry_after == 10.0
    assert limited(retry_after="soon").retry_after is None


def test_every_known_code_has_a_sentence() -> None:
    """No error is left without words."""
    assert all(rule.says and rule.kind("x").advice for rule in CODES.values())
