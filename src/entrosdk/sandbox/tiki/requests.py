"""Product requests and their review (book 4.5), and the old pushes about them (book 7.2)."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from attrs import define, field

from entrosdk.sandbox import selling
from entrosdk.sandbox.catalogue import Product, Variant
from entrosdk.sandbox.changes import Change
from entrosdk.sandbox.orders import DAY
from entrosdk.sandbox.tiki.gateway import Endpoint
from entrosdk.sandbox.tiki.orders import paging
from entrosdk.sandbox.tiki.parameters import Parameters, Refusal, local, wrong
from entrosdk.sandbox.tiki.products import found

if TYPE_CHECKING:
    from entrosdk.sandbox.tiki.market import TikiMarket

__all__ = ["Review", "table"]

_LIFE = 30 * DAY  # of a track id
_MODELS = ("dropship", "backorder", "seller_backorder")


def table() -> list[Endpoint]:
    """Return this module's addresses."""
    endpoints: list[Endpoint] = []
    for version in ("v2", "v2.1"):
        base = f"/integration/{version}"
        endpoints += [
            Endpoint("POST", f"{base}/requests", _create, scope="product"),
            Endpoint("POST", f"{base}/requests/updateProductInfo", _change, scope="product"),
            Endpoint("GET", f"{base}/requests", _requests, scope="product"),
            Endpoint("GET", f"{base}/requests/findBy", _find, scope="product"),
            Endpoint("GET", f"{base}/requests/:id", _request, scope="product"),
            Endpoint("DELETE", f"{base}/requests/:id", _delete, scope="product"),
            Endpoint("GET", f"{base}/tracking", _trackings, scope="product"),
            Endpoint("GET", f"{base}/tracking/:track", _tracking, scope="product"),
            Endpoint("POST", f"{base}/tracking/:track/replay", _replay, scope="product"),
        ]
    return endpoints


@define
class _Request:
    """A request on its way through the review."""

    track: str
    number: str
    kind: str
    created: int
    body: dict[str, Any]
    decided: str = ""
    reason: str = ""
    made: list[Variant] = field(factory=list)

    def state(self, now: int, review: int) -> str:
        """Tell how far the review is."""
        if self.decided:
            return self.decided
        age = now - self.created
        if age * 4 < review:
            return "queuing"  # one u fewer than an order's status; quirk 1
        return "processing" if age * 2 < review else "awaiting_approve"


class Review:
    """All requests of a seller, and what becomes of them."""

    def __init__(self, market: TikiMarket) -> None:
        self.all: dict[str, _Request] = {}
        self._market = market

    def submit(self, kind: str, body: dict[str, Any], track: str = "") -> _Request:
        """Take a request in; it is decided after a while."""
        market, now = self._market, self._market.world.now
        seed = f"{market.world.seed}:{len(self.all)}:{now}"
        name = track or sha256(seed.encode()).hexdigest()[:32]
        number = str(3_209_915_577_712_000_000 + len(self.all))
        request = _Request(name, number, kind, now, body)
        self.all[name] = request
        plan = f"review:{name}:{now}:{len(market.visits)}"
        moment = now + market.profile.review_seconds
        market.incomes.plan(market.shop, moment, plan, lambda at: self._decide(request, at))
        return request

    def find(self, track: str) -> _Request:
        """Return a request by its track id; raises 404, also for one that is too old."""
        request = self.all.get(track)
        if request is None or self._market.world.now > request.created + _LIFE:
            raise Refusal(404, f"track id not found: {track}")
        return request

    def numbered(self, number: str) -> _Request:
        """Return a request by its own id; raises 404."""
        request = next((one for one in self.all.values() if one.number == number), None)
        if request is None:
            raise Refusal(404, f"request not found: {number}")
        return request

    def _decide(self, request: _Request, now: int) -> None:
        if request.decided:
            return
        if request.kind == "create_product":
            self._decide_new(request, now)
        else:
            _apply(self._market, request.body, now)
            request.decided = "approved"
        self._push(request, now)

    def _decide_new(self, request: _Request, now: int) -> None:
        skus = {variant.sku for _, variant in self._market.rows()}
        twins = [one["sku"] for one in request.body["variants"] if one.get("sku") in skus]
        if twins:
            request.decided, request.reason = "rejected", _twin(twins[0])
            return
        if not request.body.get("image"):
            request.decided, request.reason = "rejected", "product media is empty"
            return
        product = _made(self._market, request.body, now, len(self.all))
        selling.add_product(self._market.shop, product, now)
        request.made = product.variants
        request.decided = "approved"

    def _push(self, request: _Request, now: int) -> None:
        event = f"product:request:{request.decided}"
        changed = str(request.body.get("product_id", ""))  # a new product's own comes with it
        payload = {
            "event": event,
            "event_time": local(now),
            "request_id": request.number,
            "state": request.decided,
            "product_id": str(request.made[0].id) if request.made else changed,
            "reason": request.reason or None,
        }
        self._market.pushes.add(now, {"event": event, "payload": payload})


def _twin(sku: str) -> str:
    error = {
        "code": 420,
        "data": None,
        "description": f"Product code {sku} is not unique",
        "msg": "Mã seller product không duy nhất",
        "msg_eng": "Seller product code is not unique",
    }
    body = {"errors": [error], "message": error["msg"], "trace_id": None}
    return json.dumps(body, ensure_ascii=False)


def _made(market: TikiMarket, body: dict[str, Any], now: int, number: int) -> Product:
    """Make the products of an approved request: one for each variant."""
    base = 290_000_000 + (len(market.shop.products) + number) * 1000
    names = body["option_attributes"]
    rows = body["variants"]
    texts = [list(dict.fromkeys(str(row[f"option{at}"]) for row in rows))
             for at in range(1, len(names) + 1)]  # fmt: skip
    product = Product(
        id=base,
        title=body["name"],
        sku=str(rows[0].get("sku", "")),
        category=body["category_id"],
        grams=500,
        tiers=tuple((name, tuple(values)) for name, values in zip(names, texts, strict=True)),
        created=now,
        updated=now,
        listed=bool((body.get("meta_data") or {}).get("is_auto_turn_on", True)),
    )
    for place, row in enumerate(rows):
        options = tuple(texts[at].index(str(row[f"option{at + 1}"])) for at in range(len(names)))
        stock = sum(int(one.get("qtyAvailable", 0)) for one in row.get("warehouse_stocks") or ())
        listed = int(row.get("market_price") or row["price"])
        product.variants.append(
            Variant(base + 1 + place, str(row.get("sku", "")), options, listed, row["price"], stock)
        )
    return product


def _apply(market: TikiMarket, body: dict[str, Any], now: int) -> None:
    product, variant = found(market, body["product_id"], "")
    product.title = body.get("attributes", {}).get("name", product.title)
    variant.list_price = body.get("market_price", variant.list_price)
    product.updated = now
    market.shop.tell(Change("product", now, product=product, new="changed"))


# Addresses


def _create(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    body = given.body
    if texts := _faults(body):
        raise Refusal(422, *texts)
    request = market.review.submit("create_product", body)
    return {"track_id": request.track, "state": "queuing"}


def _faults(body: dict[str, Any]) -> list[str]:
    """Find everything that is wrong with a request; all of it is told at once."""
    texts = []
    if not body.get("name"):
        texts.append("name is required")
    if not isinstance(body.get("category_id"), int):
        texts.append("category_id is required")
    texts += [f"{name} must not be null" for name in ("option_attributes", "images")
              if not isinstance(body.get(name), list)]  # fmt: skip
    variants = body.get("variants")
    if not isinstance(variants, list) or not variants:
        return [*texts, "variants is required"]
    options = body.get("option_attributes") or []
    for row in variants:
        texts += [text for text in _variant_faults(row, len(options)) if text not in texts]
    return texts


def _variant_faults(row: Any, options: int) -> list[str]:
    if not isinstance(row, dict):
        return ["variants is invalid"]
    head = "variants don't match with option_attributes => variants"
    texts = [f"{head} option{at} missing" for at in range(1, options + 1)
             if not row.get(f"option{at}")]  # fmt: skip
    price = row.get("price")
    if not isinstance(price, int) or price <= 0:
        texts.append("variants should have price > 0")
    if row.get("inventory_type") not in _MODELS:
        texts.append(
            "variants inventory_type error => Seller haven't registered inventory_type = "
            f"{row.get('inventory_type')} ,please choose 1 over here : [{', '.join(_MODELS)}]"
        )
    return texts


def _change(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    body = given.body
    name = body.get("product_id")
    if not isinstance(name, int):
        raise wrong("product_id is required")
    found(market, name, "")
    if not isinstance(body.get("attributes", {}), dict):
        raise wrong("Can't read http message, please check your request")
    request = market.review.submit("update_product", body)
    return {"track_id": request.track, "state": "queuing"}


def _tracked(market: TikiMarket, request: _Request) -> dict[str, Any]:
    state = request.state(market.world.now, market.profile.review_seconds)
    body = {"track_id": request.track, "state": state, "reason": request.reason}
    known = state not in {"queuing", "processing", "rejected"}
    return {**body, "request_id": request.number} if known else body


def _tracking(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    return _tracked(market, market.review.find(given.names[0]))


def _trackings(market: TikiMarket, given: Parameters) -> list[dict[str, Any]]:
    limit = given.number("limit", 50)
    rows = list(market.review.all.values())[::-1]
    return [_tracked(market, request) for request in rows[:limit]]


def _replay(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    """Send a rejected request again: the same payload under the same track id."""
    request = market.review.find(given.names[0])
    if request.decided != "rejected":
        raise wrong("status incorrect")
    again = market.review.submit(request.kind, request.body, request.track)
    return {"track_id": again.track, "state": "queuing"}


def _printed(market: TikiMarket, request: _Request, *, products: bool) -> dict[str, Any]:
    made = [
        {"product_id": one.id, "original_sku": one.sku, "price": one.price}
        for one in request.made
        if products
    ]
    approved = request.decided == "approved"
    return {
        "request_id": request.number,
        "state": request.state(market.world.now, market.profile.review_seconds),
        "created_at": local(request.created),
        "created_by": f"{market.app.key}@open.tiki.vn",
        "kind": request.kind,
        "approved_at": local(request.created + market.profile.review_seconds) if approved else None,
        "approved_by": "bot" if approved else None,
        "reasons": request.reason or None,
        "products": made,
    }


def _requests(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    page, limit = given.page(market.profile.largest_page)
    wanted, now = given.text("state"), market.world.now
    review = market.profile.review_seconds
    rows = [one for one in market.review.all.values() if wanted in {"", one.state(now, review)}]
    here = rows[::-1][(page - 1) * limit : page * limit]
    told = [_printed(market, one, products="products" in given.words("include")) for one in here]
    return {"data": told, "paging": paging(len(rows), page, limit, len(here), first=0)}


def _request(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    request = market.review.numbered(given.names[0])
    return _printed(market, request, products=True)


def _find(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    return _printed(market, market.review.find(given.text("track_id")), products=True)


def _delete(market: TikiMarket, given: Parameters) -> dict[str, Any]:
    """Take a request back that is not decided yet; live products cannot be deleted (4.1)."""
    request = market.review.numbered(given.names[0])
    if request.decided:
        raise wrong("status incorrect")
    request.decided = "deleted"
    return {"request_id": request.number, "state": "deleted"}
