"""The demo merchant: its owner, one store for each marketplace of the sandbox, the first sync.

`python -m reference_app.demo --sandbox http://127.0.0.1:9100 [--url http://127.0.0.1:8000]`
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import threading
import time
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reference_app.stores.models import Store
    from reference_app.tenants.models import Merchant

__all__ = ["check", "set_up"]

EMAIL = "demo@entro.example"
_TRIES = 8  # the sandbox may be told to misbehave


def set_up(sandbox: str) -> dict[str, str]:
    """Make the demo merchant with the sandbox's stores and ask for their first sync.

    Returns the owner's e-mail and a fresh password. Doing it again changes nothing else.
    """
    _start()
    merchant, password = _merchant()
    for facts in _stores(sandbox):
        _connected(merchant, facts)
    return {"email": EMAIL, "password": password}


def check(sandbox: str) -> int:
    """Sync every stream of every store once and print what is where; 0 if nothing is missing."""
    set_up(sandbox)
    from reference_app.stores.models import Store  # noqa: PLC0415 - models need settings

    stores = list(Store.objects.select_related("merchant").filter(merchant__name=_name()))
    threads = [threading.Thread(target=_sync, args=(store,), daemon=True) for store in stores]
    for thread in threads:
        thread.start()
    _tell_progress(stores, threads)
    return _print_table(stores)


def _start() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reference_app.settings")
    import django  # noqa: PLC0415 - settings first
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)


def _name() -> str:
    return "Tiệm Mộc Lan"


def _merchant() -> tuple[Merchant, str]:
    from django.utils import timezone  # noqa: PLC0415 - settings first

    from reference_app.policies import accepting  # noqa: PLC0415
    from reference_app.tenants.models import Membership, Merchant, User  # noqa: PLC0415

    merchant, _ = Merchant.objects.get_or_create(name=_name())
    user = User.objects.filter(email=EMAIL).first() or User.objects.create_user(EMAIL)
    Membership.objects.get_or_create(
        user=user, merchant=merchant, defaults={"role": Membership.Role.OWNER}
    )
    accepting.accept(user, accepting.open_for(user), "vi", timezone.now())
    password = secrets.token_urlsafe(9)
    user.set_password(password)
    user.save()
    user.trust_email()  # nobody reads that address' mail
    return merchant, password


def _stores(sandbox: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{sandbox}/control/stores", timeout=10) as reply:  # noqa: S310
        stores: list[dict[str, Any]] = json.load(reply)
    return stores


def _connected(merchant: Merchant, facts: dict[str, Any]) -> Store:
    from entrosdk import EntroError  # noqa: PLC0415
    from reference_app.stores import connecting  # noqa: PLC0415

    claim = connecting.claim_of(facts)
    for attempt in range(_TRIES):
        try:
            return connecting.keep(merchant, connecting.check(claim))
        except EntroError:
            if attempt == _TRIES - 1:
                raise
            time.sleep(0.3)
    raise AssertionError("the last try returns or raises")


def _sync(store: Store) -> None:
    from django.db import connections  # noqa: PLC0415

    from reference_app.syncing.runner import run_store  # noqa: PLC0415

    try:
        run_store(store, "connected")
    finally:
        connections.close_all()


def _tell_progress(stores: list[Store], threads: list[threading.Thread]) -> None:
    from reference_app.syncing.models import StreamRun  # noqa: PLC0415

    told = ""
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.5)
        rows = StreamRun.objects.filter(run__store__in=stores, state="running")
        line = ", ".join(
            f"{row.run.store.marketplace} {row.stream} {row.done}"
            for row in rows.select_related("run__store").order_by("id")
        )
        if line and line != told:
            _say(f"  {line}")
            told = line


def _print_table(stores: list[Store]) -> int:
    from reference_app.syncing.models import Completeness  # noqa: PLC0415

    heads = ("store", "stream", "marketplace", "local", "quarantined", "missing")
    table = [heads]
    missing = 0
    rows = Completeness.objects.filter(store__in=stores).select_related("store")
    for row in rows.order_by("store__marketplace", "id"):
        counts = (row.remote, row.local, row.quarantined, row.missing)
        table.append((row.store.marketplace, row.stream, *map(str, counts)))
        missing += row.missing
    widths = [max(len(line[place]) for line in table) for place in range(len(heads))]
    for line in table:
        texts = [text.ljust(width) for text, width in zip(line[:2], widths, strict=False)]
        numbers = [text.rjust(width) for text, width in zip(line[2:], widths[2:], strict=True)]
        _say("  ".join(texts + numbers))
    failed = _failed(stores)
    for sentence in failed:
        _say(sentence)
    return int(bool(missing or failed or len(table) == 1))


def _failed(stores: list[Store]) -> list[str]:
    """Say which stores' latest run did not end well."""
    from reference_app.syncing.models import SyncRun  # noqa: PLC0415

    sentences = []
    for store in stores:
        run = SyncRun.objects.filter(store=store).order_by("-id").first()
        if run is None or run.state != "done":
            cause = run.trouble if run else "no run"
            sentences.append(f"{store.marketplace} {store.shop_id} did not end well: {cause}.")
    return sentences


def _say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    """Set the demo up and print its login."""
    parser = argparse.ArgumentParser(description="Make the demo merchant.")
    parser.add_argument("--sandbox", default=os.environ.get("ENTRO_SANDBOX", ""), required=False)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--check", action="store_true", help="sync once and print what is where")
    options = parser.parse_args()
    if not options.sandbox:
        parser.error("give the sandbox's control address with --sandbox")
    os.environ.setdefault("ENTRO_SANDBOX", options.sandbox)
    if options.check:
        return check(options.sandbox)
    login = set_up(options.sandbox)
    _say(f"{options.url}\n{login['email']} / {login['password']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
