"""One run of one store: what a job does."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone

from entrosdk import EntroError, connect, connect_async
from entrosdk.sync.progress import Report, StreamReport
from entrosdk.sync.run import sync
from entrosdk.sync.streams import STREAMS
from reference_app.goods import linking
from reference_app.orders.acting import look_again, work_off
from reference_app.records.sink import DjangoSink
from reference_app.settling import terms
from reference_app.stock.keeping import review_buffers
from reference_app.stock.pushing import push_store
from reference_app.stores.connecting import reach
from reference_app.stores.models import Store
from reference_app.syncing.fetching import follow_hints, retry_quarantined
from reference_app.syncing.jobs import HINTS, Job, postpone, take
from reference_app.syncing.models import Completeness, RunState, StreamRun, SyncRun
from reference_app.syncing.pace import pause_of
from reference_app.syncing.pulse import Pulse

__all__ = ["run_hints", "run_job", "run_store"]

_log = logging.getLogger(__name__)
_SHOWN = ("orders", "products", "payments", "payouts", "returns")
_NEEDS_PERSON = ("Revoked", "Expired")
_WHOLE_CHECK_EVERY = timedelta(hours=6)


def run_job(job: Job) -> None:
    """Run a job of the engine; everything that can go wrong ends up in the run's row."""
    store = Store.objects.select_related("merchant").filter(pk=job.store_id).first()
    if store is None or store.state != Store.State.ACTIVE:
        return
    if job.trigger == HINTS:
        run_hints(store)
    else:
        run_store(store, job.trigger, job.id)


def run_hints(store: Store) -> None:
    """Fetch what pushes named, and nothing else; whole runs stay on their schedule.

    What cannot be fetched now stays open for the next push, or for the next whole run, which
    tells the store's owner what is wrong.
    """
    try:
        with connect(store.marketplace, **reach(store)) as shop:
            follow_hints(store, shop, DjangoSink(store))
        if store.last_synced_at:  # before the first whole run no SKU is known to be unique
            linking.settle(store)
    except EntroError as error:
        kind = type(error).__name__
        _log.warning("pushes of store %s are left to the next run: %s", store.pk, kind)


def run_store(store: Store, trigger: str, job_id: str = "") -> SyncRun:
    """Sync every stream of `store` and write down what became of it."""
    _bury(store)
    take(store)
    run = SyncRun.objects.create(
        merchant=store.merchant, store=store, trigger=trigger, job_id=job_id
    )
    StreamRun.objects.bulk_create(StreamRun(run=run, stream=name) for name in _SHOWN)
    whole = _wants_whole_check(store, trigger)
    try:
        with Pulse(run) as pulse:
            report = _sync(store, pulse, whole=whole)
    except EntroError as error:  # before any stream: settings, credentials
        _fail(run, type(error).__name__)
    except Exception:  # noqa: BLE001 - a run must never stay "running"; the next one goes on from here
        _log.exception("run %s of store %s ended unexpectedly", run.pk, store.pk)
        _fail(run, "Unexpected")
    else:
        _conclude(run, report, whole=whole)
        _push(run, report)
        terms.catch_up(store)
        if whole:  # a fresh store's sales are known at once, not with the next round of the worker
            review_buffers(store.merchant_id)
    _note_on_store(store, run, whole=whole)
    return run


def _push(run: SyncRun, report: Report) -> None:
    """Tell listings their stock, now that the store's orders are here; never without them."""
    if any(stream.stream == "orders" and not stream.ok for stream in report.streams):
        return
    try:
        push_store(Store.objects.select_related("merchant").get(pk=run.store_id))
    except EntroError as error:
        _fail(run, type(error).__name__)
    except Exception:  # noqa: BLE001 - as above: what was not told is told by the next run
        _log.exception("run %s could not push the stock of store %s", run.pk, run.store_id)
        _fail(run, "Unexpected")


def _bury(store: Store) -> None:
    """Close runs whose process died: the engine starts a store's next run only after the last."""
    dead = SyncRun.objects.filter(store=store, state=RunState.RUNNING)
    open_states = [RunState.RUNNING, RunState.WAITING]
    StreamRun.objects.filter(run__in=dead, state__in=open_states).update(state=RunState.INTERRUPTED)
    dead.update(state=RunState.INTERRUPTED, trouble="Interrupted", finished_at=timezone.now())


def _wants_whole_check(store: Store, trigger: str) -> bool:
    if trigger in {SyncRun.Trigger.CONNECTED, SyncRun.Trigger.PERSON} or store.checked_at is None:
        return True
    return timezone.now() - store.checked_at > _WHOLE_CHECK_EVERY


def _sync(store: Store, pulse: Pulse, *, whole: bool) -> Report:
    sink = DjangoSink(store)
    with connect(store.marketplace, **reach(store)) as shop:
        look_again(store, shop)
        work_off(store, shop)
        follow_hints(store, shop, sink)
        retry_quarantined(store, shop, sink)
    return sync(
        connect_async(store.marketplace, **reach(store)),
        sink,
        streams=STREAMS,
        since=store.sync_from,
        history=store.connected_at,
        check="all" if whole else "new",
        on_progress=pulse,
    )


def _conclude(run: SyncRun, report: Report, *, whole: bool) -> None:
    for stream in report.streams:
        _conclude_stream(run, stream, whole=whole)
        if stream.stream == "products" and stream.error is None:
            linking.settle(run.store)  # the shop is read to its end: its SKUs can be judged
    run.streams.filter(state=RunState.WAITING).delete()
    troubles = [_trouble(stream) for stream in report.streams if not stream.ok]
    if troubles:
        _fail(run, troubles[0])
        return
    run.state, run.finished_at = RunState.DONE, timezone.now()
    run.save(update_fields=["state", "finished_at"])


def _conclude_stream(run: SyncRun, report: StreamReport, *, whole: bool) -> None:
    row = StreamRun.objects.filter(run=run, stream=report.stream)
    if report.unsupported:
        row.delete()
        return
    row.update(
        state=RunState.DONE if report.ok else RunState.FAILED,
        checking=False,
        new=report.written.new,
        changed=report.written.changed,
        quarantined=report.written.quarantined,
        trouble=_trouble(report),
    )
    if whole and report.completeness is not None:
        _note_completeness(run.store, report)


def _trouble(report: StreamReport) -> str:
    if report.error is not None:
        return type(report.error).__name__
    return "" if report.ok else "Incomplete"


def _note_completeness(store: Store, report: StreamReport) -> None:
    found = report.completeness
    Completeness.objects.update_or_create(
        store=store,
        stream=report.stream,
        defaults={
            "remote": found.marketplace,
            "local": found.local,
            "quarantined": found.quarantined,
            "missing": found.missing,
            "measured_at": timezone.now(),
        },
    )


def _fail(run: SyncRun, trouble: str) -> None:
    run.state, run.trouble, run.finished_at = RunState.FAILED, trouble, timezone.now()
    run.save(update_fields=["state", "trouble", "finished_at"])
    open_states = [RunState.RUNNING, RunState.WAITING]
    run.streams.filter(state__in=open_states).update(state=RunState.FAILED)


def _note_on_store(store: Store, run: SyncRun, *, whole: bool) -> None:
    changes: dict[str, object] = {"trouble": run.trouble}
    if run.state == RunState.DONE:
        changes["last_synced_at"] = run.finished_at
        if whole:
            changes["checked_at"] = run.finished_at
    live = Store.objects.filter(pk=store.pk)
    live.update(**changes)
    if run.trouble in _NEEDS_PERSON:
        # Only a store that is still running: a person may have paused it meanwhile.
        live.filter(state=Store.State.ACTIVE).update(state=Store.State.NEEDS_REAUTH)
    postpone(store, pause_of(store, timezone.now()))
