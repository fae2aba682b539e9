"""What programs may do with orders, stock and prices; each write carries an idempotency key.

Marketplaces are asked by the worker: an answer here says what was taken, and where to look.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Router
from pydantic import BaseModel

from reference_app.api import schemas, tokens
from reference_app.api.access import Bearer
from reference_app.api.keys import once
from reference_app.api.models import Scope, TokenNote
from reference_app.api.problems import Problem
from reference_app.api.reading import key_of, own_store
from reference_app.api.refusals import REFUSALS
from reference_app.api.writing import HEADER, WRITE_REFUSALS, Key
from reference_app.goods import errands, keys, prices
from reference_app.goods.models import Errand, Variant
from reference_app.goods.queries import price_differences
from reference_app.orders.acting import Wish, leave
from reference_app.orders.models import ActItem, Kind
from reference_app.orders.tickets import Ticket
from reference_app.records.models import Order
from reference_app.stock import counting, ledger
from reference_app.stock.models import Balance, Warehouse

router = Router()


# Orders


@router.post(
    "/stores/{store_id}/orders/{order_id}/ship",
    response={202: schemas.Act, **WRITE_REFUSALS},
    auth=Bearer(Scope.ORDERS_WRITE),
    tags=["orders"],
)
def ship(
    request: HttpRequest,
    store_id: schemas.Text,
    order_id: schemas.Text,
    how: schemas.Ship | None = None,
    idempotency_key: Key = HEADER,
) -> Any:
    """Ask a store to ship an order; the act tells what became of it."""
    return _act(request, (store_id, order_id), Kind.SHIP, how, idempotency_key)


@router.post(
    "/stores/{store_id}/orders/{order_id}/cancel",
    response={202: schemas.Act, **WRITE_REFUSALS},
    auth=Bearer(Scope.ORDERS_WRITE),
    tags=["orders"],
)
def cancel(
    request: HttpRequest,
    store_id: schemas.Text,
    order_id: schemas.Text,
    how: schemas.Cancel | None = None,
    idempotency_key: Key = HEADER,
) -> Any:
    """Ask a store to cancel an order; the act tells what became of it."""
    return _act(request, (store_id, order_id), Kind.CANCEL, how, idempotency_key)


def _act(
    request: HttpRequest, ids: tuple[str, str], kind: Kind, how: BaseModel | None, key: str
) -> Any:
    def change() -> tuple[int, BaseModel]:
        store = own_store(request, ids[0])
        order = Order.objects.filter(store=store, external_id=ids[1]).select_related("store")
        if (found := order.first()) is None:
            raise Http404
        choices = {name: text for name, text in (how.model_dump() if how else {}).items() if text}
        ticket = Ticket(secrets.token_hex(16), timezone.now())
        wish = Wish(kind=kind, orders=[found], how=choices, ticket=ticket)
        act = leave(request.merchant, None, wish)
        tokens.note(request.auth, TokenNote.Act.WROTE, f"{kind} {found.number}")
        return 202, _shape(ActItem.objects.select_related("act", "order").get(act=act))

    return once(request, key, change)


@router.get(
    "/acts/{act_id}",
    response={200: schemas.Act, **REFUSALS},
    auth=Bearer(Scope.ORDERS),
    tags=["orders"],
)
def get_act(request: HttpRequest, act_id: schemas.Text) -> Any:
    """Tell what became of an act."""
    mine = ActItem.objects.filter(act__merchant=request.merchant, pk=key_of(act_id))
    item = mine.select_related("act", "order").first()
    if item is None:
        raise Http404
    return _shape(item)


def _shape(item: ActItem) -> schemas.Act:
    return schemas.Act(
        id=str(item.pk),
        store_id=str(item.order.store_id),
        order_id=item.order.external_id,
        kind=item.kind,
        outcome=item.outcome,
        cause=item.cause,
        code=item.code,
        asked_at=item.act.asked_at,
        ended_at=item.ended_at,
    )


# Stock


@router.get(
    "/warehouses",
    response={200: list[schemas.Warehouse], **REFUSALS},
    auth=Bearer(Scope.STOCK),
    tags=["stock"],
)
def list_warehouses(request: HttpRequest) -> Any:
    """List the warehouses, the one that serves orders first at the top."""
    ledger.main_warehouse(request.merchant.pk)
    return [
        schemas.Warehouse(id=str(row.pk), name=row.name, sells=row.sells)
        for row in Warehouse.objects.filter(merchant=request.merchant)
    ]


@router.post(
    "/stock/counts",
    response={200: schemas.Levels, **WRITE_REFUSALS},
    auth=Bearer(Scope.STOCK_WRITE),
    tags=["stock"],
)
def count_stock(request: HttpRequest, given: schemas.Count, idempotency_key: Key = HEADER) -> Any:
    """Set what was on the shelf at an instant: all lines, or none when one is wrong."""

    def change() -> tuple[int, BaseModel]:
        place = _warehouse(request, given.warehouse_id)
        found = _variants(request, [line.sku for line in given.lines])
        units = {found[line.sku].pk: line.units for line in given.lines}
        if len(units) < len(given.lines):
            raise _wrong([("lines", "a SKU stands there twice")])
        at = given.counted_at or timezone.now()
        try:
            counting.count(place, units, at, _hand(), given.note)
        except counting.NotPossible as error:
            raise Problem(
                409, "not-possible", str(error), "Send the newest count with its own instant."
            ) from error
        tokens.note(request.auth, TokenNote.Act.WROTE, f"count {len(units)}")
        return 200, _levels(place, found.values())

    return once(request, idempotency_key, change)


@router.post(
    "/stock/adjustments",
    response={200: schemas.Levels, **WRITE_REFUSALS},
    auth=Bearer(Scope.STOCK_WRITE),
    tags=["stock"],
)
def adjust_stock(
    request: HttpRequest, given: schemas.Adjustment, idempotency_key: Key = HEADER
) -> Any:
    """Add units that came, or take those that went."""

    def change() -> tuple[int, BaseModel]:
        if not given.delta:
            raise _wrong([("delta", "nothing would change")])
        place = _warehouse(request, given.warehouse_id)
        found = _variants(request, [given.sku])
        variant = found[given.sku].pk
        counting.adjust(
            place, variant, given.delta, _hand(), reason=given.reason, damaged=given.damaged
        )
        tokens.note(request.auth, TokenNote.Act.WROTE, f"adjust {given.sku} {given.delta:+}")
        return 200, _levels(place, found.values())

    return once(request, idempotency_key, change)


def _hand() -> counting.Hand:
    return counting.Hand(None, secrets.token_hex(16))


def _warehouse(request: HttpRequest, warehouse_id: str) -> Warehouse:
    if not warehouse_id:
        return ledger.main_warehouse(request.merchant.pk)
    mine = Warehouse.objects.filter(merchant=request.merchant)
    found = mine.filter(pk=int(warehouse_id)).first() if _is_key(warehouse_id) else None
    if found is None:
        raise _wrong([("warehouse_id", "there is no such warehouse")])
    return found


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _variants(
    request: HttpRequest, skus: Iterable[str], *, bundles: bool = False
) -> Mapping[str, Variant]:
    """Return the variant of each SKU as it was written; refuses what is none, or several."""
    asked = {sku: keys.key_of(sku) for sku in skus}
    rows = Variant.objects.filter(merchant=request.merchant, key__in=set(asked.values()) - {""})
    known: dict[str, list[Variant]] = {}
    for row in rows if bundles else rows.filter(kind=Variant.Kind.SIMPLE):
        known.setdefault(row.key, []).append(row)
    wrong = [
        (sku, "several variants have this SKU" if key in known else "no variant has this SKU")
        for sku, key in asked.items()
        if len(known.get(key, ())) != 1
    ]
    if wrong:
        raise _wrong(wrong)
    return {sku: known[key][0] for sku, key in asked.items()}


def _wrong(found: Iterable[tuple[str, str]]) -> Problem:
    return Problem(
        422,
        "invalid",
        "The request has values that cannot be taken; nothing was changed.",
        "Correct what `errors` names and send it again with a fresh key.",
        errors=[{"at": at, "reason": reason} for at, reason in found],
    )


def _levels(place: Warehouse, variants: Iterable[Variant]) -> schemas.Levels:
    skus = {variant.pk: variant.sku for variant in variants}
    rows = Balance.objects.filter(warehouse=place, variant__in=list(skus)).order_by("pk")
    return schemas.Levels(
        levels=[
            schemas.Level(
                sku=skus[row.variant_id],
                warehouse_id=str(place.pk),
                on_hand=row.on_hand,
                reserved=row.reserved,
                quarantined=row.quarantined,
                buffer=row.buffer,
                sellable=row.level.sellable,
            )
            for row in rows
        ]
    )


# Prices


@router.post(
    "/prices",
    response={202: schemas.PriceSet, **WRITE_REFUSALS},
    auth=Bearer(Scope.PRICES_WRITE),
    tags=["prices"],
)
def set_price(request: HttpRequest, given: schemas.Price, idempotency_key: Key = HEADER) -> Any:
    """Set the price of a SKU, and let the worker send it to every linked listing it differs on."""

    def change() -> tuple[int, BaseModel]:
        variant = _variants(request, [given.sku], bundles=True)[given.sku]
        Variant.objects.filter(pk=variant.pk).update(
            price_minor=given.price_minor, updated_at=timezone.now()
        )
        told = _send(request, variant) if given.push else 0
        tokens.note(request.auth, TokenNote.Act.WROTE, f"price {variant.sku} {given.price_minor}")
        return 202, schemas.PriceSet(sku=variant.sku, price_minor=given.price_minor, listings=told)

    return once(request, idempotency_key, change)


def _send(request: HttpRequest, variant: Variant) -> int:
    found = price_differences(request.merchant, variant=variant.pk).select_related("variant")
    rows = list(found.order_by("store_id", "pk"))
    if rows:
        errand = errands.ask(
            request.merchant, None, Errand.Kind.PRICES, token=secrets.token_hex(16),
            total=len(rows),
        )  # fmt: skip
        prices.write_down(errand, rows)
    return len(rows)
