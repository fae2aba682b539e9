"""Receives pushes: verified on the raw bytes, noted, answered at once, followed later."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from entrosdk import EntroError, Event, Grant, Secret, connect
from reference_app.stores.models import Delivery, Store

_LARGEST = 256 * 1024  # bytes; real pushes are a few kilobytes


@csrf_exempt
@login_not_required
@require_POST
def receive(request: HttpRequest, marketplace: str, token: str) -> HttpResponse:
    """Take a push for the store whose address it was sent to."""
    store = Store.objects.filter(marketplace=marketplace, hook_token=token).first()
    if store is None or not store.is_live:
        raise Http404
    if len(request.body) > _LARGEST:
        return HttpResponse(status=413)
    try:
        events = _read(store, request)
    except EntroError:
        return HttpResponse(status=401)
    _note(store, events)
    return HttpResponse(status=200)


def _read(store: Store, request: HttpRequest) -> tuple[Event, ...]:
    # Reading a push asks nobody, so the shop needs no real grant.
    with connect(
        store.marketplace,
        app=store.app(),
        shop_id=store.shop_id,
        grant=Grant(access_token=Secret("")),
        region=store.region,
    ) as shop:
        return shop.events.parse(
            headers=dict(request.headers), body=request.body, url=_address(request)
        )


def _address(request: HttpRequest) -> str:
    """Return the address as configured at the marketplace: it is part of what is signed."""
    if settings.PUBLIC_URL:
        return f"{settings.PUBLIC_URL}{request.get_full_path()}"
    return request.build_absolute_uri()


def _note(store: Store, events: tuple[Event, ...]) -> None:
    """Keep what the store's events hint at; a repeated delivery changes nothing.

    The worker sees open deliveries and fetches what they name.
    """
    mine = [event for event in events if event.shop_id in {"", store.shop_id}]
    Delivery.objects.bulk_create(
        (
            Delivery(
                store=store,
                delivery_id=event.delivery_id[:120],
                kind=type(event).__name__,
                raw_kind=event.raw_kind[:40],
                subject=_subject(event),
            )
            for event in mine
        ),
        ignore_conflicts=True,
    )


def _subject(event: Event) -> str:
    for name in ("return_id", "product_id", "order_id"):
        value = getattr(event, name, "")
        if value:
            return str(value)[:80]
    return ""
