"""Classification of replies: by code, by text, and by status only without JSON (fact book 2)."""

from __future__ import annotations

import pytest

from entrosdk.adapters.shopee.errors import classify
from entrosdk.adapters.shopee.faults import CODES, TEXTS
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
from entrosdk.spi.request import Response, get, post
from tests.unit.adapters.shopee.desk import DATE, FIXTURES, failed, fixture

ASK = get("/api/v2/order/get_order_list")


def meant(body: bytes, status: int = 200, **headers: str) -> EntroError | None:
    """What a reply means."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return classify(ASK, Response(status=status, headers=named, body=body))


def kind(body: bytes, status: int = 200) -> type[EntroError] | None:
    """The exact class of what a reply means."""
    error = meant(body, status)
    return None if error is None else type(error)


def limited(body: bytes, status: int = 200, **headers: str) -> RateLimited:
    """A reply that must mean a limit."""
    error = meant(body, status, **headers)
    assert isinstance(error, RateLimited)
    return error


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("error_access_token_invalid", Expired),
        ("error_access_token_invalid_legacy", Expired),
        ("error_code_invalid", Invalid),
        ("error_daily_limit", RateLimited),
        ("error_missing_partner_id", Invalid),
        ("error_order_list_window", Invalid),
        ("error_order_not_found", NotFound),
        ("error_page_size", Invalid),
        ("error_product_required_field", Invalid),
        ("error_rate_limit", RateLimited),
        ("error_refresh_token_invalid", Revoked),
        ("error_required_field", Invalid),
        ("error_server", Unavailable),
        ("error_shop_not_linked", Revoked),
        ("error_sign", BadSignature),
        ("error_timestamp_expired", BadSignature),
        ("escrow_detail_error_not_found", NotFound),
        ("return_error_not_found", NotFound),
        ("ship_order_error_not_ready", Conflict),
        ("ship_order_error_package_number_not_needed", Rejected),
        ("shipping_parameter_cod_screening_error", Conflict),
        ("warehouse_detail_error_not_whitelisted", Forbidden),
    ],
)
def test_every_example_error_has_its_class(name: str, expected: type[EntroError]) -> None:
    """Each example error body means one class, whatever the status."""
    assert [kind(fixture(name), status) for status in (200, 403, 500)] == [expected] * 3


SUCCESSES = sorted(
    path.stem
    for path in FIXTURES.glob("*.json")
    if "error" not in path.stem and not path.stem.startswith(("push_", "signature"))
)


@pytest.mark.parametrize("name", SUCCESSES)
def test_every_example_success_is_one(name: str) -> None:
    """No example of a success is taken for an error, nor a failed batch whose rows say why."""
    assert meant(fixture(name)) is None


@pytest.mark.parametrize("empty", ["", " ", "-", " - "])
def test_an_empty_error_is_a_success(empty: str) -> None:
    """Documentation writes a dash or a space where the wire has nothing."""
    assert meant(failed(empty, "success")) is None


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("error_auth", "Invalid access_token.", Expired),
        ("error_auth", "Invalid refresh_token.", Revoked),
        ("error_auth", "Invalid partner_id or shopid.", Revoked),
        ("error_auth", "partner_id is invalid", Unauthorised),
        ("error_auth", "No permission to current api.", Forbidden),
        ("error_auth", "System error, please try again later.", Unavailable),
        ("product.error_auth", "location_id VN1 is not yours", Invalid),
        ("product.error_auth", "Shop is activating holiday mode", Conflict),
        ("error_param", "Timestamp is expired.", BadSignature),
        ("error_param", "Invalid partner_id.", Unauthorised),
        ("error_param", "This API is offline or the request path is incorrect.", Invalid),
        ("order.error_param", "Wrong parameters, detail: x is a required field.", Invalid),
        ("error_param", "Return SN or ID is invalid.", NotFound),
        ("error_limit", "reached the daily API call limit", RateLimited),
        ("order.error_limit", "Can not cancel this order", Conflict),
        ("logistics.error_limit", "daily limit of pickups", Conflict),
        ("logistics.order not found", "", NotFound),
        ("logistics.package_not_exist", "", NotFound),
        ("logistics.invalid_error", "The order is not exist.", NotFound),
        ("supplier_no_linked", "", Revoked),
        ("merchant_access_expired", "", Revoked),
        ("error_kyc_auth", "", Forbidden),
        ("source_ip_undeclared", "Request Source IP (203.0.113.7) is undeclared.", Forbidden),
        ("time_period_too_large", "", Invalid),
        ("logistics.download_later", "", Unavailable),
        ("error.param", "", Rejected),
        ("10011", "", Conflict),
        ("something_new", "Who knows", Rejected),
    ],
)
def test_one_code_can_mean_many_things(code: str, text: str, expected: type[EntroError]) -> None:
    """The text decides where a code is used for several causes; prefixes make no difference."""
    assert kind(failed(code, text)) is expected


GATEWAY = [
    ("error_param", "There is no partner_id in query.", Invalid),
    ("error_param", "Invalid partner_id.", Unauthorised),
    ("error_param", "Partner_id is invalid, should be an integer between 0 and 1.", Unauthorised),
    ("invalid_partner_id", "Invalid partner_id, please have a check.", Unauthorised),
    ("error_auth", "partner_id is invalid", Unauthorised),
    ("error_param", "no timestamp", Invalid),
    ("error_param", "no timestamp.", Invalid),
    ("error_param", "Invalid timestamp", Invalid),
    ("error_param", "Timestamp is invalid, should be an integer between 0 and 1.", Invalid),
    ("error_param", "Timestamp is expired.", BadSignature),
    ("error_param", "There is no sign in query.", Invalid),
    ("error_sign", "Wrong sign.", BadSignature),
    ("error_param", "There is no access_token in query.", Invalid),
    ("error_param", "There is no shop_id in query.", Invalid),
    ("error_param", "shop_id is invalid, should be an integer between 0 and 1.", Invalid),
    ("error_auth", "Invalid access_token.", Expired),
    ("invalid_acceess_token", "Invalid access_token, please have a check.", Expired),
    ("invalid_access_token", "", Expired),
    ("error_auth", "Invalid partner_id or shopid.", Revoked),
    ("partner_shop_no_link", "Invalid partner_id or shop_id, please have a check.", Revoked),
    ("shop_no_linked", "Partner and shop has no linked.", Revoked),
    ("merchant_no_linked", "", Revoked),
    ("user_no_linked", "", Revoked),
    ("shop_access_expired", "", Revoked),
    ("refresh_token_expired", "", Revoked),
    ("error_shop_refresh_token", "", Revoked),
    ("error_merchant_refresh_token", "", Revoked),
    ("error_user_refresh_token", "", Revoked),
    ("shop_banned", "", Forbidden),
    ("user_banned", "", Forbidden),
    ("error_auth", "No permission to current api.", Forbidden),
    ("error_api_permission", "This app type has no permission to this API.", Forbidden),
    ("error_ashop_api_permission", "", Forbidden),
    ("error_kyc_auth", "", Forbidden),
    ("error_api_call_restricted", "", Forbidden),
    ("partner_frozen", "", Forbidden),
    ("error_auth", "The app is deleted.", Forbidden),
    ("error_partner_key_expired", "", BadSignature),
    ("source_ip_undeclared", "Request Source IP (203.0.113.7) is undeclared.", Forbidden),
    ("api_suspended", "The API is offline. Please call v2 API instead.", Forbidden),
    ("error_param", "Permission denied. … or the request path is incorrect.", Invalid),
    ("error_rate_limit", "Too many requests. You have reached the rate limit.", RateLimited),
    ("error_limit", "The quota of today is used up", RateLimited),
    ("error_auth", "System error, please try again later.", Unavailable),
    ("invalid_code", "", Invalid),
    ("invalid_shop_id", "", Invalid),
    ("invalid_main_acount_id", "", Invalid),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text", "expected"), GATEWAY)
@pytest.mark.parametrize("status", [200, 403])
def test_every_gateway_error_of_the_manual(
    code: str, text: str, expected: type[EntroError], status: int
) -> None:
    """Each row of the common error list, whatever status it comes with (2.2, 2.6)."""
    assert kind(failed(code, text), status) is expected


RETRIED = """
error_server error_network error_inner error_system_busy internal_error system_busy
logistics.download_later error_other error_too_many_invoke_function
logistics.logistic_order_is_locked_on_creating
"""


@pytest.mark.parametrize("code", RETRIED.split())
def test_their_trouble_is_worth_another_try(code: str) -> None:
    """Every code of the class "retry with back-off" (2.6)."""
    assert kind(failed(code)) is Unavailable


@pytest.mark.parametrize("key", ["message", "msg", "mesage"])
def test_the_text_is_found_under_all_its_names(key: str) -> None:
    """Some pages write msg, one writes mesage."""
    body = f'{{"error":"error_auth","{key}":"Invalid access_token."}}'.encode()
    assert kind(body) is Expired


def test_the_error_tells_code_request_and_text() -> None:
    """Full code, request id and Shopee's own words are in the error; advice is the next step."""
    error = meant(fixture("error_product_required_field"))
    assert error is not None
    assert (error.context.code, error.context.request_id) == (
        "product.error_param",
        "0a9b5f6f26d81f4f814f896f3becfc04",
    )
    assert error.message == (
        'Shopee refuses the values: "invalid field ItemId: value must Not Null"'
    )


def test_a_phone_in_the_text_is_not_repeated() -> None:
    """Digit runs that look like Vietnamese phones are masked, order numbers are not."""
    error = meant(failed("error_param", "call 84912345678 or 0912345678 about 226518001"))
    assert error is not None
    assert error.message.endswith('"call [number] or [number] about 226518001"')


def test_an_old_timestamp_advises_about_the_clock() -> None:
    """The next step for an expired timestamp is this machine's clock."""
    error = meant(fixture("error_timestamp_expired"))
    assert error is not None
    assert "clock" in error.advice


def test_every_rule_reads_as_a_sentence() -> None:
    """No rule is empty, and every known text is lower-case, as it is compared."""
    rules = [*CODES.values(), *(rule for rows in TEXTS.values() for _, rule in rows)]
    assert all(rule.says for rule in rules)
    assert all(part == part.lower() for rows in TEXTS.values() for part, _ in rows)


# Limits


def test_a_burst_limit_is_the_apps_and_tells_its_wait() -> None:
    """Retry-After is taken in seconds, from the envelope's form and from the bare status."""
    assert limited(fixture("error_rate_limit")).retry_after is None
    assert limited(fixture("error_rate_limit"), 429, retry_after="7").retry_after == 7.0
    assert limited(b"", 429, retry_after="1.5").retry_after == 1.5
    assert limited(fixture("error_rate_limit")).scope == "app"


def test_a_retry_after_date_counts_from_the_replys_own_time() -> None:
    """A date in Retry-After becomes seconds by the marketplace's clock."""
    later = "Sun, 22 Nov 2026 08:00:30 GMT"
    assert limited(b"", 429, retry_after=later, date=DATE).retry_after == 30.0
    assert limited(b"", 429, retry_after=later).retry_after is None
    assert limited(b"", 429, retry_after="soon").retry_after is None


def test_a_text_about_the_shop_limits_the_shop() -> None:
    """The scope follows the text."""
    assert limited(failed("error_rate_limit", "Too many requests of this shop")).scope == "shop"
    assert limited(failed("error_rate_limit", "Too many requests, ask Shopee")).scope == "app"


def test_the_daily_limit_ends_at_midnight_utc_plus_8() -> None:
    """08:00 UTC is 16:00 there, so eight hours are left; without a time the wait is unknown."""
    error = limited(fixture("error_daily_limit"), date=DATE)
    assert (error.scope, error.retry_after) == ("day", 8 * 3600.0)
    assert limited(fixture("error_daily_limit")).retry_after is None


# Bodies that are no envelope

HTML = b"<html>Bad gateway</html>"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, HTML, BadReply),
        (200, b'{"error":"","response":{"order_li', BadReply),
        (200, b"", BadReply),
        (200, b"[1, 2]", BadReply),
        (302, b"", BadReply),
        (403, HTML, Forbidden),
        (403, b"", Expired),
        (401, b"no", Expired),
        (404, b'{"detail":"nothing here"}', Rejected),
        (404, HTML, Rejected),
        (429, HTML, RateLimited),
        (491, b"", Unavailable),
        (500, HTML, Unavailable),
        (503, b'{"detail":"busy"}', Unavailable),
    ],
)
def test_without_an_envelope_the_status_decides(
    status: int, body: bytes, expected: type[EntroError]
) -> None:
    """HTML, half a JSON, nothing, or somebody else's JSON."""
    assert kind(body, status) is expected


def test_an_unknown_path_is_not_a_missing_record() -> None:
    """A wrong address must not look as if an order did not exist."""
    assert kind(b"", 404) is not NotFound


def test_a_downloaded_file_is_a_success() -> None:
    """PDF bytes, and whatever a download brings that is no JSON, are the file itself."""
    download = post("/api/v2/logistics/download_shipping_document", {})
    pdf = Response(status=200, body=b"%PDF-1.7")
    label = Response(status=200, body=b"<html>label</html>")
    assert (classify(ASK, pdf), classify(download, label)) == (None, None)
    refused = Response(status=200, body=failed("logistics.package_can_not_print"))
    assert isinstance(classify(download, refused), Conflict)


@pytest.mark.parametrize("name", ["update_stock_all_failed", "create_shipping_document_all_failed"])
def test_a_batch_that_failed_whole_leaves_its_rows_to_be_read(name: str) -> None:
    """The rows say why; without rows the code is an error like any other."""
    assert meant(fixture(name)) is None
    assert kind(failed("product.error_busi_update_stock_failed", "x")) is Rejected
