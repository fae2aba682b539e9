"""My Market emulated in your process: what the conformance kit plays against.

It is written from the manual's side and shares no code with the adapter: a signature that both
sides got from one function would prove nothing.
`Faults` and `Grants` are the sandbox's: misbehaviour on order, and tokens that rotate and end.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from email.utils import formatdate
from hashlib import sha256
from random import Random
from typing import Any
from urllib.parse import urlencode

from attrs import evolve
from entrosdk.sandbox import faults
from entrosdk.sandbox.http import Reply, json_reply
from entrosdk.sandbox.tokens import Grants
from entrosdk.sandbox.transport import received
from entrosdk.spi.request import Request, Response

__all__ = ["Market", "emulator"]

NAME, HOST = "mymarket", "http://mymarket.example"
SHOP_NAME = "Shop of My Market"
SHOP, KEY, SECRET = "4711", "app-1", "s3cret-of-the-emulated-app"
STATUSES = ("awaiting_payment", "ready", "packed", "on_the_way", "delivered", "closed", "cancelled")
DAY, LARGEST_PAGE = 86_400, 50
Row = dict[str, Any]


class Refusal(Exception):
    """What My Market says no with (manual 1.3)."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


def emulator(clock: Callable[[], datetime], seed: int, orders: int) -> Market:
    """Make an emulated market; the same seed and moment make the same one."""
    return Market(clock, seed, orders)


class Market:
    """One shop, its orders and products, behind My Market's gateway."""

    def __init__(self, clock: Callable[[], datetime], seed: int, orders: int) -> None:
        self._clock = clock
        self._chance = Random(seed)
        self._faults = faults.Faults(str(seed))
        self._grants = Grants(str(seed))
        self._tokens = self._grants.give(SHOP, self.now)
        self._codes: set[str] = set()
        self._products = [self._product(number) for number in range(1, 61)]
        self._orders: list[Row] = []
        for number in range(orders):
            age = 29 * DAY * (orders - number) // orders
            self._buy(self.now - age, self._chance.choice(STATUSES), self._chance.randrange(age))

    @property
    def now(self) -> int:
        """The market's time in epoch seconds."""
        return int(self._clock().timestamp())

    # What is there

    def _product(self, number: int) -> Row:
        price = self._chance.randrange(50_000, 400_000, 1_000)
        return {
            "id": f"P{number:03}",
            "title": f"Áo thun mẫu {number}",
            "status": "on_sale",
            "updated_at": self.now - number * DAY,
            "variants": [
                {
                    "id": f"P{number:03}-{size}",
                    "sku": f"AT-{number:03}-{size}",
                    "list_price": price + 10_000,
                    "price": price,
                    "stock": self._chance.randrange(90),
                }
                for size in ("S", "M", "L")
            ],
        }

    def _buy(self, created: int, status: str, later: int = 0, *, cod: bool = True) -> Row:
        name = f"A{len(self._orders) + 1:05}"
        bought = self._chance.sample(self._products, self._chance.choice((1, 1, 2, 3)))
        items = [self._item(f"{name}-{place}", product) for place, product in enumerate(bought, 1)]
        goods = sum(item["price"] * item["quantity"] for item in items)
        order = {
            "id": name,
            "status": status,
            "created_at": created,
            "updated_at": created + later,
            "paid_at": 0 if cod else created,
            "cash_on_delivery": cod,
            "items": items,
            "shipping_fee": 16_500,
            "voucher": 5_000,
            "total": goods + 16_500 - 5_000,
        }
        self._orders.append(order)
        return order

    def _item(self, name: str, product: Row) -> Row:
        variant = self._chance.choice(product["variants"])
        return {
            "id": name,
            "product_id": product["id"],
            "variant_id": variant["id"],
            "sku": variant["sku"],
            "name": product["title"],
            "quantity": self._chance.choice((1, 1, 2)),
            "list_price": variant["list_price"],
            "price": variant["price"],
        }

    # What the kit asks for

    def store(self) -> Mapping[str, str]:
        """Return what connects the shop."""
        access, refresh = self._tokens
        return {
            "marketplace": NAME,
            "name": SHOP_NAME,
            "shop_id": SHOP,
            "base_url": HOST,
            "auth_url": HOST,
            "app_key": KEY,
            "app_secret": SECRET,
            "access_token": access,
            "refresh_token": refresh,
        }

    def control(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Answer the part of the sandbox's control API that the rules need."""
        match method, path.partition("?")[0]:
            case "GET", "/control/truth":
                return 200, self._truth()
            case "POST", "/control/orders":
                cod = bool((body or {}).get("cod", True))
                return 201, {"orders": [{"id": self._buy(self.now, "ready", cod=cod)["id"]}]}
            case "POST", "/control/faults":
                self._faults.script([faults.Rule.read(rule) for rule in body])
                return 200, {}
        return 404, {"error": f"{method} {path} is not emulated"}

    def pushes(self) -> Iterable[tuple[Mapping[str, str], bytes, str]]:
        """Nothing is pushed."""
        return ()

    def _truth(self) -> Row:
        orders = [
            {
                "id": order["id"],
                "status": order["status"],
                "updated_at": order["updated_at"],
                "total_minor": order["total"],
            }
            for order in self._orders
        ]
        products = [
            {
                "id": product["id"],
                "variants": [
                    {"id": each["id"], "sku": each["sku"], "sellable": each["stock"]}
                    for each in product["variants"]
                ],
            }
            for product in self._products
        ]
        return {"orders": orders, "products": products}

    def send(self, request: Request, timeout: float) -> Response:
        """Answer a request, or raise what a network would raise."""
        early = self._faults.strike(NAME, request.path, faults.BEFORE)
        reply = faults.before(early) if early else self._answer(request)
        late = None if early else self._faults.strike(NAME, request.path, faults.AFTER)
        reply = faults.after(late, reply) if late else reply
        dated = {**reply.headers, "Date": formatdate(self.now, usegmt=True)}
        return received(evolve(reply, headers=dated), timeout)

    # The gateway

    def _answer(self, request: Request) -> Reply:
        query = dict(request.query)
        try:
            if request.path == "/oauth/authorize":
                return self._consented(query)
            if request.path == "/oauth/token":
                return json_reply(self._granted(json.loads(request.body or b"{}")))
            self._check(request)
            return json_reply(self._routed(request.path, query))
        except Refusal as refusal:
            return json_reply({"error": {"code": refusal.code}}, refusal.status)

    def _check(self, request: Request) -> None:
        """Check signature, time, consent and token, in this order (manual 1.1)."""
        headers = dict(request.headers)
        token = headers.get("authorization", "").removeprefix("Bearer ")
        stamp = headers.get("x-timestamp", "0")
        query = "&".join(f"{name}={value}" for name, value in sorted(request.query))
        text = f"{request.method}\n{request.path}\n{query}\n{stamp}\n{token}\n"
        wanted = hmac.new(SECRET.encode(), text.encode() + (request.body or b""), sha256)
        if not hmac.compare_digest(headers.get("x-signature", ""), wanted.hexdigest()):
            raise Refusal(401, "bad_signature")
        if abs(int(stamp) - self.now) > 300:
            raise Refusal(401, "bad_signature")
        self._strike_grant(request.path)
        if not self._grants.linked(SHOP, self.now):
            raise Refusal(401, "consent_ended")
        if not self._grants.valid(SHOP, token, self.now):
            raise Refusal(401, "token_expired")

    def _strike_grant(self, path: str) -> None:
        rule = self._faults.strike(NAME, path, faults.GRANT_EFFECTS)
        if rule is not None:
            end = self._grants.revoke if rule.effect == "revoke" else self._grants.expire
            end(SHOP)

    def _consented(self, query: Row) -> Reply:
        """The seller says yes: the browser is sent back with a code (manual 1.2)."""
        code = f"code-{self._chance.randrange(10**9)}"
        self._codes.add(code)
        back = urlencode({"code": code, "state": query.get("state", "")})
        return Reply(status=302, headers={"Location": f"{query['redirect_uri']}?{back}"})

    def _granted(self, form: Row) -> Row:
        if (form.get("app_key"), form.get("app_secret")) != (KEY, SECRET):
            raise Refusal(401, "bad_signature")
        if form.get("kind") == "refresh":
            pair = self._grants.renew(SHOP, form.get("refresh_token", ""), self.now)
        elif form.get("code") in self._codes:
            self._codes.remove(form["code"])
            pair = self._grants.give(SHOP, self.now)
        else:
            raise Refusal(400, "bad_code")
        if pair is None:
            raise Refusal(401, "consent_ended")
        lives = self._grants.lives
        return {
            "access_token": pair[0],
            "refresh_token": pair[1],
            "expires_at": self.now + lives.access,
            "refresh_expires_at": self.now + lives.refresh,
            "shop_id": SHOP,
        }

    # Endpoints

    def _routed(self, path: str, query: Row) -> Row:
        match path:
            case "/v1/shop":
                return {"id": SHOP, "name": SHOP_NAME, "status": "open"}
            case "/v1/orders":
                rows = [self._shown(row) for row in self._chosen(query)]
                return self._page("orders", rows, query)
            case "/v1/orders/ids":
                rows = [
                    {key: row[key] for key in ("id", "updated_at")} for row in self._chosen(query)
                ]
                return self._page("orders", rows, query)
            case "/v1/products":
                return self._page("products", _named(self._products, query), query)
        raise Refusal(404, "not_found")

    def _chosen(self, query: Row) -> list[Row]:
        first, last = int(query.get("updated_from", 0)), int(query.get("updated_to", self.now))
        if last - first > 15 * DAY and "ids" not in query:
            raise Refusal(400, "bad_value")
        rows = [row for row in self._orders if first <= row["updated_at"] <= last]
        return _named(rows, query)

    def _shown(self, order: Row) -> Row:
        """Print an order, as broken as the faults in force want it."""
        if self._faults.breaks(order["id"], "malformed_record"):
            return {**order, "items": None}
        if self._faults.breaks(order["id"], "unknown_enum"):
            return {**order, "status": "teleported"}
        return order

    def _page(self, name: str, rows: list[Row], query: Row) -> Row:
        limit = int(query.get("limit", LARGEST_PAGE))
        if not 0 < limit <= LARGEST_PAGE:
            raise Refusal(400, "bad_value")
        left = sorted((row for row in rows if _place(row) > query.get("after", "")), key=_place)
        shown = left[:limit]
        following = _place(shown[-1]) if len(left) > limit else None
        if shown and self._faults.strike(NAME, name, frozenset({"duplicate_page_row"})):
            shown.append(shown[0])
        return {name: shown, "next": following, "total": len(rows)}


def _place(row: Row) -> str:
    """Where a row stands in its listing; positions are made of it."""
    return f"{row['updated_at']:010}:{row['id']}"


def _named(rows: list[Row], query: Row) -> list[Row]:
    """Narrow rows to the ids and the status that are asked for."""
    ids = query["ids"].split(",") if "ids" in query else None
    word = query.get("status")
    return [
        row
        for row in rows
        if (ids is None or row["id"] in ids) and (word is None or row["status"] == word)
    ]
