"""The SQL sink: what stands in which table, what must not, and which databases are refused."""

from __future__ import annotations

import sqlite3
import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, fields
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from entrosdk.domain.order import OrderTotals, Package, Recipient
from entrosdk.domain.payment import PaymentKind
from entrosdk.errors import ConfigError
from entrosdk.spi.page import Unreadable
from entrosdk.sync.sink import Checkpoint, Commit, Opening, SinkFailed, StreamKey, Written
from entrosdk.sync.sinks.backend import Sqlite
from entrosdk.sync.sinks.rows import LAYOUTS, Stamp
from entrosdk.sync.sinks.sql import SqlSink
from entrosdk.sync.sinks.tables import METADATA
from tests import shelf
from tests.toymarket import NOON

WHO = Recipient(
    name="Nguyễn Thị Hoa",
    phone="+84912345678",
    province="Hà Nội",
    ward="Cửa Nam",
    address="12 Phố Huế",
    region="VN",
)


def key(stream: str) -> StreamKey:
    """A stream of the toy shop."""
    return StreamKey("toy", "1", stream)


def commit(stream: str, *records: Any, read_at: datetime = NOON, **rest: Any) -> Commit:
    """A commit of a stream."""
    return Commit(key=key(stream), records=records, read_at=read_at, **rest)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "shop.db"


@pytest.fixture
def sink(path: Path) -> Any:
    """A sink in a file."""
    sink = SqlSink(f"sqlite:///{path}")
    yield sink
    sink.close()


def rows(path: Path, query: str) -> list[Any]:
    """What a stranger's script reads."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_tables_have_their_fixed_names() -> None:
    """Other people's scripts hold on to these."""
    assert set(METADATA.tables) - {"raw_bodies", "entrosdk_schema"} == {
        "orders", "order_lines", "products", "variants", "stock_levels", "payments", "payouts",
        "returns", "return_lines", "quarantine", "checkpoints",
    }  # fmt: skip


def test_keys_begin_with_the_shop() -> None:
    """Every primary key starts with marketplace and shop."""
    named = {name: table for name, table in METADATA.tables.items() if name != "entrosdk_schema"}
    firsts = {tuple(c.name for c in table.primary_key)[:2] for table in named.values()}
    assert firsts == {("marketplace", "shop_id")}


def test_an_order_and_its_lines(sink: SqlSink, path: Path) -> None:
    """Money is in the smallest unit, times are UTC with their zone."""
    sink.commit(commit("orders", shelf.order("o1", NOON.astimezone(timezone(timedelta(hours=7))))))
    orders = (
        "select marketplace, shop_id, id, status, raw_status, currency, total_minor from orders"
    )
    assert rows(path, orders) == [("toy", "1", "o1", "TO_SHIP", "new", "VND", 0)]
    assert rows(path, "select updated_at from orders") == [("2026-11-24T05:00:00.000000Z",)]
    assert rows(
        path, "select order_id, line_id, sku, quantity, unit_price_minor from order_lines"
    ) == [("o1", "o1-1", "SKU-1", 1, 100_000), ("o1", "o1-2", "SKU-2", 2, 100_000)]


def test_a_product_with_variants_and_stock(sink: SqlSink, path: Path) -> None:
    """A product is three tables; the newest reading replaces variants and stock."""
    sink.commit(commit("products", shelf.product("p1", sellable=5)))
    sink.commit(commit("products", shelf.product("p1", sellable=3), read_at=NOON + shelf.DAY))
    assert rows(path, "select id, title from products") == [("p1", "Product p1")]
    assert rows(path, "select sku, price_minor, sellable from variants") == [("SKU-p1", 100_000, 3)]
    assert rows(path, "select warehouse_id, sellable from stock_levels") == [("W1", 3)]


def test_money_and_returns(sink: SqlSink, path: Path) -> None:
    """Movements, transfers and returns have their tables."""
    sink.commit(commit("payments", *shelf.payments("o1", 300, -20)))
    sink.commit(commit("payouts", evolve(shelf.payout("t1"), period=(NOON - shelf.DAY, NOON))))
    sink.commit(commit("returns", shelf.a_return("r1")))
    assert rows(path, "select sum(amount_minor), min(kind) from payments") == [
        (280, PaymentKind.ITEM_PRICE.value)
    ]
    assert rows(path, "select amount_minor, period_to from payouts") == [
        (300_000, "2026-11-24T05:00:00.000000Z")
    ]
    assert rows(path, "select product_id, quantity from return_lines") == [("p1", 1)]


def test_people_are_not_stored_by_default(sink: SqlSink, path: Path) -> None:
    """No name, phone, address, note or whole body reaches the file unless it was asked for."""
    order = evolve(
        shelf.order("o1"), recipient=WHO, buyer_note="gọi trước", source={"phone": WHO.phone}
    )
    sink.commit(commit("orders", order))
    sink.commit(commit("returns", evolve(shelf.a_return("r1"), buyer_text="gọi trước")))
    sink.close()
    stored = b"".join(file.read_bytes() for file in path.parent.iterdir())
    for secret in (WHO.name, WHO.phone, WHO.address, WHO.ward, "gọi trước"):
        assert secret.encode() not in stored
    assert rows(path, "select recipient_region, recipient_province from orders") == [
        ("VN", "Hà Nội")
    ]


def test_people_are_stored_when_asked_for(path: Path) -> None:
    """`personal=True` keeps the recipient and the marketplace's own body."""
    sink = SqlSink(f"sqlite:///{path}", personal=True)
    order = evolve(shelf.order("o1"), recipient=WHO, source={"note": "x"})
    sink.commit(commit("orders", order))
    sink.close()
    assert rows(path, "select recipient_name, recipient_phone from orders") == [
        (WHO.name, WHO.phone)
    ]
    assert rows(path, "select stream, record_id, body from raw_bodies") == [
        ("orders", "o1", '{"note": "x"}')
    ]


def test_a_new_file_is_readable_by_its_owner_only(sink: SqlSink, path: Path) -> None:
    """Quarantine holds whole bodies, so nobody else may read the database or its side files."""
    sink.commit(commit("orders", shelf.order("o1")))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}


def test_quarantine_keeps_the_body_and_counts_attempts(sink: SqlSink, path: Path) -> None:
    """What cannot be read is kept whole, with its reason, since when and how often."""
    bad = Unreadable(id="o1", reason="no price", body=b'{"id": 1}')
    sink.commit(commit("orders", unreadable=(bad,)))
    later = NOON + shelf.DAY
    written = sink.commit(commit("orders", unreadable=(bad, bad), read_at=later))
    assert written == Written(quarantined=1)
    assert rows(
        path, "select record_id, reason, body, attempts, first_seen_at from quarantine"
    ) == [("o1", "no price", b'{"id": 1}', 2, "2026-11-24T05:00:00.000000Z")]


def test_a_record_the_database_refuses_goes_to_quarantine(sink: SqlSink, path: Path) -> None:
    """One unfit record does not stop its page: it is kept aside, the others are stored."""
    huge = evolve(
        shelf.order("o1"), totals=evolve(shelf.order("o1").totals, items=shelf.vnd(2**70))
    )
    written = sink.commit(commit("orders", shelf.order("o0"), huge, shelf.order("o2")))
    assert written == Written(new=2, quarantined=1)
    assert rows(path, "select record_id, reason from quarantine") == [
        ("o1", "the database refused it: OverflowError")
    ]


def test_lines_under_one_id_are_both_kept(sink: SqlSink, path: Path) -> None:
    """A marketplace that repeats a line's id does not make us drop a line."""
    order = shelf.order("o1")
    twins = tuple(evolve(line, id="same") for line in order.lines)
    sink.commit(commit("orders", evolve(order, lines=twins)))
    assert rows(path, "select line_id from order_lines order by position") == [
        ("same",), ("same#2",)
    ]  # fmt: skip


@pytest.mark.parametrize("stream", LAYOUTS)
def test_every_value_stands_in_its_own_column(stream: str) -> None:
    """Rows are written by position: a field's value is found under the column of its name."""
    layout, record = LAYOUTS[stream], _marked(stream)
    stamp = Stamp(when=str, read_at="read", history=True, personal=True)
    row = dict(zip(layout.table.c.keys(), layout.head(record, stamp), strict=True))
    for name in row.keys() & _names_of(record):
        value = getattr(record, name)
        if isinstance(value, str | bool):
            assert row[name] == value
        elif isinstance(value, datetime):
            assert row[name] == str(value)
    assert (row["read_at"], row.get("history", True)) == ("read", True)
    for part in layout.parts:
        for line in part.rows(record):
            assert len(line) == len(part.table.columns)


def _names_of(record: Any) -> set[str]:
    return {field.name for field in fields(type(record))}


def _marked(stream: str) -> Any:
    """A record whose texts are the names of their fields."""
    record = {
        "orders": shelf.order("id"),
        "products": shelf.product("id"),
        "payments": shelf.payments("s", 1)[0],
        "payouts": shelf.payout("id"),
        "returns": shelf.a_return("id"),
    }[stream]
    texts = {f.name: f.name for f in fields(type(record)) if f.type in {"str", "str | None"}}
    moments = {
        f.name: NOON + timedelta(days=n)
        for n, f in enumerate(fields(type(record)))
        if f.type in {"datetime", "datetime | None"}
    }
    return evolve(record, **texts, **moments)


def test_lines_and_people_stand_in_their_columns(path: Path) -> None:
    """What is not named like its field is found where it is said to be."""
    sink = SqlSink(f"sqlite:///{path}", personal=True)
    money = {name: shelf.vnd(n) for n, name in enumerate(("items", "shipping", "total"), 1)}
    order = evolve(
        shelf.order("o1"),
        recipient=WHO,
        buyer_note="note",
        totals=OrderTotals(**money, seller_discount=shelf.vnd(4), platform_discount=shelf.vnd(5)),
    )
    line = evolve(
        order.lines[0],
        unit_ids=("u1", "u2"),
        variant_id="v",
        raw_status="packed",
        warehouse_id="W",
        image_url="pic",
        seller_discount=shelf.vnd(6),
        platform_discount=shelf.vnd(7),
    )
    sink.commit(commit("orders", evolve(order, lines=(line,))))
    sink.close()
    assert rows(
        path,
        "select items_minor, shipping_minor, total_minor, seller_discount_minor,"
        " platform_discount_minor, buyer_note, recipient_ward, recipient_address from orders",
    ) == [(1, 2, 3, 4, 5, "note", WHO.ward, WHO.address)]
    assert rows(
        path,
        "select json_extract(unit_ids, '$[1]'), product_id, variant_id, name, list_price_minor,"
        " unit_price_minor, seller_discount_minor, platform_discount_minor, raw_status,"
        " warehouse_id, image_url from order_lines",
    ) == [("u2", "p1", "v", "Áo thun", 120_000, 100_000, 6, 7, "packed", "W", "pic")]


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_instants_are_fixed_width_text_that_reads_back(moment: datetime) -> None:
    """Any instant, in any zone, is written in UTC to the microsecond."""
    backend = Sqlite()
    text = backend.when(moment)
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    assert text == utc.isoformat(timespec="microseconds") + "Z"
    assert backend.moment(text) == moment.astimezone(UTC)


def test_a_moment_without_a_zone_is_refused(sink: SqlSink, path: Path) -> None:
    """A local time of nowhere is not guessed at: the record goes to quarantine."""
    naive = evolve(shelf.order("o1"), updated_at=NOON.replace(tzinfo=None))
    assert sink.commit(commit("orders", naive, shelf.order("o2"))) == Written(new=1, quarantined=1)
    assert rows(path, "select id from orders") == [("o2",)]


def test_commits_of_several_streams_are_stored_at_once(sink: SqlSink, path: Path) -> None:
    """Each is told by itself, and later ones see what earlier ones stored."""
    at = Checkpoint(done_to=NOON)
    told = sink.commit_all(
        [
            commit("orders", shelf.order("o1"), shelf.order("o2"), checkpoint=at),
            commit("returns", shelf.a_return("r1"), checkpoint=at),
            commit("orders", shelf.order("o2"), read_at=NOON + shelf.DAY),
        ]
    )
    assert told == [Written(new=2), Written(new=1), Written(changed=1)]
    assert rows(path, "select stream from checkpoints order by stream") == [
        ("orders",), ("returns",)
    ]  # fmt: skip


def test_an_unfit_record_does_not_touch_the_commits_beside_it(sink: SqlSink) -> None:
    """Of commits that are stored at once, the one with the unfit record alone loses it."""
    order = shelf.order("o1")
    huge = evolve(order, totals=evolve(order.totals, items=shelf.vnd(2**70)))
    told = sink.commit_all(
        [commit("returns", shelf.a_return("r1")), commit("orders", huge, shelf.order("o2"))]
    )
    assert told == [Written(new=1), Written(new=1, quarantined=1)]


def test_packages_are_readable_as_json(sink: SqlSink, path: Path) -> None:
    """Parcels stand in a JSON column of their order."""
    parcel = Package(id="k1", tracking_number="SPX123", lines=(("o1-1", 1),))
    sink.commit(commit("orders", evolve(shelf.order("o1"), packages=(parcel,))))
    query = "select json_extract(packages, '$[0].tracking_number') from orders"
    assert rows(path, query) == [("SPX123",)]


def test_history_is_a_fact_about_the_first_sight(sink: SqlSink, path: Path) -> None:
    """An order that came as history stays history, one that came live stays live."""
    sink.commit(commit("orders", shelf.order("old"), history=True))
    sink.commit(commit("orders", shelf.order("live")))
    sink.commit(commit("orders", shelf.order("old"), shelf.order("live")))
    sink.commit(commit("orders", shelf.order("live"), history=True))
    assert rows(path, "select id, history from orders order by id") == [("live", 0), ("old", 1)]


def test_checkpoints_come_back_as_they_were(sink: SqlSink) -> None:
    """Every field of a checkpoint survives, to the microsecond."""
    moment = datetime(2026, 11, 24, 5, 0, 0, 123456, tzinfo=UTC)
    left = (
        Opening(window=(NOON, moment), cursor="p|2"),
        Opening(window=(moment, moment), history=True),
    )
    at = Checkpoint(since=NOON, done_to=moment, checked_to=NOON, open=left)
    sink.commit(commit("orders", checkpoint=at))
    assert sink.checkpoint(key("orders")) == at
    assert sink.checkpoint(key("products")) is None


def test_money_read_again_is_no_change(sink: SqlSink) -> None:
    """Only movements that say something else are counted as changed."""
    later, last = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    first = sink.commit(commit("payments", *shelf.payments("a", 5, 6), *shelf.payments("b", 7)))
    again = sink.commit(commit("payments", *shelf.payments("a", 5, 6), read_at=later))
    moved = sink.commit(commit("payments", *shelf.payments("a", 5, 9), read_at=last))
    assert (first, again, moved) == (
        Written(new=3),
        Written(ignored=2),
        Written(changed=1, ignored=1),
    )


def test_a_transfer_told_twice_is_no_change(sink: SqlSink) -> None:
    """A transfer that began in one window and ended in the next is listed in both."""
    later = NOON + timedelta(hours=1)
    sink.commit(commit("payouts", shelf.payout("a")))
    again = sink.commit(commit("payouts", shelf.payout("a"), read_at=later))
    more = evolve(shelf.payout("a"), amount=shelf.vnd(1))
    moved = sink.commit(commit("payouts", more, read_at=later + timedelta(hours=1)))
    assert (again, moved) == (Written(ignored=1), Written(changed=1))


def test_shops_do_not_see_each_other(sink: SqlSink) -> None:
    """Ids of another shop, or of another stream, are not known."""
    sink.commit(commit("orders", shelf.order("o1")))
    other = StreamKey("toy", "2", "orders")
    assert sink.known(key("orders"), ["o1", "o2"]) == {"o1"}
    assert sink.known(other, ["o1"]) == set()
    assert sink.known(key("returns"), ["o1"]) == set()


def test_thousands_of_ids_are_looked_up(sink: SqlSink) -> None:
    """A look-up may be larger than one statement allows."""
    sink.commit(commit("orders", *(shelf.order(f"o{n}") for n in range(1200))))
    assert len(sink.known(key("orders"), [f"o{n}" for n in range(2000)])) == 1200


def test_an_existing_database_goes_on(path: Path) -> None:
    """A second process finds what the first one stored."""
    for name in ("o1", "o2"):
        sink = SqlSink(f"sqlite:///{path}")
        sink.commit(commit("orders", shelf.order(name)))
        sink.close()
    assert rows(path, "select id from orders order by id") == [("o1",), ("o2",)]


def test_a_database_of_a_newer_version_is_refused(sink: SqlSink, path: Path) -> None:
    """Tables that a later release made are not written to, and the message says what to do."""
    with sink._engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("update entrosdk_schema set version = 99"))
    with pytest.raises(ConfigError, match="has schema 99") as caught:
        SqlSink(f"sqlite:///{path}")
    assert "Upgrade entrosdk" in caught.value.advice


def test_somebody_elses_tables_are_left_alone(path: Path) -> None:
    """A database with an `orders` table of another program is refused."""
    connection = sqlite3.connect(path)
    connection.execute("create table orders (id int)")
    connection.close()
    with pytest.raises(ConfigError, match="'orders' that entrosdk did not make"):
        SqlSink(f"sqlite:///{path}")


@pytest.mark.parametrize("url", ["", "shop.db", "mysql://root@host/db", "oracle+x://h"])
def test_other_addresses_are_refused(url: str) -> None:
    """Only SQLite and PostgreSQL, said in one sentence without the address: it may hold a key."""
    with pytest.raises(ConfigError, match="no address of a SQLite or PostgreSQL") as caught:
        SqlSink(url)
    assert "root" not in str(caught.value)


def test_a_directory_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    """The file's name and the cause are in the message."""
    with pytest.raises(ConfigError, match=r"shop\.db cannot be created"):
        SqlSink(f"sqlite:///{tmp_path}/none/shop.db")


def test_a_file_that_is_no_database_is_said_so(path: Path) -> None:
    """A text file in the place of the database is trouble, told without a traceback's values."""
    path.write_text("not a database" * 100)
    with pytest.raises(SinkFailed, match="DatabaseError"):
        SqlSink(f"sqlite:///{path}")


def test_trouble_does_not_quote_the_record(sink: SqlSink) -> None:
    """The error of a failed statement names the trouble and none of the values."""
    with sink._engine.begin() as connection:
        connection.execute(text("alter table orders rename to away"))
    with pytest.raises(SinkFailed) as caught:
        sink.commit(commit("orders", shelf.order("very-private-id")))
    assert "very-private-id" not in str(caught.value)
    assert caught.value.__cause__ is None
