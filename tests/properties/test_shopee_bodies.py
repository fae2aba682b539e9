"""Any body the manual allows is mapped: every documented field present, empty, null or absent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrosdk import Money, PaymentQuery
from entrosdk.adapters.shopee import wire, wire_money, wire_products, wire_push
from entrosdk.adapters.shopee.fees import FORMULA
from entrosdk.spi.page import Page
from entrosdk.spi.wire import WireModel
from tests.shopee_bodies import (
    FIGURES,
    INCOME,
    ITEMS,
    MODELS,
    ORDERS,
    PUSHES,
    RETURNS,
    SHOP,
    TIERS,
    WALLET,
    WAREHOUSES,
    Shape,
    Values,
    body,
    escrows,
    inside,
    whole,
)
from tests.unit.adapters.shopee.desk import answer, ok, parsed, shop
from tests.unit.adapters.shopee.test_events import pushed


@given(body(*ORDERS))
def test_any_order_is_mapped(drawn: dict[str, Any]) -> None:
    """Whatever is told, empty or left out, the order comes out whole and is itself."""
    batch = answer(shop().orders.many(["261122V9H3CBKE"]), ok({"order_list": [drawn]})).result
    assert [order.id for order in batch.items] == ["261122V9H3CBKE"]
    assert (batch.unreadable, batch.missing) == ((), ())
    assert batch.items[0].raw_status == (drawn.get("order_status") or "")
    assert len(batch.items[0].lines) == len(drawn.get("item_list") or ())


@given(st.integers(0, 10**15))
def test_cents_are_exact(cents: int) -> None:
    """An amount of fifteen digits comes out as it stood in the text, to the cent."""
    drawn = parsed("order_detail")["response"]["order_list"][1] | {"currency": "SGD"}
    for line in drawn["item_list"]:
        line |= {"model_original_price": 0, "model_discounted_price": 0}
    text = json.dumps(drawn | {"total_amount": 271828}).replace(
        "271828", f"{cents // 100}.{cents % 100:02}"
    )
    reply = b'{"error":"","response":{"order_list":[%s]}}' % text.encode()
    (order,) = answer(shop("SG").orders.many([drawn["order_sn"]]), reply).result.items
    assert order.totals.total == Money(cents, "SGD")


@given(body(*ITEMS))
def test_any_listing_without_models_is_mapped(drawn: dict[str, Any]) -> None:
    """Price and stock stand on the item."""
    batch = answer(shop().products.many(["25100998812"]), ok({"item_list": [drawn]})).result
    assert ([each.id for each in batch.items], batch.unreadable) == (["25100998812"], ())
    assert len(batch.items[0].variants) == 1


@given(body(*ITEMS), MODELS)
def test_any_listing_with_models_is_mapped(
    drawn: dict[str, Any], models: list[dict[str, Any]]
) -> None:
    """Price and stock stand on the models, whatever the item says of its own."""
    drawn = {**drawn, "has_model": True}
    tiers = {"tier_variation": TIERS, "model": models}
    batch = answer(
        shop().products.many(["25100998812"]), ok({"item_list": [drawn]}), ok(tiers)
    ).result
    assert ([each.id for each in batch.items], batch.unreadable) == (["25100998812"], ())
    assert len(batch.items[0].variants) == len(models)


@given(body(*RETURNS))
def test_any_return_is_mapped(drawn: dict[str, Any]) -> None:
    """Goods and money get a state, known or unknown."""
    batch = answer(shop().returns.many(["2611130Q7KDV4XB"]), ok(drawn)).result
    assert ([each.id for each in batch.items], batch.unreadable) == (["2611130Q7KDV4XB"], ())
    assert batch.items[0].status == (drawn.get("status") or "")


@given(escrows())
def test_any_escrow_is_mapped_to_the_dong(drawn: tuple[dict[str, Any], int]) -> None:
    """Its movements add up to the seller's income, whichever figures Shopee tells."""
    payload, income = drawn
    ordered = ok({"order_list": [parsed("order_detail")["response"]["order_list"][0]
                                 | {"order_sn": "261122V9H3CBKE"}]})  # fmt: skip
    parts = answer(shop().payments.for_order("261122V9H3CBKE"), ordered, ok(payload)).result
    assert sum(part.amount.minor for part in parts) == income
    assert len({part.id for part in parts}) == len(parts)


@given(st.lists(body(*WALLET), max_size=3))
def test_any_wallet_page_is_mapped(drawn: list[dict[str, Any]]) -> None:
    """Every row is a movement, or money that is told elsewhere."""
    page = walleted(drawn)
    assert page.unreadable == ()
    assert {part.id.partition(":")[0] for part in page.items} <= {"wallet"}


def walleted(rows: list[dict[str, Any]]) -> Page[Any]:
    """A page of the wallet with these rows."""
    query = PaymentQuery(
        settled_from=datetime.fromtimestamp(1795300000, UTC),
        settled_to=datetime.fromtimestamp(1795300000 + 86_400, UTC),
    )
    reply = ok({"transaction_list": rows, "more": False})
    return answer(shop().payments.page(query, "wallet:0"), reply).result


@given(SHOP, WAREHOUSES)
def test_any_shop_and_warehouse_is_mapped(
    drawn: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    """Neither needs anything to be told."""
    assert answer(shop().info(), drawn).result.id == "226518001"
    named = {row.get("location_id") or "" for row in rows}
    found = answer(shop().warehouses(), ok(rows), ok([])).result
    assert {place.id for place in found} == named


# Pushes


@settings(max_examples=300)
@given(PUSHES)
def test_any_genuine_push_is_an_event(drawn: dict[str, Any]) -> None:
    """A signed object is read or left unrecognised; nothing in it can stop the receiver."""
    raw = json.dumps(drawn).encode()
    event = pushed(raw)
    assert event.body == raw
    assert event.delivery_id


# The strategies themselves

WHOLE: dict[str, tuple[tuple[Shape, dict[str, Values]], type[WireModel]]] = {
    "orders": (ORDERS, wire.Order),
    "items": (ITEMS, wire_products.Item),
    "returns": (RETURNS, wire.Return),
    "wallet": (WALLET, wire_money.WalletRow),
}


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_every_field_we_read_is_drawn(name: str) -> None:
    """No field of our models is missing from the bodies of the properties above."""
    (shape, must), model = WHOLE[name]
    fields: set[str] = set()
    drawn: set[str] = set()

    @settings(max_examples=1, database=None)
    @given(whole(shape, must))
    def draw(value: dict[str, Any]) -> None:
        for place, told in members(model, value):
            fields.add(place)
            drawn.update({place} if told else ())

    draw()
    assert fields - drawn == set()
    assert len(fields) > 5


def members(model: type[WireModel], value: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Name the fields of a model, and of those inside it, and say whether a body has them."""
    for name, field in model.model_fields.items():
        key = field.alias or name
        yield f"{model.__name__}.{name}", key in value
        rows = value.get(key)
        for inner in _models(field.annotation):
            for row in rows if isinstance(rows, list) else [rows] if rows else []:
                yield from members(inner, row)


def _models(annotation: Any) -> list[type[WireModel]]:
    if isinstance(annotation, type) and issubclass(annotation, WireModel):
        return [annotation]
    return [one for part in getattr(annotation, "__args__", ()) for one in _models(part)]


def test_the_reference_has_every_part_of_the_escrow() -> None:
    """Nothing in the formula and nothing in the income's table is unknown to us."""
    known = {*wire_money.Income.model_fields, *wire_money.Income.known}
    assert {*FORMULA, *FIGURES} <= set(INCOME)
    assert set(INCOME) - {"@"} <= known


def test_rows_of_listings_are_known() -> None:
    """Every documented member of a listing's row is read or known."""
    rows = {
        "order.get_order_list": ("order_list", wire.OrderStub),
        "product.get_item_list": ("item", wire_products.ItemStub),
        "payment.get_escrow_list": ("escrow_list", wire_money.EscrowStub),
        "push.get_lost_push_message": ("push_message_list", wire_push.LostPush),
    }
    for endpoint, (name, model) in rows.items():
        documented = set(inside(endpoint, "response", name)) - {"@"}
        assert documented <= {*model.model_fields, *model.known}
