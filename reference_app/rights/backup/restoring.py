"""Putting a backup back: everything is unpacked and verified before anything is overwritten."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from reference_app.rights.backup.databases import Database, Trouble
from reference_app.rights.backup.making import FORMAT, Place, digest_of
from reference_app.rights.boxes import MAGIC, Broken, opened

__all__ = ["put_back", "unpacked"]


def unpacked(file: Path, work: Path, key: bytes | None) -> dict[str, Any]:
    """Unpack a backup into the folder `work` and verify it; returns its manifest.

    Raises `Trouble` for a file that is damaged, cut off, sealed with another key, or of a newer
    form than this app knows.
    """
    try:
        with file.open("rb") as raw:
            stream = _plain(raw, key)
            with tarfile.open(fileobj=stream, mode="r|") as archive:
                manifest = _unpack(archive, work)
            while stream.read(1024 * 1024):  # a sealed file is whole only when its end was seen
                pass
    except (tarfile.TarError, Broken, EOFError, ValueError) as error:
        raise Trouble(f"{file.name} cannot be read: {error}") from None
    _verify(manifest, work)
    return manifest


def _plain(raw: Any, key: bytes | None) -> Any:
    sealed = raw.read(len(MAGIC)) == MAGIC
    raw.seek(0)
    if not sealed:
        return raw
    if key is None:
        raise Trouble("the backup is sealed. Next step: give its key with --key-file.")
    return io.BufferedReader(_Pieces(opened(raw, key)), 1024 * 1024)


class _Pieces(io.RawIOBase):
    """A file over pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._held = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` with what comes next."""
        if not self._held:
            self._held = next(self._pieces, b"")
        part, self._held = self._held[: len(buffer)], self._held[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def _unpack(archive: tarfile.TarFile, work: Path) -> dict[str, Any]:
    manifest: dict[str, Any] | None = None
    for entry in archive:
        body = archive.extractfile(entry)
        if body is None:
            raise Trouble(f"{entry.name} is no file")
        if manifest is None:
            manifest = json.load(body)
            if entry.name != "manifest.json" or not isinstance(manifest, dict):
                raise Trouble("this is no backup of the app")
            if manifest.get("format") != FORMAT:
                raise Trouble("the backup has a newer form. Next step: install a newer app.")
            continue
        if entry.name not in manifest["files"] or ".." in PurePosixPath(entry.name).parts:
            raise Trouble(f"{entry.name} is not listed in the manifest")
        target = work / entry.name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as out:
            while piece := body.read(1024 * 1024):
                out.write(piece)
    if manifest is None:
        raise Trouble("this is no backup of the app")
    return manifest


def _verify(manifest: dict[str, Any], work: Path) -> None:
    for name, facts in manifest["files"].items():
        path = work / name
        if not path.exists() or path.stat().st_size != facts["size"]:
            raise Trouble(f"{name} is missing or cut off")
        if digest_of(path) != facts["sha256"]:
            raise Trouble(f"{name} is damaged")


def put_back(place: Place, work: Path, manifest: dict[str, Any], *, force: bool) -> list[Database]:
    """Put unpacked copies in their places; raises `Trouble` where something would be overwritten.

    Returns the databases that were put back.
    """
    kinds = {database.name: database for database in place.databases}
    copies = [name for name in manifest["files"] if not name.startswith("files/")]
    strange = [name for name in copies if name not in kinds]
    if strange:
        raise Trouble(
            f"the backup holds {', '.join(strange)}, and the settings name another kind of"
            " database. Next step: set ENTRO_DATABASE_URL as it was when the backup was made."
        )
    for name in copies:
        kinds[name].check(work / name)
    if not force and any(kinds[name].is_there for name in copies):
        raise Trouble(
            "there is a database already. Next step: stop web server and worker, and give --force"
            " to replace it."
        )
    for name in copies:
        kinds[name].put_back(work / name)
    for name in manifest["files"]:
        if name.startswith("files/"):
            target = place.folder / name.removeprefix("files/")
            target.parent.mkdir(parents=True, exist_ok=True)
            (work / name).replace(target)
    return [kinds[name] for name in copies]
