"""Classification of replies: by status, then by text; every shape of section 2.2."""

from __future__ import annotations

from typing import Any

import pytest

from entrosdk.adapters.tiki.errors import classify
from entrosdk.errors import (
    BadReply,
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
from entrosdk.spi.request import PUBLIC, Request, Response, get, post
from tests.unit.adapters.tiki.desk import FIXTURES, fixture, parsed, reply

ASK = get("/integration/v2/orders")
WRITE = post("/integration/v2/orders/1/confirm-available", {})
HTML = b"<!doctype html><html><title>502</title></html>"


def token(form: str) -> Request:
    """A request for a token."""
    return Request(method="POST", path="/sc/oauth2/token", body=form.encode(), auth=PUBLIC)


def meant(
    body: Any, status: int = 200, request: Request = ASK, **headers: str
) -> EntroError | None:
    """What a reply means."""
    return classify(request, reply(body, status, **headers))


def refused(body: Any, status: int, request: Request = ASK, **headers: str) -> EntroError:
    """A reply that must mean an error."""
    error = meant(body, status, request, **headers)
    assert error is not None
    return error


EXAMPLES = {
    "error_400_body": (400, Invalid),
    "error_400_dropship_wrong_api": (400, Conflict),
    "error_401_token": (401, Expired),
    "error_403_product_owner": (403, Forbidden),
    "error_403_scope": (403, Forbidden),
    "error_404_category": (404, NotFound),
    "error_405_method": (405, Rejected),
    "error_415_form_body": (415, Rejected),
    "error_422_price_floor": (422, Invalid),
    "error_429_gateway": (429, RateLimited),
    "error_500": (500, Unavailable),
    "create_request_error": (422, Invalid),
    "update_sku_error": (400, Invalid),
}


@pytest.mark.parametrize(("name", "meaning"), EXAMPLES.items())
def test_every_example_error_has_its_meaning(
    name: str, meaning: tuple[int, type[EntroError]]
) -> None:
    """The exact class, with Tiki's own words, the status as its code, and a next step."""
    status, kind = meaning
    error = refused(fixture(name), status)
    assert type(error) is kind
    assert error.context.code == str(status)
    words = parsed(name).get("errors", ["Tiki"])[0]
    assert words in error.message
    assert error.advice


def test_the_book_has_no_error_we_do_not_test() -> None:
    """All error bodies among the examples are in the table above, or are the token endpoint's."""
    names = {path.stem for path in FIXTURES.glob("*error*.json")}
    assert names == {*EXAMPLES, "token_error_invalid_client", "token_error_invalid_grant"}


@pytest.mark.parametrize(
    "name",
    [
        path.stem
        for path in sorted(FIXTURES.glob("*.json"))
        if "error" not in path.stem and path.stem != "index"
    ],
)
def test_every_other_example_is_a_success(name: str) -> None:
    """Including bare arrays and answers of a word."""
    assert meant(fixture(name)) is None


UNREGISTERED = (
    "variants inventory_type error => Seller haven't registered inventory_type = cross_border "
    ",please choose 1 over here : [backorder]"
)
LITERAL = [
    (401, "You don't have permission / Your token isn't active now", Expired),
    (403, "you do not have permission to update this product", Forbidden),
    (403, "you don't have permission print order", Conflict),
    (400, "Cannot use this API to confirm dropship orders.", Conflict),
    (400, "item_ids is required", Invalid),
    (400, "status incorrect", Conflict),
    (400, "Please confirm order first!", Conflict),
    (400, "Can't read http message, please check your request", Invalid),
    (405, "Request method 'POST' not supported", Rejected),
    (415, "Content type 'application/x-www-form-urlencoded;charset=UTF-8' not supported", Rejected),
    (400, "update error [Warehouse '[1]' are not found]", Invalid),
    (422, "Price is not valid because less than ten percent listing price", Invalid),
    (400, "Price is not valid because less than ten percent listing price", Invalid),
    (422, "variants should have price > 0", Invalid),
    (422, "variants don't match with option_attributes => variants option2 missing", Invalid),
    (422, UNREGISTERED, Invalid),
    (404, "Category not found id: 1", NotFound),
    (500, "Internal API went wrong, please try again later", Unavailable),
    (500, "Some unexpected error occurred, please try again later", Unavailable),
]


@pytest.mark.parametrize(("status", "text", "kind"), LITERAL)
def test_every_literal_text_of_the_book_has_its_meaning(
    status: int, text: str, kind: type[EntroError]
) -> None:
    """The table of section 2.3, in Tiki's own words."""
    error = refused({"errors": [text]}, status)
    assert (type(error), text in error.message) == (kind, True)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Invalid), (401, Expired), (403, Forbidden), (404, NotFound), (405, Rejected),
        (406, Rejected), (409, Conflict), (422, Invalid), (429, RateLimited), (500, Unavailable),
        (502, Unavailable), (503, Unavailable), (504, Unavailable),
    ],
)  # fmt: skip
def test_every_status_of_the_book_has_its_meaning(status: int, kind: type[EntroError]) -> None:
    """Whatever the text says, in whatever language."""
    assert type(refused({"errors": ["Có lỗi xảy ra"]}, status)) is kind


def test_texts_refine_a_status() -> None:
    """A wrong state, a wrong model, and a label before its time are conflicts."""
    for status, text in (
        (400, "status incorrect"),
        (400, "Please confirm order first!"),
        (400, "Cannot use this API to confirm dropship orders."),
        (403, "you don't have permission print order"),
    ):
        assert type(refused({"errors": [text]}, status)) is Conflict


def test_the_trace_of_product_writes_is_the_request_id() -> None:
    """Elsewhere a header may have one."""
    assert refused(fixture("update_sku_error"), 400).context.request_id == "3409118842013377002"
    header = refused({"errors": ["x"]}, 400, x_request_id="abc")
    assert header.context.request_id == "abc"
    old = refused({"error": {"id": "u-1", "message": "registered"}}, 409)
    assert (type(old), old.context.request_id) == (Conflict, "u-1")
    assert "registered" in old.message


def test_several_texts_are_told_together() -> None:
    """A product request is refused for all its faults at once."""
    message = refused(fixture("create_request_error"), 422).message
    assert "option1 missing" in message
    assert "price > 0" in message


def test_a_limit_tells_how_long_to_wait_where_a_header_does() -> None:
    """None is promised (section 2.4); the limit counts for each seller."""
    bare = refused(fixture("error_429_gateway"), 429)
    assert isinstance(bare, RateLimited)
    assert (bare.retry_after, bare.scope) == (None, "shop")
    for headers, seconds in (
        ({"retry_after": "2"}, 2.0),
        ({"ratelimit_reset": "1"}, 1.0),
        ({"retry_after": "Wed, 18 Nov 2026 08:00:30 GMT"}, 30.0),
    ):
        told = refused(HTML, 429, **headers)
        assert isinstance(told, RateLimited)
        assert told.retry_after == seconds


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (HTML, 502, Unavailable),
        (b"", 503, Unavailable),
        ({"message": "The upstream server is timing out"}, 504, Unavailable),
        ({"message": "no Route matched with those values"}, 404, Rejected),
        (HTML, 404, Rejected),
        (HTML, 403, Forbidden),
        (b"", 401, Expired),
        (b"", 400, Invalid),
        ({"message": "Not Acceptable"}, 406, Rejected),
        (b"", 418, Rejected),
        (b"", 302, BadReply),
        (HTML, 200, BadReply),
        (b"", 200, BadReply),
        (b'{"data": [', 200, BadReply),
    ],
)
def test_replies_of_gateways_have_a_meaning(body: Any, status: int, kind: type[EntroError]) -> None:
    """Kong's texts, a load balancer's page, half a body, nothing at all."""
    error = refused(body, status)
    assert type(error) is kind


def test_an_unknown_route_is_not_an_unknown_order() -> None:
    """Only Tiki's own shape says that a thing does not exist."""
    assert not isinstance(refused({"message": "no Route matched"}, 404), NotFound)


def test_a_write_succeeds_by_its_status() -> None:
    """The bodies of some writes were never seen: 2xx is success, a page of HTML is not."""
    for body in (b"", b"  ", {"code": 200}, {"state": "approved"}, {"message": "success"}):
        assert meant(body, 200, WRITE) is None
    assert meant(b"", 204, WRITE) is None
    assert type(refused(HTML, 200, WRITE)) is BadReply


def test_errors_inside_a_success_are_a_refusal() -> None:
    """A body that holds errors and no data is none."""
    error = refused({"errors": ["no"], "meta": {"id": "7"}}, 200, WRITE)
    assert (type(error), error.context.request_id) == (Invalid, "7")
    assert meant({"errors": [], "state": "approved"}, 200, WRITE) is None
    assert meant({"data": [], "errors": ["note"]}) is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("invalid_client", Unauthorised),
        ("unauthorized_client", Forbidden),
        ("invalid_scope", Forbidden),
        ("access_denied", Forbidden),
        ("invalid_grant", Invalid),
        ("invalid_request", Invalid),
        ("unsupported_grant_type", Invalid),
        ("server_error", Unavailable),
    ],
)
@pytest.mark.parametrize("status", [400, 401])
def test_the_token_endpoint_speaks_in_codes(code: str, kind: type[EntroError], status: int) -> None:
    """The code decides there: releases differ in the status (section 11.1)."""
    error = refused({"error": code}, status, token("grant_type=authorization_code&code=c"))
    assert (type(error), error.context.code) == (kind, code)


def test_a_refused_refresh_token_needs_the_seller() -> None:
    """Spent or expired: nobody but the seller can help."""
    renewal = token("grant_type=refresh_token&refresh_token=old")
    assert type(refused(fixture("token_error_invalid_grant"), 400, renewal)) is Revoked
    assert type(refused(fixture("token_error_invalid_client"), 401, renewal)) is Unauthorised


def test_the_edge_before_the_token_endpoint_is_not_the_token_endpoint() -> None:
    """A page or nothing says nothing about the app (quirk 16)."""
    renewal = token("grant_type=refresh_token&refresh_token=old")
    assert type(refused(HTML, 403, renewal)) is Forbidden
    assert type(refused(HTML, 502, renewal)) is Unavailable


def test_texts_are_cleaned() -> None:
    """No phone, one line, not endless; and what is no text is left out."""
    error = refused({"errors": ["call\n 0912345678 " + "x" * 500, 7, None]}, 400)
    assert "0912345678" not in str(error)
    assert "[number]" in error.message
    assert len(error.message) < 400


@pytest.mark.parametrize("body", [{"errors": {}}, {"error": None}, {"meta": 1}, 7, [], None, "x"])
def test_strange_errors_are_still_errors(body: Any) -> None:
    """Whatever the shape, the status speaks."""
    assert isinstance(meant(body, 422), Invalid)
    assert isinstance(classify(ASK, Response(status=500, body=b"\xff")), Unavailable)
