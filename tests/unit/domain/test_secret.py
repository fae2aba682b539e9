"""Secrets are not seen by accident."""

from __future__ import annotations

import copy
import pickle

import pytest

from entrosdk import App, Grant, Recipient, Secret
from entrosdk.spi.request import Request, Response

TEXT = "shpk_never_seen_0001"


@pytest.mark.parametrize(
    "holder",
    [
        Secret(TEXT),
        App(key="1", secret=Secret(TEXT), push_secret=Secret(TEXT)),
        Grant(access_token=Secret(TEXT), refresh_token=Secret(TEXT)),
        Recipient(name=TEXT, phone=TEXT, address=TEXT),
        Request(
            method="GET",
            path="/x",
            query=(("sign", TEXT),),
            headers=(("t", TEXT),),
            body=TEXT.encode(),
        ),
        Response(status=200, headers={"t": TEXT}, body=TEXT.encode()),
    ],
    ids=lambda holder: type(holder).__name__,
)
def test_no_way_of_printing_shows_the_text(holder: object) -> None:
    """repr, str and format all keep it."""
    assert TEXT not in f"{holder!r} {holder!s} {holder}"


def test_secrets_compare_by_text() -> None:
    """Equal secrets are equal and hash alike; other things are not equal to them."""
    assert Secret(TEXT) == Secret(TEXT)
    assert hash(Secret(TEXT)) == hash(Secret(TEXT))
    assert Secret(TEXT) != TEXT
    assert not Secret("")


def test_secrets_are_not_pickled_or_copied_away() -> None:
    """Only a credential store writes them down."""
    with pytest.raises(TypeError, match="credential store"):
        pickle.dumps(Secret(TEXT))
    with pytest.raises(TypeError, match="credential store"):
        copy.deepcopy(Secret(TEXT))
    with pytest.raises(TypeError, match="wraps a string"):
        Secret(b"bytes")  # type: ignore[arg-type]
