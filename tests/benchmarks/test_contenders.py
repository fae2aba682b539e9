"""Every contender of the benchmarks still does the whole job, and the same one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.contenders import CONTENDERS, Contender
from benchmarks.race import SCENARIOS, compared, sample
from benchmarks.sandbox import Control, sandbox

ORDERS = 60
_HERE = [one for one in CONTENDERS if one.kind != "rival"]  # rivals need environments of their own
_FLOOR, *_OTHERS = _HERE
_ORDER = (
    "select id, status, raw_status, substr(created_at, 1, 19), substr(updated_at, 1, 19),"
    " substr(paid_at, 1, 19), substr(ship_by, 1, 19), cod, currency, items_minor, total_minor,"
    " payment_method, cancel_reason, cancelled_by, recipient_region, recipient_province"
    " from orders order by id"
)
_LINE = (
    "select order_id, line_id, position, product_id, variant_id, sku, name, quantity, currency,"
    " list_price_minor, unit_price_minor, seller_discount_minor, warehouse_id, image_url"
    " from order_lines order by order_id, line_id"
)


@pytest.fixture(scope="module")
def control() -> Iterator[Control]:
    """A sandbox in a process of its own."""
    with sandbox(ORDERS) as running:
        yield running


@pytest.fixture(scope="module")
def floor(control: Control, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the httpx floor stored."""
    path = tmp_path_factory.mktemp("floor") / "bench.db"
    assert done(_FLOOR, control, path)
    return path


def done(one: Contender, control: Control, path: Path) -> bool:
    """Let a contender do the job; says whether it lost, doubled and broke nothing."""
    if reason := one.ready():
        pytest.skip(reason)
    got = sample(SCENARIOS[0], control, one, path)
    assert (got.fault, got.tries) == ("", 1)
    return (got.lost, got.doubled) == (0, 0) and got.peak > 0


def rows(path: Path) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Orders and lines, in the columns all contenders share."""
    with sqlite3.connect(path) as connection:
        return connection.execute(_ORDER).fetchall(), connection.execute(_LINE).fetchall()


@pytest.mark.parametrize("one", _OTHERS, ids=lambda one: one.name)
def test_all_store_the_same_rows(
    one: Contender, control: Control, floor: Path, tmp_path: Path
) -> None:
    """The floors and ours do the whole job, and every column they share is equal."""
    path = tmp_path / "bench.db"
    assert done(one, control, path)
    assert rows(floor) == rows(path)


def test_what_is_lost_or_doubled_is_counted(control: Control, floor: Path, tmp_path: Path) -> None:
    """Against the sandbox's truth; a database that was never made lacks everything."""
    path = tmp_path / "spoiled.db"
    with sqlite3.connect(path) as spoiled:
        spoiled.execute("attach ? as whole", (str(floor),))
        spoiled.execute("create table orders as select * from whole.orders limit -1 offset 2")
        spoiled.execute("insert into orders select * from orders limit 3")
    began = control.job("").until + 1
    assert compared(control, path, began) == (2, 3)
    assert compared(control, tmp_path / "none.db", began) == (ORDERS, 0)
