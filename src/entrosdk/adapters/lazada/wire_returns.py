"""Bodies of reverse orders as Lazada sends them (fact book section 6.1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar

from pydantic import AliasChoices, Field

from entrosdk.adapters.lazada.wire import Envelope, Many, MaybeSum, Part, Yes
from entrosdk.adapters.lazada.words import OFC_STATUS, REVERSE_STATUS
from entrosdk.spi.wire import Count, Id, Rows, Text, WireModel, names

__all__ = ["RETURNS", "Line", "Product", "Return", "ReturnReply", "ReturnsPage"]


class Product(WireModel):
    """What a line is about; the two calls name the SKU differently."""

    product_id: Text = ""
    sku: Text = Field(default="", validation_alias=AliasChoices("product_sku", "sku"))


class Line(WireModel):
    """One unit that comes back; `refund_amount` is in cents, in Vietnam in dong (quirk 23)."""

    known: ClassVar[frozenset[str]] = names(
        "item_unit_price trade_order_gmt_create platform_sku_id reason_code refund_payment_method "
        "whqc_decision receiver_address is_dispute is_need_refund buyer trade_order_line_id"
    )
    words: ClassVar[Mapping[str, Collection[str]]] = {
        "reverse_status": REVERSE_STATUS,
        "ofc_status": OFC_STATUS,
    }

    reverse_order_line_id: Text = ""
    reverse_status: Text = ""
    ofc_status: Text = ""
    refund_amount: MaybeSum = None
    reason_text: Text = ""
    tracking_number: Text = ""
    return_order_line_gmt_create: Count = 0
    return_order_line_gmt_modified: Count = 0
    sla: Count = 0
    seller_sku_id: Text = ""
    product: Part[Product] = Field(
        default=Product(), validation_alias=AliasChoices("product", "productDTO")
    )


class Return(WireModel):
    """A reverse order, as listed or in detail: the key of its lines differs."""

    known: ClassVar[frozenset[str]] = frozenset({"shipping_type"})
    words: ClassVar[Mapping[str, Collection[str]]] = {
        "request_type": {"CANCEL", "RETURN", "ONLY_REFUND"}
    }

    reverse_order_id: Id
    trade_order_id: Text = ""
    request_type: Text = ""
    is_rtm: Yes = False
    lines: Many[Line] = Field(
        default=(),
        validation_alias=AliasChoices("reverse_order_lines", "reverseOrderLineDTOList"),
    )


class ReturnsBody(WireModel):
    """The result of /reverse/getreverseordersforseller."""

    known: ClassVar[frozenset[str]] = names(
        "success page_no page_size error_code error_msg errorCode errorMsg"
    )

    total: Count = 0
    items: Many[Return] = ()


class ReturnsPage(Envelope):
    """The reply of /reverse/getreverseordersforseller."""

    result: Part[ReturnsBody] = ReturnsBody()


class ReturnReply(Envelope):
    """The reply of /order/reverse/return/detail/list."""

    data: Return


RETURNS = Rows(ReturnsPage, "result.items", Return, "reverse_order_id")
