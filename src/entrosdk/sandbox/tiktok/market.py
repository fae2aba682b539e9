"""TikTok Shop as one object: gateway, endpoints, grants, webhooks, over a shop of the world."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, cast

from attrs import evolve

from entrosdk.domain.credentials import App
from entrosdk.domain.secret import Secret
from entrosdk.sandbox import faults as faulty
from entrosdk.sandbox.catalogue import Product, told
from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.faults import Faults
from entrosdk.sandbox.http import Call, Reply
from entrosdk.sandbox.limits import Limits
from entrosdk.sandbox.orders import Order, Return, Stage
from entrosdk.sandbox.pushes import PushQueue
from entrosdk.sandbox.shop import ShopWorld
from entrosdk.sandbox.tiktok import consent, fulfilment, words
from entrosdk.sandbox.tiktok.gateway import Endpoint, Routes, check, refused, success
from entrosdk.sandbox.tiktok.ledger import Books
from entrosdk.sandbox.tiktok.parameters import Parameters, Refusal
from entrosdk.sandbox.tiktok.profile import Profile
from entrosdk.sandbox.tiktok.push import bodies
from entrosdk.sandbox.tokens import Grants, Lives
from entrosdk.sandbox.visits import Visit, visits
from entrosdk.sandbox.world import World

__all__ = ["TikTokMarket"]

SHOP_ID, SHOP_NAME = "7496180245913377201", "Mây Xanh Official"
PREFIX = "ROW_"
_KEY, _SERVICE = "emu8k2ap9q", "7388102946610299001"
_WEEK, _YEAR = 7 * 86_400, 365 * 86_400
# The old access token lives on until its own end: whether it does is not established (1.3).
_LIVES = Lives(access=_WEEK, refresh=_YEAR, grace=_WEEK)
_RETRIES = (120, 1800, 10_800, 43_200)
_TROUBLE = {"internal": 36009003, "upstream": 36009007}
_MOST = 50  # requests a second, the last number that was published (2.4)


class TikTokMarket:
    """The emulated TikTok Shop."""

    name = "tiktok"

    def __init__(self, world: World, faults: Faults, profile: Profile | None = None) -> None:
        self.world = world
        self.faults = faults
        self.profile = profile or Profile()
        self.shop: ShopWorld = world.shops[self.name]
        self.books = cast("Books", self.shop.trade.ledger)
        self.limits = Limits(shop=_MOST)
        self.visits = visits()
        self.app = App(
            key=_KEY, secret=Secret(self._derived("app secret")[:40]), service_id=_SERVICE
        )
        self.cipher = f"ROW_Emu{self._derived('cipher')[:24]}"
        self.grants = Grants(f"{world.seed}:{self.name}", _LIVES)
        self.codes: dict[str, int] = {}
        self.spent: dict[str, tuple[tuple[str, str], int]] = {}
        self.subscriptions: dict[str, tuple[str, int, int]] = {}
        self.drafts: set[int] = set()
        self.deleted: set[int] = set()
        self.pending: dict[int, int] = {}
        self.audits: dict[int, int] = {}
        self._first = self.grants.give(SHOP_ID, world.started)
        self.pushes = PushQueue(
            f"{world.seed}:{self.name}", self._sign_push, retries=_RETRIES, stamp="timestamp"
        )
        self.shop.listeners.append(self._announce)
        self._routes = Routes(endpoints())
        self._asked = self._told = 0

    @property
    def branches(self) -> Mapping[str, TikTokMarket]:
        """Return this one shop by its id."""
        return {SHOP_ID: self}

    # What a store needs to connect

    def store(self, base_url: str) -> dict[str, str]:
        """Return the keys of one `[[store]]` table; webhooks are signed with the app's secret."""
        return {
            "marketplace": self.name,
            "name": SHOP_NAME,
            "shop_id": SHOP_ID,
            "base_url": base_url,
            "auth_url": base_url,
            "app_key": self.app.key,
            "app_secret": self.app.secret.reveal(),
            "push_secret": self.app.secret.reveal(),
            "access_token": PREFIX + self._first[0],
            "refresh_token": PREFIX + self._first[1],
        }

    # What really is

    def order_truth(self, order: Order) -> dict[str, Any]:
        """Return an order in TikTok Shop's words."""
        return {
            "id": order.id,
            "status": words.status(order),
            "updated_at": order.updated,
            "total_minor": order.total,
        }

    def product_truth(self) -> list[dict[str, Any]]:
        """Return all products; units that a campaign holds are sold in it."""
        return told(self.shop.products)

    def return_truth(self, returned: Return) -> dict[str, Any]:
        """Return a return in TikTok Shop's words."""
        status = words.return_status(returned)
        return {"id": returned.id, "order_id": returned.order.id, "status": status}

    def stage_of(self, word: str) -> Stage | None:
        """Read an order status of TikTok Shop's."""
        known = {name: Stage(stage) for stage, name in reversed(words.STAGES.items())}
        return known.get(word)

    def age(self, stamp: int) -> str:
        """Say what is wrong with a timestamp; empty when it is near one of the two clocks.

        A test may move the world on while strangers' clients keep real time.
        """
        ages = [int(clock) - stamp for clock in (self.world.wall(), self.world.now)]
        if any(-self.profile.ahead <= age <= self.profile.past for age in ages):
            return ""
        if min(ages) > 0:
            return "Earlier than 5 minutes before the current time."
        return "Later than 30 seconds after the current time."

    # Listings

    def product_status(self, product: Product) -> str:
        """Return TikTok Shop's word for a listing's standing."""
        if product.id in self.deleted:
            return "DELETED"
        if self.pending.get(product.id, 0) > self.world.now:
            return "PENDING"
        if product.listed:
            return "ACTIVATE"
        return "DRAFT" if product.id in self.drafts else "SELLER_DEACTIVATED"

    def audit(self, product: Product) -> str:
        """Return how far the review of a listing got."""
        until = max(self.pending.get(product.id, 0), self.audits.get(product.id, 0))
        return "AUDITING" if until > self.world.now else "APPROVED"

    def review(self, product: Product) -> None:
        """Look at a listing for a while, then put it on sale."""
        done = self.world.now + self.profile.review
        self.drafts.discard(product.id)
        self.pending[product.id] = done
        self.shop.plan(done, f"ledger:review:{product.id}", "")
        self.changed(product)

    def changed(self, product: Product) -> None:
        """Tell that a listing changed."""
        product.updated = self.world.now
        self.shop.tell(Change("product", self.world.now, product=product, new="changed"))

    # Requests

    def handle(self, call: Call) -> Reply:
        """Answer one request."""
        self.world.settle()
        request_id = self._request_id()
        rule = self.faults.strike(self.name, call.path, faulty.BEFORE)
        reply = self._before(rule, request_id) if rule else self._answer(call, request_id)
        if not rule:
            spoiled = self.faults.strike(self.name, call.path, faulty.AFTER)
            reply = faulty.after(spoiled, reply) if spoiled else reply
        return reply

    def _before(self, rule: faulty.Rule, request_id: str) -> Reply:
        """Fail as TikTok Shop does: in its envelope (2.2, 2.4)."""
        reply = faulty.before(rule)
        limited = rule.effect == "429"
        code = 36009002 if limited else _TROUBLE.get(self.profile.trouble)
        if code is None:  # overload protection answers before anything that knows envelopes
            return evolve(reply, status=503)
        text = "Too many requests." if limited else "Internal error. Please try again."
        told = refused(Refusal(code, text, reply.status), request_id)
        headers = reply.headers if self.profile.retry_after else {}
        return evolve(told, headers=headers)

    def _answer(self, call: Call, request_id: str) -> Reply:
        shown = consent.page(self, call, request_id) or fulfilment.document(self, call)
        if shown is not None:
            self._note(call, "page", shown.status)
            return shown
        try:
            payload = self._perform(call)
        except Refusal as refusal:
            self._note(call, str(refusal.code), refusal.status)
            reply = refused(refusal, request_id)
            return self._slowed(reply) if refusal.status == 429 else reply
        self._note(call, "ok", 200)
        return success(payload, request_id)

    def _perform(self, call: Call) -> Any:
        endpoint, ids = self._routes.find(call)
        if self.faults.strike(self.name, call.path, frozenset({"expire_token"})):
            self.grants.expire(SHOP_ID)
        if self.faults.strike(self.name, call.path, frozenset({"revoke"})):
            self.revoke()
        check(self, call, endpoint)
        if self.limits.allow(SHOP_ID, call.arrived or self.world.wall()) is not None:
            raise Refusal(36009002, "Too many requests.", 429)
        return endpoint.handler(self, Parameters(call, ids))

    def _slowed(self, reply: Reply) -> Reply:
        headers = {"Retry-After": "1"} if self.profile.retry_after else {}
        return Reply(status=reply.status, body=reply.body, headers=headers)

    def _note(self, call: Call, verdict: str, status: int) -> None:
        self.visits.append(Visit(self.world.now, call.method, call.path, verdict, status))

    def _request_id(self) -> str:
        """Make an id of the moment and twenty hex digits (2.1)."""
        self._asked += 1
        digits = self._derived(f"request:{self._asked}")[:20].upper()
        return f"{datetime.fromtimestamp(self.world.now, UTC):%Y%m%d%H%M%S}{digits}"

    # Grants

    def revoke(self, shop: str = SHOP_ID) -> None:
        """Let the seller withdraw consent; apps hear of it by webhook only (quirk 29)."""
        self.grants.revoke(shop)
        text = f"Shop_id {{{shop}}} is deauthorized from your APP by merchant."
        self._push(self.world.now, 6, {"message": text})

    # Webhooks

    def _announce(self, change: Change) -> None:
        if not self.pushes.url:
            return
        if change.kind == "day":
            self._warn(change.at)
        for kind, data in bodies(change):
            self._push(change.at, kind, data)

    def _warn(self, at: int) -> None:
        """Tell daily, in the last thirty days of a consent, that it ends (7.4)."""
        until = self.grants.span(SHOP_ID)[1]
        days = (until - at) // 86_400
        if 0 <= days <= 30 and self.grants.linked(SHOP_ID, at):
            text = f"Authorization of shop_id {{{SHOP_ID}}} is expiring in {{{days}}} days."
            self._push(at, 7, {"message": text, "expiration_time": str(until)})

    def _push(self, at: int, kind: int, data: dict[str, Any]) -> None:
        self._told += 1
        body = {
            "type": kind,
            "tts_notification_id": str(7_574_012_200_000_000_000 + self._told),
            "shop_id": SHOP_ID,
            "timestamp": at,
            "data": data,
        }
        self.pushes.add(at, body, with_id=False)

    def _sign_push(self, url: str, body: bytes) -> dict[str, str]:
        del url  # the address is no part of it (7.2)
        key = self.app.secret.reveal().encode()
        signature = hmac.new(key, self.app.key.encode() + body, sha256).hexdigest()
        return {"authorization": signature, "content-type": "application/json"}

    def _derived(self, purpose: str) -> str:
        text = f"tiktok:{purpose}".encode()
        return hmac.new(str(self.world.seed).encode(), text, sha256).hexdigest()


def endpoints() -> list[Endpoint]:
    """Collect the tables of all modules."""
    from entrosdk.sandbox.tiktok import (  # noqa: PLC0415 - they name the market in their types
        finance,
        listing,
        orders,
        products,
        push,
        returns,
        shop,
    )

    modules = (orders, fulfilment, products, listing, returns, finance, push, shop)
    return [endpoint for module in modules for endpoint in module.table()]
