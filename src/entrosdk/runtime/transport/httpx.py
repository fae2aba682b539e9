"""The default transports, over httpx (or httpx2, its maintained continuation, where installed).

They use httpx's transport layer, not its client: the client logs whole addresses, and signed
addresses carry tokens.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any

from entrosdk.errors import EntroError, Refused, Timeout, TLSError, Unreachable
from entrosdk.spi.request import Request, Response

if TYPE_CHECKING:
    import httpx
else:
    try:
        import httpx2 as httpx
    except ImportError:
        import httpx

__all__ = ["AsyncHttpxTransport", "HttpxTransport", "trust"]

_HEADERS = {"accept-encoding": "gzip, deflate", "user-agent": "entrosdk"}


@cache
def trust() -> ssl.SSLContext:
    """Return whose certificates are trusted: httpx's choice, read once for all transports."""
    chosen: ssl.SSLContext = httpx.create_ssl_context()
    return chosen


class HttpxTransport:
    """Sends requests over pooled connections, from any thread.

    `timeout` bounds each step (connect, write, first byte, each further read).
    `proxy` is an address such as `http://proxy:3128`; the environment is not read.
    """

    def __init__(self, *, connections: int = 100, proxy: str | None = None) -> None:
        self._http = httpx.HTTPTransport(verify=trust(), limits=_limits(connections), proxy=proxy)

    def send(self, request: Request, timeout: float) -> Response:
        """Send `request` and return the whole reply."""
        with _faults(request):
            reply = self._http.handle_request(_outgoing(request, timeout))
            try:
                reply.read()
            finally:
                reply.close()
        return _incoming(reply)

    def close(self) -> None:
        """Give back connections."""
        self._http.close()


class AsyncHttpxTransport:
    """`HttpxTransport` for asyncio."""

    def __init__(self, *, connections: int = 100, proxy: str | None = None) -> None:
        self._http = httpx.AsyncHTTPTransport(
            verify=trust(), limits=_limits(connections), proxy=proxy
        )

    async def send(self, request: Request, timeout: float) -> Response:
        """Send `request` and return the whole reply."""
        with _faults(request):
            reply = await self._http.handle_async_request(_outgoing(request, timeout))
            try:
                await reply.aread()
            finally:
                await reply.aclose()
        return _incoming(reply)

    async def aclose(self) -> None:
        """Give back connections."""
        await self._http.aclose()


def _limits(connections: int) -> httpx.Limits:
    return httpx.Limits(max_connections=connections, max_keepalive_connections=connections)


def _outgoing(request: Request, timeout: float) -> httpx.Request:
    """Build httpx's request.

    Our address is encoded already: httpx would look at each character of a long query again.
    """
    url, prefix = _host(request.base)
    return httpx.Request(
        request.method,
        url,
        headers={**_HEADERS, **dict(request.headers)},
        content=request.body,
        extensions={
            "timeout": dict.fromkeys(("connect", "read", "write", "pool"), timeout),
            "target": (prefix + request.target).encode("ascii"),
        },
    )


@lru_cache(maxsize=64)
def _host(base: str) -> tuple[httpx.URL, str]:
    """Return the address of a host, and what every path on it begins with."""
    url = httpx.URL(base)
    return url, url.raw_path.decode("ascii").rstrip("/")


def _incoming(reply: httpx.Response) -> Response:
    headers = {name.lower(): value for name, value in reply.headers.items()}
    return Response(status=reply.status_code, headers=headers, body=reply.content)


@contextmanager
def _faults(request: Request) -> Iterator[None]:
    """Turn httpx's errors into ours, without their texts' addresses."""
    try:
        yield
    except (httpx.TransportError, httpx.DecodingError, httpx.InvalidURL) as error:
        raise _fault(error, request) from None


def _fault(error: Any, request: Request) -> EntroError:
    host = request.base.partition("://")[2] or request.base or "an empty address"
    if isinstance(error, httpx.ConnectError) and _about_tls(str(error)):
        return TLSError(f"no secure connection to {host}")
    for kinds, make, text in _FAULTS:
        if isinstance(error, kinds):
            return make(text.format(host=host))
    return Unreachable(f"the connection to {host} failed ({type(error).__name__})")


def _about_tls(text: str) -> bool:
    return "SSL" in text or "certificate" in text.lower()


# The first row that fits decides.
_FAULTS: tuple[tuple[Any, Callable[[str], EntroError], str], ...] = (
    (
        (httpx.ConnectTimeout, httpx.PoolTimeout),
        partial(Timeout, sent=False),
        "no connection to {host} in time",
    ),
    (httpx.TimeoutException, Timeout, "{host} did not answer in time"),
    (httpx.ConnectError, Refused, "nothing answers at {host}"),
    (
        (httpx.UnsupportedProtocol, httpx.InvalidURL),
        Refused,
        "{host} is not an address to send to",
    ),
    (
        (httpx.RemoteProtocolError, httpx.ReadError),
        Unreachable,
        "{host} broke off before its reply was complete",
    ),
    (httpx.DecodingError, Unreachable, "{host} sent a reply that cannot be decompressed"),
)
