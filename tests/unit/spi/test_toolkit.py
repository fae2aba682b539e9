"""Pure tools that adapters share: forms with files."""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrosdk.spi.toolkit import Part, json_object, multipart


def read(kind: str, body: bytes) -> list[tuple[str, str | None, bytes]]:
    """Read a form as a standard parser does."""
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    return [
        (
            str(part.get_param("name", header="content-disposition")),
            part.get_filename(),
            part.get_payload(decode=True),
        )
        for part in message.iter_parts()
    ]


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=4))
def test_any_bytes_arrive_as_they_were(contents: list[bytes]) -> None:
    """A form keeps every byte and the order of its fields."""
    files = [
        Part(name="image", content=content, filename=f"{number}.jpg", kind="image/jpeg")
        for number, content in enumerate(contents)
    ]
    kind, body = multipart([Part(name="scene", content=b"normal"), *files])
    for part in files:
        assert b"\r\n\r\n" + part.content + b"\r\n" in body
    assert body.count(kind.partition("boundary=")[2].encode()) == len(files) + 2


def test_a_standard_parser_reads_it() -> None:
    """Names, file names and contents come out as they went in."""
    photo = Part(name="image", content=b"\xff\xd8 photo", filename="mũ len.jpg", kind="image/jpeg")
    kind, body = multipart([Part(name="scene", content=b"normal"), photo])
    assert [(name, content) for name, _, content in read(kind, body)] == [
        ("scene", b"normal"),
        ("image", b"\xff\xd8 photo"),
    ]


def test_a_name_cannot_end_its_line() -> None:
    """Quotes and line ends in a file name are encoded."""
    _, body = multipart([Part(name="image", content=b"", filename='a"\r\nX: y.jpg')])
    assert b'filename="a%22%0D%0AX: y.jpg"' in body


def test_the_same_form_is_the_same_bytes() -> None:
    """Nothing in it is drawn at random."""
    parts = [Part(name="image", content=b"x", filename="a.png")]
    assert multipart(parts) == multipart(parts)


def test_contents_do_not_show() -> None:
    """A repr never shows a picture."""
    assert "secret" not in repr(Part(name="image", content=b"secret"))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, "7"])
def test_what_is_no_object_is_none(body: bytes | str) -> None:
    """Whatever a stranger posts, nothing is raised."""
    assert json_object(body) is None
    assert json_object('{"a": 1}') == {"a": 1}
