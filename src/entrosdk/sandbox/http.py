"""Requests and replies of the sandbox as plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl

from attrs import field, frozen

__all__ = ["Call", "Reply", "compact", "json_reply"]


@frozen(kw_only=True)
class Call:
    """A request as it arrived; `query` keeps repeated keys in their order.

    `arrived` is the moment in epoch seconds, where a network knows better than the handler.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    arrived: float = 0.0

    @classmethod
    def of(
        cls,
        method: str,
        path: str,
        query: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        arrived: float = 0.0,
    ) -> Call:
        """Parse the query leniently: doubled and trailing `&` do not matter."""
        # A comma separates nothing in a query; unquoted here, a list of ids is one piece to decode.
        plain = query.replace("%2C", ",")
        pairs = tuple(parse_qsl(plain, keep_blank_values=True))
        return cls(
            method=method, path=path, query=pairs, headers=headers, body=body, arrived=arrived
        )

    def one(self, name: str) -> str | None:
        """Return the first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)

    def json(self) -> Any:
        """Parse the body; an empty or broken one is `None`."""
        try:
            return json.loads(self.body) if self.body else None
        except (ValueError, RecursionError):
            return None


@frozen(kw_only=True)
class Reply:
    """What is answered, and what the network does with it.

    `fate` "drop" loses the reply after its effect took place, "hang" never answers; `delay` is
    how many seconds after the request's arrival it leaves.
    """

    status: int = 200
    body: bytes = field(default=b"", repr=False)
    kind: str = "application/json"
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    fate: Literal["send", "drop", "hang"] = "send"
    delay: float = 0.0


def json_reply(body: Any, status: int = 200, **headers: str) -> Reply:
    """Answer with compact JSON."""
    return Reply(status=status, body=compact(body), headers=headers)


def compact(body: Any) -> bytes:
    """Write JSON without spaces, in UTF-8."""
    return _ENCODER.encode(body).encode()


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
