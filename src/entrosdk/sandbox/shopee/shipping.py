"""Arranging shipments (book 3.7, steps 1 and 2)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from entrosdk.sandbox import selling
from entrosdk.sandbox.orders import DAY, HOUR, Order, Parcel, Stage
from entrosdk.sandbox.shopee.gateway import Endpoint
from entrosdk.sandbox.shopee.lookup import shipped_order
from entrosdk.sandbox.shopee.parameters import Parameters, Refusal
from entrosdk.sandbox.steps import STEPS
from entrosdk.sandbox.trade import WriteRefused

if TYPE_CHECKING:
    from entrosdk.sandbox.shopee.market import ShopeeMarket

__all__ = ["table"]

_ADDRESS, _BRANCH = 200_044_401, 70_011
_VIETNAM = timezone(timedelta(hours=7))
_DAYS = 3
_SHIPPABLE = {Stage.TO_SHIP, Stage.RETRY_SHIP}
_READY = {Parcel.READY, Parcel.RETRY}
_WAYS = ("pickup", "dropoff", "non_integrated")

_PLACE = {
    "region": "VN",
    "state": "TP. Hồ Chí Minh",
    "city": "Quận 1",
    "district": "Phường Tân Định",
    "town": "",
    "zipcode": "",
}
_SCREENED = "Shipping parameters can only be obtained when package is ready to be shipped"
_TIME = (
    "The pickup_time_id received is invalid and not expected. "
    "Please check and reselect one from the time_slot_list."
)


def table() -> dict[str, Endpoint]:
    """Return this module's addresses."""
    return {
        "logistics/get_shipping_parameter": Endpoint("GET", "shop", _parameters),
        "logistics/ship_order": Endpoint("POST", "shop", _ship),
    }


# What is possible


def _parameters(market: ShopeeMarket, given: Parameters) -> dict[str, Any]:
    order = shipped_order(market, given)
    _unsplit(given)
    if not _ready(order):
        raise Refusal("error_param", _SCREENED)
    own = market.profile.carrier == "own"
    branch = {"branch_id": _BRANCH, "address": "Bưu cục Mẫu, 99 Đường Mẫu", **_PLACE}
    return {
        "info_needed": {"non_integrated": ["tracking_no"]}
        if own
        else {"dropoff": [], "pickup": ["address_id", "pickup_time_id"]},
        # Filled although it needs nothing; book 3.7.
        "dropoff": {"branch_list": [branch], "slug_list": None},
        "pickup": {"address_list": [] if own else [_address(market.world.now)]},
    }


def _address(now: int) -> dict[str, Any]:
    return {
        "address_id": _ADDRESS,
        "address": "12 Đường Mẫu",
        **_PLACE,
        "address_flag": ["default_address", "pickup_address", "return_address"],
        "time_slot_list": [
            {
                "date": date,
                "time_text": "",
                "pickup_time_id": f"{date}_1",
                "flags": [] if number else ["recommended"],
            }
            for number, date in enumerate(_dates(now))
        ],
    }


def _dates(now: int) -> list[int]:
    """Return the noons of the next days, in Vietnam."""
    day = datetime.fromtimestamp(now, _VIETNAM).replace(hour=12, minute=0, second=0)
    first = int(day.timestamp())
    first += DAY if first < now + HOUR else 0
    return [first + number * DAY for number in range(_DAYS)]


def _ready(order: Order) -> bool:
    return order.stage in _SHIPPABLE and order.parcel in _READY


def _unsplit(given: Parameters) -> None:
    """Refuse a package number: orders here have one package (quirk 22)."""
    if given.named("package_number"):
        raise Refusal(
            "logistics.ship_order_not_need_pacakge_number",
            "Please don’t request with package_number for this unsplit order.",
        )


# Shipping


def _ship(market: ShopeeMarket, given: Parameters) -> None:
    order = shipped_order(market, given)
    _unsplit(given)
    ways = [way for way in _WAYS if given.named(way)]
    if len(ways) != 1:
        text = "Please only request with one of pickup, dropoff and non_integrated."
        raise Refusal("logistics.ship_order_only_support_one_type", text)
    if order.parcel is Parcel.REQUESTED or (order.tracked and order.stage not in _SHIPPABLE):
        raise Refusal("logistics.package_already_shipped", "The package is already shipped.")
    if not _ready(order):
        text = "The order is not ready to ship."
        raise Refusal("logistics.ship_order_not_ready_to_ship", text)
    _WANTS[ways[0]](market, given.mapping(ways[0]))
    _arrange(market, order, given.mapping("non_integrated").get("tracking_number"))


def _pickup(market: ShopeeMarket, detail: dict[str, Any]) -> None:
    if market.profile.carrier == "own":
        raise Refusal("logistics.ship_order_unsupport_pickup", "Pickup is not supported.")
    if detail.get("address_id") != _ADDRESS or not detail.get("pickup_time_id"):
        text = "Please request with address_id and pickup_time_id."
        raise Refusal("logistics.ship_order_need_address_pickup_time", text)
    known = {f"{date}_1" for date in _dates(market.world.now)}
    if str(detail["pickup_time_id"]) not in known:
        raise Refusal("error_param", _TIME)


def _dropoff(market: ShopeeMarket, detail: dict[str, Any]) -> None:
    del detail
    if market.profile.carrier == "own":
        raise Refusal("logistics.ship_order_unsupport_dropoff", "Dropoff is not supported.")


def _own(market: ShopeeMarket, detail: dict[str, Any]) -> None:
    if market.profile.carrier != "own":
        raise Refusal("error_param", "Wrong parameters, detail: the channel is integrated.")
    if not detail.get("tracking_number"):
        text = "Please request with tracking_number."
        raise Refusal("logistics.ship_order_need_tracking_number", text)


_WANTS = {"pickup": _pickup, "dropoff": _dropoff, "non_integrated": _own}


def _arrange(market: ShopeeMarket, order: Order, number: Any) -> None:
    """Let it happen: asynchronously, or at once with the seller's own number."""
    now, after = market.world.now, 0 if number else market.profile.number_after
    try:
        if number:
            order.tracking = str(number)
        selling.arrange(market.shop, order, now, answer_after=after)
    except WriteRefused as refusal:
        text = "The order is not ready to ship."
        raise Refusal("logistics.ship_order_not_ready_to_ship", text) from refusal
    if number:  # LOGISTICS_PICKUP_DONE at once; book 3.7
        STEPS["pickup"](market.shop, order, now)
