"""Bodies as Shopee's manual allows them: every documented field present, empty, null or absent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import strategies as st

from entrosdk.adapters.shopee.fees import FORMULA
from entrosdk.adapters.shopee.words import (
    ITEM_STATUS,
    ORDER_STATUS,
    PACKAGE_STATUS,
    RETURN_STATUS,
    REVERSE_STATUS,
)
from entrosdk.spi.wire import names
from tests.unit.adapters.shopee.desk import parsed

REFERENCE = parsed("reference/endpoints")["endpoints"]
LATEST = 4_294_967_295

Shape = Mapping[str, Any]
Values = st.SearchStrategy[Any]
"""Strategies by what they stand for: a name of the reference, or a dotted path of one."""

texts = st.text(max_size=12)
wholes = st.integers(-(10**12), 10**12)
odd = st.none() | st.booleans() | wholes | texts | st.lists(wholes, max_size=2) | st.just({})

TYPES: dict[str, Values] = {
    "string": texts,
    "boolean": st.booleans(),
    "timestamp": st.integers(0, LATEST),
    # Dong are whole; 15.00 may arrive as 15 (quirk 40).
    "float": wholes | wholes.map(float),
    "int": st.integers(-(2**31), 2**31),
    "int32": st.integers(-(2**31), 2**31),
    "int64": st.integers(0, 2**63 - 1),
    "uint64": st.integers(0, 2**64 - 1),
}

EMPTY: dict[str, Values] = {
    "string": st.sampled_from(["", None]),
    "boolean": st.sampled_from([False, None, ""]),
    "object": st.sampled_from([{}, [], None, ""]),
    "list": st.sampled_from([[], {}, None, ""]),
    "number": st.sampled_from([0, None, ""]),
}
"""Absent values differ by field and market; readers accept all of them (section 3.1)."""


def empty(kind: str) -> Values:
    """What stands for nothing in a member of this type."""
    if kind.endswith("[]"):
        return EMPTY["list"]
    return EMPTY.get(kind, EMPTY["number"])


def leaf(kind: str) -> Values:
    """A value of a documented type, or nothing of it."""
    if kind.endswith("[]"):
        return st.lists(TYPES[kind.removesuffix("[]")], max_size=3) | empty(kind)
    return TYPES[kind] | empty(kind)


def body(shape: Shape, must: Mapping[str, Values], path: str = "") -> Values:
    """A body of the documented shape with some, all or none of its optional members.

    `must` has the strategies of members that need their own; those marked "!" are always there.
    Members the reference does not know are drawn too: real replies carry more (reference).
    """
    needed, perhaps = _members(shape, must, path, full=False)
    some = st.fixed_dictionaries(needed, optional=perhaps)
    return some | whole(shape, must, path) | st.fixed_dictionaries(needed)


def whole(shape: Shape, must: Mapping[str, Values], path: str = "") -> Values:
    """A body of the documented shape that has everything, all the way down."""
    needed, perhaps = _members(shape, must, path, full=True)
    return st.fixed_dictionaries(needed | perhaps)


def _members(
    shape: Shape, must: Mapping[str, Values], path: str, *, full: bool
) -> tuple[dict[str, Values], dict[str, Values]]:
    needed, perhaps = {}, {"something_new": odd}
    for name in {*shape, *_beside(must, path)} - {"@"}:
        place = f"{path}{name}"
        if f"{place}!" in must:
            needed[name] = must[f"{place}!"]
        elif place in must:
            perhaps[name] = must[place]
        else:
            perhaps[name] = member(shape[name], must, place, full=full)
    return needed, perhaps


def _beside(must: Mapping[str, Values], path: str) -> set[str]:
    own = (place.removesuffix("!") for place in must if place.startswith(path))
    return {name for place in own if "." not in (name := place.removeprefix(path))}


def member(kind: str | Shape, must: Mapping[str, Values], place: str, *, full: bool) -> Values:
    """A member of a body: a scalar, an object or a list of objects."""
    if isinstance(kind, str):
        return leaf(kind.removesuffix("!"))
    inner = (whole if full else body)(kind, must, f"{place}.")
    many = kind["@"] == "object[]"
    told = st.lists(inner, min_size=1, max_size=1 if full else 2) if many else inner
    return told if full else told | empty("list" if many else "object")


def words(known: Iterable[str]) -> Values:
    """A word that is known, a new one, or none."""
    return st.sampled_from(sorted(known)) | texts | st.none()


moments = st.integers(1, LATEST)
ids = st.integers(1, 2**63 - 1)
dong = st.integers(0, 10**12) | st.integers(0, 10**12).map(float)
counts = st.integers(0, 100) | st.none() | st.just("")
places = texts | st.lists(texts, max_size=2) | st.none()


def inside(endpoint: str, *way: str) -> Shape:
    """The documented shape of what an endpoint answers, below its envelope."""
    shape: Shape = REFERENCE[f"v2.{endpoint}"]["response"]
    for name in way:
        shape = shape[name]
    return shape


ORDERS = (
    inside("order.get_order_detail", "response", "order_list"),
    {
        "order_sn!": st.just("261122V9H3CBKE"),
        "create_time!": moments,
        "update_time!": moments,
        "currency": st.sampled_from(["VND", "", None]),
        "order_status": words(ORDER_STATUS),
        "total_amount": dong | st.none(),
        "item_list.item_id!": ids,
        "item_list.model_quantity_purchased!": st.integers(0, 1000),
        "item_list.model_original_price!": dong | st.none(),
        "item_list.model_discounted_price!": dong | st.none(),
        "item_list.product_location_id": places,
        "item_list.promotion_id": TYPES["uint64"],
        "package_list.logistics_status": words(PACKAGE_STATUS),
        "package_list.tracking_number": texts,  # seen on the wire, not in the reference
        "package_list.parcel_chargeable_weight_gram": st.integers(0, 10**6),
        "package_list.item_list.product_location_id": places,
    },
)

STOCK_TEXT = st.integers(0, 10**6).map(str)

ITEM = inside("product.get_item_base_info", "response", "item_list")
STRAYED = {
    # The tables list these beside the rows, the wire has them in each (reference, corrections).
    name: inside("product.get_item_base_info", "response", name)
    if name in REFERENCE["v2.product.get_item_base_info"]["response"]["response"]
    else inside("product.get_item_base_info", name)
    for name in ("complaint_policy", "tax_info", "description_info", "stock_info_v2")
}
PRICE = {
    "original_price!": dong,
    "current_price": dong | st.none() | st.just(""),
    "currency": st.sampled_from(["VND", "", None]),
}
ITEMS = (
    {**ITEM, **STRAYED, "description_type": "string"},
    {
        "item_id!": st.just(25100998812),
        "has_model": st.just(False) | st.none(),
        "item_status": words(ITEM_STATUS),
        "price_info!": st.lists(
            whole(ITEM["price_info"], PRICE) | body(ITEM["price_info"], PRICE),
            min_size=1,
            max_size=2,
        ),
        "stock_info_v2.shopee_stock.stock": STOCK_TEXT | st.integers(0, 10**6),
    },
)

MODEL = inside("product.get_model_list", "response", "model")
TIERS = [
    {"name": "Màu", "option_list": [{"option": "Đen"}, {"option": "Trắng"}]},
    {"name": "Cỡ", "option_list": [{"option": "L"}]},
]
MODELS = st.lists(
    body(
        MODEL,
        {
            "model_id!": ids,
            "tier_index": st.lists(st.just(0), max_size=2) | st.none(),
            "price_info!": st.lists(
                body(MODEL["price_info"], PRICE),
                min_size=1,
                max_size=2,
            ),
            "stock_info_v2.shopee_stock.stock": STOCK_TEXT,
        },
    ),
    max_size=3,
)

RETURNS = (
    inside("returns.get_return_detail", "response"),
    {
        "return_sn!": st.just("2611130Q7KDV4XB"),
        "create_time!": moments,
        "update_time!": moments,
        "currency": st.sampled_from(["VND", "", None]),
        "status": words(RETURN_STATUS),
        "refund_amount!": dong | st.none() | st.just(""),
        "item.refund_amount": dong | st.none(),
        "item.amount": counts,
        "logistics_status": words(REVERSE_STATUS),
        "reverse_logistics_status": words(REVERSE_STATUS),
        "reverse_logistic_status": words(REVERSE_STATUS),
        "reverse_logistic_channel_name": texts,
        "return_solution": st.sampled_from([0, 1, "RETURN_REFUND", "REFUND", "", None]),
        "negotiation_status": texts,
        "seller_proof_status": texts,
        "seller_compensation_status": texts,
    },
)

INCOME = inside("payment.get_escrow_detail", "response", "order_income")
FEES = st.fixed_dictionaries(
    {}, optional={name: wholes | wholes.map(float) | st.none() for name in FORMULA}
)
CORRECTIONS = st.lists(
    body(
        INCOME["order_adjustment"],
        {"amount!": wholes, "currency": st.sampled_from(["VND", "", None])},
    ),
    max_size=3,
)
FIGURES = {
    "escrow_amount",
    "escrow_amount_after_adjustment",
    "total_adjustment_amount",
    "order_adjustment",
}
REST = body(
    {name: kind for name, kind in INCOME.items() if name not in {*FORMULA, *FIGURES}},
    {
        # Both are told for cross-border affiliates only, whose parts need not add up (5.3).
        "pri_currency": EMPTY["string"],
        "aff_currency": st.sampled_from(["VND", "", None]),
        "tenure_info_list": st.lists(st.just({"payment_channel_name": "x"}), max_size=1),
    },
)


@st.composite
def escrows(draw: st.DrawFn) -> tuple[dict[str, Any], int]:
    """An escrow whose figures add up, told in any of the documented ways, and what it comes to."""
    fees, corrections = draw(FEES), draw(CORRECTIONS)
    income = {**draw(REST), **fees}
    amount = sum(int(fees.get(name) or 0) * sign for name, (sign, _) in FORMULA.items())
    later = sum(int(row["amount"]) for row in corrections)
    figures = {
        "escrow_amount": amount,
        "escrow_amount_after_adjustment": amount + later,
        "total_adjustment_amount": later,
    }
    told = draw(st.sets(st.sampled_from(sorted(figures)), max_size=3))
    told |= {"escrow_amount"} if not told & {*list(figures)[:2]} else set()
    income |= {name: figures[name] for name in told}
    if corrections or draw(st.booleans()):
        income["order_adjustment"] = corrections
    payload = draw(body(inside("payment.get_escrow_detail", "response"), {
        "order_sn!": st.just("261122V9H3CBKE"), "order_income!": st.just(income),
    }))  # fmt: skip
    return payload, amount + later


WALLET = (
    inside("payment.get_wallet_transaction_list", "response", "transaction_list"),
    {
        "amount!": wholes,
        "current_balance!": wholes,
        "create_time!": st.integers(1795300000, 1795300000 + 86_399),
        "order_sn": st.just("") | st.none(),
        "withdrawal_id": st.integers(0, 2**63 - 1) | texts | st.none(),
    },
)

WAREHOUSES = st.lists(body(inside("shop.get_warehouse_detail", "response"), {}), max_size=3)
SHOP = body({**REFERENCE["v2.shop.get_shop_info"]["response"]}, {"error": st.just("")})


# Pushes

PUSH_MEMBERS = names(
    """
    verify_info authorize_type extra success shop_id shop_id_list main_account_id merchant_id
    merchant_id_list authorization_expire_time user_id user_id_list shopid ordersn order_sn
    status completed_scenario items update_time package_number tracking_no forder_id actions
    item_id variation_id model_id action promotion_id promotion_type changed_values start_time
    end_time reserved_stock video_upload_id shop_expire_soon merchant_expire_soon
    user_expire_soon expire_before page_no total_page item_name item_status deboost
    item_status_details deboost_details update_field old_value new_value booking_sn
    booking_status tracking_number action_type points_issued_data points_removed_data
    tier_update_data return_sn updated_values fulfillment_status binding_id
    first_mile_tracking_number changed_fields old new
    """
)

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**400), 10**400) | st.floats() | texts
    | st.integers(0, LATEST).map(str) | st.just("9" * 5000) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
PUSHES = st.fixed_dictionaries(
    {
        "code": st.integers(0, 50) | st.integers(0, 50).map(str) | anything,
        "data": st.fixed_dictionaries({}, optional=dict.fromkeys(PUSH_MEMBERS, anything))
        | anything,
    },
    optional=dict.fromkeys(("msg_id", "shop_id", "partner_id", "timestamp"), anything),
)
