"""Setting stock, prices and standing: one result for each item, whatever the batch says."""

from __future__ import annotations

from typing import Any

import pytest

from entrosdk.domain.money import Money
from entrosdk.domain.writing import Outcome, PriceChange, Refusal, StockChange
from entrosdk.errors import OutcomeUnknown, RateLimited, Timeout, Unavailable
from entrosdk.spi.request import Safety
from tests.unit.adapters.tiki.desk import answer, fixture, parsed, reply, sent, shop, vnd

ROWS = parsed("products_page_v2_1")["data"]
TEAPOT, CUPS, TRAY = ROWS
OK = fixture("update_sku_response")
LOST = OutcomeUnknown("the reply was lost")
WRONG = reply(fixture("update_sku_error"), 400)
GONE = reply({"errors": ["product not found"]}, 404)


def teapot(available: int, reserved: int = 1) -> Any:
    """The teapot with other stock in its first warehouse."""
    first, second = TEAPOT["inventory"]["warehouse_stocks"]
    level = {
        **first,
        "quantity_available": available,
        "quantity_reserved": reserved,
        "quantity_sellable": available - reserved,
    }
    return {**TEAPOT, "inventory": {**TEAPOT["inventory"], "warehouse_stocks": [level, second]}}


def stock(product: int, quantity: int, place: str = "") -> StockChange:
    """A change of stock."""
    return StockChange(product_id=str(product), quantity=quantity, warehouse_id=place)


def price(product: int, minor: int, listed: int | None = None) -> PriceChange:
    """A change of price."""
    list_price = None if listed is None else vnd(listed)
    return PriceChange(product_id=str(product), price=vnd(minor), list_price=list_price)


def outcomes(played: Any) -> list[tuple[Outcome, Refusal | None]]:
    """What became of each item."""
    return [(one.outcome, one.refusal) for one in played.result]


YES = (Outcome.ACCEPTED, None)


# Stock


def test_sellable_units_are_told_as_what_is_there() -> None:
    """Reserved units are added, and the other warehouses keep theirs (quirk 18)."""
    flow = shop().products.set_stock([stock(271990115, 10, "402115")])
    played = answer(flow, TEAPOT, OK)
    assert sent(played, 1) == {
        "data": [
            {
                "product_id": 271990115,
                "seller_warehouse": "402115, 402116",
                "warehouse_quantities": [
                    {"warehouse_id": 402115, "qty_available": 11},
                    {"warehouse_id": 402116, "qty_available": 6},
                ],
            }
        ]
    }
    write = played.requests[1]
    assert (write.method, write.path) == ("PUT", "/integration/v2.1/products/updateSkus")
    assert write.safety is Safety.UNSAFE
    (result,) = played.result
    assert (result.product_id, result.warehouse_id, result.ok) == ("271990115", "402115", True)


def test_changes_of_one_product_travel_together() -> None:
    """Two warehouses of one product, one product of another: two rows, three results."""
    flow = shop().products.set_stock(
        [stock(271990115, 1, "402115"), stock(271990388, 2), stock(271990115, 3, "402116")]
    )
    played = answer(flow, TEAPOT, CUPS, OK)
    first, second = sent(played, 2)["data"]
    assert [one["qty_available"] for one in first["warehouse_quantities"]] == [2, 3]
    assert [one["qty_available"] for one in second["warehouse_quantities"]] == [4]
    assert outcomes(played) == [YES, YES, YES]
    assert [one.product_id for one in played.result] == ["271990115", "271990388", "271990115"]


def test_a_new_warehouse_of_a_product_is_added() -> None:
    """It holds no orders yet."""
    played = answer(shop().products.set_stock([stock(271990388, 5, "402116")]), CUPS, OK)
    rows = sent(played, 1)["data"][0]["warehouse_quantities"]
    assert rows[1] == {"warehouse_id": 402116, "qty_available": 5}


@pytest.mark.parametrize(
    ("change", "body", "why"),
    [
        (stock(271990115, 5), TEAPOT, Refusal.INVALID),
        (stock(271990388, 5, "kho"), CUPS, Refusal.INVALID),
        (stock(271990388, 5), {**CUPS, "inventory": None}, Refusal.INVALID),
        (stock(9, 5), GONE, Refusal.NOT_FOUND),
    ],
)
def test_what_cannot_be_worded_is_refused_unsent(
    change: StockChange, body: Any, why: Refusal
) -> None:
    """No warehouse, no product: the other items would still go."""
    played = answer(shop().products.set_stock([change]), body)
    assert outcomes(played) == [(Outcome.REFUSED, why)]
    assert played.result[0].reason


def test_an_id_that_is_none_is_not_asked_for() -> None:
    """It cannot be one of Tiki's."""
    played = answer(shop().products.set_stock([StockChange(product_id="x", quantity=1)]))
    assert outcomes(played) == [(Outcome.REFUSED, Refusal.NOT_FOUND)]


def test_batches_are_of_twenty() -> None:
    """One integration sends as many; the largest is not established."""
    changes = [stock(number, 1) for number in range(1, 46)]
    bodies = [{**CUPS, "product_id": number} for number in range(1, 46)]
    played = answer(shop().products.set_stock(changes), *bodies, OK, OK, OK)
    assert [len(sent(played, number)["data"]) for number in (45, 46, 47)] == [20, 20, 5]


def test_a_refused_batch_is_sent_row_by_row() -> None:
    """The refusal names no row, so each is asked for itself (section 4.4)."""
    flow = shop().products.set_stock([stock(271990115, 1, "402115"), stock(271990388, 2)])
    played = answer(flow, TEAPOT, CUPS, WRONG, WRONG, OK)
    assert outcomes(played) == [(Outcome.REFUSED, Refusal.NOT_FOUND), YES]
    refused = played.result[0]
    assert "40211599" in refused.reason
    assert refused.code == "400"
    assert played.requests[3].path == "/integration/v2.1/products/updateSku"
    assert sent(played, 3)["product_id"] == 271990115


def test_a_refused_batch_of_one_is_that_rows_refusal() -> None:
    """Nothing is asked twice."""
    played = answer(shop().products.set_stock([stock(271990388, 2)]), CUPS, WRONG)
    assert outcomes(played) == [(Outcome.REFUSED, Refusal.NOT_FOUND)]


@pytest.mark.parametrize(
    ("status", "text", "why"),
    [
        (400, "update error [Quantity is locked by a running deal]", Refusal.LOCKED),
        (422, "Price is not valid because less than ten percent listing price", Refusal.INVALID),
        (403, "you do not have permission to update this product", Refusal.FORBIDDEN),
        (404, "product 5", Refusal.NOT_FOUND),
        (409, "busy", Refusal.STATE),
        (418, "teapot", Refusal.OTHER),
    ],
)
def test_refusals_have_a_cause_all_marketplaces_share(status: int, text: str, why: Refusal) -> None:
    """By status and by text; Tiki's own words stay."""
    no = reply({"errors": [text]}, status)
    played = answer(shop().products.set_stock([stock(271990388, 2)]), CUPS, no)
    assert outcomes(played) == [(Outcome.REFUSED, why)]
    assert text in played.result[0].reason


def test_a_lost_write_is_read_back_row_by_row() -> None:
    """What stands as wanted was accepted; what does not is unknown."""
    flow = shop().products.set_stock([stock(271990115, 10, "402115"), stock(271990388, 2)])
    played = answer(flow, TEAPOT, CUPS, LOST, teapot(11), CUPS)
    assert outcomes(played) == [YES, (Outcome.UNKNOWN, None)]


@pytest.mark.parametrize("look", [GONE, Timeout("gone"), reply(b"", 503), {"product_id": 1}])
def test_a_lost_write_that_cannot_be_looked_at_is_unknown(look: Any) -> None:
    """Whatever hinders looking."""
    played = answer(shop().products.set_stock([stock(271990388, 2)]), CUPS, LOST, look)
    assert outcomes(played) == [(Outcome.UNKNOWN, None)]


def test_a_limit_that_stays_is_busy() -> None:
    """Nothing happened; the same write may be sent again."""
    limited = RateLimited("too many", retry_after=1)
    played = answer(shop().products.set_stock([stock(271990388, 2)]), CUPS, limited)
    assert outcomes(played) == [(Outcome.REFUSED, Refusal.BUSY)]


def test_rows_sent_alone_meet_the_same_ends() -> None:
    """A limit, a lost reply."""
    flow = shop().products.set_stock([stock(271990115, 10, "402115"), stock(271990388, 2)])
    limited = RateLimited("too many", retry_after=1)
    played = answer(flow, TEAPOT, CUPS, WRONG, LOST, teapot(11), limited)
    assert outcomes(played) == [YES, (Outcome.REFUSED, Refusal.BUSY)]


def test_trouble_before_anything_was_written_is_an_error() -> None:
    """Products are read first."""
    with pytest.raises(Unavailable):
        answer(shop().products.set_stock([stock(271990388, 2)]), reply(b"", 503))


# Prices


def test_prices_travel_as_whole_dong() -> None:
    """No product has to be read for them."""
    flow = shop().products.set_price([price(271990115, 279000), price(271990388, 139000)])
    played = answer(flow, OK)
    assert sent(played)["data"] == [
        {"product_id": 271990115, "price": 279000},
        {"product_id": 271990388, "price": 139000},
    ]
    assert outcomes(played) == [YES, YES]


def test_the_present_list_price_does_no_harm() -> None:
    """Another one needs a reviewed request, and the refusal says so."""
    flow = shop().products.set_price(
        [price(271990115, 279000, 350000), price(271990388, 139000, 200000)]
    )
    played = answer(flow, TEAPOT, CUPS, OK)
    assert outcomes(played) == [YES, (Outcome.REFUSED, Refusal.INVALID)]
    assert "market_price" in played.result[1].reason
    assert len(sent(played, 2)["data"]) == 1


@pytest.mark.parametrize(("listed", "ok"), [(98000, True), (90000, True), (120000, False)])
def test_without_a_market_price_the_price_is_the_list_price(listed: int, ok: bool) -> None:
    """The old one or the new one says nothing new; any other would need a request."""
    flow = shop().products.set_price([price(271991502, 90000, listed)])
    (result,) = answer(flow, TRAY, *([OK] if ok else [])).result
    assert result.ok is ok


def test_prices_that_cannot_be_worded_are_refused_unsent() -> None:
    """Another currency, an id that is none, a list price of nothing that is there."""
    changes = [
        PriceChange(product_id="5", price=Money(100, "USD")),
        PriceChange(product_id="x", price=vnd(1)),
        price(9, 1000, 2000),
    ]
    played = answer(shop().products.set_price(changes), GONE)
    assert [why for _, why in outcomes(played)] == [
        Refusal.INVALID,
        Refusal.NOT_FOUND,
        Refusal.NOT_FOUND,
    ]


def test_a_refused_price_is_told_with_the_rule() -> None:
    """Less than a tenth of the list price (section 4.3)."""
    no = reply(fixture("error_422_price_floor"), 422)
    played = answer(shop().products.set_price([price(271990115, 1)]), no)
    assert outcomes(played) == [(Outcome.REFUSED, Refusal.INVALID)]
    assert "ten percent" in played.result[0].reason


def test_a_lost_price_is_read_back() -> None:
    """By the price as it stands."""
    flow = shop().products.set_price([price(271990115, 285000), price(271990388, 1)])
    played = answer(flow, LOST, TEAPOT, CUPS)
    assert outcomes(played) == [YES, (Outcome.UNKNOWN, None)]


# Standing


@pytest.mark.parametrize(("name", "status", "active"), [("publish", 1, 1), ("unpublish", 2, 0)])
def test_standing_is_a_status_in_a_batch_and_a_flag_alone(
    name: str, status: int, active: int
) -> None:
    """The two calls word it differently (sections 4.3 and 4.4)."""
    flow = getattr(shop().products, name)(["271990115", "x", "271990388"])
    played = answer(flow, WRONG, OK, OK)
    assert [row["status"] for row in sent(played)["data"]] == [status, status]
    assert sent(played, 1) == {"product_id": 271990115, "active": active}
    assert outcomes(played) == [YES, (Outcome.REFUSED, Refusal.NOT_FOUND), YES]


def test_a_lost_standing_is_read_back() -> None:
    """The tray is off sale, the teapot is not."""
    flow = shop().products.unpublish(["271991502", "271990115"])
    assert outcomes(answer(flow, LOST, TRAY, TEAPOT)) == [YES, (Outcome.UNKNOWN, None)]
