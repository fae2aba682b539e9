"""Files that are sealed piece by piece, so that neither side holds more than a piece.

The construction is STREAM over AES-256-GCM: each file has a key of its own, drawn from the given
one by a random salt; each piece carries its number and whether it is the last. Pieces that are
changed, swapped, dropped or cut off at the end do not open.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = ["MAGIC", "Broken", "Writer", "opened"]

MAGIC = b"ENTROBX1"
_SALT = 16
_PIECE = 256 * 1024
_TAG = 16


class Broken(Exception):
    """A file that was damaged, cut off, or sealed with another key."""


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, b"entro box").derive(key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class Writer(io.RawIOBase):
    """Seals what is written to it into `file`; closing it writes the last piece."""

    def __init__(self, file: IO[bytes], key: bytes) -> None:
        salt = os.urandom(_SALT)
        self._file, self._cipher = file, _cipher(key, salt)
        self._held = bytearray()
        self._number = 0
        self.size = 0
        file.write(MAGIC + salt)

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Take bytes; whole pieces go to the file."""
        self._held += data
        self.size += len(data)
        while len(self._held) > _PIECE:  # the last piece is only known when it is closed
            self._put(bytes(self._held[:_PIECE]), last=False)
            del self._held[:_PIECE]
        return len(data)

    def finish(self) -> None:
        """Write the last piece; without it the file counts as cut off."""
        self._put(bytes(self._held), last=True)
        self._held.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.finish()

    def _put(self, piece: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last=last), piece, None))
        self._number += 1


def opened(file: IO[bytes], key: bytes) -> Iterator[bytes]:
    """Yield the pieces of a sealed file; raises `Broken`."""
    head = file.read(len(MAGIC) + _SALT)
    if not head.startswith(MAGIC) or len(head) < len(MAGIC) + _SALT:
        raise Broken("this is not a sealed file, or its beginning is missing")
    cipher = _cipher(key, head[len(MAGIC) :])
    number, piece = 0, file.read(_PIECE + _TAG)
    while piece:
        following = file.read(_PIECE + _TAG)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), piece, None)
        except InvalidTag:
            raise Broken("the file was damaged or cut off, or this is not its key") from None
        number, piece = number + 1, following
    if not number:
        raise Broken("the file was cut off")
