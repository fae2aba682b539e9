"""The address that marketplaces push to: a small ASGI application for all of them.

A delivery is verified on its raw bytes, its hints are stored, and it is answered with an empty
200: Shopee and TikTok Shop wait 3 s and want no body (their books 7.1), Lazada waits 500 ms
(book 7). Fetching happens later, elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Mapping,
    MutableMapping,
    Sequence,
)
from typing import Any, Protocol, TypeAlias

from attrs import field, frozen

from entrosdk.domain.events import Event
from entrosdk.errors import BadReply, BadSignature, EntroError
from entrosdk.runtime import clock as machine
from entrosdk.runtime.ports import Clock
from entrosdk.sync.realtime.desk import InboxDesk
from entrosdk.sync.realtime.hints import Hint, hints_of
from entrosdk.sync.realtime.inbox import Inbox

__all__ = ["Door", "Receiver", "Verifier"]

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

_LARGEST = 256 * 1024  # bytes; real pushes are a few kilobytes
_PATIENCE = 10.0  # seconds for a body to arrive
_log = logging.getLogger("entrosdk.realtime")


class Verifier(Protocol):
    """Verifies and reads deliveries: `shop.events` of any shop of the app."""

    def parse(self, *, headers: Mapping[str, str], body: bytes, url: str = "") -> Sequence[Event]:
        """Return what a delivery tells; raises `BadSignature`."""
        ...


@frozen(kw_only=True)
class Door:
    """One address: who verifies what arrives there, and for which shops.

    `shops` are the ids of the shops that may be spoken of; `None` lets all through.
    """

    marketplace: str
    events: Verifier
    shops: Collection[str] | None = None


@frozen
class _Answer:
    status: int
    headers: Mapping[str, str] = field(factory=dict)


class Receiver:
    """An ASGI application that takes pushes at the addresses of `doors`.

    `doors` map the rest of the address to a door, such as `"shopee/2011881"`; for doors that come
    and go, pass a function that returns the door or `None` and does not block.
    `public_url` is where the world reaches this application, without the door's part: some
    signatures cover the address as it was told to the marketplace, and what a proxy shows must
    not be believed.
    `alongside` runs while the server does, a drain for one; servers that speak the lifespan
    protocol start and stop it.
    `counts` tells how many deliveries were accepted, forged, unreadable or failed, and how many
    events were strange: of a kind or a shop that nobody here knows.
    """

    def __init__(
        self,
        doors: Mapping[str, Door] | Callable[[str], Door | None],
        inbox: Inbox | InboxDesk,
        *,
        public_url: str = "",
        largest: int = _LARGEST,
        alongside: Callable[[], Awaitable[None]] | None = None,
        clock: Clock = machine.now,
    ) -> None:
        self._door = doors.get if isinstance(doors, Mapping) else doors
        self._desk = inbox if isinstance(inbox, InboxDesk) else InboxDesk(inbox)
        self._owns_desk = self._desk is not inbox
        self.public_url = public_url
        self._largest = largest
        self._alongside = alongside
        self._clock = clock
        self.counts: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speak ASGI."""
        match scope["type"]:
            case "http":
                answer = await self._answer(scope, receive)
                if answer is not None:
                    await _send(answer, send)
            case "lifespan":
                await self._lifespan(receive, send)
            case "websocket":
                await send({"type": "websocket.close", "code": 1000})

    async def _answer(self, scope: Scope, receive: Receive) -> _Answer | None:
        place = _within(scope)
        door = self._door(place.strip("/"))
        if door is None:
            return _Answer(404)
        if scope["method"] != "POST":
            allowed = {"allow": "POST, OPTIONS"}
            return _Answer(204 if scope["method"] == "OPTIONS" else 405, allowed)
        headers = {_text(name): _text(value) for name, value in scope["headers"]}
        try:
            async with asyncio.timeout(_PATIENCE):
                body = await self._body(headers, receive)
        except TimeoutError:
            return _Answer(408, {"connection": "close"})
        except _TooLarge:
            return _Answer(413, {"connection": "close"})
        except _Gone:
            return None
        return _Answer(await self._take(door, headers, body, self._address(scope, place)))

    async def _body(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        told = headers.get("content-length", "0")
        if not told.isdecimal() or int(told) > self._largest:
            raise _TooLarge
        parts = bytearray()
        async for part in _parts(receive):
            parts += part
            if len(parts) > self._largest:
                raise _TooLarge
        return bytes(parts)

    def _address(self, scope: Scope, place: str) -> str:
        """Return the address as it stands at the marketplace; a query belongs to it."""
        if not self.public_url:
            return ""
        query = scope.get("query_string", b"").decode("latin-1")
        return f"{self.public_url.rstrip('/')}{place}{'?' if query else ''}{query}"

    async def _take(self, door: Door, headers: Mapping[str, str], body: bytes, url: str) -> int:
        """Verify and keep a delivery; returns the status to answer with."""
        try:
            events = door.events.parse(headers=headers, body=body, url=url)
        except BadSignature:
            return self._refuse(door)
        except BadReply:
            # Genuine, and no better when it is sent again.
            self._note(door, "unreadable")
            return 200
        except EntroError as error:  # such as a signature that covers an address we do not know
            self._note(door, "failed", f"{error.message}. {error.advice}")
            return 500
        hints = self._hints(door, events)
        if hints:
            return await self._keep(door, hints)
        return 200

    def _hints(self, door: Door, events: Sequence[Event]) -> list[Hint]:
        now = self._clock()
        hints: list[Hint] = []
        for event in events:
            found = hints_of(event, now, door.shops)
            if not found:
                self.counts["strange"] += 1
            hints += found
        return hints

    async def _keep(self, door: Door, hints: list[Hint]) -> int:
        try:
            await self._desk.post(hints)
        except EntroError as error:
            # The marketplace sends it again, and counts a failure: better than to lose it.
            self._note(door, "failed", error.message)
            return 503
        self.counts["accepted"] += 1
        return 200

    def _refuse(self, door: Door) -> int:
        self._note(door, "forged")
        return 401

    def _note(self, door: Door, what: str, why: str = "") -> None:
        # Neither the address, which may hold a token, nor anything that was sent.
        self.counts[what] += 1
        words = (door.marketplace, what, self.counts[what], f": {why}" if why else "")
        _log.warning("push of %s %s (%d so far)%s", *words)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()  # lifespan.startup
        task = asyncio.ensure_future(self._alongside()) if self._alongside else None
        await send({"type": "lifespan.startup.complete"})
        if task is not None:
            task.add_done_callback(_told)
        await receive()  # lifespan.shutdown
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
        if self._owns_desk:
            self._desk.close()
        await send({"type": "lifespan.shutdown.complete"})


class _TooLarge(Exception):
    """The body is larger than any push."""


class _Gone(Exception):
    """Whoever called has hung up."""


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


def _text(value: bytes) -> str:
    return value.decode("latin-1")


async def _send(answer: _Answer, send: Send) -> None:
    headers = {"content-length": "0", **answer.headers}
    if answer.status == 204:
        del headers["content-length"]
    rows = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": rows})
    await send({"type": "http.response.body", "body": b""})


def _within(scope: Scope) -> str:
    """Return the path below the place we are mounted at; servers and frameworks differ in it."""
    path, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
    return path.removeprefix(root) if root and path.startswith(f"{root}/") else path


def _told(task: asyncio.Future[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        kind = type(task.exception()).__name__
        _log.error("what runs alongside the receiver ended: %s", kind)
