"""The control API: what a test or a person asks of the world itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import asdict

from entrosdk.sandbox.faults import Rule
from entrosdk.sandbox.http import Call, Reply, json_reply
from entrosdk.sandbox.markets import Market
from entrosdk.sandbox.orders import Order, Stage
from entrosdk.sandbox.steps import FORCED, force

if TYPE_CHECKING:
    from entrosdk.sandbox.box import Sandbox

__all__ = ["handle", "stores_toml", "truth"]

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_LONGEST_DELAY = 60  # seconds


class Wrong(Exception):
    """A request of the control API that cannot be carried out."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def handle(box: Sandbox, call: Call) -> Reply:
    """Answer one request of the control API."""
    box.world.settle()  # what is due comes before what is ordered
    action = _ROUTES.get((call.method, call.path))
    try:
        if action is not None:
            return action(box, call)
        return _status_of_order(box, call)
    except Wrong as wrong:
        return json_reply({"error": str(wrong)}, wrong.status)
    except (ValueError, LookupError, TypeError) as error:
        return json_reply({"error": str(error).strip("'\"")}, 400)


def _stores(box: Sandbox, call: Call) -> Reply:
    del call
    return json_reply(box.stores())


def _stores_toml(box: Sandbox, call: Call) -> Reply:
    del call
    paces = {name: market.limits.pace() for name, market in box.markets.items()}
    text = stores_toml(box.stores(), paces)
    return Reply(body=text.encode(), kind="application/toml")


def stores_toml(
    stores: list[dict[str, str]], paces: Mapping[str, Mapping[str, int]] | None = None
) -> str:
    """Write stores as the file `entrosdk sync --stores` reads.

    `paces` are requests per second for "app" and "shop", by marketplace.
    """
    tables = []
    for store in stores:
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in store.items()]
        if pace := (paces or {}).get(store["marketplace"]):
            rates = ", ".join(f"{scope} = {rate}" for scope, rate in pace.items())
            lines.append(f"limits = {{ {rates} }}")
        tables.append("\n".join(["[[store]]", *lines]))
    return "\n\n".join(tables) + "\n"


def _truth(box: Sandbox, call: Call) -> Reply:
    market = _branch(box, call.one("marketplace"), call.one("shop"))
    only = [name for name in (call.one("only") or "").split(",") if name]
    if strange := set(only) - set(_TRUTHS):
        raise Wrong(f"{min(strange)} is none of {', '.join(_TRUTHS)}")
    return json_reply(truth(market, only))


def truth(market: Market, only: Collection[str] = ()) -> dict[str, Any]:
    """Return what a shop really holds, with ids and words as the SDK reports them.

    `only` names some of its parts: all of a big shop is a lot.
    """
    return {name: tell(market) for name, tell in _TRUTHS.items() if not only or name in only}


def _returns(market: Market) -> list[dict[str, Any]]:
    told = (market.return_truth(each) for each in market.shop.returns.values())
    return [one for one in told if one]


_TRUTHS: dict[str, Callable[[Market], list[dict[str, Any]]]] = {
    "orders": lambda market: [market.order_truth(one) for one in market.shop.orders.values()],
    "products": lambda market: market.product_truth(),
    "payments": lambda market: market.shop.trade.ledger.payments(market.shop),
    "payouts": lambda market: market.shop.trade.ledger.payouts(market.shop),
    "returns": _returns,
}


def _clock(box: Sandbox, call: Call) -> Reply:
    if call.method == "POST":
        box.world.advance(int(_body(call).get("advance_s", 0)))
    return json_reply({"now": box.world.now, "ahead_s": box.world.offset})


def _buy(box: Sandbox, call: Call) -> Reply:
    given = _body(call)
    bought = []
    for name in _named(box, given.get("marketplace")):
        shop = _branch(box, name, given.get("shop")).shop
        for _ in range(int(given.get("count", 1))):
            order = shop.buy(
                box.world.now,
                sku=given.get("sku"),
                quantity=given.get("quantity"),
                cod=given.get("cod"),
            )
            bought.append({"marketplace": name, "id": order.id, "total_minor": order.total})
    return json_reply({"orders": bought}, 201)


def _status_of_order(box: Sandbox, call: Call) -> Reply:
    parts = call.path.strip("/").split("/")
    if len(parts) != 5 or parts[1] != "orders" or parts[4] != "status" or call.method != "POST":
        known = ", ".join(sorted({f"{method} {path}" for method, path in _ROUTES}))
        raise Wrong(f"no such address; known are: {known}", 404)
    market, order = _order(box, parts[2], parts[3])
    word = str(_body(call).get("status", ""))
    stage = market.stage_of(word) or (Stage(word) if word in Stage.__members__ else None)
    if stage is None or stage not in FORCED:
        raise Wrong(f"status is one of {', '.join(FORCED)}, or the marketplace's own word")
    force(market.shop, order, stage, box.world.now)
    return json_reply(market.order_truth(order))


def _order(box: Sandbox, marketplace: str, name: str) -> tuple[Market, Order]:
    for market in _market(box, marketplace).branches.values():
        order = market.shop.orders.get(name)
        if order is not None:
            return market, order
    raise Wrong(f"there is no order {name}", 404)


def _campaign(box: Sandbox, call: Call) -> Reply:
    given = _body(call)
    shop = _branch(box, given.get("marketplace"), given.get("shop")).shop
    _, variant = shop.find(str(given.get("sku")))
    units = int(given.get("units", 0))
    if not 0 <= units <= variant.stock:
        raise Wrong(f"{variant.sku} has {variant.stock} units; lock between 0 and that")
    variant.reserved = units
    return json_reply({"sku": variant.sku, "locked": units}, 201)


def _faults(box: Sandbox, call: Call) -> Reply:
    if call.method == "POST":
        given = call.json()
        rules = given.get("rules", [given]) if isinstance(given, dict) else given
        if not isinstance(rules, list):
            raise Wrong('send one rule, a list of rules, or {"rules": [...]}')
        box.faults.script([Rule.read(rule) for rule in rules])
    elif call.method == "DELETE":
        box.faults.script([])
    shown = [
        {
            "effect": rule.effect,
            "match": {"path": rule.path, "marketplace": rule.marketplace},
            "probability": rule.probability,
            "nth": rule.nth,
            "times": rule.times,
            "used": rule.used,
        }
        for rule in box.faults.rules
    ]
    return json_reply({"rules": shown})


def _webhooks(box: Sandbox, call: Call) -> Reply:
    if call.method == "POST":
        given = _body(call)
        url = str(given.get("url", ""))
        if url and urlsplit(url).hostname not in _LOOPBACK:
            raise Wrong("pushes are sent to loopback addresses only")
        for name in _named(box, given.get("marketplace")):
            box.markets[name].pushes.aim(url, given)
    shown = {
        name: {
            "url": market.pushes.url,
            "waiting": len(market.pushes.waiting),
            "delivered": market.pushes.delivered,
            "lost": len(market.pushes.lost),
        }
        for name, market in box.markets.items()
    }
    return json_reply(shown)


def _requests(box: Sandbox, call: Call) -> Reply:
    last = int(call.one("last") or 0)
    seen = [
        {"marketplace": name, **asdict(visit)}
        for name in _named(box, call.one("marketplace"))
        for visit in list(box.markets[name].visits)[-last:]
    ]
    return json_reply({"requests": seen})


def _limits(box: Sandbox, call: Call) -> Reply:
    given = _body(call)
    for name in _named(box, given.get("marketplace")):
        box.markets[name].limits.change(given)
    return _limits_in_force(box, call)


def _limits_in_force(box: Sandbox, call: Call) -> Reply:
    named = call.one("marketplace") or _body(call).get("marketplace")
    shown = {name: box.markets[name].limits.shown() for name in _named(box, named)}
    *_, last = shown.values()
    first = {name: last[name] for name in ("app", "shop", "daily")}
    return json_reply({**first, "marketplaces": shown})


def _delay(box: Sandbox, call: Call) -> Reply:
    if call.method == "POST":
        delay = float(_body(call).get("ms", 0)) / 1000
        if not 0 <= delay <= _LONGEST_DELAY:
            raise Wrong(f"ms is between 0 and {_LONGEST_DELAY * 1000}")
        box.delay = delay
    return json_reply({"ms": round(box.delay * 1000, 3)})


def _named(box: Sandbox, marketplace: Any) -> list[str]:
    """Return the marketplaces that are meant: the one that is named, or all."""
    return [_market(box, marketplace).name] if marketplace else list(box.markets)


def _market(box: Sandbox, name: Any) -> Market:
    if name not in box.markets:
        raise Wrong(f"marketplace is one of: {', '.join(box.markets)}")
    return box.markets[name]


def _branch(box: Sandbox, name: Any, shop: Any) -> Market:
    """Return a marketplace over the shop with this id, or over its first one."""
    market = _market(box, name)
    if not shop:
        return market
    if str(shop) not in market.branches:
        raise Wrong(f"{name} has no shop {shop}")
    return market.branches[str(shop)]


def _body(call: Call) -> Mapping[str, Any]:
    body = call.json()
    if body is None and call.body:
        raise Wrong("the body is not JSON")
    if body is not None and not isinstance(body, dict):
        raise Wrong("the body is a JSON object")
    return body or {}


_ROUTES: dict[tuple[str, str], Callable[[Sandbox, Call], Reply]] = {
    ("GET", "/control/stores"): _stores,
    ("GET", "/control/stores.toml"): _stores_toml,
    ("GET", "/control/truth"): _truth,
    ("GET", "/control/clock"): _clock,
    ("POST", "/control/clock"): _clock,
    ("POST", "/control/orders"): _buy,
    ("POST", "/control/campaigns"): _campaign,
    ("GET", "/control/faults"): _faults,
    ("POST", "/control/faults"): _faults,
    ("DELETE", "/control/faults"): _faults,
    ("GET", "/control/webhooks"): _webhooks,
    ("POST", "/control/webhooks"): _webhooks,
    ("GET", "/control/requests"): _requests,
    ("GET", "/control/limits"): _limits_in_force,
    ("POST", "/control/limits"): _limits,
    ("GET", "/control/delay"): _delay,
    ("POST", "/control/delay"): _delay,
}
