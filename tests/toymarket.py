"""A marketplace of a few lines, for tests of the engine: real adapter code, no marketplace's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import evolve

from entrosdk.domain.credentials import App, Grant
from entrosdk.domain.money import Money
from entrosdk.domain.order import Order, OrderQuery, OrderStatus, OrderTotals
from entrosdk.domain.secret import Secret
from entrosdk.domain.shop import ShopInfo
from entrosdk.errors import (
    BadReply,
    BadSignature,
    Context,
    EntroError,
    Expired,
    Forbidden,
    Invalid,
    RateLimited,
    Revoked,
    Unavailable,
)
from entrosdk.spi.adapter import Access
from entrosdk.spi.effects import Flow, send
from entrosdk.spi.manifest import Capability, Limit, Manifest, Region, Stream, Support
from entrosdk.spi.page import Batch, Page, Stub
from entrosdk.spi.request import PUBLIC, Request, Response, Safety, get, post

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)

ERRORS: dict[str, type[EntroError]] = {
    "expired": Expired,
    "revoked": Revoked,
    "signature": BadSignature,
    "forbidden": Forbidden,
    "invalid": Invalid,
    "busy": Unavailable,
}

MANIFEST = Manifest(
    name="toy",
    title="Toy Market",
    api_version="1",
    version="1",
    capabilities={
        Capability.ORDERS_LIST: Support("yes", "1"),
        Capability.ORDERS_GET: Support("yes", "1"),
        Capability.SHOP_INFO: Support("yes", "2"),
        Capability.PAYMENTS_PAYOUTS: Support("no", "toys are free"),
    },
    limits=(Limit(scope="app", count=1000),),
    streams=(Stream(name="orders", clock="updated", span=timedelta(days=15)),),
    regions={
        "VN": Region(
            code="VN",
            currency="VND",
            zone="Asia/Ho_Chi_Minh",
            api="https://toy.example",
            auth="https://toy.example",
        )
    },
)


def app() -> App:
    """An app of the toy market."""
    return App(key="toy-app", secret=Secret("toy-secret-0001"))


def grant(number: int = 1, **rest: Any) -> Grant:
    """The `number`-th grant of the shop."""
    return Grant(
        access_token=Secret(f"access-{number:04}"),
        refresh_token=Secret(f"refresh-{number:04}"),
        **rest,
    )


def reply(body: Any, status: int = 200, **headers: str) -> Response:
    """A JSON reply."""
    return Response(status=status, headers=headers, body=json.dumps(body).encode())


def order(id: str, shop_id: str = "1") -> Order:
    """A plain order."""
    zero = Money.zero("VND")
    return Order(
        marketplace="toy",
        shop_id=shop_id,
        id=id,
        number=id,
        status=OrderStatus.TO_SHIP,
        raw_status="new",
        created_at=NOON,
        updated_at=NOON,
        currency="VND",
        lines=(),
        totals=OrderTotals(items=zero, total=zero),
    )


class ToyAdapter:
    """Signs by a header, lists orders by number, renews by `/renew`."""

    manifest = MANIFEST

    def __init__(self, access: Access) -> None:
        self.access = access
        self.consent = self.orders = self.products = self.payments = self.returns = self
        self.events = self

    # consent

    def authorize_url(self, redirect_uri: str, state: str, now: datetime) -> str:
        return f"{self.access.auth}/consent?back={redirect_uri}&state={state}"

    def exchange(self, callback: Mapping[str, str], redirect_uri: str) -> Flow[tuple[Grant, ...]]:
        body = (yield from send(post("/exchange", dict(callback), auth=PUBLIC))).json()
        return (_grant(body),)

    def renew(self, old: Grant) -> Flow[Grant]:
        assert old.refresh_token is not None
        ask = {"refresh_token": old.refresh_token.reveal()}
        return _grant((yield from send(post("/renew", ask, auth=PUBLIC))).json())

    # orders

    def page(self, query: OrderQuery, cursor: str | None) -> Flow[Page[Order]]:
        body = (yield from send(get("/orders", {"cursor": cursor}))).json()
        return Page(items=tuple(order(id) for id in body["ids"]), next=body.get("next"))

    def stubs(self, query: OrderQuery, cursor: str | None) -> Flow[Page[Stub]]:
        body = (yield from send(get("/orders", {"cursor": cursor}))).json()
        return Page(items=tuple(Stub(id=id) for id in body["ids"]), next=body.get("next"))

    def many(self, ids: Sequence[str]) -> Flow[Batch[Order]]:
        body = (yield from send(get("/orders/many", {"ids": ",".join(ids)}))).json()
        found = tuple(order(id) for id in body["ids"])
        return Batch(items=found, missing=tuple(id for id in ids if id not in body["ids"]))

    def buy(self, safety: Safety = Safety.UNSAFE) -> Flow[Any]:
        """A write."""
        return (yield from send(post("/buy", {}, safety=safety))).json()

    # the shop

    def info(self) -> Flow[ShopInfo]:
        body = (yield from send(get("/info"))).json()
        return ShopInfo(
            marketplace="toy",
            id=self.access.shop_id,
            name=body["name"],
            region="VN",
            currency="VND",
        )

    # policy

    def authorise(self, request: Request, grant: Grant | None, now: datetime) -> Request:
        stamp = ("x-time", str(now.timestamp()))
        key = (("x-token", grant.access_token.reveal()),) if grant else ()
        return evolve(request, base=self.access.api, headers=(*request.headers, stamp, *key))

    def classify(self, request: Request, response: Response) -> EntroError | None:
        try:
            body = response.json()
        except ValueError:
            return BadReply("the reply is not JSON")
        if "error" not in body:
            return None
        context = Context(code=body["error"], request_id=body.get("id", ""))
        if body["error"] == "slow down":
            return RateLimited("too many", retry_after=body.get("after"), context=context)
        return ERRORS[body["error"]](body["error"], context=context)


def _grant(body: Mapping[str, Any]) -> Grant:
    return Grant(access_token=Secret(body["access"]), refresh_token=Secret(body["refresh"]))
