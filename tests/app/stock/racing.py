"""Many threads at one shelf, on the database that the environment names.

    python -m tests.app.stock.racing            # prints what became of it as JSON

A process of its own, because a database is chosen once for a process.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

_CONNECTIONS = 60  # a PostgreSQL out of the box has a hundred


def main() -> None:
    """Let them race."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reference_app.settings")
    import django
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    # The tables as they stand: how they came about is of no interest here, and takes seconds.
    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
    call_command("migrate", interactive=False, verbosity=0, run_syncdb=True)
    races = (_last_unit, _five_times, _both, _reviewed, _woken)
    print(json.dumps({race.__name__[1:]: race() for race in races}))


def _bench(name: str) -> Any:
    from django.utils import timezone

    from reference_app import samples
    from reference_app.stores.models import Store
    from tests.app.stock.conftest import Bench

    merchant, _ = samples.merchant_with_owner(name, f"{name}@example.vn")
    stores = []
    for number, market in enumerate(("shopee", "tiktok")):
        store = samples.store(merchant, market, f"{name}{number}")
        Store.objects.filter(pk=store.pk).update(connected_at=timezone.now() - timedelta(days=1))
        stores.append(Store.objects.select_related("merchant").get(pk=store.pk))
    return Bench(merchant, stores)


def _together(acts: list[Callable[[], None]]) -> list[str]:
    """Do all acts at once, each in a thread; returns what went wrong."""
    from django.db import connections

    gate, wrong = threading.Barrier(len(acts)), []
    doors = threading.Semaphore(_CONNECTIONS)

    def run(act: Callable[[], None]) -> None:
        gate.wait()
        with doors:
            try:
                act()
            except Exception as error:  # noqa: BLE001 - told to the test
                wrong.append(repr(error))
            finally:
                connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def _figures(bench: Any, wrong: list[str]) -> dict[str, Any]:
    from reference_app.stock import ledger
    from reference_app.stock.models import Balance, Reservation

    balances = Balance.objects.filter(merchant=bench.merchant)
    holds = Reservation.objects.filter(order__merchant=bench.merchant)
    return {
        "wrong": wrong,
        "figures": [[row.on_hand, row.reserved] for row in balances.order_by("variant")],
        "winners": holds.filter(short=0).count(),
        "holds": holds.count(),
        "agree": not ledger.compare(bench.merchant.pk),
    }


def _last_unit(buyers: int = 100) -> dict[str, Any]:
    """One unit, many buyers on two stores."""
    bench = _bench("last")
    shirt = bench.variant("A", 1)
    for store in bench.stores:
        bench.listing(shirt, store)
    acts = []
    for number in range(buyers):
        store = bench.stores[number % 2]
        order = bench.order(("A", 1), store=store)
        acts.append(lambda order=order, store=store: bench.tell(order, store=store))
    return _figures(bench, _together(acts))


def _five_times() -> dict[str, Any]:
    """One order, told by push and poll at once."""
    bench = _bench("five")
    bench.listing(bench.variant("A", 10))
    order = bench.order(("A", 3))
    return _figures(bench, _together([lambda: bench.tell(order)] * 5))


def _both() -> dict[str, Any]:
    """Orders of several lines on two stores, in opposite order: nobody waits for ever."""
    bench = _bench("both")
    for sku in "ABC":
        variant = bench.variant(sku, 100)
        for store in bench.stores:
            bench.listing(variant, store)
    acts = []
    for number in range(20):
        store = bench.stores[number % 2]
        skus = "ABC" if number % 2 else "CBA"
        order = bench.order(*((sku, 1) for sku in skus), store=store)
        acts.append(lambda order=order, store=store: bench.tell(order, store=store))
    return _figures(bench, _together(acts))


def _reviewed() -> dict[str, Any]:
    """Orders of many lines, while buffers are reviewed again and again."""
    from reference_app.stock.keeping import review_buffers

    bench = _bench("reviewed")
    skus = [f"S{number:02}" for number in range(30)]
    for sku in skus:
        bench.listing(bench.variant(sku, 100))
    acts: list[Callable[[], None]] = []
    for number in range(20):
        lines = skus if number % 2 else skus[::-1]
        order = bench.order(*((sku, 1) for sku in lines))
        acts.append(lambda order=order: bench.tell(order))
        acts.append(lambda: review_buffers(bench.merchant.pk))
    return _figures(bench, _together(acts))


def _woken() -> dict[str, Any]:
    """Stores that wake the others again and again, while each goes back to sleep by itself."""
    from django.utils import timezone

    from reference_app import samples
    from reference_app.stock.models import Channel
    from reference_app.stock.offers import wake
    from reference_app.stores.models import Store

    bench = _bench("woken")
    more = [samples.store(bench.merchant, market, f"more{market}") for market in ("lazada", "tiki")]
    keys = [store.pk for store in (*bench.stores, *more)]
    Channel.objects.bulk_create(Channel(store_id=pk, pushing=True) for pk in keys)
    later = timezone.now() + timedelta(days=1)

    def act(own: int) -> None:
        for _ in range(40):
            Store.objects.filter(pk=own).update(next_run_at=later)
            wake(set(keys) - {own})

    acts = [lambda own=own: act(own) for own in keys * 3]
    return {"wrong": _together(acts), "awake": Store.objects.filter(next_run_at=later).count() < 2}


if __name__ == "__main__":
    main()
