"""Shop, warehouse and logistics reads (book 3.7, 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.shopee.gateway import Endpoint
from entrosdk.sandbox.shopee.parameters import Parameters, Refusal

if TYPE_CHECKING:
    from entrosdk.sandbox.shopee.market import ShopeeMarket

__all__ = ["table"]

_PLACE = {
    "region": "VN",
    "state": "TP. Hồ Chí Minh",
    "city": "Quận 1",
    "district": "Phường Tân Định",
    "town": "",
    "address": "12 Đường Mẫu",
    "zipcode": "",
}


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "shop/get_shop_info": Endpoint("GET", "shop", _info, flat=True),
        "shop/get_profile": Endpoint("GET", "shop", _profile),
        "shop/get_warehouse_detail": Endpoint("GET", "shop", _warehouses),
        "logistics/get_channel_list": Endpoint("GET", "shop", _channels),
        "logistics/get_address_list": Endpoint("GET", "shop", _addresses),
        "logistics/get_tracking_number": Endpoint("GET", "shop", _tracking),
    }


def _info(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    since, until = market.grants.span(given.text("shop_id"))
    return {
        "shop_name": market.shop_name,
        "region": "VN",
        "status": "NORMAL",
        "auth_time": since,
        "expire_time": until,
        "is_cb": False,
        "is_sip": False,
        "sip_affi_shops": [],
        "is_upgraded_cbsc": False,
        "merchant_id": None,
        "shop_fulfillment_flag": "Others",
        "is_main_shop": False,
        "is_direct_shop": False,
        "linked_direct_shop_list": [],
        "is_one_awb": False,
        "is_mart_shop": False,
        "is_outlet_shop": False,
    }


def _profile(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    del given
    about = "Cửa hàng mẫu của sandbox"
    return {"shop_logo": "", "shop_name": market.shop_name, "description": about}


def _warehouses(market: ShopeeMarket, given: Parameters) -> list[dict[str, Any]]:
    if not market.profile.warehouses:  # the normal answer for most shops; book 8
        text = "The shop is not in the multi-warehouse whitelist."
        raise Refusal("warehouse.error_not_in_whitelist", text)
    kind = given.number("warehouse_type", 1)
    place = {
        "warehouse_id": 1000 + kind,
        "warehouse_name": "Kho Tân Định" if kind == 1 else "Kho hàng trả",
        "warehouse_type": kind,
        "location_id": "VN0009QKZ" if kind == 1 else "VN0009QLZ",
        "address_id": 200_044_400 + kind,
        "state_code": "",
        "holiday_mode_state": 0,
    }
    return [{**place, **_PLACE}]


def _channels(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    del market, given
    row = {
        "logistics_channel_id": 5001,
        "logistics_channel_name": "Nhanh",
        "enabled": True,
        "cod_enabled": True,
        "fee_type": "SIZE_INPUT",
        "size_list": [],
        "weight_limit": {"item_max_weight": 30, "item_min_weight": 0},
        "mask_channel_id": 0,
        "force_enable": False,
        "preprint": False,
    }
    below = {**row, "logistics_channel_id": 50021, "logistics_channel_name": "SPX Express"}
    return {"logistics_channel_list": [row, {**below, "mask_channel_id": 5001}]}


def _addresses(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    del market, given
    kinds = ["DEFAULT_ADDRESS", "PICK_UP_ADDRESS", "RETURN_ADDRESS"]
    row = {"address_id": 200_044_401, "address_type": kinds, **_PLACE}
    return {"show_pickup_address": True, "address_list": [row]}


def _tracking(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    order = market.shop.orders.get(given.text("order_sn"))
    if order is None:
        raise Refusal("logistics.invalid_error", "The order is not exist.")
    number = order.tracking if order.tracked else ""
    hint = "" if number else "Tracking number is being generated, please try again later."
    return {"tracking_number": number, "plp_number": "", "hint": hint}
