"""Requests and responses as plain values.

An adapter's operation yields a request without host or credentials; `authorise` returns the
complete, signed one.
Neither shows its query, headers or body in a repr: signed queries carry tokens, bodies carry
people.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import quote, quote_plus

from attrs import field, frozen

__all__ = ["PUBLIC", "Request", "Response", "Safety", "get", "post"]

PUBLIC = "public"
"""The `auth` of requests that carry no grant: code exchange, renewal."""


_IN_PATHS = "/%:@!$&'()*+,;=~"  # what a path may hold as it is; an encoded one stays so


class Safety(StrEnum):
    """May a request be repeated when its reply was lost?"""

    SAFE = "safe"  # reads, and writes that set an absolute value
    KEYED = "keyed"  # carries an idempotency key the marketplace honours
    UNSAFE = "unsafe"  # a lost reply becomes OutcomeUnknown


@frozen(kw_only=True)
class Request:
    """One HTTP request.

    `path` starts with a slash; `template` is the same path with ids replaced, fit for logs.
    `auth` is the adapter's own word for how to sign; `PUBLIC` requests carry no grant.
    `base` is scheme, host and port; empty until the request is authorised.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)
    operation: str = ""
    auth: str = "shop"
    safety: Safety = Safety.SAFE
    base: str = ""
    template: str = ""

    @property
    def url(self) -> str:
        """The address with its encoded query."""
        return self.base + self.target

    @property
    def target(self) -> str:
        """Path and query, encoded: what stands after the host."""
        path = quote(self.path, safe=_IN_PATHS)
        return f"{path}?{_form(self.query)}" if self.query else path

    @property
    def label(self) -> str:
        """Method and path template: what a log line may say."""
        return f"{self.method} {self.template or self.path}"


@frozen(kw_only=True)
class Response:
    """One HTTP reply. Header names are lower-case."""

    status: int
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    def json(self) -> Any:
        """Parse the body; raises `ValueError` when it is not JSON."""
        return json.loads(self.body)


def _form(query: Iterable[tuple[str, str]]) -> str:
    """Write a query as `urllib.parse.urlencode` does, which looks at each character of long lists.

    A list of fifty ids has forty-nine commas, and they are all the same.
    """
    return "&".join([f"{_quoted(name)}={_quoted(value)}" for name, value in query])


def _quoted(text: str) -> str:
    return _UNSAFE.sub(_encoded, text)


def _encoded(found: re.Match[str]) -> str:
    return _COMMON.get(found[0]) or quote_plus(found[0])


_COMMON = {",": "%2C", " ": "+", ":": "%3A"}
_UNSAFE = re.compile(r"[^A-Za-z0-9_.~-]+")


def _pairs(query: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, _text(value)) for name, value in query.items() if value is not None)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def get(path: str, query: Mapping[str, Any] | None = None, **rest: Any) -> Request:
    """Build a read; `None` values are left out, booleans travel as true/false."""
    return Request(method="GET", path=path, query=_pairs(query or {}), **rest)


def post(path: str, body: Any, query: Mapping[str, Any] | None = None, **rest: Any) -> Request:
    """Build a POST with a compact JSON body."""
    return Request(
        method="POST",
        path=path,
        query=_pairs(query or {}),
        headers=(("content-type", "application/json"),),
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        **rest,
    )
