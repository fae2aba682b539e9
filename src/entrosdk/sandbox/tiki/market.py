"""Tiki as one object: gateway, endpoints, grants, queues, over a shop of the world."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, cast

from entrosdk.domain.credentials import App
from entrosdk.domain.secret import Secret
from entrosdk.sandbox import faults as faulty
from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.faults import Faults
from entrosdk.sandbox.http import Call, Reply, json_reply
from entrosdk.sandbox.limits import Limits
from entrosdk.sandbox.orders import Order, Return, Stage
from entrosdk.sandbox.pushes import PushQueue
from entrosdk.sandbox.shop import ShopWorld
from entrosdk.sandbox.tiki import consent, words
from entrosdk.sandbox.tiki.gateway import Endpoint, check, find, limited, refused, success
from entrosdk.sandbox.tiki.ledger import Incomes
from entrosdk.sandbox.tiki.parameters import Parameters, Refusal
from entrosdk.sandbox.tiki.profile import Profile
from entrosdk.sandbox.tiki.queues import Queues
from entrosdk.sandbox.tiki.requests import Review
from entrosdk.sandbox.tiki.showcase import reserved
from entrosdk.sandbox.tokens import Grants, Lives
from entrosdk.sandbox.visits import Visit, visits
from entrosdk.sandbox.world import World

__all__ = ["TikiMarket"]

SELLER_ID, SELLER_NAME = "418207", "Gốm Nhà Mộc Demo"
SID = "5C1E07B4A96D23F8E0417B9AC2D65F3810EB7A4D"
CLIENT = "7700000000418207"
WAREHOUSE, SECOND, RETURNS = 402115, 402116, 402117
_APP = "app"
_REFRESH_LIFE = 365 * 86_400  # not established (book 12)


class TikiMarket:
    """The emulated Tiki."""

    name = "tiki"
    shop_id = SELLER_ID

    def __init__(self, world: World, faults: Faults, profile: Profile | None = None) -> None:
        self.world = world
        self.faults = faults
        self.profile = profile or Profile()
        self.shop: ShopWorld = world.shops[self.name]
        self.incomes = cast("Incomes", self.shop.trade.ledger)
        self.limits = Limits(shop=200)  # each second for each seller; book 2.4
        self.visits = visits()
        hook = f"hook:{self._derived('hook')}"
        self.app = App(
            key=CLIENT,
            secret=Secret(self._derived("client secret")),
            push_secret=Secret(hook),
        )
        lives = Lives(access=self.profile.access_life, refresh=_REFRESH_LIFE, grace=0)
        self.grants = Grants(f"{world.seed}:{self.name}", lives)
        self.granted = tuple(self.profile.scopes.split())
        self.codes: dict[str, consent.Code] = {}
        self._first = self.grants.give(SELLER_ID, world.started)
        self.grants.give(_APP, world.started)
        self.queues = Queues(f"{world.seed}:{self.name}", self.profile)
        self.review = Review(self)
        self.second: dict[int, int] = {}  # units of a variant in the second warehouse
        self.abroad: dict[str, int] = {}  # steps that orders from abroad have taken
        self.pushes = PushQueue(f"{world.seed}:{self.name}", self._sign_push, stamp="", name="id")
        self.shop.listeners.append(self._announce)
        self._endpoints = endpoints()
        self._asked = 0

    @property
    def branches(self) -> Mapping[str, TikiMarket]:
        """Return this one shop by its id."""
        return {SELLER_ID: self}

    # What a store needs to connect

    def store(self, base_url: str) -> dict[str, str]:
        """Return the keys of one `[[store]]` table."""
        push = self.app.push_secret
        return {
            "marketplace": self.name,
            "name": SELLER_NAME,
            "shop_id": SELLER_ID,
            "base_url": base_url,
            "auth_url": base_url,
            "app_key": self.app.key,
            "app_secret": self.app.secret.reveal(),
            "push_secret": push.reveal() if push else "",
            "access_token": _dotted(self._first[0]),
            "refresh_token": _dotted(self._first[1]),
        }

    # What really is

    def status(self, order: Order) -> str:
        """Return an order's status in Tiki's words."""
        return words.status(order, self.profile.models)

    def order_truth(self, order: Order) -> dict[str, Any]:
        """Return an order in Tiki's words."""
        return {
            "id": order.id,
            "status": self.status(order),
            "updated_at": order.updated,
            "total_minor": order.total,
        }

    def product_truth(self) -> list[dict[str, Any]]:
        """Return every variant as the product it is at Tiki; its only variant has no id."""
        return [
            {
                "id": str(variant.id),
                "variants": [{"id": "", "sku": variant.sku, "sellable": variant.stock}],
            }
            for _, variant in self.rows()
        ]

    def return_truth(self, returned: Return) -> dict[str, Any]:
        """Return nothing: the API tells of no return (book 6)."""
        del returned
        return {}

    def stage_of(self, word: str) -> Stage | None:
        """Read an order status of Tiki's."""
        known = {name: Stage(stage) for stage, name in reversed(words.STAGES.items())}
        aliases = {"ready_to_ship": Stage.PACKED, "handover_to_partner": Stage.SHIPPED}
        return known.get(word) or aliases.get(word)

    def rows(self) -> list[tuple[Product, Variant]]:
        """Return what Tiki lists: one row for each variant, newest first."""
        found = [(product, one) for product in self.shop.products for one in product.variants]
        return sorted(found, key=lambda row: (-row[0].created, row[1].id))

    def levels(self, variant: Variant) -> list[tuple[int, int, int]]:
        """Return warehouse, sellable and reserved units; orders are served from the first one."""
        held = reserved(variant)
        if self.profile.warehouses == 1:
            return [(WAREHOUSE, variant.stock, held)]
        second = min(variant.stock, self.second.get(variant.id, variant.stock // 4))
        return [(WAREHOUSE, variant.stock - second, held), (SECOND, second, 0)]

    # Requests

    def handle(self, call: Call) -> Reply:
        """Answer one request."""
        self.world.settle()
        self._asked += 1
        rule = self.faults.strike(self.name, call.path, faulty.BEFORE)
        reply = self._before(rule) if rule else self._answer(call)
        if not rule:
            spoiled = self.faults.strike(self.name, call.path, faulty.AFTER)
            reply = faulty.after(spoiled, reply) if spoiled else reply
        return reply

    def _before(self, rule: faulty.Rule) -> Reply:
        """Fail as Tiki does: a limit is the gateway's text (E6), trouble the API's own (E1)."""
        reply = faulty.before(rule)
        if rule.effect == "429":
            return json_reply({"message": "API rate limit exceeded"}, 429, **dict(reply.headers))
        texts = ["Some unexpected error occurred, please try again later"]
        return json_reply({"errors": texts}, reply.status)

    def _answer(self, call: Call) -> Reply:
        if call.path == consent.AUTH and call.method == "GET":
            return consent.page(self, call)
        if call.path == consent.TOKEN:
            reply = self._token(call)
            self._note(call, "ok" if reply.status == 200 else "no token", reply.status)
            return reply
        try:
            reply = self._perform(call)
        except Refusal as refusal:
            self._note(call, refusal.texts[0] if refusal.texts else "refused", refusal.status)
            return refused(refusal, str(3_409_118_842_000_000_000 + self._asked))
        self._note(call, "ok", reply.status)
        return reply

    def _token(self, call: Call) -> Reply:
        if call.method != "POST":
            return json_reply({"message": "Method not allowed"}, 405)
        return consent.token(self, call)

    def _perform(self, call: Call) -> Reply:
        found = find(self._endpoints, call)
        if found is None:
            return json_reply({"message": "no Route matched with those values"}, 404)
        endpoint, names = found
        if endpoint.who == "nobody":
            return success(endpoint.handler(self, Parameters(call, names)))
        self._strike_grants(call)
        holder = check(self, call, endpoint)
        reached = self.limits.allow(holder, call.arrived or self.world.wall())
        if reached is not None:
            return limited(self, reached)
        return success(endpoint.handler(self, Parameters(call, names)))

    def _strike_grants(self, call: Call) -> None:
        if self.faults.strike(self.name, call.path, frozenset({"expire_token"})):
            self.grants.expire(SELLER_ID)
        if self.faults.strike(self.name, call.path, frozenset({"revoke"})):
            self.grants.revoke(SELLER_ID)

    def _note(self, call: Call, verdict: str, status: int) -> None:
        self.visits.append(Visit(self.world.now, call.method, call.path, verdict, status))

    # Grants

    def holder(self, token: str) -> str:
        """Say whose access token this is: the app's or the seller's; raises 401."""
        bare = _undotted(token)
        now = self.world.now
        if self.grants.valid(SELLER_ID, bare, now):
            return SELLER_ID
        if self.grants.valid(_APP, bare, now):
            # An in-house app's token opens its one seller's data.
            return SELLER_ID if self.profile.app == "in_house" else _APP
        raise Refusal(401, "You don't have permission / Your token isn't active now")

    def may(self, scope: str) -> bool:
        """Say whether the seller granted a scope; `all` stands for the first two."""
        alias = scope in {"order", "product"} and "all" in self.granted
        return alias or scope in self.granted or self.profile.app == "in_house"

    def make_code(self, code: consent.Code) -> str:
        """Keep a consent code."""
        name = consent.code_for(f"{self.world.seed}:{self._asked}:{self.world.now}")
        self.codes[name] = code
        return name

    def consented(self, scopes: tuple[str, ...]) -> tuple[str, str]:
        """Begin the seller's grant anew, with these scopes."""
        self.granted = scopes
        access, refresh = self.grants.give(SELLER_ID, self.world.now)
        return _dotted(access), _dotted(refresh)

    def renewed(self, refresh: str) -> tuple[str, str] | None:
        """Spend a refresh token: both tokens are new afterwards."""
        pair = self.grants.renew(SELLER_ID, _undotted(refresh), self.world.now)
        return (_dotted(pair[0]), _dotted(pair[1])) if pair else None

    def app_token(self) -> str:
        """Give a token of the app's own; older ones go on working."""
        return _dotted(self.grants.pair(_APP, 0, self.world.now)[0])

    # Events and pushes

    def _announce(self, change: Change) -> None:
        if change.at >= self.world.started:
            self.queues.hear(change, self.status)

    def _sign_push(self, url: str, body: bytes) -> dict[str, str]:
        del url, body  # nothing is signed: HTTP Basic is all there is (book 7.2)
        pair = b64encode(self.app.push_key.reveal().encode()).decode()
        return {"authorization": f"Basic {pair}", "content-type": "application/json"}

    def _derived(self, purpose: str) -> str:
        key = f"{self.world.seed}:{self.name}".encode()
        return hmac.new(key, purpose.encode(), sha256).hexdigest()[:40]


def _dotted(token: str) -> str:
    """Print a token as the authorization server does: two parts with a dot."""
    return f"{token[:16]}.{token[16:]}"


def _undotted(token: str) -> str:
    left, _, right = token.partition(".")
    return left + right if len(left) == 16 else ""


def endpoints() -> tuple[Endpoint, ...]:
    """Collect the tables of all modules."""
    from entrosdk.sandbox.tiki import (  # noqa: PLC0415 - they name the market in their types
        fulfilment,
        orders,
        products,
        queues,
        requests,
        seller,
    )

    tables = (orders.table(), fulfilment.table(), products.table(), requests.table())
    return tuple(one for table in (*tables, queues.table(), seller.table()) for one in table)
