"""What My Market offers, as data; section numbers are those of its manual."""

from __future__ import annotations

from datetime import timedelta

from entrosdk.spi.manifest import Capability, Limit, Manifest, Region, Stream, Support

__all__ = ["MANIFEST", "NAME"]

NAME = "mymarket"

_OFFERED = {
    Capability.SHOP_INFO: "manual 2",
    Capability.ORDERS_LIST: "manual 3.1, 3.2",
    Capability.ORDERS_GET: "manual 3.3",
    Capability.PRODUCTS_LIST: "manual 4.1",
    Capability.PRODUCTS_GET: "manual 4.2",
}

# Whoever calls something undeclared reads the reason: say who does not have it, the adapter
# or My Market.
_ABSENT = {
    Capability.PAYMENTS_PAYOUTS: "My Market's API tells of no payouts",
    Capability.EVENTS_PULL: "My Market has no queue of events",
}
_NOT_YET = "not written yet"


def _support(capability: Capability) -> Support:
    if capability in _OFFERED:
        return Support("yes", _OFFERED[capability])
    return Support("no", _ABSENT.get(capability, _NOT_YET))


MANIFEST = Manifest(
    name=NAME,
    title="My Market",
    api_version="1",
    version="0.1.0",
    capabilities={one: _support(one) for one in Capability},
    limits=(Limit(scope="app", count=20),),
    streams=(
        # No listing may cover more than 15 days (manual 3.1).
        Stream(name="orders", clock="updated", span=timedelta(days=15), paging="cursor"),
        Stream(name="products", clock="none", paging="cursor"),
    ),
    regions={
        "VN": Region(
            code="VN",
            currency="VND",
            zone="Asia/Ho_Chi_Minh",
            api="https://api.mymarket.example",
            auth="https://login.mymarket.example",
        )
    },
)
