"""Bodies of orders and listings as Lazada prints them (book 3.4, 3.5, 4.1)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.lazada.ledger import shares, unit_ids, units
from entrosdk.sandbox.lazada.parameters import LOCAL
from entrosdk.sandbox.lazada.words import item_status, row_status, statuses
from entrosdk.sandbox.orders import Line, Order, Stage

if TYPE_CHECKING:
    from entrosdk.sandbox.lazada.market import LazadaMarket

__all__ = ["header_body", "product_body", "reverse_id", "row_bodies", "told"]

_KEYS = {"Màu sắc": "color_family", "Kích cỡ": "size", "Dung tích": "volume"}
_TRACKED = {Stage.PACKED, Stage.SHIPPED, Stage.DELIVERED, Stage.COMPLETED, Stage.RETURNING}


def told(market: LazadaMarket, second: int) -> str:
    """Write a moment in the style of the profile (book 3.9)."""
    local = datetime.fromtimestamp(second, LOCAL)
    style = market.profile.times
    if style == "iso":
        return local.isoformat()
    return f"{local:%Y-%m-%d %H:%M:%S}" + (" +0700" if style == "offset" else "")


def _typed(
    market: LazadaMarket, body: dict[str, Any], keep: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Write every number as text where documents say so (book 2.1)."""
    if market.profile.typing == "live":
        return body
    return {
        key: value
        if key in keep or isinstance(value, dict | list) or value is None
        else str(value).lower()
        if isinstance(value, bool)
        else f"{value}"
        for key, value in body.items()
    }


def _masked(market: LazadaMarket, text: str) -> str:
    if not market.profile.masking or len(text) < 2:
        return text
    return f"{text[0]}{'*' * (len(text) - 2)}{text[-1]}"


# Orders


def header_body(market: LazadaMarket, order: Order, *, listed: bool) -> dict[str, Any]:
    """Return an order without its units; the list misspells the district."""
    district = "addressDsitrict" if listed else "addressDistrict"
    address = _address(market, order, district)
    off = order.platform_voucher + order.coins
    body = {
        "order_id": int(order.id),
        "order_number": int(order.id),
        "created_at": told(market, order.created),
        "updated_at": told(market, order.updated),
        "price": f"{order.goods}.00",
        "shipping_fee": order.buyer_shipping,
        "shipping_fee_original": order.carrier_shipping,
        "shipping_fee_discount_seller": 0,
        "shipping_fee_discount_platform": order.carrier_shipping - order.buyer_shipping,
        "voucher": order.seller_voucher + off,
        "voucher_seller": order.seller_voucher,
        "voucher_platform": off,
        "voucher_code": "",
        "payment_method": "COD" if order.cod else "MOMO_WALLET",
        "items_count": len(unit_ids(order)),
        "statuses": statuses(market, order),
        "customer_first_name": _masked(market, order.buyer.name),
        "customer_last_name": "",
        "address_shipping": address,
        "address_billing": address,
        "gift_option": False,
        "gift_message": "",
        "buyer_note": order.note,
        "remarks": "",
        "delivery_info": "",
        "promised_shipping_times": "",
        "national_registration_number": "",
        "branch_number": "",
        "tax_code": "",
        "warehouse_code": "dropshipping",
        "extra_attributes": '{"TaxInvoiceRequested":false}',
    }
    if listed:
        body["address_updated_at"] = told(market, order.created)
    return _typed(market, body)


def _address(market: LazadaMarket, order: Order, district: str) -> dict[str, str]:
    buyer = order.buyer
    places = [place for place in (buyer.province, buyer.district, buyer.ward) if place]
    phone = buyer.phone
    if market.profile.masking:
        phone = f"{phone[:2]}******{phone[-2:]}"
    return {
        "first_name": _masked(market, buyer.name),
        "last_name": "",
        "phone": phone,
        "phone2": "",
        "address1": _masked(market, buyer.street),
        "address2": "",
        "address3": buyer.province,
        "address4": buyer.district,
        "address5": buyer.ward,
        district: buyer.district,
        "city": "-".join(places),
        "post_code": "",
        "country": "Vietnam",
    }


def row_bodies(market: LazadaMarket, order: Order) -> list[dict[str, Any]]:
    """Return a row for each unit of an order."""
    off = order.platform_voucher + order.coins
    seller, platform = shares(order, order.seller_voucher), shares(order, off)
    shipping = shares(order, order.buyer_shipping)
    names = unit_ids(order)
    return [
        _typed(market, _row(market, order, line, name, (seller[at], platform[at], shipping[at])))
        for at, (line, name) in enumerate(zip(units(order), names, strict=True))
    ]


def reverse_id(order: Order) -> int:
    """Return the id of a buyer's wish to cancel an order."""
    return int(order.id) + 900


def _row(
    market: LazadaMarket, order: Order, line: Line, name: str, parts: tuple[int, int, int]
) -> dict[str, Any]:
    seller, platform, shipping = parts
    status = row_status(market, order, line, name)
    shipped = order.stage in _TRACKED and order.tracked and status != "canceled"
    gone = market.gone.get(order.id, {}).get(name, "")
    cancelled = order.stage is Stage.CANCELLED or bool(gone)
    who = "seller" if gone else _WHO[order.cancelled_by]
    variant, product = line.variant, line.product
    asked = order.stage is Stage.CANCELLING
    return {
        "order_item_id": int(name),
        "order_id": int(order.id),
        "name": product.title,
        "variation": ", ".join(f"{label}:{value}" for label, value in _chosen(product, variant)),
        "sku": variant.sku,
        "shop_sku": f"{product.id}_VNAMZ-{variant.id}",
        "sku_id": str(variant.id),
        "product_id": str(product.id),
        "item_price": float(line.unit_price),
        "paid_price": float(line.unit_price - seller - platform),
        "voucher_amount": float(seller + platform),
        "voucher_seller": float(seller),
        "voucher_platform": float(platform),
        "voucher_seller_lpi": 0,
        "voucher_platform_lpi": 0,
        "voucher_code": "",
        "voucher_code_seller": "",
        "voucher_code_platform": "",
        "shipping_amount": float(shipping),
        "tax_amount": 0.0,
        "wallet_credits": 0,
        "currency": "VND",
        "status": status,
        "reason": gone or (order.cancel_reason if cancelled or asked else ""),
        "reason_detail": "",
        "cancel_return_initiator": f"cancellation-{who}" if cancelled else "",
        "return_status": "",
        "created_at": told(market, order.created),
        "updated_at": told(market, order.updated),
        "sla_time_stamp": datetime.fromtimestamp(order.ship_by, LOCAL).isoformat(),
        "promised_shipping_time": "",
        "payment_time": order.paid * 1000 if order.paid and not order.cod else None,
        "package_id": order.package if shipped else "",
        "tracking_code": order.tracking if shipped else "",
        "tracking_code_pre": "",
        "shipment_provider": "Pickup: LEX VN, Delivery: LEX VN" if shipped else "",
        "shipping_type": "Dropshipping",
        "shipping_provider_type": "standard",
        "warehouse_code": "dropshipping",
        "is_digital": 0,
        "is_fbl": 0,
        "is_reroute": 0,
        "delivery_option_sof": 0,
        "order_type": "Normal",
        "order_flag": "NORMAL",
        "stage_pay_status": "unpaid" if order.stage is Stage.UNPAID else "",
        "shop_id": market.shop_name,
        "buyer_id": order.buyer.id,
        "product_main_image": f"https://vn-live-01.slatic.net/p/{product.id}.jpg",
        "product_detail_url": f"https://www.lazada.vn/-i{product.id}-s{variant.id}.html",
        "extra_attributes": '{"TaxInvoiceRequested":false}',
        "need_cancel_confirm": asked and not gone,
        "is_cancel_pending": asked and not gone,
        "reverse_order_id": reverse_id(order) if asked and not gone else None,
    }


_WHO = {"seller": "seller", "buyer": "customer", "system": "internal", "": "internal"}


def _chosen(product: Product, variant: Variant) -> list[tuple[str, str]]:
    return [
        (name, options[at])
        for (name, options), at in zip(product.tiers, variant.options, strict=True)
    ]


# Listings


def product_body(market: LazadaMarket, product: Product) -> dict[str, Any]:
    """Return a listing with its SKUs, their prices and stock."""
    axes = {
        f"Variation{at}": {
            "name": _key(name),
            "label": name,
            "hasImage": at == 1,
            "customize": False,
            "options": list(options),
        }
        for at, (name, options) in enumerate(product.tiers, 1)
    }
    body = {
        "item_id": product.id,
        "primary_category": product.category,
        "created_time": str(product.created * 1000),
        "updated_time": str(product.updated * 1000),
        "images": [f"https://vn-live-01.slatic.net/p/{product.id}.jpg"],
        "marketImages": [],
        "status": item_status(market, product),
        "variation": axes,
        "suspendedSkus": [],
        "trialProduct": False,
        "attributes": {
            "name": product.title,
            "description": market.texts.get(product.id, "<p>Hàng Việt Nam</p>"),
            "brand": "No Brand",
        },
        "skus": [_sku(market, product, variant) for variant in product.variants],
    }
    return _typed(market, body, keep=("trialProduct",))


def _key(label: str) -> str:
    return _KEYS.get(label, "custom_" + str(sum(label.encode()) % 1000))


def _sku(market: LazadaMarket, product: Product, variant: Variant) -> dict[str, Any]:
    options = {_key(name): value for name, value in _chosen(product, variant)}
    special = variant.price < variant.list_price
    away = market.elsewhere.get(variant.id, 0)
    body: dict[str, Any] = {
        "SkuId": variant.id,
        "SellerSku": variant.sku,
        "ShopSku": f"{product.id}_VNAMZ-{variant.id}",
        "Status": "active" if product.listed else "inactive",
        "quantity": variant.stock,
        "Available": variant.stock,
        "price": float(variant.list_price),
        "special_price": float(variant.price) if special else 0.0,
        "multiWarehouseInventories": _places(variant, away),
        "fblWarehouseInventories": [],
        "channelInventories": _channels(variant),
        "Images": [f"https://vn-live-01.slatic.net/p/{variant.id}.jpg", ""],
        "package_length": "25.00",
        "package_width": "20.00",
        "package_height": "3.00",
        "package_weight": f"{product.grams / 1000:.2f}",
        "Url": f"https://www.lazada.vn/-i{product.id}-s{variant.id}.html",
        "saleProp": options,
        **options,
    }
    if special:
        body |= {
            "special_from_time": "2026-01-01 00:00",
            "special_to_time": "2026-12-31 23:59",
            "special_time_format": "yyyy-MM-dd HH:mm",
        }
    return _typed(market, body)


def _places(variant: Variant, away: int) -> list[dict[str, Any]]:
    here = variant.stock - away
    rows = [_place("dropshipping", here, variant.occupied, variant.withheld)]
    return [*rows, _place("VN2K7QX1-WH-10003", away, 0, 0)] if away else rows


def _place(code: str, sellable: int, occupied: int, withheld: int) -> dict[str, Any]:
    return {
        "warehouseCode": code,
        "quantity": sellable,
        "sellableQuantity": sellable,
        "occupyQuantity": occupied,
        "withholdQuantity": withheld,
        "totalQuantity": sellable + occupied + withheld,
    }


def _channels(variant: Variant) -> list[dict[str, Any]]:
    if not variant.reserved:
        return []
    row = {"channelName": "campaign", "startTime": "", "endTime": ""}
    return [{**row, "sellableQuantity": variant.reserved}]
