"""Connecting and authorising stores over a marketplace's consent page."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from entrosdk import EntroError
from reference_app.audit.log import note
from reference_app.audit.models import Entry
from reference_app.billing.limits import PlanFull
from reference_app.billing.words import why_full
from reference_app.stores import connecting, consenting
from reference_app.stores.consenting import Asked, Refusal
from reference_app.stores.models import Store
from reference_app.stores.ownapps import OwnApp
from reference_app.tenants.guard import owner_only
from reference_app.web import moments, words

WORDS = {
    "state": gettext_lazy(
        "This consent was not begun here, or it was used already. Begin again with the button."
    ),
    "late": gettext_lazy("The consent took too long. Begin again with the button."),
    "denied": gettext_lazy(
        "You did not consent at the marketplace. Begin again whenever you want to connect."
    ),
    "code": gettext_lazy(
        "The marketplace did not accept this consent: it was used or is too old. Begin again."
    ),
    "other": gettext_lazy(
        "The consent is for another shop. Log in at the marketplace as this store and begin again."
    ),
    "gone": gettext_lazy("This store was disconnected meanwhile. Connect it as a new one."),
    "taken": gettext_lazy("This shop is connected to another account already."),
}


@require_GET
@never_cache
@owner_only
def begin(request: HttpRequest, marketplace: str) -> HttpResponse:
    """Send the seller to the consent page for a store that is not here yet."""
    return _sent(request, marketplace, None)


@require_GET
@never_cache
@owner_only
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the seller to the consent page for a store that is here."""
    store = get_object_or_404(Store, pk=pk, merchant=request.merchant)
    if not store.is_live:
        raise Http404
    return _sent(request, store.marketplace, store)


def _sent(request: HttpRequest, marketplace: str, store: Store | None) -> HttpResponse:
    # A link and no form: browsers hold the whole chain of a form's redirects to `form-action`,
    # and where a marketplace's log-in leads next is not ours to list. No other site may begin.
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise PermissionDenied
    address = consenting.begin(
        request.session,
        marketplace,
        _own(marketplace),
        Asked(request.merchant.pk, store.pk if store else None),
        back=_back(request, marketplace),
        now=timezone.now(),
    )
    return redirect(address)


@require_GET
@never_cache
@owner_only
def come_back(request: HttpRequest, marketplace: str) -> HttpResponse:
    """Take what the consent page brought; the answer is a redirect, so that no code stays."""
    own, came, now = _own(marketplace), request.GET.dict(), timezone.now()
    store: Store | None = None
    try:
        asked = consenting.finish(request.session, marketplace, came, request.merchant.pk, now)
        if asked.store is not None:
            store = _live(request, asked.store)
        found = consenting.claims(
            marketplace,
            own,
            came,
            back=_back(request, marketplace),
            shop_id=store.shop_id if store else None,
            sync_from=_sync_from(),
        )
    except Refusal as refusal:
        return _refused(request, marketplace, store, refusal.reason, WORDS[refusal.reason])
    except EntroError as error:
        return _refused(request, marketplace, store, type(error).__name__, _trouble(error))
    kept = [one for claim in found if (one := _kept(request, claim, store))]
    if not kept:
        return _to_form(store)
    return redirect("stores-check", pk=kept[0].pk)


def _kept(request: HttpRequest, claim: connecting.Claim, store: Store | None) -> Store | None:
    """Check and keep one shop as pasted credentials are; what stands against it is told."""
    try:
        tested = connecting.check(claim)
        with transaction.atomic():
            if store is None:
                mine = connecting.keep(request.merchant, tested)
            else:
                mine = connecting.reauthorise(store, tested)
            verb = Entry.Verb.CONNECT if store is None else Entry.Verb.AUTHORISE
            note(request.merchant, request.user, verb, f"{claim.marketplace} {claim.shop_id}")
    except EntroError as error:
        _refused(request, claim.marketplace, store, type(error).__name__, _trouble(error))
    except IntegrityError:
        _refused(request, claim.marketplace, store, "taken", WORDS["taken"])
    except PlanFull as full:
        _refused(request, claim.marketplace, store, "plan", why_full(full.standing))
    else:
        told = _("%(name)s is connected. Its first sync begins now.")
        if store is not None:
            told = _("%(name)s is authorised again.")
        messages.success(request, told % {"name": mine.name})
        return mine
    return None


def _refused(
    request: HttpRequest, marketplace: str, store: Store | None, why: str, told: Any
) -> HttpResponse:
    verb = Entry.Verb.CONNECT if store is None else Entry.Verb.AUTHORISE
    subject = f"{marketplace} {store.shop_id}" if store else marketplace
    outcome = Entry.Outcome.REFUSED
    note(request.merchant, request.user, verb, subject, outcome=outcome, detail=why)
    messages.error(request, told)
    return _to_form(store)


def _to_form(store: Store | None) -> HttpResponse:
    return redirect("stores-authorise", pk=store.pk) if store else redirect("stores-connect")


def _live(request: HttpRequest, pk: int) -> Store:
    store = Store.objects.filter(pk=pk, merchant=request.merchant).first()
    if store is None or not store.is_live:
        raise Refusal("gone")
    return store


def _trouble(error: EntroError) -> str:
    told = words.trouble(type(error).__name__)
    return f"{told.what} {told.next_step}" if told else error.message


def _own(marketplace: str) -> OwnApp:
    own: OwnApp | None = settings.OWN_APPS.get(marketplace)
    if own is None:
        raise Http404
    return own


def _back(request: HttpRequest, marketplace: str) -> str:
    path = reverse("stores-consent", args=[marketplace])
    return settings.PUBLIC_URL + path if settings.PUBLIC_URL else request.build_absolute_uri(path)


def _sync_from() -> datetime:
    """Return where the form's own suggestion begins: thirty local days ago."""
    day = moments.today() - timedelta(days=30)
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())
