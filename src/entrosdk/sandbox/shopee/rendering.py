"""Orders and returns as Shopee prints them (book 3.3, 3.9, 6.1)."""

from __future__ import annotations

from typing import Any

from entrosdk.sandbox.http import compact
from entrosdk.sandbox.orders import Goods, Line, Order, Return, Stage
from entrosdk.sandbox.shopee.words import GOODS, PARCELS, return_status, status

__all__ = ["address", "order_body", "order_json", "package_body", "return_body"]

_PRINTS = 32  # of one variant: quantities and prices differ
_PAID_BY_WALLET = "ShopeePay Linked Bank Account"


def order_body(order: Order, wanted: frozenset[str], masking: str) -> dict[str, Any]:
    """Return an order with its default fields and those that were asked for."""
    asked = {name: value for name, value in _optional(order, masking).items() if name in wanted}
    if "edt" in wanted:
        asked |= {"edt_from": 0, "edt_to": 0}
    if "international_label" in wanted:
        asked["is_international"] = False
    if "item_list" in wanted:
        asked["item_list"] = [_item(line) for line in order.lines]
    return {**_always(order), **asked}


def order_json(order: Order, wanted: frozenset[str], masking: str) -> bytes:
    """Return the same as JSON; lines are half of it, and most were printed for other orders."""
    if "item_list" not in wanted:
        return compact(order_body(order, wanted, masking))
    body = compact(order_body(order, wanted - {"item_list"}, masking))
    lines = b",".join(map(_item_json, order.lines))
    return b"".join((body[:-1], b',"item_list":[', lines, b"]}"))


def _item_json(line: Line) -> bytes:
    product, prices = line.product, (line.list_price, line.unit_price)
    listing = (product.title, product.sku, product.tiers, product.grams)
    key = (line.quantity, prices, listing, line.variant.options, line.variant.sku)
    printed = line.variant.printed
    if key not in printed:
        if len(printed) >= _PRINTS:
            printed.clear()
        printed[key] = compact(_item(line))
    return printed[key]


def _always(order: Order) -> dict[str, Any]:
    held = {"pending_terms": ["SYSTEM_PENDING"]} if order.stage is Stage.ON_HOLD else {}
    return {
        **held,
        "order_sn": order.id,
        "region": "VN",
        "currency": "VND",
        "cod": order.cod,
        "order_status": status(order),
        "message_to_seller": order.note,
        "create_time": order.created,
        "update_time": order.updated,
        "days_to_ship": 2,
        "ship_by_date": order.ship_by if order.stage is not Stage.UNPAID else 0,
        "booking_sn": "",
        "reverse_shipping_fee": 0,
        "advance_package": False,
    }


def _optional(order: Order, masking: str) -> dict[str, Any]:
    shows_total = order.cod or order.paid
    cancelled = order.stage is Stage.CANCELLED
    told = cancelled or order.stage is Stage.CANCELLING
    by_buyer = order.cancelled_by == "buyer"
    body: dict[str, Any] = {
        "shipping_carrier": "SPX Express",
        "payment_method": "Cash on Delivery" if order.cod else _PAID_BY_WALLET,
        "estimated_shipping_fee": order.carrier_shipping,
        "actual_shipping_fee": order.carrier_shipping if order.picked_up else 0,
        "actual_shipping_fee_confirmed": bool(order.released),
        "buyer_user_id": order.buyer.id,
        "buyer_username": order.buyer.username,
        "recipient_address": address(order, masking),
        "goods_to_declare": False,
        "note": order.seller_note,
        "note_update_time": order.noted,
        "pay_time": order.paid or None,
        "dropshipper": None,
        "dropshipper_phone": None,
        "split_up": False,
        "buyer_cancel_reason": order.cancel_reason if by_buyer else "",
        "cancel_by": order.cancelled_by if cancelled else "",
        "cancel_reason": order.cancel_reason if told else "",
        "buyer_cpf_id": None,
        "fulfillment_flag": "fulfilled_by_local_seller",
        "pickup_done_time": order.picked_up,
        "package_list": [_package(order)] if order.stage is not Stage.UNPAID else [],
        "invoice_data": None,
        "order_chargeable_weight_gram": _weight(order),
        "return_request_due_date": None,
        "payment_info": [],
    }
    # Before payment a prepaid order shows no total; book 3.3, quirk 12.
    return {**body, "total_amount": order.total} if shows_total else body


def _item(line: Line) -> dict[str, Any]:
    product, variant = line.product, line.variant
    options = (
        names[index] for (_, names), index in zip(product.tiers, variant.options, strict=True)
    )
    on_offer = line.unit_price < line.list_price
    promotion = 788_120_034_512_897 if on_offer else 0
    return {
        "item_id": product.id,
        "item_name": product.title,
        "item_sku": product.sku,
        "model_id": variant.id,
        "model_name": ",".join(options),
        "model_sku": variant.sku if variant.id else "",
        "model_quantity_purchased": line.quantity,
        "model_original_price": line.list_price,
        "model_discounted_price": line.unit_price,
        "wholesale": False,
        "weight": product.grams / 1000,
        "add_on_deal": False,
        "main_item": False,
        "add_on_deal_id": 0,
        "promotion_type": "product_promotion" if on_offer else "",
        "promotion_id": promotion,
        "promotion_list": [{"promotion_type": "product_promotion", "promotion_id": promotion}]
        if on_offer
        else [],
        "order_item_id": product.id,
        "promotion_group_id": 0,
        "line_item_id": product.id * 10 + variant.id % 10,
        "image_info": {"image_url": f"https://cf.shopee.vn/file/vn-demo-{product.id}_tn"},
        "product_location_id": ["VNZ"],
        "is_prescription_item": False,
        "is_b2c_owned_item": False,
        "hot_listing_item": False,
    }


def _package(order: Order) -> dict[str, Any]:
    return {
        "package_number": order.package,
        "logistics_status": PARCELS[order.parcel],
        "logistics_channel_id": 50021,
        "shipping_carrier": "SPX Express",
        "allow_self_design_awb": True,
        "item_list": [
            {
                "item_id": line.product.id,
                "model_id": line.variant.id,
                "model_quantity": line.quantity,
                "order_item_id": line.product.id,
                "promotion_group_id": 0,
                "product_location_id": "VNZ",
            }
            for line in order.lines
        ],
        "parcel_chargeable_weight_gram": _weight(order),
        "group_shipment_id": 0,
        "sorting_group": "",
        "tracking_number": order.tracking if order.tracked else "",
    }


def package_body(order: Order, masking: str) -> dict[str, Any]:
    """Return a package as get_package_detail shows it."""
    package = _package(order)
    package["fulfillment_status"] = package.pop("logistics_status")
    return {
        **package,
        "order_sn": order.id,
        "update_time": order.updated,
        "days_to_ship": 2,
        "ship_by_date": order.ship_by,
        "pickup_done_time": order.picked_up,
        "is_split_up": False,
        "is_shipment_arranged": order.tracked,
        "recipient_address": address(order, masking),
    }


def address(order: Order, masking: str) -> dict[str, str]:
    """Return where the order goes: masked fully, in part, or not (book 3.9)."""
    buyer = order.buyer
    street = f"Số {buyer.street}, {buyer.ward}, {buyer.district}, {buyer.province}"
    clear = {
        "name": buyer.name,
        "phone": buyer.phone,
        "town": "",
        "district": buyer.ward,
        "city": buyer.district,
        "state": buyer.province,
        "region": "VN",
        "zipcode": "",
        "full_address": street,
    }
    if masking == "none":
        return clear
    if masking == "full":
        return {name: "VN" if name == "region" else "****" for name in clear}
    hidden = {
        "name": f"{buyer.name[0]}******{buyer.name[-1]}",
        "phone": f"******{buyer.phone[-2:]}",
        "full_address": "Số******",
    }
    return {**clear, **hidden}


def _weight(order: Order) -> int:
    return sum(line.product.grams * line.quantity for line in order.lines)


def return_body(returned: Return, *, detailed: bool) -> dict[str, Any]:
    """Return a return: flat statuses in the list, nested ones in the detail (book 6.1)."""
    order, line = returned.order, returned.line
    item: dict[str, Any] = {
        "model_id": line.variant.id,
        "name": line.product.title,
        "images": [],
        "amount": returned.quantity,
        "item_price": line.unit_price,
        "is_add_on_deal": False,
        "is_main_item": False,
        "add_on_deal_id": 0,
        "item_id": line.product.id,
        "item_sku": line.product.sku,
        "variation_sku": line.variant.sku if line.variant.id else "",
    }
    body: dict[str, Any] = {
        "image": [],
        "reason": returned.reason,
        "text_reason": "Hàng không như mô tả",
        "reassessed_request_reason": "NONE",
        "return_sn": returned.id,
        "refund_amount": returned.refund,
        "currency": "VND",
        "create_time": returned.created,
        "update_time": returned.updated,
        "status": return_status(returned),
        "due_date": returned.created + 3 * 86_400,
        "tracking_number": order.tracking[::-1] if returned.goods is Goods.PICKED_UP else "",
        "dispute_reason": [],
        "dispute_text_reason": [],
        "needs_logistics": returned.goods_back,
        "amount_before_discount": line.unit_price * returned.quantity,
        "user": {"username": order.buyer.username, "email": "******@example.com", "portrait": ""},
        "item": [{**item, "refund_amount": returned.refund} if detailed else item],
        "order_sn": order.id,
        "return_ship_due_date": returned.created + 5 * 86_400,
        "return_seller_due_date": returned.created + 12 * 86_400,
        "return_refund_type": "RRAOC" if returned.after_completion else "RRBOC",
        "return_solution": 0 if returned.goods_back else 1,
        "is_seller_arrange": False,
        "is_shipping_proof_mandatory": False,
        "return_refund_request_type": 0,
        "validation_type": "seller_validation",
        "is_arrived_at_warehouse": 0,
        "follow_up_action_list": [],
    }
    return body | (_nested(returned) if detailed else _flat())


def _flat() -> dict[str, Any]:
    return {
        "negotiation_status": "PENDING_RESPOND",
        "seller_proof_status": "NOT_NEEDED",
        "seller_compensation_status": "COMPENSATION_NOT_APPLICABLE",
    }


def _nested(returned: Return) -> dict[str, Any]:
    logistics = GOODS[returned.goods] or "LOGISTICS_PENDING_ARRANGE"
    return {
        "buyer_videos": [],
        "activity": [],
        "seller_proof": {"seller_proof_status": "NOT_NEEDED", "seller_evidence_deadline": 0},
        "seller_compensation": {
            "seller_compensation_status": "COMPENSATION_NOT_APPLICABLE",
            "seller_compensation_due_date": 0,
            "compensation_amount": 0,
        },
        "negotiation": {
            "negotiation_status": "PENDING_RESPOND",
            "latest_solution": "RETURN_REFUND" if returned.goods_back else "REFUND",
            "latest_offer_amount": returned.refund,
            "latest_offer_creator": "buyer",
            "counter_limit": 3,
            "offer_due_date": returned.created + 3 * 86_400,
        },
        "logistics_status": logistics if returned.goods_back else "",
        "reverse_logistics_status": logistics if returned.goods_back else "",
        "return_pickup_address": {
            "address": "****",
            "name": "****",
            "phone": "******",
            "town": "",
            "district": returned.order.buyer.ward,
            "city": returned.order.buyer.district,
            "state": returned.order.buyer.province,
            "region": "VN",
            "zipcode": "",
        },
        "return_address": {"whs_id": "VNZ"},
        "has_uploaded_shipping_proof": False,
        "is_reverse_logistics_channel_integrated": True,
        "reverse_logistics_channel_name": "SPX Express",
    }
