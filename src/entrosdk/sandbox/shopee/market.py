"""Shopee as one object: gateway, endpoints, grants, pushes, over a shop of the world."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from copy import copy
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

from entrosdk.domain.credentials import App
from entrosdk.domain.secret import Secret
from entrosdk.sandbox import faults as faulty
from entrosdk.sandbox.catalogue import told
from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.faults import Faults
from entrosdk.sandbox.http import Call, Reply, json_reply
from entrosdk.sandbox.limits import Limits, Reached
from entrosdk.sandbox.orders import Order, Return, Stage
from entrosdk.sandbox.pushes import PushQueue
from entrosdk.sandbox.shop import ShopWorld
from entrosdk.sandbox.shopee import consent, words
from entrosdk.sandbox.shopee.gateway import Endpoint, check, refused, success
from entrosdk.sandbox.shopee.ledger import Wallet
from entrosdk.sandbox.shopee.papers import Paper
from entrosdk.sandbox.shopee.parameters import Parameters, Refusal
from entrosdk.sandbox.shopee.profile import Profile
from entrosdk.sandbox.shopee.push import CODES, envelope
from entrosdk.sandbox.tokens import Grants
from entrosdk.sandbox.visits import Visit, visits
from entrosdk.sandbox.world import World

__all__ = ["ShopeeMarket"]

SHOP_ID, MAIN_ACCOUNT, PARTNER = "226518001", 3_300_777, "2011881"
SHOP_NAME = "Tiệm Mộc Lan Demo"
_FURTHER = 226_600_000  # the ids of further shops follow

_NOTICE = 7 * 86_400  # a grant's end is told of a week before; book 1.3
_NO_PATH = "Permission denied. This API is currently offline or the request path is incorrect."
_DAILY = (
    "The total API call number made by your APP has reached the daily API call limit, please try "
    "again after 00:00 (UTC+08:00)"
)


class ShopeeMarket:
    """The emulated Shopee."""

    name = "shopee"

    def __init__(self, world: World, faults: Faults, profile: Profile | None = None) -> None:
        self.world = world
        self.faults = faults
        self.profile = profile or Profile()
        self.shop_ids = {SHOP_ID, *self.profile.more_shops}
        self.limits = Limits(midnight=8 * 3600)  # the quota starts anew at 00:00 UTC+8; book 2.2
        self.visits = visits()
        self.app = App(
            key=PARTNER,
            secret=Secret("shpk" + self._derived("partner key")),
            push_secret=Secret("shpush" + self._derived("push key")),
        )
        self.grants = Grants(f"{world.seed}:{self.name}")
        self.codes: dict[str, consent.Code] = {}
        self.spent: dict[str, tuple[str, str, int]] = {}
        self.shared: dict[str, dict[str, str]] = {}
        for shop in self.profile.more_shops:
            self.grants.give(shop, world.started)
        self.pictures: set[str] = set()  # ids handed out by the picture store
        self.pushes = PushQueue(f"{world.seed}:{self.name}", self._sign_push)
        self.pushes.watchers.append(self._watch_grants)
        self.subscribed = set(CODES)
        self._ends_told: set[tuple[str, int, int]] = set()
        self._endpoints = endpoints()
        self._asked = 0
        first, *others = world.shops_of(self.name)
        self.branches: dict[str, ShopeeMarket] = {}
        self.move_in(SHOP_ID, SHOP_NAME, first)
        for number, further in enumerate(others, 1):
            # The same doors over another shop: grants, limits, log and pushes are the app's.
            copy(self).move_in(str(_FURTHER + number), f"{SHOP_NAME} {number + 1}", further)

    def move_in(self, shop_id: str, name: str, shop: ShopWorld) -> None:
        """Open these doors over a shop of the app's, whose seller consents."""
        self.shop_id, self.shop_name, self.shop = shop_id, name, shop
        self.wallet = cast("Wallet", shop.trade.ledger)
        self.papers: dict[str, Paper] = {}  # by order
        self._first = self.grants.give(shop_id, self.world.started)
        shop.listeners.append(self._announce)
        self.shop_ids.add(shop_id)
        self.branches[shop_id] = self

    # What a store needs to connect

    def store(self, base_url: str) -> dict[str, str]:
        """Return the keys of one `[[store]]` table."""
        push = self.app.push_secret
        return {
            "marketplace": self.name,
            "name": self.shop_name,
            "shop_id": self.shop_id,
            "base_url": base_url,
            "auth_url": base_url,
            "app_key": self.app.key,
            "app_secret": self.app.secret.reveal(),
            "push_secret": push.reveal() if push else "",
            "access_token": self._first[0],
            "refresh_token": self._first[1],
        }

    # What really is

    def order_truth(self, order: Order) -> dict[str, Any]:
        """Return an order in Shopee's words."""
        shown = order.cod or order.paid  # before payment Shopee shows no total; book 3.3
        return {
            "id": order.id,
            "status": words.status(order),
            "updated_at": order.updated,
            "total_minor": order.total if shown else None,
        }

    def product_truth(self) -> list[dict[str, Any]]:
        """Return all products; the only variant of a product without options has no id."""
        return told(self.shop.products)

    def return_truth(self, returned: Return) -> dict[str, Any]:
        """Return a return in Shopee's words."""
        status = words.return_status(returned)
        return {"id": returned.id, "order_id": returned.order.id, "status": status}

    def stage_of(self, word: str) -> Stage | None:
        """Read an order status of Shopee's."""
        known = {name: Stage(stage) for stage, name in reversed(words.STAGES.items())}
        return known.get(word)

    def fresh(self, stamp: int) -> bool:
        """Say whether a timestamp is near the real time or near the world's.

        A test may move the world on while strangers' clients keep real time.
        """
        clocks = (self.world.wall(), self.world.now)
        return any(abs(stamp - clock) <= self.profile.skew for clock in clocks)

    # Requests

    def handle(self, call: Call) -> Reply:
        """Answer one request."""
        self.world.settle()
        request_id = self._request_id()
        rule = self.faults.strike(self.name, call.path, faulty.BEFORE)
        reply = faulty.before(rule) if rule else self._answer(call, request_id)
        if not rule:
            spoiled = self.faults.strike(self.name, call.path, faulty.AFTER)
            reply = faulty.after(spoiled, reply) if spoiled else reply
        return reply

    def _answer(self, call: Call, request_id: str) -> Reply:
        if page := consent.page(self, call):
            return page
        endpoint = self._endpoints.get(call.path)
        if endpoint is None or call.method not in endpoint.method:
            return self._unknown(call, request_id)
        try:
            payload = self._perform(endpoint, call)
        except Refusal as refusal:
            reply = refused(self, refusal, request_id)
            self._note(call, refusal.code, reply.status)
            return reply
        self._note(call, "ok", 200)
        return success(payload, request_id, flat=endpoint.flat)

    def _unknown(self, call: Call, request_id: str) -> Reply:
        if self.profile.unknown_path == "404":
            self._note(call, "unknown address", 404)
            return json_reply({"message": "404 page not found"}, 404)
        self._note(call, "error_param", 200)
        return refused(self, Refusal("error_param", _NO_PATH), request_id)

    def _perform(self, endpoint: Endpoint, call: Call) -> Any:
        shop = call.one("shop_id") or SHOP_ID
        if endpoint.auth == "shop" and self.faults.strike(
            self.name, call.path, frozenset({"expire_token"})
        ):
            self.grants.expire(shop)
        if self.faults.strike(self.name, call.path, frozenset({"revoke"})):
            self.revoke(shop)
        shop = check(self, call, endpoint.auth)
        reached = self.limits.allow(shop, call.arrived or self.world.wall())
        if reached is not None:
            self._too_many(reached)
        trouble = self.faults.strike(self.name, call.path, faulty.TROUBLE)
        if trouble:
            raise Refusal(trouble.effect, "Something wrong. Please try later.")
        # The token names the shop; addresses without one are the app's own.
        return endpoint.handler(self.branches.get(shop, self), Parameters(call))

    def _too_many(self, reached: Reached) -> None:
        status = 429 if self.profile.rate_answer == "429" else 200
        if reached == "day":
            raise Refusal("error_limit", _DAILY, status)
        text = "Too many requests. You have reached the rate limit. Please try again later."
        raise Refusal("error_rate_limit", text, status)

    def _note(self, call: Call, verdict: str, status: int) -> None:
        shop = call.one("shop_id") or ""
        self.visits.append(Visit(self.world.now, call.method, call.path, verdict, status, shop))

    def _request_id(self) -> str:
        self._asked += 1
        return UUID(int=self.world.seed << 64 | self._asked).hex

    # Grants

    def revoke(self, shop: str) -> None:
        """Let the seller withdraw consent; apps hear of it."""
        self.grants.revoke(shop)
        now = self.world.now
        data = {
            "authorize_type": "user cancel shop authorization",
            "extra": f"shop id {shop} (VN) has been cancelled its authorization",
            "success": 1,
        }
        self.tell(now, {"data": data, "partner_id": int(self.app.key), "code": 2})

    def _watch_grants(self, now: int) -> None:
        """Tell of grants that end soon or have ended, each once (book 1.3)."""
        for shop in sorted(self.shop_ids):
            until = self.grants.span(shop)[1]
            for code, moment in ((12, until - _NOTICE), (2, until)):
                if now >= moment and (shop, until, code) not in self._ends_told:
                    self._ends_told.add((shop, until, code))
                    self.tell(now, self._ending(code, shop, until))

    def _ending(self, code: int, shop: str, until: int) -> dict[str, Any]:
        if code == 12:  # names no shop in its envelope, and a cut-off for all; book 7.3
            soon = {"merchant_expire_soon": [], "shop_expire_soon": [int(shop)]}
            pages = {"user_expire_soon": [], "expire_before": until, "page_no": 1, "total_page": 1}
            return {"data": soon | pages, "code": 12}
        text = {"authorize_type": "expiry", "extra": "The authorization is expired."}
        data = {**text, "shopid": int(shop), "success": 1}
        return {"data": data, "partner_id": int(self.app.key), "code": 2}

    # Pushes

    def tell(self, now: int, body: dict[str, Any]) -> None:
        """Send a push, if the app subscribes to its code."""
        if self.pushes.url and body["code"] in self.subscribed:
            self.pushes.add(now, body, with_id=self.profile.message_ids)

    def _announce(self, change: Change) -> None:
        for body in envelope(change, self.shop_id):
            self.tell(change.at, body)

    def _sign_push(self, url: str, body: bytes) -> dict[str, str]:
        # The console's check comes before there is a key: it is signed with an empty one; 7.2.
        key = b"" if b'"verify_info"' in body else self.app.push_key.reveal().encode()
        signature = hmac.new(key, url.encode() + b"|" + body, sha256).hexdigest()
        return {"authorization": signature, "content-type": "application/json"}

    def _derived(self, purpose: str) -> str:
        return hmac.new(str(self.world.seed).encode(), purpose.encode(), sha256).hexdigest()[:48]


def endpoints() -> dict[str, Endpoint]:
    """Collect the tables of all modules."""
    from entrosdk.sandbox.shopee import (  # noqa: PLC0415 - they name the market in their types
        answers,
        cancelling,
        listing,
        orders,
        papers,
        payments,
        pictures,
        products,
        push,
        returns,
        shelves,
        shipping,
        shop,
    )

    reading = (consent, orders, payments, products, push, returns, shop)
    writing = (answers, cancelling, listing, papers, pictures, shelves, shipping)
    tables = (*reading, *writing)
    found: dict[str, Endpoint] = {}
    for module in tables:
        table: Callable[[], dict[str, Endpoint]] = module.table
        found |= {f"/api/v2/{path}": endpoint for path, endpoint in table().items()}
    return found
