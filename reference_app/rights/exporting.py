"""Exports: asked for on a page, made by the worker, fetched by an owner, gone after a week.

Each table is a part: written whole, then noted in the database. A process that dies loses the
table it was at; finished ones are never written again. Parts and archive lie sealed on the disk
under a key that is derived from the merchant's own, so they die with it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from entrosdk import Secret
from reference_app.audit.log import note
from reference_app.audit.models import Entry
from reference_app.keys import derived
from reference_app.rights.boxes import Broken, Writer, opened
from reference_app.rights.models import Export, ExportPart
from reference_app.rights.tables import Table, owned
from reference_app.rights.version import version
from reference_app.rights.writing import KINDS, part_file, write_table
from reference_app.tenants.models import Merchant, User
from reference_app.tenants.sealing import master

__all__ = ["KEPT", "ask", "folder_of", "forget_exports", "run", "stream"]

KEPT = timedelta(days=7)
"""How long an archive can be fetched."""

_ARCHIVE = "archive"
_README = """\
Everything your business owns in Entro. / Toàn bộ dữ liệu của cửa hàng bạn trên Entro.

csv/    one file for each table, for spreadsheets / mỗi bảng một tệp, để mở bằng bảng tính
json/   the same rows, for programs / cùng dữ liệu đó, dành cho phần mềm
manifest.json   files, row counts, SHA-256, columns, and what is left out and why
                danh sách tệp, số dòng, SHA-256, các cột, phần không xuất và lý do

Buyers' names, phones and addresses are in clear in records.orderprivate: keep this file safe.
Tên, số điện thoại, địa chỉ người mua có trong records.orderprivate: hãy giữ tệp này cẩn thận.
In CSV files a text that begins with = + - @ has an apostrophe before it; the JSON has it as it is.
Trong tệp CSV, ô bắt đầu bằng = + - @ có thêm dấu nháy đơn phía trước; tệp JSON giữ nguyên.
"""

_log = logging.getLogger(__name__)


class _Elsewhere(Exception):
    """Another process took the export over."""


def ask(merchant: Merchant, by: User, now: datetime) -> tuple[Export, bool]:
    """Ask for an export; while one is being made, that one is given. Says whether it is new."""
    try:
        with transaction.atomic():
            made = Export.objects.create(merchant=merchant, by=by, created_at=now)
            note(merchant, by, Entry.Verb.EXPORT, f"#{made.pk}")
            return made, True
    except IntegrityError:
        open_states = [Export.State.WAITING, Export.State.RUNNING]
        return Export.objects.get(merchant=merchant, state__in=open_states), False


def folder_of(export: Export) -> Path:
    """Return the folder of an export's files."""
    return Path(settings.DATA_DIR) / "exports" / export.folder


def run(pk: int, told: Callable[[str], None] = lambda _: None) -> None:
    """Make an export, going on from the parts that are there; `told` hears of each new part."""
    export = Export.objects.select_related("merchant").filter(pk=pk).first()
    if export is None or not export.is_open:
        return
    try:
        _make(_taken(export), told)
    except _Elsewhere:
        return
    except Exception:  # noqa: BLE001 - it must not stay "running"; the page offers a new one
        _log.exception("export %s ended unexpectedly", pk)
        _throw_away(export, Export.State.FAILED)


def _taken(export: Export) -> Export:
    now = timezone.now()
    mine = Export.objects.filter(pk=export.pk, turn=export.turn)
    if not mine.update(turn=export.turn + 1, handed_at=now, state=Export.State.RUNNING):
        raise _Elsewhere
    export.turn += 1
    return export


def _make(export: Export, told: Callable[[str], None]) -> None:
    folder, key = folder_of(export), _key(export.merchant)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    tables = [table for table in owned() if not table.left_out]
    done = set(export.parts.values_list("table", flat=True))
    _beat(export, tables=len(tables), tables_done=len(done))
    for table in tables:
        if table.label not in done:
            _write_part(export, table, folder, key)
            told(table.label)
    size, digest = _pack(export, tables, folder, key)
    now = timezone.now()
    _beat(
        export,
        state=Export.State.DONE,
        size=size,
        sha256=digest,
        finished_at=now,
        expires_at=now + KEPT,
    )
    for table in tables:
        for kind in KINDS:
            part_file(folder, table.label, kind).unlink(missing_ok=True)


def _write_part(export: Export, table: Table, folder: Path, key: bytes) -> None:
    def beat(rows: int) -> None:
        _beat(export)

    rows, facts = write_table(table, export.merchant, folder, key, beat)
    with transaction.atomic():
        _beat(export, tables_done=F("tables_done") + 1, rows_done=F("rows_done") + rows)
        ExportPart.objects.create(export=export, table=table.label, rows=rows, facts=facts)


def _beat(export: Export, **changes: Any) -> None:
    mine = Export.objects.filter(pk=export.pk, turn=export.turn)
    if not mine.update(handed_at=timezone.now(), **changes):
        raise _Elsewhere


def _pack(export: Export, tables: list[Table], folder: Path, key: bytes) -> tuple[int, str]:
    parts = {part.table: part for part in export.parts.all()}
    total = _Summed(folder / _ARCHIVE, key)
    with ZipFile(total, "w", ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        archive.writestr("README.txt", _README)
        for table in tables:
            for kind in KINDS:
                _add(archive, f"{kind}/{table.label}.{kind}", folder, (table.label, kind), key)
            _beat(export)
        archive.writestr("manifest.json", _manifest(export, tables, parts))
    return total.end()


def _add(archive: ZipFile, name: str, folder: Path, part: tuple[str, str], key: bytes) -> None:
    info = ZipInfo(name, timezone.now().timetuple()[:6])
    info.compress_type = ZIP_DEFLATED
    with part_file(folder, *part).open("rb") as file, archive.open(info, "w") as entry:
        for piece in opened(file, key):
            entry.write(piece)


class _Summed:
    """The archive on its way to the disk; a zip file needs no more than `write` and `flush`."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._raw = path.open("wb")
        path.chmod(0o600)
        self._box = Writer(self._raw, key)
        self._sum = hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Take bytes."""
        self._sum.update(data)
        return self._box.write(bytes(data))

    def flush(self) -> None:
        """Do nothing: pieces are written when they are full."""

    def end(self) -> tuple[int, str]:
        """Close; returns size and SHA-256."""
        self._box.finish()
        self._raw.close()
        return self._box.size, self._sum.hexdigest()


def _manifest(export: Export, tables: list[Table], parts: dict[str, ExportPart]) -> str:
    facts = {
        "made_at": f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}",
        "asked_at": f"{export.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "app": version(),
        "merchant": {"id": export.merchant_id, "name": export.merchant.name},
        "notes": [
            "Rows carry the ids of this installation; columns ending in _id name other rows.",
            "Columns that end in _minor are whole dong for VND. Instants are UTC.",
            "Tables were written one after another while work went on.",
        ],
        "tables": [_told(table, parts[table.label]) for table in tables],
        "left_out": {table.label: table.left_out for table in owned() if table.left_out},
    }
    return json.dumps(facts, ensure_ascii=False, indent=2) + "\n"


def _told(table: Table, part: ExportPart) -> dict[str, Any]:
    from reference_app.rights.writing import columns  # noqa: PLC0415 - beside its one use

    types = {column["name"]: column["type"] for column in columns(table)}
    return {
        "table": table.label,
        "rows": part.rows,
        "columns": [
            {"name": name, "type": types.get(name, "opened from its seal")}
            for name in part.facts["columns"]
        ],
        "hidden": table.hidden,
        "files": {f"{kind}/{table.label}.{kind}": part.facts[kind] for kind in KINDS},
    }


def stream(export: Export) -> Iterator[bytes]:
    """Yield the archive; raises `FileNotFoundError` or `Broken` before the first piece."""
    path, key = folder_of(export) / _ARCHIVE, _key(export.merchant)
    file = path.open("rb")
    pieces = opened(file, key)
    try:
        first = next(pieces)
    except (StopIteration, Broken):
        file.close()
        raise Broken("the archive is damaged") from None

    def rest() -> Iterator[bytes]:
        with file:
            yield first
            yield from pieces

    return rest()


def _key(merchant: Merchant) -> bytes:
    own = Secret(master().open(merchant.sealed_key, "merchant"))
    return bytes.fromhex(derived(own, "export"))


def forget_exports(now: datetime) -> int:
    """Delete archives whose week is over; returns how many."""
    over = list(Export.objects.filter(state=Export.State.DONE, expires_at__lte=now))
    for export in over:
        _throw_away(export, Export.State.EXPIRED)
    return len(over)


def _throw_away(export: Export, state: str) -> None:
    Export.objects.filter(pk=export.pk).update(state=state, finished_at=timezone.now())
    shutil.rmtree(folder_of(export), ignore_errors=True)
