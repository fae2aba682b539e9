"""The sandbox as a server on loopback, for any client in any language (needs `[sandbox]`)."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from aiohttp.web_protocol import RequestHandler

from entrosdk.errors import ConfigError
from entrosdk.sandbox.box import Sandbox
from entrosdk.sandbox.http import Call, Reply
from entrosdk.sandbox.pushes import Push, PushQueue

__all__ = ["running", "serve"]

PORTS = ("control", "shopee", "lazada", "tiktok", "tiki")
"""The order of ports from the first one on."""

_PUSH_TIMEOUT = 3.0  # seconds; book 7.1
_PUSH_PAUSE = 0.05
_HANG = 3600.0
_CLOCK = time.time  # also the world's; arrivals are told by it
_LARGEST = 100 * 1024 * 1024


def serve(
    *,
    port: int = 9100,
    host: str = "127.0.0.1",
    seed: int = 7,
    orders: int = 200,
    arrivals_per_hour: float = 0.0,
    arrivals_from: int = 0,
    only: Sequence[str] = (),
    shops: int = 1,
    delay_ms: float = 0.0,
) -> None:
    """Serve until SIGINT or SIGTERM; prints one JSON line when ready.

    Control API on `port`, Shopee on `port` + 1, and so on; `only` names some marketplaces.
    Shopee has `shops` shops with `orders` orders each; every reply of a marketplace leaves
    `delay_ms` milliseconds after its request arrived.
    Raises `ConfigError` when a port is taken.
    """
    with _kept_for_good():
        sandbox = Sandbox(
            seed=seed,
            orders=orders,
            arrivals_per_hour=arrivals_per_hour,
            arrivals_from=arrivals_from,
            marketplaces=only,
            shops=shops,
            delay=delay_ms / 1000,
        )
    asyncio.run(_serve(sandbox, host, port))


@contextlib.contextmanager
def _kept_for_good() -> Iterator[None]:
    """Make a world that the garbage collector does not walk: it is big, and nothing of it dies."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


async def _serve(sandbox: Sandbox, host: str, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with running(sandbox, host, port) as urls:
        print(json.dumps({"ready": True, **urls}), flush=True)
        await stop.wait()


@contextlib.asynccontextmanager
async def running(
    sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[dict[str, str]]:
    """Serve a sandbox inside a running loop; yields its addresses. Port 0 takes free ports."""
    runners: list[web.ServerRunner] = []
    try:
        urls = {"control": await _listen(runners, _control(sandbox), host, port)}
        for name in sandbox.markets:
            chosen = port + PORTS.index(name) if port else 0
            urls[name] = await _listen(runners, _market(sandbox, name), host, chosen)
            sandbox.base_urls[name] = urls[name]
        deliverer = asyncio.create_task(_deliver(sandbox))
        yield urls
        deliverer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await deliverer
    finally:
        for runner in runners:
            await runner.cleanup()


Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


async def _listen(runners: list[web.ServerRunner], handler: Handler, host: str, port: int) -> str:
    server = _Server(handler, request_factory=_large, access_log=None)
    runner = web.ServerRunner(server, shutdown_timeout=0.2)
    await runner.setup()
    runners.append(runner)
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as error:
        raise ConfigError(
            f"port {port} of {host} cannot be used: {error.strerror}",
            advice="Stop what listens there, or choose another with --port.",
        ) from error
    bound: int = runner.addresses[-1][1]
    return f"http://{host}:{bound}"


class _Connection(RequestHandler):
    """Notes when bytes arrive: a request that waits for its turn has arrived all the same."""

    arrived = 0.0

    def data_received(self, data: bytes) -> None:
        self.arrived = _CLOCK()
        super().data_received(data)


class _Server(web.Server):
    def __call__(self) -> _Connection:
        return _Connection(self, loop=self._loop, **self._kwargs)


def _large(message: Any, body: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    """Make a request that may carry nine pictures of ten megabytes; one is the usual limit."""
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, body, protocol, writer, task, loop, client_max_size=_LARGEST)


def _market(sandbox: Sandbox, name: str) -> Handler:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        call = await _call(request)
        return await _send(request, sandbox.handle(name, call), call.arrived)

    return answer


def _control(sandbox: Sandbox) -> Handler:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return await _send(request, sandbox.control(await _call(request)))

    return answer


async def _call(request: web.BaseRequest) -> Call:
    headers = {name.lower(): value for name, value in request.headers.items()}
    path, query = request.path, request.rel_url.raw_query_string
    body, connection = await request.read(), request.protocol
    arrived = connection.arrived if isinstance(connection, _Connection) else _CLOCK()
    return Call.of(request.method, path, query, headers, body, arrived=arrived)


async def _send(request: web.BaseRequest, reply: Reply, arrived: float = 0.0) -> web.StreamResponse:
    if reply.delay:
        await asyncio.sleep(arrived + reply.delay - _CLOCK())
    if reply.fate == "hang":
        await asyncio.sleep(_HANG)
    if reply.fate == "drop" and request.transport is not None:
        request.transport.abort()
    headers = {**reply.headers, "Content-Type": reply.kind}
    return web.Response(status=reply.status, body=reply.body, headers=headers)


# Pushes


async def _deliver(sandbox: Sandbox) -> None:
    """Send what is due, for as long as the server runs."""
    async with ClientSession(timeout=ClientTimeout(total=_PUSH_TIMEOUT)) as session:
        while True:
            sandbox.world.settle()
            now = sandbox.world.now
            sending = [
                _post(session, market.pushes, push, now)
                for market in sandbox.markets.values()
                for push in market.pushes.due(now)
            ]
            await asyncio.gather(*sending)
            await asyncio.sleep(_PUSH_PAUSE)


async def _post(session: ClientSession, queue: PushQueue, push: Push, now: int) -> None:
    status, empty = 0, True
    try:
        async with session.post(
            queue.url, data=push.body, headers=queue.headers(push), allow_redirects=False
        ) as reply:
            status, empty = reply.status, not await reply.read()
    except (ClientError, TimeoutError, OSError):
        status = 0
    queue.result(push, now, status, empty=empty)


def main() -> int:
    """Run `python -m entrosdk.sandbox`."""
    import argparse  # noqa: PLC0415 - only for this doorway

    parser = argparse.ArgumentParser(prog="python -m entrosdk.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument("--arrivals-per-hour", type=float, default=0.0)
    parser.add_argument("--arrivals-from", type=int, default=0, help="epoch second")
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=(), help="some of them"
    )
    parser.add_argument("--shops", type=int, default=1, help="of Shopee, with --orders each")
    parser.add_argument("--delay-ms", type=float, default=0.0, help="before every reply")
    try:
        serve(**vars(parser.parse_args()))
    except ConfigError as error:
        print(f"sandbox: {error.message}. {error.advice}", file=sys.stderr)
        return 1
    return 0
