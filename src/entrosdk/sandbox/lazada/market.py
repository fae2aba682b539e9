"""Lazada as one object: gateway, endpoints, grants, pushes, over a shop of the world."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, cast

from entrosdk.domain.credentials import App
from entrosdk.domain.secret import Secret
from entrosdk.sandbox import faults as faulty
from entrosdk.sandbox.catalogue import told
from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.faults import Faults
from entrosdk.sandbox.http import Call, Reply, json_reply
from entrosdk.sandbox.lazada import consent, fulfilment, words
from entrosdk.sandbox.lazada.gateway import Endpoint, check, known, refused, success
from entrosdk.sandbox.lazada.ledger import SHORT_CODE, Account, unit_ids, units
from entrosdk.sandbox.lazada.parameters import Parameters, Refusal
from entrosdk.sandbox.lazada.profile import Profile
from entrosdk.sandbox.lazada.push import envelopes, expiry_push, order_pushes
from entrosdk.sandbox.limits import Limits, Reached
from entrosdk.sandbox.orders import Order, Return, Stage
from entrosdk.sandbox.pushes import PushQueue
from entrosdk.sandbox.shop import ShopWorld
from entrosdk.sandbox.tokens import Grants, Lives
from entrosdk.sandbox.visits import Visit, visits
from entrosdk.sandbox.world import World

__all__ = ["LazadaMarket"]

SELLER_ID, APP_KEY = "200226518001", "998001"
SHOP_NAME = "Tiệm Mộc Lan Demo"

_ROOT = "/rest"
_DAY = 86_400
# 12 repeats, half an hour apart (book 7).
_RETRIES = (1800,) * 12


class LazadaMarket:
    """The emulated Lazada."""

    name = "lazada"
    access_prefix = "50000e01"
    refresh_prefix = "50001e01"
    seller_id = SELLER_ID
    short_code = SHORT_CODE
    shop_name = SHOP_NAME

    def __init__(self, world: World, faults: Faults, profile: Profile | None = None) -> None:
        self.world = world
        self.faults = faults
        self.profile = profile or Profile()
        self.shop: ShopWorld = world.shops[self.name]
        self.account = cast("Account", self.shop.trade.ledger)
        self.limits = Limits()
        self.visits = visits()
        self.app = App(key=APP_KEY, secret=Secret(self._derived("app secret")))
        # Whether the old access token dies with a renewal is unknown: it lives (book 1.3).
        self.consent_days = self.profile.consent_days
        access = self.profile.access_s
        lives = Lives(access=access, refresh=self.consent_days * 86_400, grace=access)
        self.grants = Grants(f"{world.seed}:{self.name}", lives)
        self.codes: dict[str, int] = {}
        self._first = self.grants.give(SELLER_ID, world.started, days=self.consent_days)
        self.pushes = PushQueue(
            f"{world.seed}:{self.name}",
            self._sign_push,
            retries=_RETRIES,
            name="",
            suspend_below=0.5,
        )
        self.pushes.watchers.append(self._warn)
        self._warned = 0
        # What the neutral world does not tell apart.
        self.gone = self.account.gone
        self.packed: set[str] = set()
        self.repacked: set[str] = set()
        self.labels: dict[str, int] = {}
        self.reviews: dict[int, int] = {}
        self.texts: dict[int, str] = {}
        self.deleted: set[int] = set()
        self.elsewhere: dict[int, int] = {}
        self.batches: dict[str, list[str]] = {}
        self.refused: dict[str, set[str]] = {}
        self.agreed: dict[str, set[str]] = {}
        self.shop.listeners.append(self._announce)
        self._endpoints = endpoints()
        self._asked = 0

    @property
    def branches(self) -> Mapping[str, LazadaMarket]:
        """Return this one shop by its id."""
        return {SELLER_ID: self}

    # What a store needs to connect

    def store(self, base_url: str) -> dict[str, str]:
        """Return the keys of one `[[store]]` table; pushes are signed with the app secret."""
        return {
            "marketplace": self.name,
            "name": SHOP_NAME,
            "shop_id": SELLER_ID,
            "base_url": base_url,
            "auth_url": base_url,
            "app_key": self.app.key,
            "app_secret": self.app.secret.reveal(),
            "push_secret": "",
            "access_token": self.access_prefix + self._first[0],
            "refresh_token": self.refresh_prefix + self._first[1],
        }

    # What really is

    def order_truth(self, order: Order) -> dict[str, Any]:
        """Return an order in Lazada's words: those of its units."""
        return {
            "id": order.id,
            "status": ",".join(words.statuses(self, order)),
            "updated_at": order.updated,
            "total_minor": order.total,
        }

    def product_truth(self) -> list[dict[str, Any]]:
        """Return all listings; every variant has an id."""
        return told(self.shop.products)

    def return_truth(self, returned: Return) -> dict[str, Any]:
        """Return a return in Lazada's words."""
        status = words.return_status(returned)
        return {"id": returned.id, "order_id": returned.order.id, "status": status}

    def stage_of(self, word: str) -> Stage | None:
        """Read a unit's status of Lazada's."""
        known_words = {name: Stage(stage) for stage, name in reversed(words.STAGES.items())}
        known_words |= {"packed": Stage.PACKED, "ready_to_ship": Stage.PACKED}
        known_words |= {"pending": Stage.TO_SHIP, "delivered": Stage.DELIVERED}
        return known_words.get(word)

    def fresh(self, stamp: float) -> bool:
        """Say whether a timestamp is near the real time or near the world's."""
        clocks = (self.world.wall(), self.world.now)
        return any(abs(stamp - clock) <= self.profile.skew for clock in clocks)

    def strikes(self, path: str, effect: str) -> bool:
        """Say whether the script spoils this page."""
        return self.faults.strike(self.name, path, frozenset({effect})) is not None

    # Requests

    def handle(self, call: Call) -> Reply:
        """Answer one request."""
        self.world.settle()
        rule = self.faults.strike(self.name, call.path, faulty.BEFORE)
        reply = faulty.before(rule) if rule else self._answer(call)
        if not rule:
            spoiled = self.faults.strike(self.name, call.path, faulty.AFTER)
            reply = faulty.after(spoiled, reply) if spoiled else reply
        return reply

    def _answer(self, call: Call) -> Reply:
        if page := consent.page(self, call) or fulfilment.file(call):
            return page
        if not call.path.startswith(f"{_ROOT}/") or call.method not in {"GET", "POST"}:
            self._note(call, "unknown address", 404)
            return json_reply({"message": "404 page not found"}, 404)
        request_id = self._request_id()
        try:
            endpoint, payload = self._perform(call)
        except Refusal as refusal:
            self._note(call, refusal.code, 200)
            return refused(refusal, request_id)
        self._note(call, "ok", 200)
        return success(payload, request_id, endpoint.shape)

    def _perform(self, call: Call) -> tuple[Endpoint, Any]:
        given = Parameters.of(call)
        known(self, given)
        path = call.path.removeprefix(_ROOT)
        endpoint = self._endpoints.get(path)
        if endpoint is None:
            raise Refusal("InvalidApiPath", "The specified API path is invalid", kind="ISV")
        if endpoint.auth == "shop":
            self._strike_grant(call)
        shop = check(self, path, endpoint.auth, given)
        reached = self.limits.allow(shop, call.arrived or self.world.wall())
        if reached is not None:
            _too_many(reached, shop)
        self._trouble(path)
        return endpoint, endpoint.handler(self, given)

    def _trouble(self, path: str) -> None:
        """Fail as the profile wants it."""
        if self.profile.campaign and path.startswith(("/product/", "/image")):
            text = "service disabled for stability during campaigns"
            raise Refusal("998", text)
        every = self.profile.trouble_every
        if every and self._asked % every == 0:
            raise Refusal("1000", "Internal Application Error")

    def _strike_grant(self, call: Call) -> None:
        if self.faults.strike(self.name, call.path, frozenset({"expire_token"})):
            self.grants.expire(SELLER_ID)
        if self.faults.strike(self.name, call.path, frozenset({"revoke"})):
            self.revoke(SELLER_ID)

    def _note(self, call: Call, verdict: str, status: int) -> None:
        self.visits.append(Visit(self.world.now, call.method, call.path, verdict, status))

    def _request_id(self) -> str:
        self._asked += 1
        return f"2140e7a1{int(self.world.wall() * 1000)}{self._asked:04}"

    # Grants

    def revoke(self, shop: str) -> None:
        """Let the seller withdraw consent; no push tells of it."""
        self.grants.revoke(shop)

    def owner(self, token: str) -> str | None:
        """Return the shop an access token was made for."""
        if not token.startswith(self.access_prefix):
            return None
        return self.grants.owner(token.removeprefix(self.access_prefix))

    def accepts(self, shop: str, token: str) -> bool:
        """Say whether an access token works now."""
        bare = token.removeprefix(self.access_prefix)
        return self.grants.valid(shop, bare, self.world.now)

    # Pushes

    def _announce(self, change: Change) -> None:
        if change.kind == "order" and change.new != Stage.PACKED and change.order is not None:
            self.packed.discard(change.order.id)
        if change.kind == "order" and change.new == Stage.CANCELLED and change.order is not None:
            self._given_back_before(change.order)
        if self.pushes.url:
            for body in envelopes(self, change):
                self.pushes.add(change.at, body)

    def _warn(self, now: int) -> None:
        """Tell once a day that the seller's consent ends within two days (type 8)."""
        _, until = self.grants.span(SELLER_ID)
        if until - now > 2 * _DAY or now > until or now - self._warned < _DAY:
            return
        self._warned = now
        self.pushes.add(now, expiry_push(self, until, now))

    def _given_back_before(self, order: Order) -> None:
        """Take back what a whole cancellation gave twice: units that were cancelled before."""
        if order.picked_up:
            return
        gone = self.gone.get(order.id, {})
        for line, name in zip(units(order), unit_ids(order), strict=True):
            line.variant.stock -= name in gone

    def moved(self, order: Order, now: int) -> None:
        """Let an order be news although its neutral stage is the same."""
        self.shop.touch(order, now, order.stage)
        for body in order_pushes(self, order, now):
            self.pushes.add(now, body)

    def _sign_push(self, url: str, body: bytes) -> dict[str, str]:
        del url  # no part of it; book 7
        key = self.app.secret.reveal().encode()
        signature = hmac.new(key, self.app.key.encode() + body, sha256).hexdigest()
        return {"authorization": signature, "content-type": "application/json"}

    def _derived(self, purpose: str) -> str:
        return hmac.new(str(self.world.seed).encode(), purpose.encode(), sha256).hexdigest()[:32]


def _too_many(reached: Reached, shop: str) -> None:
    if reached == "day":
        raise Refusal("AppCallLimit", "App call limit exceeded", kind="ISV")
    text = "Api access frequency exceeds the limit. this ban will last 1 seconds"
    raise Refusal("SellerCallLimit" if shop else "ApiCallLimit", text, kind="ISV")


def endpoints() -> dict[str, Endpoint]:
    """Collect the tables of all modules."""
    from entrosdk.sandbox.lazada import (  # noqa: PLC0415 - they name the market in their types
        finance,
        listing,
        orders,
        pictures,
        products,
        returns,
        shop,
    )

    found: dict[str, Endpoint] = {}
    for module in (
        consent,
        finance,
        fulfilment,
        listing,
        orders,
        pictures,
        products,
        returns,
        shop,
    ):
        table: Callable[[], dict[str, Endpoint]] = module.table
        found |= table()
    return found
