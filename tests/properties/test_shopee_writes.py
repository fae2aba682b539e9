"""Whatever a stranger's client writes, the sandbox answers in Shopee's envelope and stays whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.sandbox.orders import Stage
from entrosdk.sandbox.shopee.market import endpoints
from entrosdk.spi.wire import names
from tests.unit.sandbox.test_shopee_writes import Seller

NAMES = sorted(
    names(
        """
        pickup dropoff non_integrated address_id pickup_time_id tracking_number package_number
        order_list shipping_document_type cancel_reason item_list partial_cancel_item_list
        item_id model_id model_quantity operation note package_list stock_list seller_stock stock
        location_id price_list original_price unlist item_name description category_id image
        image_id_list weight logistic_info logistic_id enabled item_status item_sku
        standardise_tier_variation tier_variation variation_name variation_option_list
        variation_option_name model model_list tier_index model_sku name option_list option email
        dispute_reason_id dispute_text_reason image_list image_url proposed_solution
        proposed_adjusted_refund_amount order_sn return_sn
        """
    )
)
WORDS = ["", "ACCEPT", "REJECT", "OUT_OF_STOCK", "CUSTOMER_REQUEST", "RETURN_REFUND", "REFUND"]
WORDS += ["NORMAL", "UNLIST", "THERMAL_AIR_WAYBILL", "VNZ", "vn-demo-1", "a@b.c", "42", "1e999"]
GET_OR_POST = [path for path, each in endpoints().items() if "POST" in each.method]
WRITES = sorted(path for path in GET_OR_POST if "/auth/" not in path and "/push/" not in path)


@pytest.fixture(scope="module")
def seller() -> Seller:
    """A seller with an order and a return."""
    seller = Seller()
    seller.buy(Stage.RETURNING)
    return seller


def values(seller: Seller) -> st.SearchStrategy[Any]:
    """Ids that exist, words that mean something, and nonsense, nested."""
    shop = seller.market.shop
    products = shop.products[:3]
    known = [
        *[order.id for order in shop.orders.values()],
        *shop.returns,
        *[product.id for product in products],
        *[variant.id for product in products for variant in product.variants],
    ]
    plain = st.one_of(
        st.sampled_from(known),
        st.sampled_from(WORDS),
        st.sampled_from([0, 1, 5, 5001, 100_000, -1, 2**63, 10**40, 1e308, 0.5]),
        st.none() | st.booleans() | st.floats() | st.text(max_size=3),
    )
    return st.recursive(
        plain,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
            | st.lists(st.dictionaries(st.sampled_from(NAMES), inner, max_size=5), max_size=3)
        ),
        max_leaves=12,
    )


@given(st.data(), st.sampled_from(WRITES))
def test_no_write_breaks_the_sandbox(seller: Seller, data: st.DataObject, path: str) -> None:
    """Every address answers with an error or a result, and stock stays a number from nothing on."""
    body = data.draw(st.dictionaries(st.sampled_from(NAMES), values(seller), max_size=8))
    if data.draw(st.booleans()):
        body |= {"order_sn": seller.order.id, "item_id": seller.market.shop.products[0].id}
        body |= {"return_sn": next(iter(seller.market.shop.returns))}
    reply = seller.raw(path.removeprefix("/api/v2/"), json.dumps(body).encode(), "application/json")
    assert isinstance(reply, bytes) or isinstance(reply["error"], str)
    assert all(v.stock >= 0 for p in seller.market.shop.products for v in p.variants)
