"""Forms are taken apart byte for byte, and the carriers' paper is a PDF."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from entrosdk.sandbox.http import Call
from entrosdk.sandbox.paper import form, pdf
from entrosdk.spi.toolkit import Part, multipart


@given(st.lists(st.binary(max_size=100), max_size=4))
def test_files_arrive_as_they_were(contents: list[bytes]) -> None:
    """Whatever bytes they have, line ends included."""
    given = [Part(name="scene", content=b"normal")]
    given += [Part(name="image", content=each, filename="mũ len.jpg") for each in contents]
    kind, body = multipart(given)
    call = Call(method="POST", path="/", headers={"content-type": kind}, body=body)
    assert [(part.name, part.content) for part in form(call)] == [
        (part.name, part.content) for part in given
    ]


def test_other_bodies_have_no_fields() -> None:
    """JSON is no form."""
    headers = {"content-type": "application/json"}
    assert form(Call(method="POST", path="/", headers=headers, body=b"{}")) == []


def test_the_table_of_a_pdf_points_at_its_objects() -> None:
    """A reader finds each object where the table says, also with letters it cannot print."""
    paper = pdf(["Đơn hàng (1)", "SPXVN0"])
    start = int(paper.rpartition(b"startxref\n")[2].split()[0])
    assert paper[start:].startswith(b"xref")
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n", paper)]
    assert [paper[at : at + 7] for at in places] == [b"%d 0 obj" % n for n in range(1, 7)]
