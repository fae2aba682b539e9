"""What there is to say about the shop itself (book 1.4, 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrosdk.sandbox.tiktok.gateway import Endpoint
from entrosdk.sandbox.tiktok.parameters import Parameters
from entrosdk.sandbox.tiktok.rendering import CARRIER, WAREHOUSE

if TYPE_CHECKING:
    from entrosdk.sandbox.tiktok.market import TikTokMarket

__all__ = ["HANOI", "places", "table"]

HANOI, _RETURNS = "7388102946610227027", "7388102946610227034"


def places(market: TikTokMarket) -> list[str]:
    """Return the warehouses that stock lies in."""
    return [WAREHOUSE, HANOI][: market.profile.warehouses]


def table() -> list[Endpoint]:
    """Return this module's addresses."""
    own, scope = "seller.authorization.info", "seller.logistics"
    return [
        Endpoint("GET", "/authorization/v/shops", _shops, own, cipher=False),
        Endpoint("GET", "/seller/v/shops", _active, "seller.shop.info", cipher=False),
        Endpoint("GET", "/logistics/v/warehouses", _warehouses, scope),
        Endpoint("GET", "/logistics/v/warehouses/{}/delivery_options", _options, scope),
        Endpoint("GET", "/logistics/v/delivery_options/{}/shipping_providers", _carriers, scope),
    ]


def _shops(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    from entrosdk.sandbox.tiktok.market import SHOP_ID, SHOP_NAME  # noqa: PLC0415 - cycle

    del given
    shop = {
        "id": SHOP_ID,
        "name": SHOP_NAME,
        "region": "VN",
        "seller_type": "LOCAL",
        "cipher": market.cipher,
        "code": "VNLCDEMO27",
    }
    return {"shops": [shop]}


def _active(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    shops = _shops(market, given)["shops"]
    return {"shops": [{"id": shop["id"], "region": shop["region"]} for shop in shops]}


def _warehouses(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    del given
    names = {WAREHOUSE: "Kho HCM", HANOI: "Kho Hà Nội"}
    rows = [_warehouse(place, names[place], "SALES_WAREHOUSE") for place in places(market)]
    return {"warehouses": [*rows, _warehouse(_RETURNS, "Kho HCM", "RETURN_WAREHOUSE")]}


def _warehouse(name: str, title: str, kind: str) -> dict[str, Any]:
    return {
        "id": name,
        "entity_id": "7388102946610226999" if title == "Kho HCM" else "7388102946610227000",
        "name": title,
        "effect_status": "ENABLED",
        "type": kind,
        "sub_type": "DOMESTIC_WAREHOUSE",
        "is_default": title == "Kho HCM",
        # `distict` is misspelt in the API (quirk 22).
        "address": {"region": "Vietnam", "region_code": "VN", "distict": "Quận demo"},
    }


def _options(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    del market, given
    option = {"id": "7091147003148174085", "name": "Standard shipping", "type": "STANDARD"}
    return {"delivery_options": [option]}


def _carriers(market: TikTokMarket, given: Parameters) -> dict[str, Any]:
    del market, given
    return {"shipping_providers": [{"id": CARRIER[0], "name": CARRIER[1]}]}
