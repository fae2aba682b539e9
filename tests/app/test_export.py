"""Everything a merchant owns, in one archive."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import tracemalloc
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from reference_app import samples
from reference_app.audit.models import Entry
from reference_app.goods.models import Variant
from reference_app.records.models import Order, OrderPrivate
from reference_app.rights import chores, exporting
from reference_app.rights.boxes import Broken, Writer, opened
from reference_app.rights.models import Export
from reference_app.rights.tables import forgotten, owned, unkept
from reference_app.rights.writing import write_table
from reference_app.stores.models import Credential, Store
from reference_app.tenants.models import Membership, Merchant, User

ROOT = Path(__file__).resolve().parents[2]
NOW = timezone.now()
# Columns whose names sound like secrets and are none: matching keys, tokens of forms, and counts.
_HARMLESS = {
    "goods.errand.token", "goods.listing.key", "goods.variant.key", "orders.act.token",
    "stock.transfer.token", "stores.store.app_key", "billing.invoice.pay_code",
}  # fmt: skip


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, settings: Any) -> Path:
    """Keep archives in a folder of the test's own."""
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def filled(store: Store, owner: User) -> Store:
    """Return a store with something of everything."""
    samples.fill(store, orders=12)
    samples.catalogue(store, owner)
    samples.stock(store, owner)
    samples.programs(store.merchant)
    return store


def made(merchant: Merchant, owner: User) -> Export:
    """Make an export as the worker does."""
    export, _new = exporting.ask(merchant, owner, timezone.now())
    assert chores.due(timezone.now()) == [("export", export.pk)]
    chores.run("export", export.pk)
    export.refresh_from_db()
    assert export.state == "done"
    return export


def unpacked(export: Export) -> zipfile.ZipFile:
    """Open an archive."""
    return zipfile.ZipFile(io.BytesIO(b"".join(exporting.stream(export))))


# What is in it


def test_no_table_is_forgotten() -> None:
    """Every model hangs on a merchant by a path that is found, or somebody said why not."""
    assert (forgotten(), unkept()) == ([], [])


def test_no_column_that_sounds_like_a_secret_is_exported() -> None:
    """Sealed values, digests, passwords, tokens and keys are hidden, column by column."""
    sounds = re.compile(r"seal|secret|password|digest|token|key$|recovery|data$|code$")
    loud = [
        f"{table.label}.{field.attname}"
        for table in owned()
        if not table.left_out
        for field in table.model._meta.concrete_fields
        if sounds.search(field.attname) and field.attname not in table.hidden
        and not field.is_relation
    ]  # fmt: skip
    quiet = {"api.outgoingevent.data", "orders.actitem.code", "stock.push.code"}
    quiet |= {"paying.attempt.code"}  # what VNPay answered
    assert set(loud) - _HARMLESS - quiet == set()


def test_the_archive_holds_what_the_manifest_says(filled: Store, owner: User) -> None:
    """Each table is there as CSV and as JSON, with as many rows and the sums the manifest names."""
    archive = unpacked(made(filled.merchant, owner))
    manifest = json.loads(archive.read("manifest.json"))
    assert archive.testzip() is None
    assert {table["table"] for table in manifest["tables"]} == {
        table.label for table in owned() if not table.left_out
    }
    for table in manifest["tables"]:
        counts = []
        for name, facts in table["files"].items():
            body = archive.read(name)
            assert (len(body), hashlib.sha256(body).hexdigest()) == (
                facts["bytes"], facts["sha256"],
            )  # fmt: skip
            if name.startswith("json/"):
                counts.append(len(json.loads(body)))
            else:
                lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
                assert lines[0] == [column["name"] for column in table["columns"]]
                counts.append(len(lines) - 1)
        assert counts == [table["rows"]] * 2, table["table"]
    assert manifest["left_out"]["stores.credential"]


def test_buyers_are_in_clear_and_others_are_not_in_it(
    filled: Store, owner: User, other: Merchant
) -> None:
    """The recipients are readable, and no row of another merchant is there."""
    foreign = samples.store(other, "shopee", "77700188")
    samples.fill(foreign, orders=3)
    archive = unpacked(made(filled.merchant, owner))
    people = json.loads(archive.read("json/records.orderprivate.json"))
    assert {person["name"] for person in people} <= set(samples._NAMES)
    assert len(people) == OrderPrivate.objects.filter(order__store=filled).count()
    whole = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert [word for word in ("77700188", "cuc@example.vn", "Tiệm Cúc") if word in whole] == []


def test_no_secret_is_in_it(filled: Store, owner: User) -> None:
    """No sealed value, no token and no password of the merchant appears in the archive."""
    archive = unpacked(made(filled.merchant, owner))
    whole = b"".join(archive.read(name) for name in archive.namelist()).decode()
    secrets = [filled.merchant.sealed_key, owner.password, filled.app_sealed, filled.hook_token]
    secrets += Credential.objects.values_list("sealed", flat=True)
    secrets += OrderPrivate.objects.values_list("sealed", flat=True)
    present = [text for text in secrets if text]
    assert (len(present) > 12, [text for text in present if text in whole]) == (True, [])


def test_nothing_in_clear_lies_on_the_disk(filled: Store, owner: User, other: Merchant) -> None:
    """The archive is sealed, readable by its owner only, and nothing else is left over."""
    export = made(filled.merchant, owner)
    (file,) = exporting.folder_of(export).iterdir()
    assert (file.stat().st_mode & 0o777, b"PK\x03\x04" in file.read_bytes()[:64]) == (0o600, False)
    Merchant.objects.filter(pk=filled.merchant_id).update(sealed_key=other.sealed_key)
    with pytest.raises(Broken):
        list(exporting.stream(Export.objects.get(pk=export.pk)))


# How it is made


KILLED = """
import os, signal, sys
import django
django.setup()
from reference_app.rights import exporting
seen = []
def told(table):
    seen.append(table)
    if len(seen) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
exporting.run(int(sys.argv[1]), told)
"""


@pytest.mark.django_db(transaction=True)
def test_a_killed_export_goes_on_where_it_was(
    filled: Store, owner: User, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kill -9 in the middle: the tables that were finished are not written again."""
    export, _new = exporting.ask(filled.merchant, owner, timezone.now())
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "reference_app.settings",
        "ENTRO_DATA_DIR": str(data_dir),
        "ENTRO_DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
        "ENTRO_SECRETS_KEY": ",".join(key.reveal() for key in settings.SECRET_KEYS),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-c", KILLED, str(export.pk), "30"]
    killed = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    folder = exporting.folder_of(export)
    finished = {part.table: part.pk for part in export.parts.all()}
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert len(finished) == 30
    again: list[str] = []
    later = timezone.now() + timedelta(minutes=20)
    assert chores.due(later) == [("export", export.pk)]  # the dead process's lease is over
    exporting.run(export.pk, lambda table: again.append(table) or check(folder, before, finished))
    export.refresh_from_db()
    assert (export.state, set(again) & set(finished)) == ("done", set())
    assert export.tables_done == export.tables == 30 + len(again)
    assert json.loads(unpacked(export).read("manifest.json"))["merchant"]["name"] == "Tiệm Sen"


def check(folder: Path, before: dict[str, int], finished: dict[str, int]) -> None:
    """See that the files of finished tables are the ones from before."""
    for table in finished:
        for kind in ("csv", "json"):
            name = f"{table}.{kind}"
            assert (folder / name).stat().st_mtime_ns == before[name]


def test_memory_does_not_grow_with_rows(merchant: Merchant, tmp_path: Path) -> None:
    """Ten times the rows take no more memory: a chunk is held, never a table."""
    variants = next(table for table in owned() if table.model is Variant)

    def peak(rows: int) -> int:
        have = Variant.objects.filter(merchant=merchant).count()
        Variant.objects.bulk_create(
            Variant(merchant=merchant, sku=f"S{n}", name=f"Áo {n} " + "x" * 200)
            for n in range(have, rows)
        )
        tracemalloc.start()
        count, _facts = write_table(variants, merchant, tmp_path, bytes(32), lambda _: None)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == rows
        return top

    peak(10)  # whatever is loaded on first use
    few, many = peak(600), peak(4_000)
    assert many < few * 1.25 + 500_000, (few, many)


def test_one_export_at_a_time(merchant: Merchant, owner: User) -> None:
    """Asking twice makes one; a finished one does not stand in the way of the next."""
    first, new = exporting.ask(merchant, owner, NOW)
    assert (new, exporting.ask(merchant, owner, NOW)) == (True, (first, False))
    exporting.run(first.pk)
    assert exporting.ask(merchant, owner, NOW)[1]


# Who gets it


def test_an_owner_downloads_it_and_that_is_written_down(
    browser_of: Client, filled: Store, owner: User
) -> None:
    """The page asks for it, the worker makes it, the owner gets a whole archive."""
    browser_of.post("/settings/data/exports/")
    (chore,) = chores.due(timezone.now())
    chores.run(*chore)
    response = browser_of.get(f"/settings/data/exports/{chore[1]}/download/")
    body = b"".join(response)
    assert len(body) == int(response["Content-Length"])
    assert zipfile.ZipFile(io.BytesIO(body)).testzip() is None
    verbs = list(Entry.objects.order_by("id").values_list("verb", "who"))
    assert verbs[-2:] == [("export", owner.email), ("download", owner.email)]


def test_staff_and_strangers_get_nothing(
    client: Client, filled: Store, owner: User, other: Merchant
) -> None:
    """A colleague who is no owner is refused, somebody else's owner finds nothing."""
    export = made(filled.merchant, owner)
    path = f"/settings/data/exports/{export.pk}/download/"
    colleague = User.objects.create_user("dong@example.vn")
    Membership.objects.create(user=colleague, merchant=filled.merchant)
    client.force_login(colleague)
    posts = [client.post(f"/settings/data/{end}").status_code for end in ("exports/", "deletion/")]
    codes = [client.get(path).status_code, client.get("/settings/data/").status_code, *posts]
    client.force_login(User.objects.get(memberships__merchant=other))
    assert ([*codes, client.get(path).status_code]) == [403, 403, 403, 403, 404]


def test_it_expires_after_a_week(browser_of: Client, merchant: Merchant, owner: User) -> None:
    """After seven days the archive is gone from page and disk."""
    export = made(merchant, owner)
    assert exporting.forget_exports(export.finished_at + timedelta(days=6)) == 0
    assert exporting.forget_exports(export.finished_at + timedelta(days=7)) == 1
    path = f"/settings/data/exports/{export.pk}/download/"
    codes = (exporting.folder_of(export).exists(), browser_of.get(path).status_code)
    assert codes == (False, 404)
    assert "Đã hết hạn" in browser_of.get("/settings/data/").content.decode()


# The box


@pytest.mark.parametrize("size", [0, 1, 256 * 1024, 256 * 1024 + 1, 700_000])
def test_a_sealed_file_gives_back_what_went_in(size: int) -> None:
    """Whatever its length, and no byte of it opens changed, cut, or under another key."""
    text, key = os.urandom(size), os.urandom(32)
    file = io.BytesIO()
    with Writer(file, key) as box:
        box.write(text)
    sealed = file.getvalue()
    assert b"".join(opened(io.BytesIO(sealed), key)) == text
    spoiled = [sealed[:-1], sealed[:-17], sealed[:24], sealed[:-1] + bytes([sealed[-1] ^ 1])]
    spoiled += [sealed[: 24 + 256 * 1024 + 16]] if size > 256 * 1024 else []
    for body in spoiled:
        with pytest.raises(Broken):
            list(opened(io.BytesIO(body), key))
    with pytest.raises(Broken):
        list(opened(io.BytesIO(sealed), os.urandom(32)))


def test_orders_are_counted_right(filled: Store, owner: User) -> None:
    """The archive has each order of the merchant once."""
    archive = unpacked(made(filled.merchant, owner))
    ids = [row["external_id"] for row in json.loads(archive.read("json/records.order.json"))]
    assert sorted(ids) == sorted(Order.objects.values_list("external_id", flat=True))
