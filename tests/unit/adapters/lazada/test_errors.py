"""Classification of replies: envelope, second layer, status without JSON (fact book section 2)."""

from __future__ import annotations

import json

import pytest

from entrosdk.adapters.lazada.ask import ask
from entrosdk.adapters.lazada.errors import classify
from entrosdk.adapters.lazada.faults import CODES
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
from entrosdk.spi.request import Response
from tests.unit.adapters.lazada.desk import FIXTURES, failed, fixture, parsed

EXAMPLES = parsed("errors")
EXPECTED: dict[str, type[EntroError]] = {
    "missing_parameter": Invalid,
    "invalid_app_key": Unauthorised,
    "invalid_api_path": Invalid,
    "illegal_timestamp": BadSignature,
    "incomplete_signature": BadSignature,
    "illegal_access_token": Expired,
    "invalid_code": Invalid,
    "illegal_refresh_token": Revoked,
    "api_call_limit": RateLimited,
    "seller_call_limit": RateLimited,
    "app_call_limit": RateLimited,
    "qps_901": RateLimited,
    "service_timeout": Unavailable,
    "insufficient_permission": Forbidden,
    "ip_whitelist": Forbidden,
    "invalid_date": Invalid,
    "invalid_limit": Invalid,
    "invalid_offset": Invalid,
    "invalid_status_filter": Invalid,
    "invalid_order_id": NotFound,
    "too_many_orders": Invalid,
    "order_ids_not_array": Invalid,
    "invalid_order_item": NotFound,
    "document_not_packed": Conflict,
    "sof_no_document": Conflict,
    "item_not_exist": NotFound,
    "bad_payload": Invalid,
    "payload_not_json": Invalid,
    "too_many_skus": Invalid,
    "negative_quantity": Invalid,
    "finance_window": Invalid,
    "reverse_not_found": NotFound,
    "internal": Unavailable,
    "fulfilment_batch_failed": Invalid,
    "gateway_without_request_id": Unauthorised,
}


def meant(body: bytes, status: int = 200, **headers: str) -> EntroError | None:
    """What a reply means."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return classify(ask("/orders/get"), Response(status=status, headers=named, body=body))


def kind(body: bytes, status: int = 200) -> type[EntroError] | None:
    """The exact class of what a reply means."""
    error = meant(body, status)
    return None if error is None else type(error)


def limited(body: bytes, status: int = 200, **headers: str) -> RateLimited:
    """A reply that must mean a limit."""
    error = meant(body, status, **headers)
    assert isinstance(error, RateLimited)
    return error


def test_every_example_is_expected() -> None:
    """No example error is left out below."""
    assert set(EXAMPLES) == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_every_example_error_has_its_class(name: str) -> None:
    """Each example body means one class, whatever the status."""
    body = json.dumps(EXAMPLES[name]).encode()
    assert [kind(body, status) for status in (200, 403, 500)] == [EXPECTED[name]] * 3


SUCCESSES = sorted(
    path.stem
    for path in FIXTURES.glob("*.json")
    if path.stem not in {"errors", "fee_types", "push_messages", "signature_vectors"}
    and json.loads(path.read_bytes()).get("code") == "0"
)


@pytest.mark.parametrize("name", SUCCESSES)
def test_every_example_success_is_one(name: str) -> None:
    """No example of a success is taken for an error, nor a batch of which one element failed."""
    assert meant(fixture(name)) is None


def test_a_success_may_be_the_number_zero() -> None:
    """The code is text, and a number is understood."""
    assert meant(b'{"code": 0, "data": {}}') is None


@pytest.mark.parametrize(
    "body",
    [
        {"code": "0", "result": {"success": False, "error_code": "700026", "error_msg": "m"}},
        {"code": "0", "result": {"success": "false", "errorCode": "700026", "errorMsg": "m"}},
        {"code": "0", "success": "false", "error_code": "700026", "error_msg": "m"},
        {"code": "0", "success": False, "error_code": "700026", "msg": "m"},
    ],
)
def test_failure_under_a_code_of_success_is_found(body: dict[str, object]) -> None:
    """The second layer has two places and two spellings."""
    error = meant(json.dumps({**body, "request_id": "r7"}).encode())
    assert isinstance(error, Conflict)
    assert (error.context.code, error.context.request_id) == ("700026", "r7")
    assert '"m"' in error.message


def test_an_error_keeps_code_request_and_words() -> None:
    """What support asks for is in the error."""
    error = meant(json.dumps(EXAMPLES["finance_window"]).encode())
    assert error is not None
    assert error.context.code == "1000012"
    assert error.context.request_id == "2140e7a117725932151383294"
    assert "less than 180 days" in error.message


def test_an_unknown_code_is_a_plain_refusal_and_trouble_when_it_is_the_systems() -> None:
    """The type alone never makes a caller's fault worth a retry."""
    assert kind(failed("987654", "no")) is Rejected
    assert kind(failed("987654", "no", "ISV")) is Rejected
    assert kind(failed("987654", "no", "SYSTEM")) is Unavailable


def test_the_code_of_internal_errors_is_also_bad_input() -> None:
    """Code 6 is worth another try unless its text names the input."""
    assert kind(failed("6", "E006: Unexpected internal error")) is Unavailable
    assert kind(failed("6", "E006: Invalid status filter [all, pending]")) is Invalid
    assert kind(failed("6", 'For input string: ""')) is Invalid


@pytest.mark.parametrize(
    ("code", "text", "scope", "wait"),
    [
        ("ApiCallLimit", "this ban will last 3 seconds", "app", 3.0),
        ("ApiCallLimit", "", "app", 1.0),
        ("SellerCallLimit", "", "shop", 2.0),
        ("901", "E901: too frequent", "app", 1.0),
        ("4154", "", "shop", 2.0),
        ("HOT_KEY_BLOCK_EXCEPTION", "", "shop", 2.0),
        ("AppCallLimit", "", "day", None),
    ],
)
def test_limits_say_whom_and_how_long(code: str, text: str, scope: str, wait: float | None) -> None:
    """The wait is the one in the text, else what clients live with."""
    error = limited(failed(code, text))
    assert (error.scope, error.retry_after) == (scope, wait)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (429, b"", RateLimited),
        (500, b"<html>", Unavailable),
        (502, b"", Unavailable),
        (503, b"{}", Unavailable),
        (403, b"<html>", Forbidden),
        (403, b"", Expired),
        (401, b"no", Expired),
        (404, b"<html>", Rejected),
        (200, b"<html>", BadReply),
        (200, b"", BadReply),
        (200, b"[]", BadReply),
        (200, b'{"hello": 1}', BadReply),
        (200, b'{"code": "0", "data": ', BadReply),
    ],
)
def test_without_an_envelope_the_status_decides(
    status: int, body: bytes, expected: type[EntroError]
) -> None:
    """HTML, empty bodies and strangers' JSON."""
    assert kind(body, status) is expected


def test_a_limit_at_the_edge_says_how_long() -> None:
    """A 429 is read although nobody has captured one of Lazada's."""
    assert limited(b"", 429, retry_after="7").retry_after == 7.0
    assert limited(b"", 429, retry_after="soon").retry_after is None


def test_a_phone_number_is_not_repeated() -> None:
    """Words of the marketplace are shown without anything that looks like a phone."""
    error = meant(failed("1", "Parameter 84901234567 is mandatory"))
    assert error is not None
    assert "[number]" in error.message
    assert "84901234567" not in str(error)


def test_every_code_has_a_next_step() -> None:
    """No code leaves its reader alone."""
    for code in CODES:
        error = meant(failed(code))
        assert error is not None
        assert error.advice, code


@pytest.mark.parametrize(
    "code",
    ["ServiceTimeout", "6", "15", "21", "506", "513", "1000", "1002", "40011", "700024", "998"],
)
def test_the_codes_of_section_2_5_are_worth_another_try(code: str) -> None:
    """Transient and unavailable classes are trouble, never a refusal."""
    assert kind(failed(code)) is Unavailable
