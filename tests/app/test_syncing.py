"""Runs against the sandbox, and what the sync centre tells of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import tenacity
from django.test import Client
from django.utils import timezone

from entrosdk import Policy
from reference_app import samples
from reference_app.records.models import Order, Payment, Quarantined
from reference_app.stores import connecting
from reference_app.stores.models import Delivery, Store
from reference_app.syncing import runner
from reference_app.syncing.jobs import HINTS, Job, hand_over_hints
from reference_app.syncing.masking import masked_body
from reference_app.syncing.models import Completeness, StreamRun, SyncRun
from reference_app.syncing.pace import pause_of
from reference_app.syncing.runner import run_job, run_store
from reference_app.tenants.models import Merchant

# Progress and records are written by other threads, so the rows must be really there.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def connected(facts: dict[str, str], merchant: Merchant) -> Store:
    """Return the sandbox's store, connected and not yet synced."""
    return connecting.keep(merchant, connecting.check(connecting.claim_of(facts)))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs give up at the first failure instead of waiting and trying again."""
    once = Policy(stop=tenacity.stop_after_attempt(1))
    monkeypatch.setattr(runner, "reach", lambda store: connecting.reach(store) | {"policy": once})


def truth(control: Callable[..., Any], stream: str) -> set[str]:
    """Return the ids the sandbox really holds."""
    return {entry["id"] for entry in control("GET", "truth?marketplace=shopee")[stream]}


def test_a_run_brings_everything(connected: Store, control: Callable[..., Any]) -> None:
    """After one run the orders and payments here are those of the marketplace."""
    run = run_store(connected, "connected")
    here = set(Order.objects.values_list("external_id", flat=True))
    money = set(Payment.objects.values_list("external_id", flat=True))
    assert (run.state, here, money) == (
        "done",
        truth(control, "orders"),
        truth(control, "payments"),
    )


def test_a_run_leaves_its_rows(connected: Store) -> None:
    """Streams end as done with their counts, completeness is kept, the next run is planned."""
    run = run_store(connected, "connected")
    states = set(StreamRun.objects.filter(run=run).values_list("state", flat=True))
    missing = set(Completeness.objects.filter(store=connected).values_list("missing", flat=True))
    store = Store.objects.get()
    assert (states, missing, store.trouble, store.next_run_at > timezone.now()) == (
        {"done"},
        {0},
        "",
        True,
    )


def test_a_second_run_finds_nothing_new(connected: Store) -> None:
    """Overlapping windows are read again without an effect on what had happened before.

    The sandbox's buyers go on meanwhile, so what is younger than the first run may come and change.
    """
    horizon = run_store(connected, "connected").started_at - timedelta(minutes=5)

    def past() -> set[tuple[int, object]]:
        rows = Order.objects.filter(updated_at__lt=horizon)
        return set(rows.values_list("id", "updated_at"))

    def held() -> dict[str, int]:
        return {"orders": Order.objects.count(), "payments": Payment.objects.count()}

    before, count = past(), held()
    run = run_store(connected, "schedule")
    told = dict(StreamRun.objects.filter(run=run, stream__in=count).values_list("stream", "new"))
    assert past() <= before
    assert told == {stream: number - count[stream] for stream, number in held().items()}


def test_an_unreadable_record_is_held_and_retried(
    connected: Store, control: Callable[..., Any], browser_of: Client
) -> None:
    """A malformed record is quarantined with its reason, and a retry by hand brings it in."""
    rule = {"effect": "malformed_record", "match": {"path": "order"}, "nth": 1}
    control("POST", "faults", rule)
    run = run_store(connected, "connected")
    held = Quarantined.objects.filter(store=connected, stream="orders").first()
    assert held is not None
    assert run.state == "done"
    page = browser_of.get(f"/sync/quarantine/{held.pk}/").content.decode()
    control("DELETE", "faults")
    browser_of.post(f"/sync/quarantine/{held.pk}/retry/")
    run_store(Store.objects.get(), "retry")
    gone = not Quarantined.objects.filter(pk=held.pk).exists()
    read = Order.objects.filter(external_id=held.external_id).exists()
    assert (held.reason in page.replace("&#x27;", "'"), gone, read) == (True, True, True)


@pytest.mark.own_sandbox
def test_a_revoked_store_waits_for_its_owner(
    connected: Store, control: Callable[..., Any], browser_of: Client
) -> None:
    """Without consent the store pauses, says so, and its jobs do nothing."""
    control("POST", "faults", {"effect": "revoke", "probability": 1.0})
    run = run_store(connected, "schedule")
    store = Store.objects.get()
    run_job(Job("again", store.pk, "schedule"))
    page = browser_of.get("/stores/").content.decode()
    assert (run.state, store.state, SyncRun.objects.count(), "Cần cấp quyền" in page) == (
        "failed",
        "needs_reauth",
        1,
        True,
    )


def test_a_marketplace_that_is_down(connected: Store, impatient: None) -> None:
    """A dead address fails the run in plain words, and the next one is planned."""
    Store.objects.update(base_url="http://127.0.0.1:9", auth_url="http://127.0.0.1:9")
    run = run_store(Store.objects.select_related("merchant").get(), "schedule")
    store = Store.objects.get()
    assert (run.state, run.trouble, store.state, store.next_run_at > timezone.now()) == (
        "failed",
        "Refused",
        "active",
        True,
    )


def test_a_dead_run_is_marked_interrupted(connected: Store) -> None:
    """What a killed process left as running is closed by the next run."""
    dead = SyncRun.objects.create(merchant=connected.merchant, store=connected)
    StreamRun.objects.create(run=dead, stream="orders", state="running")
    run_store(connected, "schedule")
    dead.refresh_from_db()
    assert (dead.state, dead.streams.get().state) == ("interrupted", "interrupted")


def test_a_run_goes_on_where_a_failed_one_stopped(
    connected: Store, control: Callable[..., Any], impatient: None
) -> None:
    """A run that failed halfway does not lose what comes after."""
    control("POST", "faults", {"effect": "500", "match": {"path": "payment"}, "probability": 1.0})
    first = run_store(connected, "connected")
    control("DELETE", "faults")
    second = run_store(Store.objects.select_related("merchant").get(), "schedule")
    here = set(Order.objects.values_list("external_id", flat=True))
    assert (first.state, second.state, here) == ("failed", "done", truth(control, "orders"))


class Listed:
    """Job engine that only notes what it is given."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}

    def enqueue(self, job: Job) -> None:
        """Take a job; a repeat of its id does nothing."""
        self.jobs.setdefault(job.id, job)


@pytest.mark.own_sandbox
def test_a_notification_is_followed(
    connected: Store, control: Callable[..., Any], live_server: Any
) -> None:
    """A push is verified and noted, and a short job fetches its order, without a whole run."""
    run_store(connected, "connected")
    address = f"{live_server.url}/hooks/shopee/{connected.hook_token}/"
    control("POST", "webhooks", {"marketplace": "shopee", "url": address})
    bought = control("POST", "orders", {"count": 1, "marketplace": "shopee"})
    try:
        assert _until(Delivery.objects.exists), bought
        due = Store.objects.get().next_run_at <= timezone.now()
        engine: Any = Listed()
        handed = [hand_over_hints(engine), hand_over_hints(engine)]
        for job in engine.jobs.values():
            run_job(job)
        open_hints = Delivery.objects.filter(handled_at=None).count()
        here = set(Order.objects.values_list("external_id", flat=True))
        assert (due, handed, len(engine.jobs), open_hints) == (False, [1, 1], 1, 0)
        assert here == truth(control, "orders")
        assert SyncRun.objects.count() == 1
    finally:
        control("POST", "webhooks", {"marketplace": "shopee", "url": ""})


def test_pushes_that_cannot_be_followed_stay_open(store: Store) -> None:
    """A marketplace that is down leaves them to the next run."""
    Store.objects.update(base_url="http://127.0.0.1:9", auth_url="http://127.0.0.1:9")
    Delivery.objects.create(store=store, delivery_id="d", kind="OrderChanged", subject="A1")
    run_job(Job("hints-1", store.pk, HINTS))
    assert Delivery.objects.filter(handled_at=None).count() == 1


def test_whole_runs_rest_longer_while_pushes_tell_everything(store: Store) -> None:
    """Without pushes the usual pause; with them ten minutes; after one unheard change, usual."""
    now = timezone.now()
    samples.fill(store, orders=1)
    order = Order.objects.get()
    Order.objects.update(updated_at=now - timedelta(minutes=5))
    pauses = [pause_of(store, now)]
    for number, subject in enumerate(["somebody-else", order.external_id]):
        Delivery.objects.create(
            store=store,
            delivery_id=f"d{number}",
            kind="OrderChanged",
            subject=subject,
            received_at=now - timedelta(minutes=5),
        )
        pauses.append(pause_of(store, now))
    assert pauses == [timedelta(minutes=1), timedelta(minutes=1), timedelta(minutes=10)]


def _until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Wait for another process's doing."""
    import threading
    import time

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        threading.Event().wait(0.05)
    return False


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_forged_notification_is_refused(client: Client, store: Store, token: str) -> None:
    """A push to an unknown address is not found; one without a signature is refused."""
    if token:
        response = client.post(f"/hooks/shopee/{token}/", b"{}", content_type="application/json")
        assert response.status_code == 404
        return
    body = json.dumps({"code": 3, "shop_id": 1001, "data": {"ordersn": "X"}}).encode()
    path = f"/hooks/shopee/{store.hook_token}/"
    response = client.post(path, body, content_type="application/json")
    assert (response.status_code, Delivery.objects.count()) == (401, 0)


def test_asking_for_a_run(browser_of: Client, store: Store) -> None:
    """The button makes the store due, and the live part says that it starts."""
    response = browser_of.post(f"/sync/{store.pk}/start/", HTTP_HX_REQUEST="true")
    due = Store.objects.get().next_run_at <= timezone.now()
    assert (due, "Đang khởi động…" in response.content.decode()) == (True, True)


def test_progress_is_shown(browser_of: Client, store: Store) -> None:
    """A running stream shows n of m, and asks again soon."""
    run = SyncRun.objects.create(merchant=store.merchant, store=store)
    StreamRun.objects.create(run=run, stream="orders", state="running", done=40, total=200)
    page = browser_of.get("/sync/live/").content.decode()
    assert ("40 trên 200" in page, 'value="20"' in page, "every 1500ms" in page) == (
        True,
        True,
        True,
    )


def test_the_sync_centre_of_a_full_store(browser_of: Client, store: Store) -> None:
    """Completeness, quarantine and history are on one page."""
    samples.fill(store, orders=5)
    page = browser_of.get("/sync/").content.decode()
    assert [w for w in ("Độ đầy đủ", "2601009999", "Sàn báo", "Lịch sử") if w not in page] == [
        "Sàn báo"
    ]


def test_raw_bodies_are_masked() -> None:
    """Shape and harmless values are shown, personal values are not, however deep they are."""
    body = {
        "order_sn": "A1",
        "buyer_username": "lan.nguyen",
        "recipient_address": {"full_address": "12 Lê Lợi", "geo": {"x": 10.5}},
        "item_list": [{"item_name": "Áo", "item_sku": "A"}],
        "message_to_seller": "gọi trước",
    }
    shown = masked_body(json.dumps(body))
    assert [text for text in ("lan.nguyen", "Lê Lợi", "10.5", "gọi trước") if text in shown] == []
    assert "Áo" in shown
    assert "A1" in shown
