"""The sync centre: what runs, what ran, what could not be read, what is complete."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, Prefetch, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from entrosdk.errors import ConfigError
from reference_app.records.models import Quarantined
from reference_app.stores.models import Store
from reference_app.syncing.jobs import ask, ask_retry
from reference_app.syncing.masking import masked_body
from reference_app.syncing.models import Completeness, RunState, StreamRun, SyncRun
from reference_app.tenants.guard import changes_things
from reference_app.tenants.models import Merchant

_HISTORY = 20
_HELD = 100


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Show the whole centre."""
    merchant = request.merchant
    held = Quarantined.objects.filter(merchant=merchant).select_related("store")
    context = {
        **_now(merchant),
        "history": _history(merchant),
        "held": held.order_by("-last_seen_at")[:_HELD],
        "held_count": held.count(),
        "completeness": Completeness.objects.filter(store__merchant=merchant)
        .exclude(store__state=Store.State.DISCONNECTED)
        .select_related("store")
        .order_by("store__marketplace", "store__name", "id"),
    }
    return render(request, "sync/index.html", context)


@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """Show what changes while it is looked at; the page asks again by itself."""
    return render(request, "sync/_live.html", _now(request.merchant))


def _now(merchant: Merchant) -> dict[str, Any]:
    newest = SyncRun.objects.filter(store=OuterRef("pk")).order_by("-started_at")
    stores = list(
        Store.objects.filter(merchant=merchant)
        .exclude(state=Store.State.DISCONNECTED)
        .annotate(newest_run=Subquery(newest.values("pk")[:1]))
    )
    runs = SyncRun.objects.prefetch_related("streams").in_bulk(
        [store.newest_run for store in stores if store.newest_run]
    )
    rows = [{"store": store, "run": runs.get(store.newest_run)} for store in stores]
    running = any(row["run"] and row["run"].is_running for row in rows)
    busy = running or any(_waits(store) for store in stores)
    return {"rows": rows, "busy": busy, "now": timezone.now()}


def _waits(store: Store) -> bool:
    """Whether a run was asked for and has not begun."""
    due = store.next_run_at is not None and store.next_run_at <= timezone.now()
    return store.state == Store.State.ACTIVE and due


def _history(merchant: Merchant) -> Any:
    streams = Prefetch("streams", StreamRun.objects.order_by("id"))
    ended = SyncRun.objects.filter(merchant=merchant).exclude(state=RunState.RUNNING)
    newest_first = ended.order_by("-started_at").select_related("store")
    return newest_first.prefetch_related(streams)[:_HISTORY]


@require_POST
@changes_things
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Sync a store now."""
    store = get_object_or_404(Store, pk=pk, merchant=request.merchant)
    if store.state == Store.State.ACTIVE:
        ask(store, SyncRun.Trigger.PERSON)
    else:
        messages.warning(request, _("%(name)s is not running.") % {"name": store.name})
    if request.htmx:
        return render(request, "sync/_live.html", _now(request.merchant))
    return redirect("sync")


@require_GET
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one run."""
    found = get_object_or_404(
        SyncRun.objects.select_related("store").prefetch_related("streams"),
        pk=pk,
        merchant=request.merchant,
    )
    return render(request, "sync/run.html", {"run": found})


@require_GET
def quarantined(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a record that could not be read, with its raw body masked."""
    held = _held_by(request, pk)
    try:
        context = f"quarantine:{held.stream}:{held.external_id}"
        body = masked_body(request.merchant.seal().open(held.body_sealed, context))
    except (ConfigError, json.JSONDecodeError):
        body = ""
    return render(request, "sync/quarantined.html", {"held": held, "body": body})


@require_POST
@changes_things
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for another try with a record."""
    held = _held_by(request, pk)
    ask_retry(held)
    told = _("Record %(id)s will be fetched again with the next run.") % {"id": held.external_id}
    messages.success(request, told)
    return redirect("sync")


def _held_by(request: HttpRequest, pk: int) -> Quarantined:
    rows = Quarantined.objects.select_related("store")
    return get_object_or_404(rows, pk=pk, merchant=request.merchant)
