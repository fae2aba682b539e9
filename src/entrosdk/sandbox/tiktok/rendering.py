"""Orders, packages and returns as TikTok Shop prints them (book 3.3-3.7, 3.9, 6.1)."""

from __future__ import annotations

from typing import Any

from entrosdk.sandbox.orders import DAY, HOUR, Line, Order, Return, ReturnStage, Stage
from entrosdk.sandbox.people import Buyer
from entrosdk.sandbox.tiktok.money import Unit, units
from entrosdk.sandbox.tiktok.words import package_status, return_status, status

__all__ = ["CARRIER", "WAREHOUSE", "order_body", "package_body", "price_detail", "return_body"]

WAREHOUSE = "7388102946610227010"
CARRIER = ("6841743441349706241", "J&T Express")
_OPTION = ("7091147003148174085", "Standard shipping")
_BEFORE_SHIPPING = {Stage.UNPAID, Stage.ON_HOLD}


def order_body(order: Order, *, masking: bool) -> dict[str, Any]:
    """Print an order; keys without a value are left out (2.1)."""
    body: dict[str, Any] = {
        "buyer_email": f"v4b{order.id}@scs2.tiktok.example",
        "buyer_message": order.note,
        "cancel_order_sla_time": order.created + 4 * DAY,
        "commerce_platform": "TIKTOK_SHOP",
        "create_time": order.created,
        "delivery_option_id": _OPTION[0],
        "delivery_option_name": _OPTION[1],
        "delivery_type": "HOME_DELIVERY",
        "fulfillment_priority_level": 600,
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "has_updated_recipient_address": False,
        "id": order.id,
        "is_cod": order.cod,
        "is_on_hold_order": False,
        "is_replacement_order": False,
        "is_sample_order": False,
        "line_items": [_line(order, unit) for unit in units(order)],
        "order_type": "NORMAL",
        "packages": [{"id": order.package}],
        "payment": _payment(order),
        "payment_method_name": "Cash on delivery" if order.cod else "MoMo",
        "recipient_address": _address(order, masking=masking),
        "rts_sla_time": order.ship_by,
        "shipping_type": "TIKTOK",
        "status": status(order),
        "tts_sla_time": order.ship_by + DAY,
        "update_time": order.updated,
        "user_id": str(7_495_220_000_000_000_000 + order.buyer.id),
        "warehouse_id": WAREHOUSE,
    }
    return body | _moments(order) | _carrier(order) | _ending(order)


def _moments(order: Order) -> dict[str, int]:
    told = {
        "paid_time": order.paid,
        "collection_time": order.picked_up,
        "delivery_time": order.delivered,
        "request_cancel_time": order.asked_cancel,
    }
    return {name: at for name, at in told.items() if at}


def _carrier(order: Order) -> dict[str, str]:
    """The number comes with the shipment, not before (quirk 20)."""
    if not order.tracked:
        return {}
    names = {"shipping_provider_id": CARRIER[0], "shipping_provider": CARRIER[1]}
    return {**names, "tracking_number": order.tracking}


def _ending(order: Order) -> dict[str, Any]:
    if order.stage is Stage.CANCELLING:
        return {"is_buyer_request_cancel": True}
    if order.stage is not Stage.CANCELLED:
        return {}
    return {
        "cancel_reason": order.cancel_reason,
        "cancel_time": order.updated,
        "cancellation_initiator": order.cancelled_by.upper(),
    }


def _line(order: Order, unit: Unit) -> dict[str, Any]:
    line, variant = unit.line, unit.line.variant
    shown = status(order)
    body: dict[str, Any] = {
        "currency": "VND",
        "display_status": "UNPAID" if order.stage in _BEFORE_SHIPPING else shown,
        "gift_retail_price": "0",
        "id": unit.id,
        "is_dangerous_good": False,
        "is_gift": False,
        "needs_prescription": False,
        "original_price": str(line.list_price),
        "package_id": order.package,
        "package_status": package_status(order),
        "platform_discount": str(unit.platform_discount),
        "product_id": str(line.product.id),
        "product_name": line.product.title,
        "sale_price": str(unit.sale_price),
        "seller_discount": str(unit.seller_discount),
        "seller_sku": variant.sku,
        "sku_id": str(variant.id),
        "sku_image": f"https://p16-oec-sg.example-cdn.test/demo-{line.product.id}.jpeg",
        "sku_name": _sku_name(line) or "Mặc định",
        "sku_type": "NORMAL",
    }
    if order.tracked:
        names = {"shipping_provider_id": CARRIER[0], "shipping_provider_name": CARRIER[1]}
        body |= {**names, "tracking_number": order.tracking}
    if order.stage is Stage.CANCELLED:
        body |= {"cancel_reason": order.cancel_reason, "cancel_user": order.cancelled_by.upper()}
    return body


def _sku_name(line: Line) -> str:
    tiers = zip(line.product.tiers, line.variant.options, strict=True)
    return ", ".join(options[at] for (_, options), at in tiers)


def _payment(order: Order) -> dict[str, str]:
    bought = units(order)
    figures = {
        "original_shipping_fee": order.carrier_shipping,
        "original_total_product_price": sum(unit.line.list_price for unit in bought),
        "platform_discount": sum(unit.platform_discount for unit in bought),
        "seller_discount": sum(unit.seller_discount for unit in bought),
        "shipping_fee": order.buyer_shipping,
        "shipping_fee_cofunded_discount": 0,
        "shipping_fee_platform_discount": order.carrier_shipping - order.buyer_shipping,
        "shipping_fee_seller_discount": 0,
        "sub_total": sum(unit.sale_price for unit in bought),
        "tax": 0,
        "total_amount": order.total,
    }
    return {"currency": "VND", **{name: str(amount) for name, amount in figures.items()}}


def price_detail(order: Order) -> dict[str, Any]:
    """Print what the vouchers were (3.8): sums of the order only."""
    told = _payment(order)
    return {
        "currency": "VND",
        "total": str(int(told["original_total_product_price"]) + order.carrier_shipping),
        "payment": told["total_amount"],
        "sku_list_price": told["original_total_product_price"],
        "sku_sale_price": told["sub_total"],
        "subtotal": told["sub_total"],
        "subtotal_deduction_seller": told["seller_discount"],
        "subtotal_deduction_platform": told["platform_discount"],
        "voucher_deduction_seller": str(order.seller_voucher),
        "voucher_deduction_platform": str(order.platform_voucher + order.coins),
        "shipping_list_price": told["original_shipping_fee"],
        "shipping_sale_price": told["shipping_fee"],
        "shipping_fee_deduction_platform": told["shipping_fee_platform_discount"],
        "cod_fee": "0",
        "line_items": [],
    }


# Addresses


def _address(order: Order, *, masking: bool) -> dict[str, Any]:
    blank: dict[str, Any] = dict.fromkeys(
        ("address_detail", "full_address", "name", "first_name", "last_name", "phone_number"), ""
    )
    rest = {"postal_code": "", "delivery_preferences": {"drop_off_location": ""}}
    if order.stage is Stage.CANCELLED:  # blanked at the end (3.7)
        return {**blank, **rest, "region_code": ""}
    told: dict[str, Any] = {
        **blank,
        **rest,
        "region_code": "VN",
        **_person(order.buyer, masking=masking),
    }
    if order.stage not in _BEFORE_SHIPPING:
        told["district_info"] = _levels(order.buyer)
    return told


def _person(buyer: Buyer, *, masking: bool) -> dict[str, str]:
    levels = ", ".join(place for place in (buyer.province, buyer.district, buyer.ward) if place)
    hide = _stars if masking else str
    number = buyer.phone.removeprefix("84")
    shown = f"(+84){number[:2]}*****{number[-2:]}" if masking else f"(+84){number}"
    street = hide(buyer.street)
    return {
        "name": hide(buyer.name),
        "first_name": hide(buyer.name),
        "phone_number": shown,
        "address_detail": street,
        "full_address": f"Vietnam, {levels}, {street}",
    }


def _stars(text: str) -> str:
    return " ".join(f"{word[0]}***" for word in text.split())


def _levels(buyer: Buyer) -> list[dict[str, str]]:
    rows = [
        ("L0", "Country", "Vietnam"),
        ("L1", "Province", buyer.province),
        ("L2", "District", buyer.district),
        ("L3", "Commune", buyer.ward),
    ]
    return [
        {"address_level": level, "address_level_name": name, "address_name": place}
        for level, name, place in rows
        if place
    ]


# Packages


def package_body(order: Order, *, masking: bool) -> dict[str, Any]:
    """Print a package (3.9)."""
    bought = units(order)
    body: dict[str, Any] = {
        "package_id": order.package,
        "create_time": order.created,
        "update_time": order.updated,
        "delivery_option_id": _OPTION[0],
        "delivery_option_name": _OPTION[1],
        "order_line_item_ids": [unit.id for unit in bought],
        "orders": [
            {
                "id": order.id,
                "skus": [
                    {
                        "id": str(line.variant.id),
                        "name": line.product.title,
                        "quantity": line.quantity,
                    }
                    for line in order.lines
                ],
            }
        ],
        "package_status": package_status(order),
        "has_multi_skus": len(order.lines) > 1,
        "split_and_combine_tag": "DEFAULT",
        "shipping_type": "TIKTOK",
        "recipient_address": _address(order, masking=masking),
        "warehouse_id": WAREHOUSE,
    }
    if order.tracked:
        names = {"shipping_provider_id": CARRIER[0], "shipping_provider_name": CARRIER[1]}
        body |= {**names, "tracking_number": order.tracking}
    return body


# Returns

_RETURN_REASONS = {
    "ITEM_DAMAGED": "damaged",
    "WRONG_ITEM": "wrong_product",
    "DIFF_DESC": "not_match_description",
    "NOT_RECEIPT": "not_received",
}


def return_body(returned: Return) -> dict[str, Any]:
    """Print a return."""
    line, back = returned.line, returned.goods_back
    start = "refund_and_return_reason" if back else "refund_reason"
    word = _RETURN_REASONS[returned.reason]
    lines = [unit for unit in units(returned.order) if unit.line is line]
    shares = _shares(returned)
    body: dict[str, Any] = {
        "return_id": returned.id,
        "order_id": returned.order.id,
        "return_type": "RETURN_AND_REFUND" if back else "REFUND",
        "return_status": return_status(returned),
        "return_reason": f"ecom_order_delivered_{start}_{word}",
        "return_reason_text": word.replace("_", " "),
        "role": "BUYER",
        "combined_return_id": "0",
        "is_combined_return": False,
        "is_quick_refund": False,
        "create_time": returned.created,
        "update_time": returned.updated,
        "refund_amount": _refund(returned.refund),
        "discount_amount": [],
        "shipping_fee_amount": [],
        "return_line_items": [
            {
                "return_line_item_id": str(int(returned.id) + place + 1),
                "order_line_item_id": unit.id,
                "product_name": line.product.title,
                "seller_sku": line.variant.sku,
                "sku_id": str(line.variant.id),
                "sku_name": line.product.title,
                "refund_amount": _refund(shares[place]),
            }
            for place, unit in enumerate(lines)
        ],
    }
    if back:
        body |= {"shipment_type": "PLATFORM", "return_method": "PLATFORM_SHIPPED"}
    if action := _action(returned):
        deadline = returned.updated + 48 * HOUR
        body["seller_next_action_response"] = [{"action": action, "deadline": deadline}]
    return body


def _shares(returned: Return) -> list[int]:
    each, rest = divmod(returned.refund, returned.quantity)
    return [each + (place < rest) for place in range(returned.quantity)]


def _refund(amount: int) -> dict[str, str]:
    return {
        "currency": "VND",
        "refund_shipping_fee": "0",
        "refund_subtotal": str(amount),
        "refund_tax": "0",
        "refund_total": str(amount),
    }


def _action(returned: Return) -> str:
    if returned.stage is ReturnStage.REQUESTED:
        return "SELLER_RESPOND_RETURN" if returned.goods_back else "SELLER_RESPOND_REFUND"
    shipped = return_status(returned) == "BUYER_SHIPPED_ITEM"
    return "SELLER_RESPOND_RECEIVE_PACKAGE" if shipped else ""
