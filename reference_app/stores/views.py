"""Stores: see how they are, connect, authorise, pause, resume, disconnect."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entrosdk import EntroError
from reference_app.audit.log import note
from reference_app.audit.models import Entry
from reference_app.billing.limits import PlanFull, take_place
from reference_app.billing.words import why_full
from reference_app.stores import connecting
from reference_app.stores.forms import ConnectForm, CredentialsForm
from reference_app.stores.models import Credential, Store
from reference_app.syncing.models import SyncRun
from reference_app.tenants.guard import changes_things
from reference_app.web import words

_SECRETS = ("app_secret", "push_secret", "access_token", "refresh_token")


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Show a card for each store."""
    stores = list(Store.objects.filter(merchant=request.merchant))
    tokens = dict(Credential.objects.filter(store__in=stores).values_list("store_id", "expires_at"))
    running = set(
        SyncRun.objects.filter(store__in=stores, state="running").values_list("store_id", flat=True)
    )
    cards = [
        {"store": store, "token_until": tokens.get(store.pk), "running": store.pk in running}
        for store in stores
    ]
    live = [card for card in cards if card["store"].is_live]
    return render(request, "stores/index.html", {"live": live, "gone": _without(cards, live)})


def _without(cards: list[dict[str, Any]], live: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [card for card in cards if card not in live]


@require_http_methods(["GET", "POST"])
@changes_things
@sensitive_post_parameters(*_SECRETS)
def connect(request: HttpRequest) -> HttpResponse:
    """Connect a store by pasting credentials; they are kept only when the marketplace agrees."""
    form = ConnectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        tested = _checked(form)
        store = _kept(request, form, tested) if tested else None
        if store is not None:
            told = _("%(name)s is connected. Its first sync begins now.") % {"name": store.name}
            messages.success(request, told)
            return redirect("stores-check", pk=store.pk)
    return render(
        request, "stores/connect.html", {"form": form, "store": None, "ways": _ways(request)}
    )


@require_http_methods(["GET", "POST"])
@changes_things
@sensitive_post_parameters(*_SECRETS)
def authorise(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a store new tokens."""
    store = _mine(request, pk)
    form = CredentialsForm(request.POST or None, store=store)
    if request.method == "POST" and form.is_valid():
        tested = _checked(form)
        if tested is not None and _reauthorised(request, form, store, tested):
            messages.success(request, _("%(name)s is authorised again.") % {"name": store.name})
            return redirect("stores")
    ways = _ways(request, store.marketplace)
    return render(request, "stores/connect.html", {"form": form, "store": store, "ways": ways})


def _ways(request: HttpRequest, only: str = "") -> list[tuple[str, str]]:
    """Return name and title of the marketplaces whose consent page this member may go to."""
    if not request.membership.is_owner:
        return []
    own = [name for name in settings.OWN_APPS if only in {"", name}]
    return [(name, words.MARKETPLACES[name]) for name in own]


def _checked(form: CredentialsForm) -> connecting.Tested | None:
    try:
        return connecting.check(form.claim())
    except EntroError as error:
        told = words.trouble(type(error).__name__)
        form.add_error(None, f"{told.what} {told.next_step}" if told else error.message)
        return None


def _kept(request: HttpRequest, form: ConnectForm, tested: connecting.Tested) -> Store | None:
    try:
        with transaction.atomic():
            store = connecting.keep(request.merchant, tested)
            subject = f"{store.marketplace} {store.shop_id}"
            note(request.merchant, request.user, Entry.Verb.CONNECT, subject)
            return store
    except IntegrityError:
        form.add_error("shop_id", _("This shop is connected to another account already."))
        return None
    except PlanFull as full:
        form.add_error(None, why_full(full.standing))
        return None


def _reauthorised(
    request: HttpRequest, form: CredentialsForm, store: Store, tested: connecting.Tested
) -> bool:
    try:
        with transaction.atomic():
            connecting.reauthorise(store, tested)
            subject = f"{store.marketplace} {store.shop_id}"
            note(request.merchant, request.user, Entry.Verb.AUTHORISE, subject)
    except PlanFull as full:
        form.add_error(None, why_full(full.standing))
        return False
    return True


@require_POST
@changes_things
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a store's jobs until it is resumed."""
    store = _mine(request, pk)
    Store.objects.filter(pk=store.pk, state=Store.State.ACTIVE).update(state=Store.State.PAUSED)
    messages.success(request, _("%(name)s is paused.") % {"name": store.name})
    return redirect("stores")


@require_POST
@changes_things
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a paused store's jobs run again, the first at once."""
    store = _mine(request, pk)
    try:
        with transaction.atomic():
            if store.state == Store.State.PAUSED:
                take_place(request.merchant)
            Store.objects.filter(pk=store.pk, state=Store.State.PAUSED).update(
                state=Store.State.ACTIVE, next_run_at=timezone.now(), next_trigger="person"
            )
    except PlanFull as full:
        messages.error(request, why_full(full.standing))
        return redirect("stores")
    messages.success(request, _("%(name)s runs again.") % {"name": store.name})
    return redirect("stores")


@require_http_methods(["GET", "POST"])
@changes_things
def disconnect(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a store's credentials and stop its jobs; its history stays."""
    store = _mine(request, pk)
    if request.method == "GET":
        return render(request, "stores/disconnect.html", {"store": store})
    Credential.objects.filter(store=store).delete()
    Store.objects.filter(pk=store.pk).update(
        state=Store.State.DISCONNECTED, disconnected_at=timezone.now(), app_sealed=""
    )
    told = _("%(name)s is disconnected. Its orders and payments stay.") % {"name": store.name}
    messages.success(request, told)
    return redirect("stores")


def _mine(request: HttpRequest, pk: int) -> Store:
    store = get_object_or_404(Store, pk=pk, merchant=request.merchant)
    if not store.is_live:
        raise Http404
    return store
