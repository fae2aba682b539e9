"""The sandbox in your own process: transports that never leave it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from entrosdk.errors import Refused, Timeout, Unreachable
from entrosdk.sandbox.box import Sandbox
from entrosdk.sandbox.http import Call, Reply
from entrosdk.spi.request import Request, Response

__all__ = ["AsyncSandboxTransport", "SandboxTransport"]


class SandboxTransport:
    """Sends requests to a sandbox by calling it.

    `http://shopee.sandbox` is its Shopee; other addresses refuse the connection.
    `wait` is told the seconds of a slow answer and may move a test's clock; nothing sleeps.
    """

    def __init__(self, sandbox: Sandbox, wait: Callable[[float], None] | None = None) -> None:
        self._sandbox = sandbox
        self._wait = wait

    def send(self, request: Request, timeout: float) -> Response:
        """Answer `request`; faults become the errors a network would raise."""
        reply = answer(self._sandbox, request)
        if reply.delay and self._wait:
            self._wait(min(reply.delay, timeout))
        return received(reply, timeout)

    def close(self) -> None:
        """Nothing to give back."""


class AsyncSandboxTransport:
    """`SandboxTransport` for asyncio."""

    def __init__(self, sandbox: Sandbox, wait: Callable[[float], None] | None = None) -> None:
        self._blocking = SandboxTransport(sandbox, wait)

    async def send(self, request: Request, timeout: float) -> Response:
        """Answer `request`; faults become the errors a network would raise."""
        return self._blocking.send(request, timeout)

    async def aclose(self) -> None:
        """Nothing to give back."""


def answer(sandbox: Sandbox, request: Request) -> Reply:
    """Let the sandbox answer a request that was never sent."""
    host = urlsplit(request.base).netloc
    by_host = {urlsplit(url).netloc: name for name, url in sandbox.base_urls.items()}
    if host not in by_host:
        raise Refused(f"nothing answers at {host}")
    call = Call.of(
        request.method,
        request.path,
        urlencode(request.query),
        {name.lower(): value for name, value in request.headers},
        request.body or b"",
    )
    return sandbox.handle(by_host[host], call)


def received(reply: Reply, timeout: float) -> Response:
    """Turn the sandbox's reply into what a client sees of it."""
    if reply.fate == "hang" or reply.delay > timeout:
        raise Timeout("the sandbox did not answer in time")
    if reply.fate == "drop":
        raise Unreachable("the sandbox broke off before its reply was complete")
    headers = {name.lower(): value for name, value in reply.headers.items()}
    headers["content-type"] = reply.kind
    return Response(status=reply.status, headers=headers, body=reply.body)
