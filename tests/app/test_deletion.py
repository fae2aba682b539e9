"""Deleting a merchant: typed, delayed, finished, certified."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from entrosdk.errors import ConfigError
from reference_app import samples
from reference_app.audit.models import Entry
from reference_app.records.models import Order, OrderPrivate, Payout
from reference_app.records.private import opened
from reference_app.rights import chores, deleting, exporting, registry
from reference_app.rights.models import Deletion
from reference_app.rights.tables import owned, unkept
from reference_app.stores.models import Credential, Store
from reference_app.tenants.models import Membership, Merchant, User

NOW = timezone.now()


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, settings: Any) -> Path:
    """Keep archives in a folder of the test's own."""
    settings.DATA_DIR = tmp_path
    return tmp_path


def fill(store: Store, owner: User) -> None:
    """Give a merchant something of everything."""
    samples.fill(store, orders=12)
    samples.catalogue(store, owner)
    samples.stock(store, owner)
    samples.programs(store.merchant)


@pytest.fixture
def filled(store: Store, owner: User) -> Store:
    """Return a store with something of everything."""
    fill(store, owner)
    return store


@pytest.fixture
def neighbour(other: Merchant) -> Store:
    """Return somebody else's store, as full."""
    store = samples.store(other, "shopee", "9001")
    fill(store, User.objects.get(memberships__merchant=other))
    return store


def counted(merchant: int) -> dict[str, int]:
    """Count a merchant's rows in every table."""
    found = {table.label: table.rows(merchant).count() for table in owned()}
    return {label: number for label, number in found.items() if number}


def to_go(rows: dict[str, int]) -> dict[str, int]:
    """Return what of a count a deletion removes: not books, nor the row they hang on."""
    books = {table.label for table in owned() if table.kept}
    stays = books | {"tenants.merchant"} if books & set(rows) else set()
    return {label: number for label, number in rows.items() if label not in stays}


def planned(merchant: Merchant, owner: User) -> Deletion:
    """Ask for a deletion whose delay is over."""
    return deleting.ask(merchant, owner, merchant.name, NOW - deleting.delay())


# Asking


def test_it_takes_the_typed_name(browser_of: Client, merchant: Merchant) -> None:
    """A wrong name deletes nothing; the right one plans the deletion a week ahead."""
    wrong = browser_of.post("/settings/data/deletion/", {"name": "Tiệm Cúc"})
    assert (wrong.status_code, Deletion.objects.count()) == (422, 0)
    browser_of.post("/settings/data/deletion/", {"name": " Tiệm  Sen "})
    made = Deletion.objects.get()
    assert (made.due_at - made.asked_at, chores.due(NOW + timedelta(days=6))) == (
        timedelta(days=7), [],
    )  # fmt: skip
    (letter,) = mail.outbox
    assert (letter.to, made.public_id in letter.body) == (["sen@example.vn"], True)


def test_it_can_be_withdrawn_until_it_begins(browser_of: Client, filled: Store) -> None:
    """Withdrawn in time, nothing is deleted, ever."""
    before = counted(filled.merchant_id)
    browser_of.post("/settings/data/deletion/", {"name": filled.merchant.name})
    browser_of.post("/settings/data/deletion/undo/")
    made = Deletion.objects.get()
    deleting.run(made.pk, NOW + timedelta(days=60))
    verbs = list(Entry.objects.order_by("id").values_list("verb", flat=True))[-2:]
    after = counted(filled.merchant_id)
    after["audit.entry"] -= 2
    if not after["audit.entry"]:
        del after["audit.entry"]
    assert (made.state, verbs, after) == ("undone", ["delete", "keep"], before)


def test_nothing_happens_before_its_time(filled: Store, owner: User) -> None:
    """Whoever runs it too early does nothing."""
    made = deleting.ask(filled.merchant, owner, "Tiệm Sen", NOW)
    before = counted(filled.merchant_id)
    deleting.run(made.pk, NOW + timedelta(days=6, hours=23))
    made.refresh_from_db()
    assert (made.state, counted(filled.merchant_id)) == ("waiting", before)


def test_the_delay_leaves_time_to_finish_within_30_days(settings: Any) -> None:
    """However long the delay is set, a week is left to do the work."""
    settings.DELETION_DAYS = 400
    assert deleting.delay() + timedelta(days=7) <= deleting.FINISHED_WITHIN


# Deleting


def test_everything_of_one_merchant_goes_and_nothing_else(
    filled: Store, owner: User, neighbour: Store
) -> None:
    """Each of the merchant's rows is gone and counted; the neighbour's are as they were."""
    merchant, theirs = filled.merchant_id, counted(neighbour.merchant_id)
    mine = counted(merchant)
    exporting.run(exporting.ask(filled.merchant, owner, NOW)[0].pk)
    made = planned(filled.merchant, owner)
    mine["audit.entry"] = mine.get("audit.entry", 0) + 2
    chores.run("deletion", made.pk)
    made.refresh_from_db()
    gone = {label: made.counts.get(label, 0) for label in to_go(mine)}
    assert (to_go(counted(merchant)), gone, made.state) == ({}, to_go(mine), "done")
    assert counted(neighbour.merchant_id) == theirs
    assert (User.objects.filter(pk=owner.pk).exists(), made.people) == (False, [])
    assert list((Path(settings.DATA_DIR) / "exports").iterdir()) == []


def test_a_person_with_another_business_keeps_the_account(
    filled: Store, owner: User, other: Merchant
) -> None:
    """Only accounts that have nothing else here are deleted."""
    Membership.objects.create(user=owner, merchant=other)
    deleting.run(planned(filled.merchant, owner).pk)
    assert [place.merchant for place in owner.memberships.all()] == [other]


def test_the_key_goes_first(filled: Store, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the first table is touched, nothing personal can be read and nobody gets in."""
    order = Order.objects.filter(private__isnull=False).first()
    assert order is not None
    assert opened(order) is not None
    seen: list[Any] = []

    def look(*_: Any) -> int:
        fresh = Order.objects.select_related("merchant").get(pk=order.pk)
        seen.append((opened(fresh), Credential.objects.count(), Membership.objects.count()))
        with pytest.raises(ConfigError):
            fresh.merchant.seal()
        raise RuntimeError("stopped by the test")

    with monkeypatch.context() as patched:
        patched.setattr(deleting, "_empty", look)
        chores.run("deletion", planned(filled.merchant, owner).pk)
    assert seen == [(None, 0, 0)]
    assert OrderPrivate.objects.exists()


def test_a_stale_object_brings_no_key_back(merchant: Merchant) -> None:
    """Saving a merchant that was read before its key was destroyed leaves it destroyed."""
    stale = Merchant.objects.get(pk=merchant.pk)
    Merchant.objects.filter(pk=merchant.pk).update(sealed_key="destroyed")
    stale.name = "Tiệm Sen Hồng"
    stale.save()
    merchant.refresh_from_db()
    assert (merchant.name, merchant.sealed_key) == ("Tiệm Sen Hồng", "destroyed")


KILLED = """
import os, signal, sys
import django
django.setup()
from reference_app.rights import deleting
whole, left = deleting._empty, int(sys.argv[2])
def empty(row, table):
    global left
    found = whole(row, table)
    left -= found > 0
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return found
deleting._empty = empty
deleting._CHUNK = 5
deleting.run(int(sys.argv[1]))
"""


@pytest.mark.django_db(transaction=True)
def test_a_killed_deletion_is_finished_with_exact_counts(
    filled: Store, owner: User, data_dir: Path
) -> None:
    """Kill -9 after some tables: the next run deletes the rest, and the sums are those of all."""
    mine = counted(filled.merchant_id)
    mine["audit.entry"] = mine.get("audit.entry", 0) + 1
    made = planned(filled.merchant, owner)
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "reference_app.settings",
        "ENTRO_DATA_DIR": str(data_dir),
        "ENTRO_DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
        "ENTRO_SECRETS_KEY": ",".join(key.reveal() for key in settings.SECRET_KEYS),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-c", KILLED, str(made.pk), "15"]
    killed = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    assert counted(filled.merchant_id)
    (chore,) = chores.due(timezone.now() + timedelta(minutes=20))
    chores.run(*chore)
    made.refresh_from_db()
    gone = {label: made.counts.get(label, 0) for label in to_go(mine)}
    assert (gone, made.state) == (to_go(mine), "done")


# What stays


@pytest.fixture
def books() -> Iterator[None]:
    """Let payouts, and the stores they hang on, be books the law wants kept."""
    registry.keep("records.payout", reason="books", strip={"raw_status": ""})
    registry.keep("stores.store", reason="books", strip={"name": "", "app_key": ""})
    yield
    for table in ("records.payout", "stores.store"):
        del registry.KEPT[table]


def test_books_stay_without_what_is_personal(filled: Store, owner: User, books: None) -> None:
    """Kept rows have their sums and lost their personal columns; so has the merchant's own row."""
    before = list(Payout.objects.order_by("id").values_list("amount_minor", flat=True))
    made = planned(filled.merchant, owner)
    deleting.run(made.pk)
    made.refresh_from_db()
    merchant = Merchant.objects.get()
    after = list(Payout.objects.order_by("id").values_list("amount_minor", "raw_status"))
    assert after == [(amount, "") for amount in before]
    assert (merchant.name, Store.objects.get().name) == (f"#{merchant.pk}", "")
    left = {label for label in counted(merchant.pk) if not label.startswith("billing.")}
    assert left == {"records.payout", "stores.store", "tenants.merchant"}
    assert made.kept["records.payout"] == {"rows": len(before), "reason": "books"}


def test_books_that_hang_on_what_goes_are_noticed() -> None:
    """Keeping a table and not what it hangs on is a mistake that is named."""
    registry.keep("records.payout", reason="books")
    try:
        assert unkept() == ["stores.store"]
    finally:
        del registry.KEPT["records.payout"]


def test_the_certificate_is_read_without_an_account(
    filled: Store, owner: User, client: Client
) -> None:
    """It tells when and how much, names nobody, and its digest is that of its facts."""
    made = planned(filled.merchant, owner)
    path = f"/certificates/{made.public_id}/"
    early = client.get(path).content.decode()
    assert "SHA-256" not in early
    deleting.run(made.pk)
    made.refresh_from_db()
    page = client.get(path).content.decode()
    body = client.get(f"{path}?as=json").content
    assert made.digest in page
    assert hashlib.sha256(body).hexdigest() == made.digest
    assert made.name_digest == hashlib.sha256("Tiệm Sen".encode()).hexdigest()
    words = [word for word in ("Tiệm Sen", "sen@example.vn") if word in page + body.decode()]
    assert (words, client.get("/certificates/nothing/").status_code) == ([], 404)


@pytest.mark.skipif(not apps.is_installed("reference_app.billing"), reason="no billing here")
def test_what_we_billed_stays_without_who_and_nothing_more_is_billed(
    merchant: Merchant, owner: User
) -> None:
    """Invoices keep number and sums, lose the buyer, and no later renewal adds one."""
    from reference_app.billing.models import BillingAccount, Invoice
    from reference_app.billing.renewing import renew_all

    who = {"name": "Bà Sen", "tax_id": "0101234567", "address": "1 Lê Lợi", "email": owner.email}
    BillingAccount.objects.filter(merchant=merchant).update(**who)
    renew_all(NOW + timedelta(days=40))
    books = Invoice.objects.filter(merchant=merchant)
    before = list(books.order_by("id").values_list("number", "total", "state"))
    assert before
    deleting.run(planned(merchant, owner).pk)
    renew_all(NOW + timedelta(days=120))
    account = BillingAccount.objects.get(merchant=merchant)
    assert list(books.order_by("id").values_list("number", "total", "state")) == before
    assert [account.name, account.tax_id, account.address, account.email] == [""] * 4
    assert set(map(str, books.values_list("buyer", flat=True))) == {"{}"}
