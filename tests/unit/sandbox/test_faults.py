"""Misbehaviour happens as ordered, and records break the same way every time."""

from __future__ import annotations

import json
from typing import Any

import pytest
import tenacity

from entrosdk import Policy
from entrosdk.errors import EntroError, RateLimited, Timeout, Unavailable, Unreachable
from entrosdk.sandbox.faults import EFFECTS, Faults, Rule
from entrosdk.sandbox.orders import Stage
from entrosdk.sandbox.steps import force
from tests.sandboxes import NOON, Table
from tests.unit.sandbox.test_gateway import Client


def once(table: Table) -> Any:
    """One request that is not retried."""
    with table.shop(policy=Policy(stop=tenacity.stop_after_attempt(1))) as shop:
        return shop.info()


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        ("429", RateLimited),
        ("500", Unavailable),
        ("error_server", Unavailable),
        ("error_system_busy", Unavailable),
        ("timeout", Timeout),
        ("drop_reply", Unreachable),
        ("truncated_json", EntroError),
        ("empty_body", EntroError),
        ("html", EntroError),
    ],
)
def test_network_faults_are_typed_errors(effect: str, error: type[EntroError]) -> None:
    """Each spoils a call in its own way."""
    table = Table(orders=3)
    table.fault(effect)
    with pytest.raises(error):
        once(table)


def test_slow_answers_take_their_time() -> None:
    """The client waits, and gives up when it is too long."""
    table = Table(orders=3)
    table.fault("slow", seconds=2)
    once(table)
    assert table.slept == [2]
    table.fault("slow", seconds=60)
    with pytest.raises(Timeout):
        once(table)


def test_nth_times_and_path_narrow_a_rule() -> None:
    """Only the second call to shop info fails, only once."""
    table = Table(orders=3)
    table.fault("500", nth=2, match={"path": "shop_info"})
    once(table)
    with pytest.raises(Unavailable):
        once(table)
    once(table)
    table.fault("500", times=1, match={"path": "order"})
    once(table)


def test_probability_is_seeded() -> None:
    """The same seed strikes the same calls."""

    def strikes() -> list[bool]:
        faults = Faults("7")
        faults.script([Rule.read({"effect": "500", "probability": 0.3})])
        return [bool(faults.strike("shopee", "/x", frozenset({"500"}))) for _ in range(50)]

    assert strikes() == strikes()
    assert 5 < sum(strikes()) < 25


def test_expired_token_is_renewed_by_the_sdk() -> None:
    """The fault ends the token; the request succeeds all the same."""
    table = Table(orders=3)
    table.fault("expire_token", times=1)
    assert once(table).name == "Tiệm Mộc Lan Demo"
    assert table.asked()[-2:] == ["auth/access_token/get", "shop/get_shop_info"]


def test_malformed_records_stay_the_same_ones() -> None:
    """A share of records is broken, in every reply, and their ids are still listed."""
    table = Table(orders=120)
    table.fault("malformed_record", probability=0.1)
    since = NOON.replace(month=10, day=20)
    broken: list[set[str]] = []
    with table.shop() as shop:
        for _ in range(2):
            found: set[str] = set()
            orders = shop.orders.list(
                updated_from=since, on_unreadable=lambda bad, found=found: found.add(bad.id)
            )
            assert len(list(orders)) + len(found) == 120
            broken.append(found)
    assert broken[0] == broken[1]
    assert 4 < len(broken[0]) < 25


def test_duplicate_rows_are_folded_by_the_adapter() -> None:
    """A row that comes twice on a page is one order."""
    table = Table(orders=40)
    table.fault("duplicate_page_row")
    with table.shop() as shop:
        orders = [
            order.id for order in shop.orders.list(updated_from=NOON.replace(month=10, day=20))
        ]
        products = [product.id for product in shop.products.list()]
    assert (len(orders), len(set(orders))) == (40, 40)
    assert len(products) == len(set(products)) == 72


def test_unknown_words_survive() -> None:
    """An order in an unheard-of status is UNKNOWN with its own word kept."""
    table = Table(orders=10)
    table.fault("unknown_enum")
    with table.shop() as shop:
        orders = list(shop.orders.list(updated_from=NOON.replace(month=10, day=20)))
    assert {(order.status, order.raw_status) for order in orders} == {("UNKNOWN", "TELEPORTED")}


@pytest.mark.parametrize(
    "rule", [{"effect": "nope"}, {}, {"effect": "500", "probability": "often"}]
)
def test_wrong_rules_are_refused(rule: dict[str, Any]) -> None:
    """The control API says what is wrong."""
    reply = Table(orders=1).control("POST", "/control/faults", json.dumps(rule).encode())
    assert reply.status == 400
    assert json.loads(reply.body)["error"]


def test_every_documented_effect_exists() -> None:
    """The names other people's scripts hold on to."""
    assert {
        "429", "500", "timeout", "drop_reply", "slow", "expire_token", "revoke",
        "duplicate_page_row", "late_update", "unknown_enum", "malformed_record",
    } <= EFFECTS  # fmt: skip


def test_an_order_is_printed_anew_when_it_or_the_script_changes() -> None:
    """What was shown before is kept as bytes, in a few shapes only."""
    client = Client(Table(orders=5))
    order = client.table.market.shop.buy(client.table.box.world.now, cod=True)

    def status() -> str:
        body = client.get("/api/v2/order/get_order_detail", order_sn_list=order.id)
        return str(body["response"]["order_list"][0]["order_status"])

    assert status() == "READY_TO_SHIP"
    for _ in range(9):
        client.table.fault("unknown_enum")
        assert status() == "TELEPORTED"
        client.table.control("DELETE", "/control/faults")
        assert status() == "READY_TO_SHIP"
    assert len(order.bodies) <= 3
    force(client.table.market.shop, order, Stage.CANCELLED, client.table.box.world.now)
    assert status() == "CANCELLED"
