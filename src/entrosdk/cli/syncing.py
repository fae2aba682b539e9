"""`entrosdk sync`: many shops into one database, side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from attrs import evolve, frozen

from entrosdk.cli.display import Display, displayed
from entrosdk.cli.following import Address, Following
from entrosdk.cli.outcome import Outcome, print_outcomes
from entrosdk.cli.telling import say
from entrosdk.client.async_shop import AsyncShop
from entrosdk.client.limiting import Limiters, stated_in
from entrosdk.client.profiles import Profile, load_profiles
from entrosdk.errors import ConfigError, EntroError, Revoked
from entrosdk.runtime.heap import keep_imports
from entrosdk.runtime.ports import Store
from entrosdk.runtime.stores.file import FileStore
from entrosdk.runtime.transport import quickest
from entrosdk.sync.desk import Desk
from entrosdk.sync.progress import Report
from entrosdk.sync.realtime.sql import SqlInbox
from entrosdk.sync.run import Check, Options, sync_shop
from entrosdk.sync.sink import Sink
from entrosdk.sync.sinks.jsonl import JsonLinesSink
from entrosdk.sync.sinks.sql import SqlSink
from entrosdk.sync.streams import chosen

__all__ = ["Wish", "run"]

INTERRUPTED = 130  # what a shell expects of a command that Ctrl-C ended
_SIDE_BY_SIDE = 8  # shops; each has one page in memory
_VIETNAM = timezone(timedelta(hours=7))  # all year; a bare date is the seller's day


@frozen(kw_only=True)
class Wish:
    """What was asked for. `every` is `None` for a single round."""

    profiles: tuple[Profile, ...]
    to: str
    streams: tuple[str, ...]
    since: datetime | None
    every: float | None
    check: Check
    credentials: Path
    personal: bool
    as_json: bool
    address: Address | None = None

    @classmethod
    def of(
        cls,
        *,
        stores: str,
        to: str,
        streams: str,
        since: str | None,
        every: float | None,
        check: str,
        credentials: Path | None,
        personal: bool,
        as_json: bool,
        limits: str | None = None,
        listen: str | None = None,
        public_url: str | None = None,
    ) -> Self:
        """Read the options; raises `ConfigError` for what makes no sense."""
        address = Address.of(listen, public_url, follow=every is not None)
        found = load_profiles(stores)
        for unknown in found.unknown:
            say(f"Warning: {unknown}.")
        return cls(
            profiles=_limited(found.shops, limits),
            to=to,
            streams=chosen([name.strip() for name in streams.split(",") if name.strip()]),
            since=_moment(since),
            every=every,
            check=_check(check),
            credentials=credentials or _beside(stores),
            personal=personal,
            as_json=as_json,
            address=address,
        )


def run(wish: Wish) -> int:
    """Sync and print what became of it; returns the exit code."""
    sink = _sink(wish)
    keep_imports()
    try:
        if wish.every is None:
            return asyncio.run(_round(wish, sink))
        asyncio.run(_follow(wish, sink, wish.every))
    except KeyboardInterrupt:
        say("Stopped; the next run goes on from here.")
        return 0 if wish.every is not None else INTERRUPTED
    finally:
        sink.close()
    return 0


async def _round(wish: Wish, sink: Sink) -> int:
    store, limiters = FileStore(wish.credentials), Limiters()
    with _at_desk(sink) as desk, displayed() as display:
        outcomes = await _Round(wish, desk, store, display, limiters).run()
    print_outcomes(outcomes, as_json=wish.as_json)
    return 0 if all(outcome.ok for outcome in outcomes) else 1


async def _follow(wish: Wish, sink: Sink, every: float) -> None:
    store, limiters = FileStore(wish.credentials), Limiters()
    following = Following(store, wish.streams, wish.check, every, wish.as_json, wish.address)
    shops = [(profile, _connected(profile, store, limiters)) for profile in wish.profiles]
    with _at_desk(sink) as desk, closing(_inbox(wish)) as inbox:
        await following.run(shops, desk, inbox, since=wish.since)


def _connected(profile: Profile, store: Store, limiters: Limiters) -> AsyncShop:
    # The shops of an app share its limits.
    limiter = limiters.of(profile.marketplace, profile.app.key, profile.limits)
    return profile.connect_async(store, limiter=limiter, transport=quickest())


@frozen
class _Round:
    """All shops once."""

    wish: Wish
    desk: Desk
    store: Store
    display: Display
    limiters: Limiters

    async def run(self) -> list[Outcome]:
        gate = asyncio.Semaphore(_SIDE_BY_SIDE)

        async def one(profile: Profile) -> Outcome:
            async with gate:
                return await self._shop(profile)

        return list(await asyncio.gather(*map(one, self.wish.profiles)))

    async def _shop(self, profile: Profile) -> Outcome:
        try:
            report = await self._sync(profile)
            # A sandbox that was started anew knows only the tokens of its own file.
            if _revoked(report) and profile.seed(self.store, again=True):
                report = await self._sync(profile)
        except EntroError as error:
            return Outcome(profile=profile, error=error)
        return Outcome(profile=profile, report=report)

    async def _sync(self, profile: Profile) -> Report:
        options: Options = {
            "streams": self.wish.streams,
            "since": self.wish.since,
            "check": self.wish.check,
            "on_progress": self.display.of(profile.name),
        }
        async with _connected(profile, self.store, self.limiters) as shop:
            return await sync_shop(shop, self.desk, **options)


def _sink(wish: Wish) -> Sink:
    scheme, _, directory = wish.to.partition(":")
    if scheme == "jsonl":
        return JsonLinesSink(directory or ".", personal=wish.personal)
    return SqlSink(wish.to, personal=wish.personal)


def _inbox(wish: Wish) -> SqlInbox:
    """Hints wait in the sink's database; beside files of lines they have one of their own."""
    scheme, _, directory = wish.to.partition(":")
    if scheme == "jsonl":
        return SqlInbox(f"sqlite:///{Path(directory or '.') / 'inbox.sqlite3'}")
    return SqlInbox(wish.to)


@contextmanager
def _at_desk(sink: Sink) -> Iterator[Desk]:
    desk = Desk(sink)
    try:
        yield desk
    finally:
        desk.close()


def _limited(shops: tuple[Profile, ...], limits: str | None) -> tuple[Profile, ...]:
    if limits is None:
        return shops
    stated = stated_in(limits)
    return tuple(evolve(shop, limits=stated) for shop in shops)


def _revoked(report: Report) -> bool:
    return any(isinstance(stream.error, Revoked) for stream in report.streams)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"--since {text!r} is no date", advice="Write 2026-11-01, or 2026-11-01T07:00+07:00."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=_VIETNAM)


def _check(word: str) -> Check:
    match word:
        case "all" | "new" | "none":
            return word
    raise ConfigError(f"--check {word!r} is unknown", advice="Write all, new or none.")


def _beside(stores: str) -> Path:
    """Rotated tokens must outlive the process: keep them beside the file they began in."""
    if "://" in stores:
        return Path(Path(urlsplit(stores).path).name + ".grants")
    return Path(stores + ".grants")
