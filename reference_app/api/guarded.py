"""Sending to an address that a customer typed, without becoming their tool inside our network.

The name is resolved when connecting, each address it has is judged, and the connection is made to
the very address that was judged: a name that changes its mind between the two calls gains nothing.
Redirects are not followed, answers are read to a small bound, and everything ends by a deadline.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import httpcore
from attrs import frozen
from django.conf import settings

__all__ = ["Forbidden", "Reply", "check_address", "check_url", "post"]

_PATIENCE = 10.0  # seconds for everything
_LARGEST = 4096  # bytes of an answer; nobody reads more
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Local NAT64 leads wherever the network's owner wants; older Pythons call it public.
_REFUSED = (ipaddress.ip_network("64:ff9b:1::/48"), ipaddress.ip_network("fec0::/10"))
_PORTS = {None, 80, 443}
_FREE_FROM = 1024  # below it other services listen: mail, shells, directories
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Forbidden(Exception):
    """The address must not be reached; the message says why."""


@frozen
class Reply:
    """What the other side answered."""

    status: int


def check_url(url: str) -> None:
    """Refuse what cannot be a public address, as far as that shows without asking anybody.

    Raises `ValueError` for a port that is no number.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        raise Forbidden("scheme")
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise Forbidden("host")
    if parts.port not in _PORTS and (parts.port or 0) < _FREE_FROM:
        raise Forbidden("port")
    try:
        address = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return  # a name: judged when connecting
    check_address(address)


def check_address(address: _Address) -> None:
    """Refuse private, loopback, link-local and other addresses that are not public."""
    inner = _inside(address)
    if inner.is_loopback and settings.WEBHOOK_LOOPBACK:
        return
    if any(address in network for network in _REFUSED):
        raise Forbidden("address")
    if not inner.is_global or inner.is_multicast or inner.is_reserved or inner.is_unspecified:
        raise Forbidden("address")


def _inside(address: _Address) -> _Address:
    """Return the IPv4 address that an IPv6 one stands for, where it does."""
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends by the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, end: float) -> None:
        self._inner = inner
        self._end = end

    def _left(self, timeout: float | None) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the deadline has passed")
        return left if timeout is None else min(left, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secured = self._inner.start_tls(ssl_context, server_hostname, self._left(timeout))
        return _Stream(secured, self._end)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Connects to addresses that were judged."""

    def __init__(self, end: float) -> None:
        self._inner = httpcore.SyncBackend()
        self._end = end

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        address = _judged(host, port)
        left = max(0.1, self._end - time.monotonic())
        stream = self._inner.connect_tcp(
            address, port, min(left, timeout or left), local_address, socket_options
        )
        return _Stream(stream, self._end)


def _judged(host: str, port: int) -> str:
    """Resolve a name; one address that is not public condemns it."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError("the name is not known") from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        check_address(ipaddress.ip_address(address.partition("%")[0]))
    return addresses[0]


def post(url: str, headers: dict[str, str], body: bytes) -> Reply:
    """Post a body; raises `Forbidden`, or httpcore's errors."""
    check_url(url)
    end = time.monotonic() + _PATIENCE
    each = {"connect": 5.0, "read": _PATIENCE, "write": _PATIENCE, "pool": _PATIENCE}
    with (
        httpcore.ConnectionPool(network_backend=_Backend(end), max_connections=1) as pool,
        pool.stream(
            "POST", url, headers=headers, content=body, extensions={"timeout": each}
        ) as response,
    ):
        # Enough for a polite end; the rest is cut off with the connection.
        read = 0
        for chunk in response.iter_stream():
            read += len(chunk)
            if read > _LARGEST:
                break
        return Reply(response.status)
