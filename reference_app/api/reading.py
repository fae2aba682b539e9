"""The reading half of the API. Every query names the token's merchant."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from ninja import Field, Query, Router

from reference_app.api import schemas, shaping, tokens
from reference_app.api.access import Bearer
from reference_app.api.models import ApiToken, Scope, TokenNote
from reference_app.api.paging import Order as Ordering
from reference_app.api.paging import page
from reference_app.api.refusals import REFUSALS
from reference_app.records import models as rows
from reference_app.stores.models import Store
from reference_app.syncing.models import Completeness, SyncRun

router = Router()

_BY_KEY = Ordering("key")
_NEWEST = Ordering("newest", newest_first=True)
_CREATED = Ordering("created", "created_at", newest_first=True)
_UPDATED = Ordering("updated", "updated_at")


def key_of(text: str) -> int:
    """Read a key that we gave out as a string; whatever else comes is not there."""
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Http404
    return int(text)


class OfStore(schemas.Paged):
    """Filters that every list of a store's records has."""

    store_id: schemas.Text = ""


class Changing(OfStore):
    """Filters of records that change."""

    updated_since: schemas.Moment | None = Field(
        None, description="Only what the marketplace changed at or after this instant."
    )


class OrderFilters(Changing):
    """Filters of orders; with `updated_since` the oldest change comes first."""

    marketplace: schemas.Text = ""
    status: schemas.Text = ""
    number: schemas.Text = ""
    created_from: schemas.Moment | None = None
    created_to: schemas.Moment | None = Field(None, description="Before this instant.")


class PaymentFilters(OfStore):
    """Filters of movements."""

    order_id: schemas.Text = ""
    kind: schemas.Text = ""
    occurred_from: schemas.Moment | None = None
    occurred_to: schemas.Moment | None = Field(None, description="Before this instant.")


class ReturnFilters(Changing):
    """Filters of returns."""

    order_id: schemas.Text = ""


def narrowed(found: QuerySet[Any], given: OfStore, **columns: str) -> QuerySet[Any]:
    """Apply the filters that were given; `columns` names where each one looks."""
    looks = {"store_id": "store_id", "updated_since": "updated_at__gte", **columns}
    for name, column in looks.items():
        value = getattr(given, name, None)
        if value not in (None, ""):
            found = found.filter(**{column: key_of(value) if name == "store_id" else value})
    return found


def _hanging(model: type[Any], request: HttpRequest, order_id: str) -> QuerySet[Any]:
    """Return the merchant's rows, or those of one order.

    An order's are found through its store: there is an index for that, and beside the merchant's
    own column SQLite would rather walk all rows in their order.
    """
    if order_id:
        return model.objects.filter(store__merchant=request.merchant, order_ref=order_id)
    return model.objects.filter(merchant=request.merchant)


def _paged(found: QuerySet[Any], order: Ordering, given: schemas.Paged, shape: Any) -> Any:
    items, following = page(found, order, given.cursor, given.limit)
    return {"items": [shape(row) for row in items], "next": following or None}


@router.get(
    "/stores",
    response={200: schemas.Page[schemas.Store], **REFUSALS},
    auth=Bearer(Scope.STORES),
    tags=["stores"],
)
def list_stores(request: HttpRequest, given: Query[schemas.Paged]) -> Any:
    """List stores, disconnected ones included: their history stays."""
    return _paged(Store.objects.filter(merchant=request.merchant), _BY_KEY, given, shaping.store)


@router.get(
    "/stores/{store_id}",
    response={200: schemas.Store, **REFUSALS},
    auth=Bearer(Scope.STORES),
    tags=["stores"],
)
def get_store(request: HttpRequest, store_id: schemas.Text) -> Any:
    """Return one store."""
    return shaping.store(own_store(request, store_id))


def own_store(request: HttpRequest, store_id: str) -> Store:
    """Return a store of the token's merchant."""
    found = Store.objects.filter(merchant=request.merchant, pk=key_of(store_id)).first()
    if found is None:
        raise Http404
    return found


@router.get(
    "/orders",
    response={200: schemas.Page[schemas.OrderSummary], **REFUSALS},
    auth=Bearer(Scope.ORDERS),
    tags=["orders"],
)
def list_orders(request: HttpRequest, given: Query[OrderFilters]) -> Any:
    """List orders of all stores: the newest first, or by change when `updated_since` is given."""
    found = narrowed(
        rows.Order.objects.filter(merchant=request.merchant),
        given,
        marketplace="marketplace",
        status="status",
        number="number",
        created_from="created_at__gte",
        created_to="created_at__lt",
    )
    return _paged(found, _UPDATED if given.updated_since else _CREATED, given, shaping.order)


@router.get(
    "/stores/{store_id}/orders/{order_id}",
    response={200: schemas.OrderDetail, **REFUSALS},
    auth=Bearer(Scope.ORDERS),
    tags=["orders"],
)
def get_order(request: HttpRequest, store_id: schemas.Text, order_id: schemas.Text) -> Any:
    """Return one order with lines, packages, timeline and recipient."""
    found = (
        rows.Order.objects.filter(
            merchant=request.merchant, store_id=key_of(store_id), external_id=order_id
        )
        .select_related("merchant")
        .prefetch_related("lines", "packages", "steps")
        .first()
    )
    if found is None:
        raise Http404
    token: ApiToken = request.auth
    unmasked = Scope.PEOPLE in token.scopes
    shown = shaping.order_detail(found, unmasked=unmasked)
    if unmasked and shown.recipient is not None:
        tokens.note(token, TokenNote.Act.PERSON, f"{found.marketplace} {found.external_id}")
    return shown


@router.get(
    "/products",
    response={200: schemas.Page[schemas.Product], **REFUSALS},
    auth=Bearer(Scope.PRODUCTS),
    tags=["products"],
)
def list_products(request: HttpRequest, given: Query[Changing]) -> Any:
    """List listings of all stores with their variants."""
    found = rows.Product.objects.filter(merchant=request.merchant).prefetch_related("variants")
    return _paged(narrowed(found, given), _BY_KEY, given, shaping.product)


@router.get(
    "/payments",
    response={200: schemas.Page[schemas.Payment], **REFUSALS},
    auth=Bearer(Scope.MONEY),
    tags=["money"],
)
def list_payments(request: HttpRequest, given: Query[PaymentFilters]) -> Any:
    """List movements of all stores."""
    found = narrowed(
        _hanging(rows.Payment, request, given.order_id),
        given,
        kind="kind",
        occurred_from="occurred_at__gte",
        occurred_to="occurred_at__lt",
    )
    return _paged(found, _BY_KEY, given, shaping.payment)


@router.get(
    "/payouts",
    response={200: schemas.Page[schemas.Payout], **REFUSALS},
    auth=Bearer(Scope.MONEY),
    tags=["money"],
)
def list_payouts(request: HttpRequest, given: Query[Changing]) -> Any:
    """List transfers to the seller's bank."""
    found = rows.Payout.objects.filter(merchant=request.merchant)
    return _paged(narrowed(found, given), _BY_KEY, given, shaping.payout)


@router.get(
    "/returns",
    response={200: schemas.Page[schemas.Return], **REFUSALS},
    auth=Bearer(Scope.RETURNS),
    tags=["returns"],
)
def list_returns(request: HttpRequest, given: Query[ReturnFilters]) -> Any:
    """List returns of all stores."""
    found = _hanging(rows.Return, request, given.order_id).prefetch_related("lines")
    return _paged(narrowed(found, given), _BY_KEY, given, shaping.return_)


@router.get(
    "/sync/runs",
    response={200: schemas.Page[schemas.SyncRun], **REFUSALS},
    auth=Bearer(Scope.SYNC),
    tags=["sync"],
)
def list_runs(request: HttpRequest, given: Query[OfStore]) -> Any:
    """List sync runs, the newest first."""
    found = SyncRun.objects.filter(merchant=request.merchant).prefetch_related("streams")
    return _paged(narrowed(found, given), _NEWEST, given, shaping.run)


@router.get(
    "/sync/runs/{run_id}",
    response={200: schemas.SyncRun, **REFUSALS},
    auth=Bearer(Scope.SYNC),
    tags=["sync"],
)
def get_run(request: HttpRequest, run_id: schemas.Text) -> Any:
    """Return one run."""
    found = SyncRun.objects.filter(merchant=request.merchant, pk=key_of(run_id))
    run = found.prefetch_related("streams").first()
    if run is None:
        raise Http404
    return shaping.run(run)


@router.get(
    "/sync/completeness",
    response={200: schemas.Page[schemas.Completeness], **REFUSALS},
    auth=Bearer(Scope.SYNC),
    tags=["sync"],
)
def list_completeness(request: HttpRequest, given: Query[OfStore]) -> Any:
    """List the last comparison of every stream with the marketplace's own list."""
    found = Completeness.objects.filter(store__merchant=request.merchant)
    return _paged(narrowed(found, given), _BY_KEY, given, shaping.completeness)


@router.get(
    "/quarantine",
    response={200: schemas.Page[schemas.Quarantined], **REFUSALS},
    auth=Bearer(Scope.SYNC),
    tags=["sync"],
)
def list_quarantined(request: HttpRequest, given: Query[OfStore]) -> Any:
    """List records that could not be read, without their bodies."""
    found = rows.Quarantined.objects.filter(merchant=request.merchant)
    return _paged(narrowed(found, given), _BY_KEY, given, shaping.quarantined)
