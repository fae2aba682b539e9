"""Seller and warehouse endpoints (book 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.lazada.gateway import Endpoint
from entrosdk.sandbox.lazada.parameters import Parameters

if TYPE_CHECKING:
    from entrosdk.sandbox.lazada.market import LazadaMarket

__all__ = ["table"]


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "/seller/get": Endpoint(_seller),
        "/seller/warehouse/get": Endpoint(_warehouses, shape="result"),
        "/rc/warehouse/get": Endpoint(_places, shape="result"),
        "/rc/warehouse/detail/get": Endpoint(_places, shape="result"),
    }


def _seller(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    del given
    return {
        "seller_id": int(market.seller_id),
        "short_code": market.short_code,
        "name": market.shop_name,
        "name_company": "Tiệm Mộc Lan",
        "email": "demo@tiemmoclan.example",
        "logo_url": "",
        "location": "Hồ Chí Minh",
        "cb": False,
        "status": "ACTIVE",
        "verified": True,
        "marketplaceEaseMode": False,
    }


def _codes(market: LazadaMarket) -> list[tuple[str, str]]:
    places = [("dropshipping", "Kho Thủ Đức"), ("VN2K7QX1-WH-10003", "Kho Hà Nội")]
    return places if market.profile.warehouses else places[:1]


def _warehouses(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    # Without the kind of address results are unreliable: here there are none.
    codes = _codes(market) if given.has("addressTypes") else []
    module = [
        {
            "code": code,
            "name": name,
            "detailAddress": "25/8 đường số 9",
            "defaultAddress": code == "dropshipping",
            "needToUpdate": False,
            "status": "ACTIVE",
        }
        for code, name in codes
    ]
    return {"success": True, "module": module, "error_code": {}}


def _places(market: LazadaMarket, given: Parameters) -> dict[str, Any]:
    del given
    module = [
        {
            "country": "Vietnam",
            "province": "Hồ Chí Minh",
            "city": "Thành phố Thủ Đức",
            "district": "Phường Linh Trung",
            "name": name,
            "detail_address": "25/8 đường số 9",
            "post_code": "",
            "warehouse_code": code,
            "default_address": code == "dropshipping",
            "status": "ACTIVE",
        }
        for code, name in _codes(market)
    ]
    layer = {"success": True, "not_success": False, "error_code": {}}
    return {**layer, "module": module, "repeated": False, "retry": False}
