"""Deliberately bad adapters, one for each rule: what a law cannot catch, it does not forbid.

Each is Shopee's adapter with one thing done wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from attrs import evolve

from entrosdk.adapters.shopee import ShopeeAdapter
from entrosdk.domain.events import OrderChanged
from entrosdk.domain.order import OrderStatus
from entrosdk.domain.writing import ItemResult, Outcome, Refusal, Shipment
from entrosdk.errors import BadReply, BadSignature, EntroError, NotFound, RateLimited
from entrosdk.spi.effects import Flow
from entrosdk.spi.manifest import Capability, Support
from entrosdk.spi.page import Batch, Page

Twist = Callable[..., Any]


def MISSING() -> None:  # noqa: N802 - a mark, not a function
    """A method that is not there."""


class Twisted:
    """A part of an adapter with some of its methods replaced; each is given the honest one."""

    def __init__(self, honest: Any, twists: Mapping[str, Twist]) -> None:
        self._honest = honest
        self._twists = twists

    def __getattr__(self, name: str) -> Any:
        honest = getattr(self._honest, name)
        twist = self._twists.get(name)
        if twist is MISSING:
            raise AttributeError(name)
        return (lambda *args: twist(honest, *args)) if twist else honest


def bad(part: str = "", **twists: Twist) -> type[ShopeeAdapter]:
    """Make an adapter whose `part` (or whose own methods) are twisted."""

    class Culprit(ShopeeAdapter):
        def __init__(self, access: Any) -> None:
            super().__init__(access)
            if part:
                setattr(self, part, Twisted(getattr(self, part), twists))
            else:
                for name, twist in twists.items():
                    setattr(self, name, _bound(getattr(self, name), twist))

    return Culprit


def _bound(honest: Any, twist: Twist) -> Any:
    return lambda *args: twist(honest, *args)


def declaring(**changes: Any) -> type[ShopeeAdapter]:
    """Make an adapter whose manifest lies."""

    class Culprit(ShopeeAdapter):
        manifest = evolve(ShopeeAdapter.manifest, **changes)

    return Culprit


def after(change: Callable[[Any], Any]) -> Twist:
    """Change what an honest flow returns."""

    def twist(honest: Any, *args: Any) -> Flow[Any]:
        return change((yield from honest(*args)))

    return twist


# What is done wrong


def loses_state(honest: Any, redirect: str, state: str, now: Any) -> str:
    """Sends the seller away without the visitor's state."""
    return str(honest(redirect, "", now))


def forgets_the_shop(grants: Any) -> Any:
    """Does not say whose grant it is."""
    return tuple(evolve(grant, shop_id=None) for grant in grants)


def swallows(honest: Any, *args: Any) -> Flow[Any]:
    """Takes every refusal for an empty success."""
    try:
        return (yield from honest(*args))
    except EntroError:
        return ()


def keeps_the_old(honest: Any, grant: Any) -> Flow[Any]:
    """Renews, and goes on with what was spent."""
    yield from honest(grant)
    return grant


def anything_goes(honest: Any, request: Any, response: Any) -> Any:
    """Retries what can never succeed, and calls a revoked consent a busy moment."""
    found = honest(request, response)
    return NotFound("nothing here") if isinstance(found, EntroError) else found


def drops_the_last(page: Page[Any]) -> Page[Any]:
    """Loses the last row of each page."""
    return evolve(page, items=page.items[:-1])


def doubles(page: Page[Any]) -> Page[Any]:
    """Shows a row twice."""
    return evolve(page, items=(*page.items, *page.items[:1]))


def stops_early(page: Page[Any]) -> Page[Any]:
    """Forgets that more follows."""
    return evolve(page, next=None)


def starts_over(honest: Any, query: Any, cursor: Any) -> Flow[Any]:
    """Ignores the position it is given, once it is a stored one."""
    page = yield from honest(query, None)
    return evolve(page, next=None)


def closed_window(honest: Any, query: Any, cursor: Any) -> Flow[Any]:
    """Takes the end of a window for a part of it."""
    wider = evolve(query, updated_to=query.updated_to + timedelta(seconds=1))
    return (yield from honest(wider, cursor))


def names_no_missing(batch: Batch[Any]) -> Batch[Any]:
    """Does not say what it did not find."""
    return evolve(batch, missing=())


def each_order(change: Callable[[Any], Any]) -> Twist:
    """Change every order of a page."""
    return after(lambda page: evolve(page, items=tuple(map(change, page.items))))


def unfold(order: Any) -> Any:
    """Leaves one row for each unit."""
    rows = [evolve(line, quantity=1) for line in order.lines for _ in range(line.quantity)]
    return evolve(order, lines=tuple(rows))


def twice(order: Any) -> Any:
    """Repeats a line."""
    return evolve(order, lines=(*order.lines, *order.lines[:1]))


def swap_stock(product: Any) -> Any:
    """Reports what is reserved for what can be sold."""
    variants = tuple(
        evolve(v, stock=tuple(evolve(level, sellable=level.reserved) for level in v.stock))
        for v in product.variants
    )
    return evolve(product, variants=variants)


def wrong_signs(payment: Any) -> Any:
    """Forgets that fees go away from the seller."""
    return evolve(payment, amount=abs(payment.amount))


def random_ids() -> Twist:
    """Numbers movements by the order in which they were read."""
    seen = iter(range(10**9))
    return each_order(lambda payment: evolve(payment, id=str(next(seen))))


def hides_the_bad(page: Page[Any]) -> Page[Any]:
    """Leaves out what it cannot read."""
    return evolve(page, unreadable=())


def guesses(page: Page[Any]) -> Page[Any]:
    """Takes a word it does not know for one it knows."""
    known = [
        evolve(o, status=OrderStatus.COMPLETED) if o.status is OrderStatus.UNKNOWN else o
        for o in page.items
    ]
    return evolve(page, items=tuple(known), drift={})


def impatient(honest: Any, request: Any, response: Any) -> Any:
    """Does not read how long it should wait."""
    found = honest(request, response)
    if isinstance(found, RateLimited):
        found.retry_after = 0.1
    return found


def never_wrong(honest: Any, request: Any, response: Any) -> Any:
    """Takes every reply for a success, and lets the reading fail."""
    del honest, request, response


def believes(honest: Any, delivery: Any) -> Any:
    """Does not verify what arrives."""
    try:
        return honest(delivery)
    except BadSignature:
        return ()


def mutters(honest: Any, request: Any, grant: Any, now: Any) -> Any:
    """Puts the signed address where log lines are made of."""
    signed = honest(request, grant, now)
    return evolve(signed, template=signed.url)


def calls_it_a_bad_reply(honest: Any, ids: Any) -> Flow[Any]:
    """Blames the marketplace for what does not exist."""
    batch = yield from honest(ids)
    if batch.missing:
        raise BadReply("nothing came back")
    return batch


def mute(events: Any) -> Any:
    """Hides which order a push is about."""
    return tuple(evolve(e, order_id="") if isinstance(e, OrderChanged) else e for e in events)


def sends_twice(honest: Any, changes: Any) -> Flow[Any]:
    """Sends a write again to be on the safe side."""
    yield from honest(changes)
    return (yield from honest(changes))


def all_is_well(results: Any) -> Any:
    """Takes the batch's own word for the outcome of its items."""
    return tuple(evolve(r, outcome=Outcome.ACCEPTED, refusal=None) for r in results)


def no_cause(results: Any) -> Any:
    """Says that something was refused, and not why."""
    return tuple(evolve(r, refusal=Refusal.OTHER) for r in results)


def only_says_so(answer: Callable[[Any], Any]) -> Twist:
    """Answers without having asked anybody."""

    def twist(honest: Any, wish: Any, *rest: Any) -> Flow[Any]:
        del honest, rest
        yield from ()
        return answer(wish)

    return twist


def accepted(changes: Any) -> Any:
    """One accepted result for each change."""
    return tuple(
        ItemResult(product_id=c.product_id, variant_id=c.variant_id, outcome=Outcome.ACCEPTED)
        for c in changes
    )


def _now(change: Callable[[Any], Any]) -> Twist:
    return lambda honest, *args: change(honest(*args))


_LIES = {one: Support("yes", "") for one in Capability}

CULPRITS: dict[str, type[ShopeeAdapter]] = {
    "consent.link": bad("consent", authorize_url=loses_state),
    "consent.exchange": bad("consent", exchange=after(forgets_the_shop)),
    "consent.code-once": bad("consent", exchange=swallows),
    "consent.renew-once": bad("consent", renew=keeps_the_old),
    "consent.revoked": bad(classify=anything_goes),
    "consent.wrong-key": bad(classify=anything_goes),
    "paging.orders-complete": bad("orders", page=after(drops_the_last)),
    "paging.repeated-row": bad("orders", page=after(doubles)),
    "paging.resume": bad("orders", page=starts_over),
    "paging.half-open": bad("orders", page=closed_window),
    "paging.stubs": bad("orders", stubs=after(drops_the_last)),
    "paging.products-complete": bad("products", page=after(stops_early)),
    "paging.returns-complete": bad("returns", page=after(drops_the_last)),
    "paging.fetch-by-id": bad("orders", many=after(names_no_missing)),
    "mapping.orders": bad("orders", page=each_order(lambda o: evolve(o, raw_status="?"))),
    "mapping.values": bad(
        "orders",
        page=each_order(lambda o: evolve(o, created_at=o.created_at.replace(tzinfo=None))),
    ),
    "mapping.one-line-a-variant": bad("orders", page=each_order(unfold)),
    "mapping.stock": bad("products", page=each_order(swap_stock)),
    "mapping.money": bad("payments", page=each_order(wrong_signs)),
    "mapping.money-ids": bad("payments", page=random_ids()),
    "mapping.payouts": bad("payments", payouts=each_order(lambda p: evolve(p, amount=-p.amount))),
    "mapping.returns": bad("returns", page=each_order(lambda r: evolve(r, order_id=""))),
    "mapping.unreadable": bad("orders", page=after(hides_the_bad)),
    "mapping.unknown-word": bad("orders", page=after(guesses)),
    "errors.not-found": bad("orders", many=calls_it_a_bad_reply),
    "errors.trouble-passes": bad(classify=anything_goes),
    "errors.retry-after": bad(classify=impatient),
    "errors.no-answer": bad(classify=anything_goes),
    "errors.declared": bad("events", pull=MISSING),
    "errors.manifest": declaring(capabilities=_LIES),
    "notices.push": bad("events", parse=_now(mute)),
    "notices.forged": bad("events", parse=believes),
    "notices.queue": bad("events", pull=after(lambda page: evolve(page, items=()))),
    "writes.stock": bad("products", set_stock=after(lambda results: results[::-1])),
    "writes.one-refused": bad("products", set_stock=after(all_is_well)),
    "writes.locked": bad("products", set_stock=after(no_cause)),
    "writes.lost-reply": bad("products", set_stock=sends_twice),
    "writes.price": bad("products", set_price=only_says_so(accepted)),
    "writes.ship": bad("orders", ship=only_says_so(lambda wish: Shipment(order_id=wish.order_id))),
    "writes.cancel": bad("orders", cancel=only_says_so(lambda order_id: None)),
    "secrets.quiet": bad(authorise=mutters),
}
