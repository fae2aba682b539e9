"""A record's own body, which becomes typed when somebody asks for it."""

from __future__ import annotations

from typing import Any, TypeVar

from attrs import fields

__all__ = ["Deferred", "body_of", "deferring"]

T = TypeVar("T")


class Deferred:
    """A body that is kept as it came: few programs look at it, and typing it costs the most.

    Its own names begin with an underscore, since a marketplace may use any other.
    """

    __slots__ = ()

    _body_: bytes

    def _typed_(self) -> Any:
        """Return the body as the marketplace's own type."""
        raise NotImplementedError


def body_of(kept: Any) -> bytes | None:
    """Return the bytes of a body that is kept as it came; `None` for any other."""
    return kept._body_ if isinstance(kept, Deferred) else None


class _Source:
    """Stands before the slot of `source`: what is kept there is typed when it is asked for."""

    def __init__(self, slot: Any) -> None:
        self._slot = slot

    def __get__(self, record: Any, owner: type) -> Any:
        kept = self._slot.__get__(record, owner)
        if isinstance(kept, Deferred):
            kept = kept._typed_()
            self._slot.__set__(record, kept)
        return self if record is None else kept

    def __set__(self, record: Any, value: Any) -> None:
        self._slot.__set__(record, value)


def deferring(kind: type[T]) -> type[T]:
    """Let the `source` of an attrs class be given as `Deferred`; its readers never see that."""
    name = fields(kind).source.name  # type: ignore[arg-type]
    setattr(kind, name, _Source(getattr(kind, name)))
    return kind
