"""The writing half of the API; each write carries an idempotency key."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Header, Router
from pydantic import AfterValidator, BaseModel, StringConstraints

from reference_app.api import schemas, tokens
from reference_app.api.access import Bearer
from reference_app.api.keys import once
from reference_app.api.models import Scope, TokenNote
from reference_app.api.problems import Problem
from reference_app.api.reading import key_of, own_store
from reference_app.api.refusals import REFUSALS
from reference_app.records.models import Quarantined
from reference_app.stores.models import Store
from reference_app.syncing.jobs import ask, ask_retry
from reference_app.syncing.models import SyncRun

router = Router()

HEADER = Header("", alias="Idempotency-Key", description="A fresh UUID with each new write.")
Key = Annotated[str, StringConstraints(max_length=255), AfterValidator(schemas.plain)]
WRITE_REFUSALS = {400: schemas.Problem, **REFUSALS, 409: schemas.Problem}


@router.post(
    "/stores/{store_id}/sync",
    response={202: schemas.SyncAsked, **WRITE_REFUSALS},
    auth=Bearer(Scope.SYNC_WRITE),
    tags=["sync"],
)
def start_sync(
    request: HttpRequest,
    store_id: schemas.Text,
    idempotency_key: Key = HEADER,
) -> Any:
    """Ask for a run of a store as soon as may be."""

    def change() -> tuple[int, BaseModel]:
        store = own_store(request, store_id)
        _needs_active(store)
        ask(store, SyncRun.Trigger.PERSON)
        tokens.note(request.auth, TokenNote.Act.WROTE, f"sync {store.marketplace} {store.shop_id}")
        return 202, schemas.SyncAsked(store_id=str(store.pk), asked_at=timezone.now())

    return once(request, idempotency_key, change)


@router.post(
    "/quarantine/{quarantined_id}/retry",
    response={202: schemas.RetryAsked, **WRITE_REFUSALS},
    auth=Bearer(Scope.SYNC_WRITE),
    tags=["sync"],
)
def retry_quarantined(
    request: HttpRequest,
    quarantined_id: schemas.Text,
    idempotency_key: Key = HEADER,
) -> Any:
    """Ask for another try with a record that could not be read."""

    def change() -> tuple[int, BaseModel]:
        held = _own_quarantined(request, quarantined_id)
        _needs_active(held.store)
        asked_at = ask_retry(held)
        tokens.note(request.auth, TokenNote.Act.WROTE, f"retry {held.stream} {held.external_id}")
        return 202, schemas.RetryAsked(
            quarantined_id=str(held.pk), store_id=str(held.store_id), asked_at=asked_at
        )

    return once(request, idempotency_key, change)


def _own_quarantined(request: HttpRequest, quarantined_id: str) -> Quarantined:
    found = Quarantined.objects.select_related("store")
    held = found.filter(merchant=request.merchant, pk=key_of(quarantined_id)).first()
    if held is None:
        raise Http404
    return held


def _needs_active(store: Store) -> None:
    if store.state != Store.State.ACTIVE:
        raise Problem(
            409,
            "store-not-running",
            f"The store's state is {store.state}: its jobs do not run.",
            "Resume or authorise the store under /stores/ first.",
        )
