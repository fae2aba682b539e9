"""The default transports, over httpx (or httpx2, its maintained continuation, where installed).

They use httpx's transport layer, not its client: the client logs whole addresses, and signed
addresses carry tokens.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any

from entrosdk.errors import EntroError, Refused, Timeout, TLSError, Unreachable
from entrosdk.runtime.transport.idle import KEEP_ALIVE, Idle
from entrosdk.spi.request import Request, Response

if TYPE_CHECKING:
    import httpx
else:
    try:
        import httpx2 as httpx
    except ImportError:
        import httpx

__all__ = ["AsyncHttpxTransport", "HttpxTransport", "host_of", "trust"]

# Each connection is a transport of its own (see `Idle`).
_ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEEP_ALIVE)
_HEADERS = {"accept-encoding": "gzip, deflate", "user-agent": "entrosdk"}


@cache
def trust() -> ssl.SSLContext:
    """Return whose certificates are trusted: httpx's choice, read once for all transports."""
    chosen: ssl.SSLContext = httpx.create_ssl_context()
    return chosen


class HttpxTransport:
    """Sends requests over up to `connections` at once, from any thread.

    `timeout` bounds each step (a free connection, connect, write, first byte, each further read).
    `proxy` is an address such as `http://proxy:3128`; the environment is not read.
    """

    def __init__(self, *, connections: int = 100, proxy: str | None = None) -> None:
        make = partial(httpx.HTTPTransport, verify=trust(), limits=_ONE, proxy=proxy)
        make()  # refuses a wrong proxy now rather than with the first request
        self._idle = Idle[httpx.HTTPTransport](make, connections)
        self._free = threading.Semaphore(connections)

    def send(self, request: Request, timeout: float) -> Response:
        """Send `request` and return the whole reply."""
        with _faults(request), self._connection(request, timeout) as connection:
            reply = connection.handle_request(_outgoing(request, timeout))
            try:
                reply.read()
            finally:
                reply.close()
        return _incoming(reply)

    @contextmanager
    def _connection(self, request: Request, timeout: float) -> Iterator[httpx.HTTPTransport]:
        if not self._free.acquire(timeout=timeout):
            raise _crowded(request)
        try:
            for old in self._idle.old():
                old.close()
            connection = self._idle.take(request.base)
            try:
                yield connection
            finally:
                self._idle.put(request.base, connection)
        finally:
            self._free.release()

    def close(self) -> None:
        """Give back connections."""
        for one in self._idle.all():
            one.close()


class AsyncHttpxTransport:
    """`HttpxTransport` for asyncio."""

    def __init__(self, *, connections: int = 100, proxy: str | None = None) -> None:
        make = partial(httpx.AsyncHTTPTransport, verify=trust(), limits=_ONE, proxy=proxy)
        make()  # as above
        self._idle = Idle[httpx.AsyncHTTPTransport](make, connections)
        self._free = asyncio.Semaphore(connections)

    async def send(self, request: Request, timeout: float) -> Response:
        """Send `request` and return the whole reply."""
        with _faults(request):
            async with self._connection(request, timeout) as connection:
                reply = await connection.handle_async_request(_outgoing(request, timeout))
                try:
                    await reply.aread()
                finally:
                    await reply.aclose()
        return _incoming(reply)

    @asynccontextmanager
    async def _connection(
        self, request: Request, timeout: float
    ) -> AsyncIterator[httpx.AsyncHTTPTransport]:
        try:
            async with asyncio.timeout(timeout if self._free.locked() else None):
                await self._free.acquire()
        except TimeoutError:
            raise _crowded(request) from None
        try:
            for old in self._idle.old():
                await old.aclose()
            connection = self._idle.take(request.base)
            try:
                yield connection
            finally:
                self._idle.put(request.base, connection)
        finally:
            self._free.release()

    async def aclose(self) -> None:
        """Give back connections."""
        for one in self._idle.all():
            await one.aclose()


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
    # Older versions of httpcore let the errors of a handshake through.
    except (httpx.TransportError, httpx.DecodingError, httpx.InvalidURL, ssl.SSLError) as error:
        raise _fault(error, request) from None


def _crowded(request: Request) -> Timeout:
    return Timeout(f"no connection to {host_of(request)} in time", sent=False)


def host_of(request: Request) -> str:
    """Name the host of a request for an error."""
    return request.base.partition("://")[2] or request.base or "an empty address"


def _fault(error: Any, request: Request) -> EntroError:
    host = host_of(request)
    if isinstance(error, ssl.SSLError) or _about_tls(error):
        return TLSError(f"no secure connection to {host}")
    for kinds, make, text in _FAULTS:
        if isinstance(error, kinds):
            return make(text.format(host=host))
    return Unreachable(f"the connection to {host} failed ({type(error).__name__})")


def _about_tls(error: Any) -> bool:
    text = str(error)
    return isinstance(error, httpx.ConnectError) and (
        "SSL" in text or "certificate" in text.lower()
    )


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
