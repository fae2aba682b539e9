"""The seller and its warehouses (book 8), and Tiki's own (book 4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.tiki.gateway import Endpoint
from entrosdk.sandbox.tiki.orders import paging
from entrosdk.sandbox.tiki.parameters import Parameters

if TYPE_CHECKING:
    from entrosdk.sandbox.tiki.market import TikiMarket

__all__ = ["table"]


def table() -> list[Endpoint]:
    """Return this module's addresses."""
    return [
        Endpoint("GET", "/integration/v2/sellers/me", _me),
        Endpoint("GET", "/integration/v2/sellers/me/warehouses", _warehouses),
        Endpoint("GET", "/integration/v2/warehouses/tiki", _tiki),
    ]


def _me(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    from entrosdk.sandbox.tiki.market import SELLER_NAME, SID  # noqa: PLC0415 - cycle

    del given
    return {
        "id": int(market.shop_id),
        "sid": SID,
        "name": SELLER_NAME,
        "active": 1,
        "logo": "https://salt.tikicdn.com/ts/seller/demo/logo.png",
        "operation_models": ["dropship", "backorder", "seller_backorder"],
        "can_update_product": 1,
        "registration_status": "completed",
        "live_at": "2024-03-04 09:30:00",
    }


def _warehouses(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    from entrosdk.sandbox.tiki.market import RETURNS, SECOND, WAREHOUSE  # noqa: PLC0415 - cycle

    page, limit = given.page(market.profile.largest_page)
    kind, status = given.text("type"), given.text("status")
    common = {
        "seller_id": int(market.shop_id),
        "is_primary": True,
        "status": 1,
        "country": {"code": "vn", "name": "Việt Nam"},
        "region": {"code": "VN039", "name": "Hồ Chí Minh"},
        "district": {"code": "VN039015", "name": "Quận Gò Vấp"},
        "ward": {"code": "VN039015009", "name": "Phường 17"},
    }
    places = [
        {"id": WAREHOUSE, "name": "Kho Gò Vấp", "type": 1, "street": "118/6 Lê Đức Thọ", **common},
        {"id": RETURNS, "name": "Kho trả hàng", "type": 0, "street": "120 Lê Đức Thọ", **common},
    ]
    if market.profile.warehouses == 2:
        second = {"id": SECOND, "name": "Kho Bát Tràng", "type": 1, "street": "Xóm 2"}
        places.insert(1, {**common, **second, "is_primary": False})
    rows = [one for one in places if kind in {"", str(one["type"])} and status in {"", "1"}]
    here = rows[(page - 1) * limit : page * limit]
    return {"data": here, "paging": paging(len(rows), page, limit, len(here), first=0)}


def _tiki(market: TikiMarket, given: Parameters) -> list[dict[str, Any]]:
    del market, given
    return [
        {"id": 4, "name": "Sai Gon 3", "code": "sgn3"},
        {"id": 7, "name": "Ha Noi 4", "code": "hn4"},
    ]
