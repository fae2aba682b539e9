"""Paper of the emulated carriers: a tiny valid PDF, and a form with files taken apart."""

from __future__ import annotations

from collections.abc import Iterable
from email.message import Message
from email.parser import HeaderParser

from attrs import field, frozen

from entrosdk.sandbox.http import Call

__all__ = ["Upload", "form", "pdf"]


def pdf(lines: Iterable[str]) -> bytes:
    """Return one page with these lines; what is not ASCII becomes a question mark."""
    text = "\n".join(f"({_plain(line)}) Tj T*" for line in lines)
    stream = f"BT /F1 12 Tf 14 TL 20 380 Td\n{text}\nET".encode("ascii", "replace")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 298 420] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    )
    return _assembled(objects)


def _plain(line: str) -> str:
    return line.replace("\\", "").replace("(", "[").replace(")", "]")


def _assembled(objects: tuple[bytes, ...]) -> bytes:
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (count, table, count, len(body))
    )


@frozen
class Upload:
    """A field of a form: a file has a name, a text has none."""

    name: str
    filename: str
    content: bytes = field(repr=False)


def form(call: Call) -> list[Upload]:
    """Take a `multipart/form-data` body apart, byte for byte; anything else has no fields."""
    boundary = _parameter(call.headers.get("content-type", ""), "boundary", of="content-type")
    if not boundary:
        return []
    parts = (b"\r\n" + call.body).split(b"\r\n--" + boundary.encode())
    return [_upload(part) for part in parts[1:-1]]


def _upload(part: bytes) -> Upload:
    head, _, content = part.partition(b"\r\n\r\n")
    told = HeaderParser().parsestr(head.decode("utf-8", "replace").strip())
    disposition = told.get("content-disposition", "")
    name, filename = (
        _parameter(disposition, key, of="content-disposition") for key in ("name", "filename")
    )
    return Upload(name, filename, content)


def _parameter(value: str, name: str, *, of: str) -> str:
    message = Message()
    message[of] = value
    return str(message.get_param(name, "", header=of))
