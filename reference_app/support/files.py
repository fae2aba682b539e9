"""Files that come with a message: what is taken, where they lie, how they are handed out."""

from __future__ import annotations

import os
import re
import uuid
from base64 import b64decode, b64encode
from pathlib import Path
from urllib.parse import quote

from attrs import frozen
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse

from entrosdk.errors import ConfigError
from reference_app.support.models import Attachment, Message

__all__ = ["LARGEST", "MOST", "NotTaken", "Taken", "hand_out", "keep", "path_of", "take"]

LARGEST = 5 * 1024 * 1024  # bytes in one file
MOST = 5  # files with one message
LARGEST_SUM = 10 * 1024 * 1024  # bytes of all of them; servers refuse larger requests before us

_SIGNS = {  # the first bytes of a file say what it is; its name says nothing
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"%PDF-": "application/pdf",
}
_TEXTS = {".txt": "text/plain", ".log": "text/plain", ".csv": "text/csv"}
_ENDINGS = {
    "image/png": {".png"},
    "image/jpeg": {".jpg", ".jpeg"},
    "application/pdf": {".pdf"},
}


class NotTaken(ValueError):
    """A file is refused: `large`, `many`, `sum`, `empty` or `kind`."""


@frozen
class Taken:
    """A file that was looked at and may be kept."""

    name: str
    kind: str
    content: bytes


def take(uploads: list[UploadedFile]) -> list[Taken]:
    """Read uploads; raises `NotTaken` when one of them is too large or no file we expect."""
    if len(uploads) > MOST:
        raise NotTaken("many")
    if sum(upload.size or 0 for upload in uploads) > LARGEST_SUM:
        raise NotTaken("sum")
    return [_look(upload) for upload in uploads]


def _look(upload: UploadedFile) -> Taken:
    if (upload.size or 0) > LARGEST:
        raise NotTaken("large")
    content = upload.read()
    if not content:
        raise NotTaken("empty")
    name = _plain(upload.name or "file")
    return Taken(name, _kind(name, content), content)


def _kind(name: str, content: bytes) -> str:
    ending = Path(name).suffix.lower()
    for sign, kind in _SIGNS.items():
        if content.startswith(sign) and ending in _ENDINGS[kind]:
            return kind
    if ending in _TEXTS and b"\0" not in content:
        try:
            content.decode()
        except UnicodeDecodeError:
            raise NotTaken("kind") from None
        return _TEXTS[ending]
    raise NotTaken("kind")


def _plain(name: str) -> str:
    """Return a name without folders, control signs and signs that systems mind, cut to 120."""
    last = re.split(r"[/\\]", name)[-1]
    text = re.sub(r'[\x00-\x1f\x7f<>:"|?*\u202a-\u202e\u2066-\u2069]', "", last).strip(" .")
    stem, ending = Path(text).stem, Path(text).suffix
    return (stem[: 120 - len(ending)] + ending) or "file"


def path_of(attachment: Attachment) -> Path:
    """Return where the content lies: a folder for each merchant, a random name."""
    folder = settings.DATA_DIR / "attachments" / str(attachment.merchant_id)
    return Path(folder) / attachment.key


def keep(message: Message, files: list[Taken]) -> None:
    """Store files of a message, sealed with its merchant's key."""
    merchant = message.ticket.merchant
    for file in files:
        row = Attachment(
            merchant=merchant,
            message=message,
            key=uuid.uuid4().hex,
            name=file.name,
            kind=file.kind,
            size=len(file.content),
        )
        path = path_of(row)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        sealed = merchant.seal().seal(b64encode(file.content).decode(), f"attachment:{row.key}")
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(sealed)
        row.save()


def hand_out(attachment: Attachment) -> HttpResponse:
    """Return the content as a download; it is never shown as a page of ours."""
    try:
        sealed = path_of(attachment).read_text()
        text = attachment.merchant.seal().open(sealed, f"attachment:{attachment.key}")
    except (OSError, ConfigError):
        raise Http404 from None
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(attachment.name)}",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(b64decode(text), content_type=attachment.kind, headers=headers)
