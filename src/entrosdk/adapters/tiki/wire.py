"""Bodies of orders, the shop and tokens as Tiki sends them (fact book sections 1.4, 3.3, 8).

Only what we read is modelled; other keys of the book are listed as known, kept, and reachable as
attributes of the same name.
Types drift: numbers come as text, absent values as null, empty text or not at all (quirk 10).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import ClassVar

from entrosdk.adapters.tiki.fees import FEES
from entrosdk.adapters.tiki.wire_scalars import Moment, When
from entrosdk.adapters.tiki.words import CONFIRMATION, FULFILMENT, INVENTORY, ORDER_STATUS
from entrosdk.spi.wire import (
    Amount,
    Count,
    Flag,
    Id,
    Many,
    Maybe,
    MaybeAmount,
    Rows,
    Text,
    WireModel,
    names,
)

__all__ = [
    "ORDERS",
    "Address",
    "Confirmation",
    "Fee",
    "IncomeDetail",
    "Invoice",
    "Item",
    "Order",
    "OrdersPage",
    "Paging",
    "Seller",
    "Shipping",
    "Tokens",
    "Warehouse",
    "WarehousesPage",
]

_NOTHING = Decimal(0)


class Paging(WireModel):
    """Where a page stands; `from` and `to` count from 1 for orders and from 0 for products."""

    known: ClassVar[frozenset[str]] = names("per_page from to")

    total: Count = 0
    current_page: Count = 0
    last_page: Count = 0


# Money of an order line


class Fee(WireModel):
    """A fee; charges are negative (section 3.3.1)."""

    known: ClassVar[frozenset[str]] = names(
        "id fee_type_name status quantity base_amount total_amount discount_amount"
    )
    words: ClassVar[Mapping[str, Collection[str]]] = {"fee_type_key": FEES}

    fee_type_key: Text = ""
    final_amount: Amount


class ShippingDiscount(WireModel):
    """Who pays for a line's shipping."""

    known: ClassVar[frozenset[str]] = names("sellerDiscount fee_amount qty apply_discount")

    seller_subsidy: Amount = _NOTHING
    tiki_subsidy: Amount = _NOTHING


class CouponDiscount(WireModel):
    """Who pays for a line's coupons."""

    known: ClassVar[frozenset[str]] = names("platform_discount total_discount")

    seller_discount: Amount = _NOTHING


class IncomeDiscount(WireModel):
    """The discounts of a line by who pays for them."""

    known: ClassVar[frozenset[str]] = names("discount_tikixu")

    discount_shipping_fee: Maybe[ShippingDiscount] = None
    discount_coupon: Maybe[CouponDiscount] = None


class IncomeDetail(WireModel):
    """How a line's income comes about (sections 3.3.1 and 3.3.2)."""

    item_price: Amount = _NOTHING
    item_qty: Count = 0
    shipping_fee: Amount = _NOTHING
    seller_fees: Many[Fee] = ()
    sub_total: MaybeAmount = None
    seller_income: MaybeAmount = None
    discount: Maybe[IncomeDiscount] = None


# Orders


class Product(WireModel):
    """What was bought; `seller_product_code` is often empty (quirk 4)."""

    known: ClassVar[frozenset[str]] = names(
        "type super_id master_id sku catalog_group_name imeis serial_numbers seller_supply_method"
    )
    words: ClassVar[Mapping[str, Collection[str]]] = {"inventory_type": INVENTORY}

    id: Id
    name: Text = ""
    inventory_type: Text = ""
    thumbnail: Text = ""
    seller_product_code: Text = ""


class Confirmation(WireModel):
    """Whether the seller has the goods, and until when to say so."""

    known: ClassVar[frozenset[str]] = names("histories confirmed_at")
    words: ClassVar[Mapping[str, Collection[str]]] = {"status": CONFIRMATION}

    status: Text = ""
    available_confirm_sla: When = None
    pickup_confirm_sla: When = None


class ItemInvoice(WireModel):
    """What the buyer pays for a line."""

    known: ClassVar[frozenset[str]] = names(
        "price quantity row_total discount_tikixu discount_promotion discount_percent "
        "discount_other discount_tikier discount_tiki_first discount_data is_taxable fob_price"
    )

    subtotal: MaybeAmount = None
    discount_amount: Amount = _NOTHING
    discount_coupon: Amount = _NOTHING
    is_seller_discount_coupon: Flag = False
    seller_fee: MaybeAmount = None
    seller_income: MaybeAmount = None
    fees: Many[Fee] = ()


class Item(WireModel):
    """A line of an order (section 3.3.1)."""

    known: ClassVar[frozenset[str]] = names(
        "seller parent_item_id fulfilled_at is_virtual is_ebook is_bookcare is_free_gift "
        "is_fulfilled backend_id applied_rule_ids inventory_requisition inventory_withdrawals "
        "seller_inventory_name"
    )

    id: Id
    product: Product
    confirmation: Maybe[Confirmation] = None
    price: Amount
    qty: int
    invoice: Maybe[ItemInvoice] = None
    seller_inventory_id: Text = ""
    seller_income_detail: Maybe[IncomeDetail] = None


class Address(WireModel):
    """Where an order goes; phone and email are empty where Tiki delivers (quirk 5)."""

    known: ClassVar[frozenset[str]] = names(
        "ward_tiki_code district_tiki_code region_tiki_code country email"
    )

    full_name: Text = ""
    street: Text = ""
    ward: Text = ""
    district: Text = ""
    region: Text = ""
    country_id: Text = ""
    phone: Text = ""


class ShippingDetail(WireModel):
    """The parcel at its carrier."""

    known: ClassVar[frozenset[str]] = names(
        "client_order_id shipping_fee service_code timestamp reason_code driver tracking_url"
    )

    tracking_id: Text = ""
    partner_code: Text = ""
    status: Text = ""


class Shipping(WireModel):
    """How an order travels (section 3.3.3)."""

    known: ClassVar[frozenset[str]] = names(
        "partner_id pickup_shipping_code pickup_partner_code return_shipping_code "
        "return_partner_code delivery_partner_code plan"
    )

    partner_name: Text = ""
    tracking_code: Text = ""
    delivery_shipping_code: Text = ""
    status: Text = ""
    address: Maybe[Address] = None
    shipping_detail: Maybe[ShippingDetail] = None


class Delivery(WireModel):
    """Whether an order arrived."""

    known: ClassVar[frozenset[str]] = names(
        "delivery_confirmed delivery_confirmed_by_customer delivery_confirmed_by_customer_at "
        "delivery_note delivery_confirmation"
    )

    delivery_confirmed_at: When = None


class Payment(WireModel):
    """How an order is paid; `status` says success even for unpaid cash on delivery (section 5)."""

    known: ClassVar[frozenset[str]] = names("status description")

    method: Text = ""
    is_prepaid: Flag = False


class Invoice(WireModel):
    """The sums of an order (section 3.3.2)."""

    known: ClassVar[frozenset[str]] = names(
        "items_count items_quantity collectible_amount discount_amount discount_tikixu "
        "discount_promotion discount_percent discount_coupon discount_other gift_card_amount "
        "gift_card_code coupon_code shipping_discount_amount handling_fee other_fee "
        "total_seller_fee tax_info"
    )

    subtotal: MaybeAmount = None
    grand_total: MaybeAmount = None
    shipping_amount_after_discount: MaybeAmount = None
    total_seller_income: MaybeAmount = None
    purchased_at: When = None


class CancelInfo(WireModel):
    """Why an order was cancelled; the time may be null (quirk 11)."""

    known: ClassVar[frozenset[str]] = names("comment canceled_at")

    reason_code: Text = ""
    reason_text: Text = ""


class History(WireModel):
    """A status an order reached."""

    known: ClassVar[frozenset[str]] = frozenset({"id"})

    status: Text = ""
    created_at: When = None


class Place(WireModel):
    """The seller's warehouse of an order."""

    known: ClassVar[frozenset[str]] = names(
        "name code contact_name contact_phone street owner warehouse_type region_code region_id "
        "region_name district_code district_id district_name ward_code ward_id ward_name "
        "country_code longitude latitude active"
    )

    id: Text = ""


class TikiPlace(WireModel):
    """Tiki's warehouse of an order; its code finds the seller's own."""

    known: ClassVar[frozenset[str]] = frozenset({"id", "name"})

    code: Text = ""


class Customer(WireModel):
    """The buyer."""

    known: ClassVar[frozenset[str]] = frozenset({"full_name"})

    id: Text = ""


class Order(WireModel):
    """An order; list and detail have one shape (sections 3.3 and 3.6)."""

    known: ClassVar[frozenset[str]] = names(
        "id billing_address has_backorder_items is_rma is_vat_exporting "
        "is_virtual is_bookcare is_flower_gift dropship_already relation_code parent_code "
        "original_code linked_code siblings children boxes labels shipment_mappings "
        "state_histories shipment_status_histories main_state main_state_text "
        "main_state_text_en main_substate main_substate_text main_substate_text_en state "
        "substate multiseller_confirmation inventory_status type platform backend_id "
        "tikixu_point_earning applied_rule_ids installment_info rma_info store"
    )
    words: ClassVar[Mapping[str, Collection[str]]] = {
        "status": ORDER_STATUS,
        "fulfillment_type": FULFILMENT,
    }

    code: Id
    fulfillment_type: Text = ""
    status: Text = ""
    items: Many[Item] = ()
    status_histories: Many[History] = ()
    created_at: Moment
    updated_at: Moment
    invoice: Maybe[Invoice] = None
    payment: Maybe[Payment] = None
    shipping: Maybe[Shipping] = None
    customer: Maybe[Customer] = None
    delivery: Maybe[Delivery] = None
    seller_warehouse: Maybe[Place] = None
    tiki_warehouse: Maybe[TikiPlace] = None
    cancel_info: Maybe[CancelInfo] = None


class OrdersPage(WireModel):
    """A page of orders."""

    data: Many[Order]
    paging: Paging


ORDERS = Rows(OrdersPage, "data", Order, "code", deferred=True)


# The shop


class Seller(WireModel):
    """The seller behind a token (section 8)."""

    known: ClassVar[frozenset[str]] = names("logo can_update_product live_at")

    id: Id
    sid: Text = ""
    name: Text = ""
    active: Flag = False
    registration_status: Text = ""
    operation_models: Many[Text] = ()


class Area(WireModel):
    """A country, region, district or ward."""

    known: ClassVar[frozenset[str]] = frozenset({"code"})

    name: Text = ""


class Warehouse(WireModel):
    """A row of the seller's warehouses; `type` 1 supplies Tiki, 0 takes returns (section 8)."""

    known: ClassVar[frozenset[str]] = names("seller_id status street country district ward")

    id: Id
    name: Text = ""
    is_primary: Flag = False
    type: Text = ""
    region: Maybe[Area] = None


class WarehousesPage(WireModel):
    """A page of warehouses."""

    data: Many[Warehouse]
    paging: Maybe[Paging] = None


class Tokens(WireModel):
    """The reply of the token call (section 1.4)."""

    known: ClassVar[frozenset[str]] = names("token_type id_token")

    access_token: str
    refresh_token: Text = ""
    expires_in: Count = 0
    scope: Text = ""
