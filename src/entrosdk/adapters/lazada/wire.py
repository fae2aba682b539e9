"""Bodies of tokens, orders and the shop as Lazada sends them (fact book sections 1.3, 3, 8).

Documents say that every value is text and the wire sends numbers, flags and nulls: all are
accepted for every id, count and amount (quirk 7).
Only what we read is modelled; other keys of the manual are listed as known, kept, and reachable
as attributes of the same name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, TypeVar

from attrs import field, frozen
from pydantic import AliasChoices, BeforeValidator, Field

from entrosdk.adapters.lazada.words import ROW_STATUS
from entrosdk.spi.wire import Count, Id, Rows, Text, WireModel, names

__all__ = [
    "ITEMS",
    "ORDERS",
    "Address",
    "Envelope",
    "Header",
    "ItemsPage",
    "Many",
    "Maybe",
    "MaybeSum",
    "OrderItems",
    "OrderReply",
    "OrdersPage",
    "Part",
    "Row",
    "Seller",
    "Shop",
    "Sum",
    "Tokens",
    "Warehouse",
    "WarehousesPage",
    "Whole",
    "Yes",
    "plain",
]

T = TypeVar("T")

_NOTHING: tuple[Any, ...] = (None, "", "null")
_NUMBER = re.compile(r"([+-]?[\d.,]+)\s*[A-Za-z]*")


def _nothing(value: Any) -> Any:
    return () if value in (*_NOTHING, {}) else value


def _absent(value: Any) -> Any:
    return None if value in (*_NOTHING, {}, []) else value


def _part(value: Any) -> Any:
    return {} if value in (*_NOTHING, []) else value


def _true(value: Any) -> bool:
    return value is True or value == 1 or (isinstance(value, str) and value.lower() in _TRUE)


_TRUE = {"true", "1", "yes"}

Yes = Annotated[bool, BeforeValidator(_true)]
"""A truth value in any of its dresses; whatever else comes means no."""

Many = Annotated[tuple[T, ...], BeforeValidator(_nothing)]
"""A list that may come as null, empty text or an empty object."""

Maybe = Annotated[T | None, BeforeValidator(_absent)]
"""An object that may come as null, empty text, an empty object or an empty list."""

Part = Annotated[T, BeforeValidator(_part)]
"""An object whose absence means one without members."""


def plain(value: Any) -> Any:
    """Strip what amounts carry around their digits: separators, a currency (quirk 22)."""
    if isinstance(value, str) and (found := _NUMBER.fullmatch(value.strip())):
        return found.group(1).replace(",", "")
    return value


def _amount(value: Any) -> Any:
    return 0 if value in _NOTHING else plain(value)


def _maybe_amount(value: Any) -> Any:
    return None if value in _NOTHING else plain(value)


Sum = Annotated[Decimal, BeforeValidator(_amount)]
"""Money in major units, perhaps as text with separators; null and empty text mean nothing."""

MaybeSum = Annotated[Decimal | None, BeforeValidator(_maybe_amount)]
"""The same, where null and empty text mean that nothing is said."""


class Envelope(WireModel):
    """What surrounds every payload (section 2.1)."""

    known: ClassVar[frozenset[str]] = names(
        "code request_id _trace_id_ type message msg detail success error_code error_msg"
    )


# Tokens


class Seller(WireModel):
    """A shop that a token is good for."""

    known: ClassVar[frozenset[str]] = frozenset({"user_id", "short_code"})

    country: Text = ""
    seller_id: Text = ""


def _sellers(value: Any) -> Any:
    """Read one seller, a list of them, or an object keyed by country (quirk 18)."""
    if not isinstance(value, dict):
        return _nothing(value)
    if not value or "seller_id" in value:
        return [value] if value else ()
    return [{"country": key, **one} for key, one in value.items() if isinstance(one, dict)]


class Tokens(Envelope):
    """The flat reply of the two token calls; the sellers have a name in each, and a third one."""

    known: ClassVar[frozenset[str]] = Envelope.known | names("account_platform account account_id")

    access_token: str
    refresh_token: Text = ""
    expires_in: Count = 0
    refresh_expires_in: Annotated[int | None, BeforeValidator(_absent)] = None
    country: Text = ""
    sellers: Annotated[tuple[Seller, ...], BeforeValidator(_sellers)] = Field(
        default=(),
        validation_alias=AliasChoices("country_user_info", "country_user_info_list", "user_info"),
    )


# Orders


class Address(WireModel):
    """Where an order goes; the district's name is misspelt in the list (section 3.4)."""

    known: ClassVar[frozenset[str]] = frozenset({"phone2", "address2"})

    first_name: Text = ""
    last_name: Text = ""
    phone: Text = ""
    address1: Text = ""
    address3: Text = ""
    address4: Text = ""
    address5: Text = ""
    district: Text = Field(
        default="", validation_alias=AliasChoices("addressDsitrict", "addressDistrict")
    )
    city: Text = ""
    post_code: Text = ""
    country: Text = ""


class Header(WireModel):
    """An order without its units (section 3.4)."""

    known: ClassVar[frozenset[str]] = names(
        "shipping_fee_original shipping_fee_discount_seller shipping_fee_discount_platform "
        "voucher_code address_updated_at customer_first_name customer_last_name address_billing "
        "gift_option gift_message delivery_info promised_shipping_times extra_attributes "
        "national_registration_number branch_number tax_code warehouse_code recipient_info "
        "need_cancel_confirm is_cancel_pending customer_email"
    )

    order_id: Id
    order_number: Text = ""
    price: MaybeSum = None
    shipping_fee: MaybeSum = None
    voucher: MaybeSum = None
    voucher_seller: MaybeSum = None
    voucher_platform: MaybeSum = None
    payment_method: Text = ""
    items_count: Count = 0
    statuses: Many[Text] = ()
    created_at: Text = ""
    updated_at: Text = ""
    address_shipping: Maybe[Address] = None
    buyer_note: Text = ""
    remarks: Text = ""


class OrdersBody(WireModel):
    """The payload of /orders/get."""

    known: ClassVar[frozenset[str]] = frozenset({"count"})

    countTotal: Count = 0  # noqa: N815 - theirs
    orders: Many[Header] = ()


class OrdersPage(Envelope):
    """The reply of /orders/get."""

    data: Part[OrdersBody] = OrdersBody()


class OrderReply(Envelope):
    """The reply of /order/get."""

    data: Header


class Row(WireModel):
    """One unit of an order: two equal pieces are two rows (quirk 1)."""

    known: ClassVar[frozenset[str]] = names(
        "voucher_amount voucher_seller_lpi voucher_platform_lpi voucher_code voucher_code_seller "
        "voucher_code_platform shipping_amount shipping_fee_original shipping_fee_discount_seller "
        "shipping_fee_discount_platform shipping_service_cost tax_amount wallet_credits variation "
        "reason_detail created_at updated_at promised_shipping_time tracking_code_pre "
        "shipping_type shipping_provider_type is_digital is_fbl is_reroute "
        "order_type stage_pay_status order_flag shop_id invoice_number purchase_order_id "
        "purchase_order_number digital_delivery_info product_detail_url extra_attributes "
        "fulfillment_sla priority_fulfillment_tag gift_wrapping show_gift_wrapping_tag "
        "show_giftwrapping_tag personalization show_personalization_tag supply_price "
        "supply_price_currency mp3_order semi_managed biz_group schedule_delivery_start_timeslot "
        "schedule_delivery_end_timeslot "
        "cancel_trigger_time can_escalate_pickup pick_up_store_info "
        "return_status order_id"
    )
    words: ClassVar[Mapping[str, Collection[str]]] = {"status": ROW_STATUS}

    order_item_id: Id
    name: Text = ""
    sku: Text = ""
    shop_sku: Text = ""
    sku_id: Text = ""
    product_id: Text = ""
    item_price: Sum = Decimal(0)
    paid_price: MaybeSum = None
    voucher_seller: Sum = Decimal(0)
    voucher_platform: Sum = Decimal(0)
    currency: Text = ""
    status: Text = ""
    reason: Text = ""
    cancel_return_initiator: Text = ""
    sla_time_stamp: Text = ""
    payment_time: Text = ""
    package_id: Text = ""
    tracking_code: Text = ""
    shipment_provider: Text = ""
    warehouse_code: Text = ""
    product_main_image: Text = ""
    buyer_id: Text = ""
    delivery_option_sof: Yes = False  # the seller delivers
    need_cancel_confirm: Yes = False
    is_cancel_pending: Yes = False
    reverse_order_id: Text = ""

    @property
    def asks_to_cancel(self) -> bool:
        """Whether a buyer's wish to cancel waits for the seller."""
        return self.need_cancel_confirm or self.is_cancel_pending


class OrderItems(WireModel):
    """The units of one order."""

    known: ClassVar[frozenset[str]] = frozenset({"order_number"})

    order_id: Id
    order_items: Many[Row] = ()


class ItemsPage(Envelope):
    """The reply of /orders/items/get, whose payload is a list."""

    data: Many[OrderItems] = ()


ORDERS = Rows(OrdersPage, "data.orders", Header, "order_id")
ITEMS = Rows(ItemsPage, "data", OrderItems, "order_id")


@frozen
class Whole:
    """An order as both of its calls tell it: the `source` of a domain order."""

    header: Header = field(repr=False)
    rows: tuple[Row, ...] = field(repr=False)


# The shop


class Shop(WireModel):
    """The payload of /seller/get."""

    known: ClassVar[frozenset[str]] = names(
        "short_code name_company email logo_url location cb verified marketplaceEaseMode"
    )

    seller_id: Text = ""
    name: Text = ""
    status: Text = ""


class ShopReply(Envelope):
    """The reply of /seller/get."""

    data: Shop


class Warehouse(WireModel):
    """A row of /seller/warehouse/get."""

    known: ClassVar[frozenset[str]] = names("detailAddress needToUpdate status")

    code: Id
    name: Text = ""
    defaultAddress: Yes = False  # noqa: N815 - theirs


class WarehousesBody(WireModel):
    """The result of /seller/warehouse/get."""

    known: ClassVar[frozenset[str]] = names("success error_code error_msg errorCode errorMsg")

    module: Many[Warehouse] = ()


class WarehousesPage(Envelope):
    """The reply of /seller/warehouse/get."""

    result: Part[WarehousesBody] = WarehousesBody()
