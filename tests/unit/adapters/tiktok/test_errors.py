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


# Every code of sections 2.2 and 2.3, by what it means.
ROWS = [
    (Expired, "105001 105002 106013"),
    (BadSignature, "106001"),
    (Forbidden, "101000 105005 106011 10006402 12052700 25020005 36009033 36009043 36009044"),
    (Revoked, "36004001 36004005"),
    (RateLimited, "36009002"),
    (Rejected, "36009009 36009010 36009014"),
    (
        Unavailable,
        (
            "10002014 10002015 10037002 10037003 10037004 11001027 11001031 12001000 12052881 "
            "21001003 21001008 21001011 21042076 25001028 25020008 36009003 36009007"
        ),
    ),
    (
        NotFound,
        "12019150 12052032 12052048 12052260 12052556 12052557 21008111 21011028 22005007",
    ),
    (
        Invalid,
        (
            "11001002 11028006 11050001 12019015 12019027 12019028 12019087 12019108 12019109 "
            "12019118 12019119 12019120 12052055 12052073 12052084 12052097 12052180 12052217 "
            "12052230 12052530 12052553 12052570 12052910 12052990 21001001 21011022 21011025 "
            "21011053 21011054 21034012 25001001 25001014 25001015 25001020 25001021 25005005 "
            "25005010 25005011 25020003 25020004 36004004 36009021 36009022 36009023"
        ),
    ),
    (
        Conflict,
        (
            "11006021 11034002 11034023 11034037 12052037 12052038 12052093 12052531 12052901 "
            "21008017 21008025 21008043 21008044 21008099 21008106 21008116 21008117 21011007 "
            "21011020 21011035 21011040 21011041 21011050 21011051 21021010 21023035 21042056 "
            "21042102 21042104 25001003 25001010 25001011 25001045 25001051 25011010 25011025 "
            "25020009 25020010"
        ),
    ),
]


@pytest.mark.parametrize(("expected", "codes"), ROWS, ids=[row[0].__name__ for row in ROWS])
def test_every_code_of_the_book_has_its_class(expected: type[EntroError], codes: str) -> None:
    """Whatever its text."""
    assert {code: kind(failed(int(code))) for code in codes.split()} == dict.fromkeys(
        codes.split(), expected
    )


def test_no_code_is_known_that_is_not_tested() -> None:
    """The rows above are all there are."""
    assert {int(code) for _, codes in ROWS for code in codes.split()} == set(CODES)


def test_a_new_code_is_a_plain_refusal() -> None:
    """Its own text is told."""
    error = meant(failed(99999999, "Who knows"))
    assert type(error) is Rejected
    assert "Who knows" in error.message


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
