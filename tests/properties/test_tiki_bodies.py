"""Whatever Tiki sends: a body is read, or put aside whole; never an exception of another kind."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.adapters.tiki import TikiAdapter
from entrosdk.adapters.tiki.sign import basic
from entrosdk.domain.credentials import App
from entrosdk.domain.money import total
from entrosdk.domain.order import OrderQuery
from entrosdk.domain.payment import PaymentQuery
from entrosdk.domain.product import ProductQuery
from entrosdk.domain.secret import Secret
from entrosdk.errors import BadReply, BadSignature, EntroError
from entrosdk.spi.adapter import Access, Delivery
from entrosdk.spi.page import Page
from entrosdk.spi.request import Response, get, post
from entrosdk.testing.play import play

FIXTURES = Path(__file__).parents[1] / "fixtures" / "tiki"
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

SHOP = TikiAdapter(
    Access(
        app=App(key="1", secret=Secret("s")), region=TikiAdapter.manifest.regions["VN"], shop_id="2"
    )
)

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "0", "1", "-1", "x", "2026-11-18 09:00:00", "0000-00-00 00:00:00", "1e9"]),
    st.text(max_size=8),
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)  # fmt: skip


def loaded(name: str) -> Any:
    """An example body."""
    return json.loads((FIXTURES / f"{name}.json").read_bytes())


def places(body: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything inside a body."""
    inner = body.items() if isinstance(body, dict) else enumerate(body)
    found: list[tuple[Any, ...]] = []
    for key, value in inner:
        found.append((*at, key))
        if isinstance(value, dict | list):
            found += places(value, (*at, key))
    return found


def changed(body: Any, at: tuple[Any, ...], value: Any) -> Any:
    """A copy of a body with another value in one place."""
    copied = copy.deepcopy(body)
    inner = copied
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = value
    return copied


@st.composite
def bent(draw: st.DrawFn, rows: list[Any]) -> Any:
    """A row with up to three values replaced by others."""
    row = copy.deepcopy(draw(st.sampled_from(rows)))
    for _ in range(draw(st.integers(0, 3))):
        row = changed(row, draw(st.sampled_from(places(row))), draw(values))
    return row


ORDERS = [
    loaded("order_detail_queueing_cod"),
    loaded("order_detail_canceled"),
    loaded("order_detail_complete_seller_delivery"),
]
PRODUCTS = loaded("products_page_v2_1")["data"]
EVENTS = loaded("queue_pull_response")["events"]


def page(*rows: Any) -> Response:
    """A page of rows."""
    body = {"data": rows, "paging": {"total": len(rows), "last_page": 1}}
    return Response(status=200, body=json.dumps(body).encode())


def told(found: Page[Any]) -> int:
    """How many rows a page accounts for."""
    return len(found.items) + len(found.unreadable)


@given(bent(ORDERS))
def test_any_order_is_read_or_put_aside(row: Any) -> None:
    """A good neighbour is read all the same, and nothing is lost."""
    neighbour = {**ORDERS[0], "code": "neighbour"}
    query = OrderQuery(updated_from=FIRST, updated_to=LAST)
    found = play(SHOP.orders.page(query, None), [page(neighbour, row)]).result
    assert "neighbour" in {one.id for one in found.items}
    outside = not {one.id for one in found.items} - {"neighbour"} and not found.unreadable
    assert told(found) == 2 or outside
    assert all(bad.body for bad in found.unreadable)


@given(bent(ORDERS))
def test_the_money_of_any_order_adds_up_or_is_put_aside(row: Any) -> None:
    """Whatever the parts say, their sum is Tiki's own figure."""
    query = PaymentQuery(settled_from=FIRST, settled_to=LAST)
    found = play(SHOP.payments.page(query, None), [page(row)]).result
    figure = (row.get("invoice") or {}).get("total_seller_income") if isinstance(
        row.get("invoice"), dict
    ) else None  # fmt: skip
    if found.items and isinstance(figure, int) and not isinstance(figure, bool):
        assert total((one.amount for one in found.items), "VND").minor == figure


@given(bent(PRODUCTS))
def test_any_product_is_read_or_put_aside(row: Any) -> None:
    """With its stock, or whole in quarantine."""
    found = play(SHOP.products.page(ProductQuery(), None), [page(row)]).result
    assert told(found) == 1


@given(bent(EVENTS), st.sampled_from(["", "sid"]))
def test_any_event_is_read_or_put_aside(row: Any, sid: str) -> None:
    """A batch is never lost for one of its events."""
    token = Response(status=200, body=b'{"access_token": "t"}')
    batch = Response(status=200, body=json.dumps({"events": [row], "ack_id": "a"}).encode())
    found = play(SHOP.events.pull(f"q/{sid}/a"), [token, batch]).result
    assert told(found) == 1
    assert found.next == f"q/{sid}/a"


HOOK = TikiAdapter(
    Access(
        app=App(key="1", secret=Secret("s"), push_secret=Secret("hook:pass")),
        region=TikiAdapter.manifest.regions["VN"],
        shop_id="2",
    )
)
HEADERS = dict([basic("hook", "pass")])


@given(bent([loaded("webhook_legacy_event")]))
def test_any_genuine_push_is_one_event(body: Any) -> None:
    """With an id of its own and the body as it came."""
    raw = json.dumps(body).encode()
    (event,) = HOOK.events.parse(Delivery(headers=HEADERS, body=raw))
    assert (event.body, bool(event.delivery_id), bool(event.raw_kind)) == (raw, True, True)


@given(st.binary(max_size=40), st.text(max_size=20))
def test_any_other_push_is_refused(body: bytes, header: str) -> None:
    """Whatever it carries, before its body is looked at."""
    with pytest.raises(BadSignature):
        HOOK.events.parse(Delivery(headers={"authorization": header}, body=body))


@pytest.mark.parametrize("name", ["orders_page", "products_page_v2_1"])
@given(data=st.data())
def test_any_page_is_read_or_refused_whole(name: str, data: st.DataObject) -> None:
    """What surrounds the rows may be wrong too: that is a bad reply and nothing else."""
    body = loaded(name)
    outer = [at for at in places(body) if len(at) <= 2]
    body = changed(body, data.draw(st.sampled_from(outer)), data.draw(values))
    reply = Response(status=200, body=json.dumps(body).encode())
    window = OrderQuery(updated_from=FIRST, updated_to=LAST)
    flow: Any = (
        SHOP.orders.page(window, "1")
        if name == "orders_page"
        else SHOP.products.page(ProductQuery(), None)
    )
    with suppress(BadReply):
        play(flow, [reply])


@given(
    st.integers(100, 599),
    st.one_of(values.map(lambda value: json.dumps(value).encode()), st.binary(max_size=40)),
    st.sampled_from([get("/integration/v2/orders"), post("/integration/v2/x", {}),
                     post("/sc/oauth2/token", {})]),
)  # fmt: skip
def test_every_reply_is_a_success_or_a_typed_error(status: int, body: bytes, request: Any) -> None:
    """Whatever status and bytes come together."""
    error = SHOP.classify(request, Response(status=status, body=body))
    assert error is None or isinstance(error, EntroError)
    assert error is not None or 200 <= status < 300
