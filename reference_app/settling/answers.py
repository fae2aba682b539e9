"""Accepting and disputing returns at the marketplace, once however often somebody clicks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import tenacity
from attrs import evolve
from django.db import IntegrityError, transaction
from django.utils import timezone

from entrosdk import CancelReason, EntroError, Image, Policy, Shop, connect
from entrosdk.errors import OutcomeUnknown, Rejected
from entrosdk.registry import find
from entrosdk.spi.manifest import Capability
from entrosdk.sync.sink import Commit, StreamKey
from reference_app.records.models import Return
from reference_app.records.sink import DjangoSink
from reference_app.settling.models import ReturnAnswer
from reference_app.stores.connecting import reach
from reference_app.stores.models import Store
from reference_app.tenants.models import User

__all__ = ["Already", "accept", "dispute", "may_answer", "reasons_for"]

# A person waits for the answer: give up sooner than a job would.
_PATIENCE = 10.0
_POLICY = Policy(stop=tenacity.stop_after_attempt(2), longest_wait=3.0)
_STUCK_AFTER = timedelta(minutes=2)  # no request takes that long: whoever sent it is gone


class Already(Exception):
    """This state of the return has an answer, or one is on its way."""


def may_answer(item: Return) -> bool:
    """Say whether the marketplace takes answers from here and the refund is still open."""
    able = find(item.store.marketplace).manifest.supports(Capability.RETURNS_ACCEPT)
    return able and item.store.state == Store.State.ACTIVE and item.money_state == "PENDING"


def reasons_for(item: Return) -> tuple[CancelReason, ...]:
    """Return the reasons the marketplace accepts for refusing this return; raises its errors."""
    with _shop(item.store) as shop:
        return shop.returns.dispute_reasons(item.external_id)


def accept(item: Return, by: User) -> ReturnAnswer:
    """Agree to a return; raises `Already`."""
    return _answer(item, by, lambda shop: shop.returns.accept(item.external_id), decision="accept")


def dispute(
    item: Return,
    by: User,
    reason: CancelReason,
    comment: str = "",
    evidence: Sequence[Image] = (),
) -> ReturnAnswer:
    """Refuse a return for one of the marketplace's reasons; raises `Already`."""
    return _answer(
        item,
        by,
        lambda shop: shop.returns.dispute(item.external_id, reason.code, comment, evidence),
        decision="dispute",
        reason=reason.code,
        reason_text=reason.text[:255],
        comment=comment,
    )


def _answer(item: Return, by: User, send: Callable[[Shop], None], **facts: str) -> ReturnAnswer:
    answer = _begin(item, by, facts)
    try:
        with _shop(item.store, by.email) as shop:
            send(shop)
            answer.end(ReturnAnswer.Outcome.ACCEPTED)
            _read_again(item, shop)
    except EntroError as error:
        # Reading again may fail after the answer was taken: that stays taken.
        if answer.outcome == ReturnAnswer.Outcome.SENDING:
            answer.end(_outcome(error), trouble=type(error).__name__, told=_told(error))
    return answer


def _begin(item: Return, by: User, facts: dict[str, str]) -> ReturnAnswer:
    """Note the answer before it is sent: the database lets one of two clicks through."""
    late = timezone.now() - _STUCK_AFTER
    stuck = ReturnAnswer.objects.filter(item=item, outcome="sending", asked_at__lt=late)
    stuck.update(outcome=ReturnAnswer.Outcome.UNKNOWN, ended_at=timezone.now())
    try:
        with transaction.atomic():
            return ReturnAnswer.objects.create(item=item, seen_status=item.status, by=by, **facts)
    except IntegrityError:
        raise Already from None


def _outcome(error: EntroError) -> str:
    unsure = isinstance(error, OutcomeUnknown) or getattr(error, "sent", False)
    return ReturnAnswer.Outcome.UNKNOWN if unsure else ReturnAnswer.Outcome.REFUSED


def _told(error: EntroError) -> str:
    """Keep the marketplace's own words where it refused; other errors have words of ours."""
    return error.message[:500] if isinstance(error, Rejected) else ""


def _read_again(item: Return, shop: Shop) -> None:
    """Show the return as it stands now instead of after the next sync."""
    read_at = shop.now()
    batch = shop.returns.get_many([item.external_id])
    key = StreamKey(shop.marketplace, shop.shop_id, "returns")
    DjangoSink(item.store).commit(Commit(key=key, records=batch.items, read_at=read_at))


def _shop(store: Store, email: str = "") -> Shop:
    facts: dict[str, Any] = reach(store)
    if email:  # some marketplaces want an address to write to
        facts["app"] = evolve(facts["app"], email=email)
    return connect(store.marketplace, **facts, timeout=_PATIENCE, policy=_POLICY)
