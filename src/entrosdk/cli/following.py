"""`entrosdk sync --follow`: shops kept at the present, by pushes, queues and polls."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

from attrs import define, field, frozen

from entrosdk.cli.display import PlainLines
from entrosdk.cli.outcome import Outcome, print_outcomes
from entrosdk.cli.telling import say
from entrosdk.client.async_shop import AsyncShop
from entrosdk.client.profiles import Profile
from entrosdk.errors import ConfigError, EntroError
from entrosdk.runtime.ports import Store
from entrosdk.sync.desk import Desk
from entrosdk.sync.progress import OnProgress, Progress, Report
from entrosdk.sync.realtime.desk import InboxDesk
from entrosdk.sync.realtime.follow import follow
from entrosdk.sync.realtime.pace import Plan
from entrosdk.sync.realtime.receiver import Door, Receiver
from entrosdk.sync.realtime.serving import listening
from entrosdk.sync.realtime.sql import SqlInbox
from entrosdk.sync.run import Check

__all__ = ["Address", "Following"]

_SLOWLY = 10  # times slower, while pushes are healthy


@frozen
class Address:
    """Where to listen, and how the world calls that place."""

    host: str
    port: int
    public_url: str = ""

    @classmethod
    def of(cls, listen: str | None, public_url: str | None, *, follow: bool) -> Address | None:
        """Read `--listen` and `--public-url`; raises `ConfigError` for what makes no sense."""
        if listen is None and public_url is None:
            return None
        if listen is None or not follow:
            raise ConfigError(
                "pushes are received only while following",
                advice="Add --follow --listen HOST:PORT.",
            )
        host, colon, port = listen.rpartition(":")
        if not colon or not port.isdecimal() or int(port) > 65535:
            raise ConfigError(
                f"--listen {listen!r} is no address", advice="Write 127.0.0.1:8080, for example."
            )
        if public_url and not public_url.startswith(("http://", "https://")):
            raise ConfigError("--public-url does not begin with http:// or https://")
        return cls(host.strip("[]") or "127.0.0.1", int(port), (public_url or "").rstrip("/"))


@define
class Following:
    """What `--follow` was asked to do, and what it has told so far."""

    store: Store
    streams: tuple[str, ...]
    check: Check
    every: float
    as_json: bool
    address: Address | None
    profiles: dict[tuple[str, str], Profile] = field(init=False, factory=dict)
    _begun: set[tuple[str, str]] = field(init=False, factory=set)
    _lines: PlainLines = field(init=False, factory=PlainLines)

    async def run(
        self,
        shops: list[tuple[Profile, AsyncShop]],
        desk: Desk,
        inbox: SqlInbox,
        since: datetime | None,
    ) -> None:
        """Follow until cancelled."""
        self.profiles = {_place(shop): profile for profile, shop in shops}
        connected = [shop for _, shop in shops]
        every = timedelta(seconds=self.every)
        async with AsyncExitStack() as stack:
            mail = InboxDesk(inbox)
            stack.callback(mail.close)
            for shop in connected:
                await stack.enter_async_context(shop)
            if self.address is not None:
                await self._listen(self.address, shops, mail, stack)
            await follow(
                connected,
                desk,
                mail,
                plan=Plan(every=every, slowly=every * _SLOWLY),
                streams=self.streams,
                check=self.check,
                on_report=self._told,
                on_progress=self._progress,
                # A sandbox that was started anew knows only the tokens of its own file.
                revive=lambda shop: self.profiles[_place(shop)].seed(self.store, again=True),
                since=since,
            )

    async def _listen(
        self,
        address: Address,
        shops: list[tuple[Profile, AsyncShop]],
        mail: InboxDesk,
        stack: AsyncExitStack,
    ) -> None:
        doors = _doors(shops)
        receiver = Receiver(doors, mail, public_url=address.public_url)
        served = await stack.enter_async_context(listening(receiver, address.host, address.port))
        receiver.public_url = address.public_url or served
        for name, door in doors.items():
            say(f"Pushes of {door.marketplace} are received at {receiver.public_url}/{name}")

    def _told(self, shop: AsyncShop, what: Report | EntroError) -> None:
        """Print a table the first time and when something is wrong, then what is new."""
        place = _place(shop)
        profile = self.profiles[place]
        error = what if isinstance(what, EntroError) else None
        report = what if isinstance(what, Report) else None
        outcome = Outcome(profile=profile, report=report, error=error)
        if self.as_json or place not in self._begun or not outcome.ok:
            print_outcomes([outcome], as_json=self.as_json)
        elif report is not None:
            _print_news(profile.name, report)
        self._begun.add(place)

    def _progress(self, shop: AsyncShop) -> OnProgress:
        """Show how the first poll goes on; the later ones are short."""
        place = _place(shop)
        show = self._lines.of(self.profiles[place].name)

        def first(progress: Progress) -> None:
            if place not in self._begun:
                show(progress)

        return first


def _print_news(name: str, report: Report) -> None:
    # What is read again within the overlap counts as changed, so it says nothing here.
    found = ((stream.stream, stream.written.new) for stream in report.streams)
    parts = [f"{number} new {stream}" for stream, number in found if number]
    if parts:
        sys.stdout.write(f"{name}: {', '.join(parts)}\n")
        sys.stdout.flush()


def _doors(shops: list[tuple[Profile, AsyncShop]]) -> dict[str, Door]:
    """One address for each app, since marketplaces know one for all of its shops."""
    found: dict[str, Door] = {}
    for profile, shop in shops:
        name = f"{profile.marketplace}/{profile.app.key}"
        ours = {
            one.shop_id
            for one, _ in shops
            if (one.marketplace, one.app.key) == (profile.marketplace, profile.app.key)
        }
        found.setdefault(
            name, Door(marketplace=profile.marketplace, events=shop.events, shops=ours)
        )
    return found


def _place(shop: AsyncShop) -> tuple[str, str]:
    return shop.marketplace, shop.shop_id
