"""Serves a receiver in a running event loop (needs `entrosdk[push]`)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from entrosdk.errors import ConfigError
from entrosdk.sync.realtime.receiver import Receiver

if TYPE_CHECKING:
    import uvicorn

__all__ = ["listening"]


@contextlib.asynccontextmanager
async def listening(receiver: Receiver, host: str, port: int) -> AsyncIterator[str]:
    """Serve while the block runs; gives the address. Port 0 takes a free one.

    Marketplaces call https addresses: put a proxy with a certificate before it.
    Raises `ConfigError` when the server is not installed or the port is taken.
    """
    server = _server(receiver)
    with _bound(host, port) as bound:
        task = asyncio.create_task(server.serve(sockets=[bound]))
        ready = asyncio.create_task(server.ready.wait())
        await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
        try:
            yield f"http://{host}:{bound.getsockname()[1]}"
        finally:
            ready.cancel()
            server.should_exit = True
            await task


def _server(receiver: Receiver) -> Any:
    try:
        import uvicorn  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if error.name != "uvicorn":
            raise
        raise ConfigError(
            "receiving pushes needs a web server, and uvicorn is not installed",
            advice="Install it: pip install 'entrosdk[push]'.",
        ) from None
    config = uvicorn.Config(
        receiver,
        log_config=None,
        access_log=False,  # an address may hold a token
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )
    return _beside_others(config)


def _beside_others(config: uvicorn.Config) -> Any:
    import uvicorn  # noqa: PLC0415 - an extra

    class Server(uvicorn.Server):
        """A server that leaves signals to the program around it, and tells when it listens."""

        def __init__(self, config: uvicorn.Config) -> None:
            super().__init__(config)
            self.ready = asyncio.Event()

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            self.ready.set()

    return Server(config)


@contextlib.contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    try:
        bound = socket.create_server((host, port), backlog=1024)
    except OSError as error:
        raise ConfigError(
            f"port {port} of {host} cannot be used: {error.strerror}",
            advice="Stop what listens there, or choose another address with --listen.",
        ) from None
    with bound:
        yield bound
