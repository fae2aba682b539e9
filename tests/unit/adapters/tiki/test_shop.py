"""What Tiki says about a seller; what the manifest declares; what is absent."""

from __future__ import annotations

import pytest

from entrosdk.adapters.tiki import TikiAdapter
from entrosdk.domain.product import Warehouse
from entrosdk.domain.returns import ReturnQuery
from entrosdk.errors import Forbidden, Unsupported
from entrosdk.spi.manifest import Capability
from tests.unit.adapters.tiki.desk import answer, asked, fixture, parsed, shop


def test_the_seller_has_name_and_standing() -> None:
    """sellers/me is one bare object."""
    info = answer(shop().info(), fixture("seller_me")).result
    assert (info.id, info.name, info.status) == ("418207", "Gốm Nhà Mộc", "active")
    assert (info.region, info.currency) == ("VN", "VND")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"active": 0, "registration_status": "draft", "logo": None, "live_at": None}, "draft"),
        ({"active": 0, "registration_status": None}, "inactive"),
        ({"active": "1"}, "active"),
    ],
)
def test_a_seller_still_joining_is_not_active(changes: dict[str, object], status: str) -> None:
    """The registration's own word says how far it got."""
    body = {**parsed("seller_me"), **changes}
    assert answer(shop().info(), body).result.status == status


def test_a_token_of_another_seller_is_noticed() -> None:
    """Tiki shows whatever the token opens, so the ids are compared."""
    with pytest.raises(Forbidden, match=r"seller 418207, not to 999"):
        answer(shop(shop_id="999").info(), fixture("seller_me"))
    assert answer(shop(shop_id="").info(), fixture("seller_me")).result.id == "418207"


def test_warehouses_of_both_kinds_are_read() -> None:
    """Pickup places, then those that take returns."""
    takes = {"data": [{"id": 402117, "name": "Kho trả hàng", "is_primary": True}], "paging": None}
    played = answer(shop().warehouses(), fixture("seller_warehouses"), takes)
    assert played.result == (
        Warehouse(id="402115", name="Kho Gò Vấp", is_default=True, region="Hồ Chí Minh"),
        Warehouse(id="402116", name="Kho Bát Tràng", region="Hà Nội"),
        Warehouse(id="402117", name="Kho trả hàng", takes_returns=True),
    )
    assert [asked(played, number)["type"] for number in (0, 1)] == ["1", "0"]


def test_a_place_of_both_kinds_is_listed_once() -> None:
    """It ships and takes returns."""
    body = fixture("seller_warehouses")
    found = answer(shop().warehouses(), body, body).result
    assert [(one.id, one.takes_returns, one.is_default) for one in found] == [
        ("402115", True, True),
        ("402116", True, False),
    ]


def test_all_pages_of_warehouses_are_read() -> None:
    """Page numbers count."""
    first = {**parsed("seller_warehouses"), "paging": {"last_page": 2}}
    played = answer(shop().warehouses(), first, {"data": []}, {"data": []})
    assert [asked(played, number)["page"] for number in range(3)] == ["1", "2", "1"]


def test_the_manifest_says_what_is_derived_and_what_is_absent() -> None:
    """Payments are computed, returns and payouts are not there, each with its section."""
    offered = TikiAdapter.manifest.capabilities
    assert set(offered) == set(Capability)
    assert offered[Capability.PAYMENTS_LIST].level == "derived"
    assert offered[Capability.PAYMENTS_FOR_ORDER].level == "derived"
    assert offered[Capability.ORDERS_LIST].level == "yes"
    absent = {Capability.RETURNS_LIST, Capability.RETURNS_GET, Capability.RETURNS_ACCEPT}
    for capability in absent | {Capability.PAYMENTS_PAYOUTS}:
        assert offered[capability].level == "no"
        assert "section" in offered[capability].source


def test_only_listed_streams_are_declared() -> None:
    """What cannot be listed has no stream."""
    assert [stream.name for stream in TikiAdapter.manifest.streams] == [
        "orders",
        "products",
        "payments",
    ]


def test_returns_are_unsupported() -> None:
    """The engine refuses them before; whoever calls the adapter itself is told too."""
    returns = shop().returns
    for call in (
        lambda: returns.page(ReturnQuery(), None),
        lambda: returns.stubs(ReturnQuery(), None),
        lambda: returns.many(["1"]),
    ):
        with pytest.raises(Unsupported, match="returns"):
            call()
