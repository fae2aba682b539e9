"""Webhooks: what is told, how it is signed, and whom it never reaches."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from attrs import define, evolve, field
from django.db import connections, transaction
from django.test import override_settings
from django.utils import timezone

from entrosdk import OrderStatus
from reference_app import worker
from reference_app.api import delivering, guarded, outbox
from reference_app.api.models import OutgoingDelivery, OutgoingEvent, Webhook
from reference_app.records.sink import DjangoSink
from reference_app.samples import Factory, commit
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant

pytestmark = pytest.mark.django_db
BOTH = ["order.created", "order.updated"]
Done, Failed, Waiting = (
    OutgoingDelivery.State.DONE,
    OutgoingDelivery.State.FAILED,
    OutgoingDelivery.State.WAITING,
)


@define
class Receiver:
    """A program that takes webhooks on loopback and answers as told."""

    url: str = ""
    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(factory=dict)
    taken: list[tuple[dict[str, str], bytes]] = field(factory=list)
    arrived: threading.Event = field(factory=threading.Event)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a receiver; loopback counts as public while it runs."""
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told.taken.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(told.body)))
            self.end_headers()
            told.arrived.set()
            self.wfile.write(told.body)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server, override_settings(WEBHOOK_LOOPBACK=True):
        told.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield told
        server.shutdown()
        thread.join()


@pytest.fixture
def make(store: Store) -> Factory:
    """Return a factory of records for the store under test."""
    return Factory.of(store)


def hook_to(merchant: Merchant, url: str, events: list[str] | None = None) -> Webhook:
    """Make a webhook."""
    return delivering.make_webhook(merchant, url, events or BOTH)[0]


def events() -> list[tuple[str, str]]:
    """Return kind and subject of all events, oldest first."""
    return list(OutgoingEvent.objects.order_by("pk").values_list("kind", "subject"))


def test_new_and_changed_orders_are_told(store: Store, make: Factory) -> None:
    """A new order and a newer version make one event each; a repeated reading makes none."""
    hook_to(store.merchant, "https://erp.example.vn/")
    sink, order = DjangoSink(store), make.order(1)
    newer = evolve(order, updated_at=order.updated_at + timedelta(minutes=1))
    for version in (order, order, newer, order):
        sink.commit(commit(store, "orders", version))
    assert events() == [("order.created", order.id), ("order.updated", order.id)]


def test_history_is_read_quietly(store: Store, make: Factory) -> None:
    """Orders of before the store was connected are told to nobody."""
    hook_to(store.merchant, "https://erp.example.vn/")
    DjangoSink(store).commit(commit(store, "orders", make.order(1), history=True))
    assert events() == []


def test_events_go_with_their_transaction(store: Store, make: Factory) -> None:
    """An event of a transaction that is taken back was never there."""
    hook_to(store.merchant, "https://erp.example.vn/")
    with transaction.atomic():
        DjangoSink(store).commit(commit(store, "orders", make.order(1)))
        told = len(events())
        transaction.set_rollback(True)
    assert (told, events()) == (1, [])


def test_only_those_who_want_it_are_told(store: Store, make: Factory, other: Merchant) -> None:
    """Other merchants, paused webhooks and other events are left alone."""
    wanting = hook_to(store.merchant, "https://a.example.vn/", ["order.created"])
    hook_to(store.merchant, "https://b.example.vn/", ["order.updated"])
    hook_to(other, "https://c.example.vn/")
    paused = hook_to(store.merchant, "https://d.example.vn/")
    Webhook.objects.filter(pk=paused.pk).update(active=False)
    DjangoSink(store).commit(commit(store, "orders", make.order(1), make.order(2)))
    assert {d.webhook_id for d in OutgoingDelivery.objects.all()} == {wanting.pk}
    assert OutgoingDelivery.objects.count() == 2


def test_events_hold_no_person(store: Store, make: Factory) -> None:
    """What is told of an order has no recipient in it."""
    hook_to(store.merchant, "https://erp.example.vn/")
    order = make.order(1)
    DjangoSink(store).commit(commit(store, "orders", order))
    text = delivering.body_of(OutgoingEvent.objects.get()).decode()
    assert order.recipient is not None
    assert [part for part in (order.recipient.name, order.recipient.phone) if part in text] == []


def one_delivery(merchant: Merchant, url: str) -> OutgoingDelivery:
    """Return a delivery that waits."""
    hook_to(merchant, url)
    outbox.emit(merchant.pk, [("order.created", "26001", {"id": "26001"})])
    rows = OutgoingDelivery.objects.select_related("webhook__merchant", "event")
    return rows.latest("pk")


def test_a_delivery_is_signed(merchant: Merchant, receiver: Receiver) -> None:
    """The signature is HMAC-SHA256 over id, timestamp and raw body, with the secret shown once."""
    delivery = one_delivery(merchant, receiver.url)
    assert delivering.deliver(delivery)
    headers, body = receiver.taken[0]
    secret = delivering.secret_of(delivery.webhook)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert json.loads(body)["data"] == {"id": "26001"}
    assert (delivery.state, delivery.outcome, delivery.attempts) == (Done, "200", 1)


def test_the_secret_is_sealed(merchant: Merchant) -> None:
    """The signing secret stands nowhere in the webhook's row."""
    _, secret = delivering.make_webhook(merchant, "https://erp.example.vn/", BOTH)
    assert secret not in repr(Webhook.objects.values().get())


def test_a_failed_delivery_is_tried_again_with_growing_pauses(
    merchant: Merchant, receiver: Receiver
) -> None:
    """Each failure puts the next try further off; after the last one it is given up."""
    receiver.status = 500
    delivery, pauses = one_delivery(merchant, receiver.url), []
    while delivery.state == Waiting:
        assert not delivering.deliver(delivery)
        pauses.append(delivery.next_at - delivery.tried_at)
    assert pauses[:-1] == list(delivering.PAUSES)
    assert (delivery.state, delivery.outcome) == (Failed, "500")


def test_a_delivery_is_sent_again_on_demand(merchant: Merchant, receiver: Receiver) -> None:
    """A delivery that was given up is due again at once, and may arrive."""
    delivery = one_delivery(merchant, receiver.url)
    OutgoingDelivery.objects.update(state=Failed, attempts=9)
    delivering.send_again(delivery)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.next_at <= timezone.now()) == (Waiting, True)
    assert delivering.deliver(delivery)


def test_redirects_are_not_followed(merchant: Merchant, receiver: Receiver) -> None:
    """A redirect counts as a failure, and nobody goes where it points."""
    receiver.status, receiver.headers = 302, {"location": receiver.url}
    delivery = one_delivery(merchant, receiver.url)
    assert not delivering.deliver(delivery)
    assert (delivery.outcome, len(receiver.taken)) == ("302", 1)


def test_long_answers_are_cut_off(merchant: Merchant, receiver: Receiver) -> None:
    """An answer of megabytes is not read to its end, and still counts."""
    receiver.body = b"x" * 3_000_000
    assert delivering.deliver(one_delivery(merchant, receiver.url))


def test_an_endless_answer_ends_by_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver that takes the connection and says nothing is left at the deadline."""
    monkeypatch.setattr(guarded, "_PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, override_settings(WEBHOOK_LOOPBACK=True):
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(guarded.httpcore.TimeoutException):
            guarded.post(url, {}, b"{}")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/", "http://10.0.0.8/",
        "http://192.168.1.1/", "http://172.16.0.1/", "http://169.254.169.254/latest/",
        "http://[fe80::1]/", "http://[fd00::1]/", "http://0.0.0.0/", "http://100.64.0.1/",
        "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://2130706433/",
        "http://0x7f.1/", "http://224.0.0.1/", "http://[2002:7f00:1::]/",
        "ftp://example.vn/", "file:///etc/passwd", "http://user:word@example.vn/", "http://",
    ],
)  # fmt: skip
def test_the_inside_is_never_reached(url: str) -> None:
    """Private, loopback, link-local and disguised addresses are refused before anything is sent."""
    with pytest.raises(guarded.Forbidden):
        guarded.post(url, {}, b"{}")


def test_a_forbidden_address_is_told(merchant: Merchant) -> None:
    """A delivery to an address inside fails, and its outcome says why."""
    delivery = one_delivery(merchant, "http://localhost:1/")
    assert not delivering.deliver(delivery)
    assert (delivery.state, delivery.outcome) == (Waiting, "forbidden")


def test_loopback_alone_may_be_allowed() -> None:
    """The setting for demos opens loopback and no other private address."""
    with override_settings(WEBHOOK_LOOPBACK=True):
        guarded.check_address(ipaddress.ip_address("127.0.0.1"))
        with pytest.raises(guarded.Forbidden):
            guarded.check_address(ipaddress.ip_address("10.0.0.1"))


def test_the_judged_address_is_the_one_connected_to(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is resolved once: one that answers differently the second time gains nothing."""
    resolve, asked = socket.getaddrinfo, []

    def turncoat(host: Any, *rest: Any, **more: Any) -> Any:
        if host == "turncoat.example":
            asked.append(host)
            host = "127.0.0.1" if len(asked) == 1 else "10.0.0.1"
        return resolve(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", turncoat)
    port = receiver.url.rpartition(":")[2]
    assert guarded.post(f"http://turncoat.example:{port}", {}, b"{}").status == 200
    assert asked == ["turncoat.example"]


@pytest.mark.django_db(transaction=True)
def test_a_courier_delivers_what_is_due(merchant: Merchant, receiver: Receiver) -> None:
    """One look delivers everything that waits, each event once, the oldest first."""
    hook_to(merchant, receiver.url)
    numbers = [str(number) for number in range(10)]
    outbox.emit(merchant.pk, [("order.created", number, {"id": number}) for number in numbers])
    couriers = [delivering.Courier(), delivering.Courier()]
    for courier in couriers:
        courier.look()
    for courier in couriers:
        courier.stop(finish=True)
    got = [json.loads(body)["data"]["id"] for _, body in receiver.taken]
    assert sorted(got) == numbers
    assert OutgoingDelivery.objects.exclude(state=Done).count() == 0


class Idle:
    """Jobs that nobody asks for anything."""

    def tidy(self) -> None:
        pass


@pytest.mark.django_db(transaction=True)
def test_the_worker_delivers(merchant: Merchant, receiver: Receiver) -> None:
    """A running worker takes what waits in the outbox, beside its syncs."""
    delivery, stop = one_delivery(merchant, receiver.url), threading.Event()

    def run() -> None:
        try:
            worker._tick(stop, Idle(), "worker-1")
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert receiver.arrived.wait(20)
    finally:
        stop.set()
        thread.join()
    delivery.refresh_from_db()
    assert delivery.state == Done


def test_old_events_are_forgotten(merchant: Merchant) -> None:
    """Events and their deliveries leave after thirty days."""
    one_delivery(merchant, "https://erp.example.vn/")
    OutgoingEvent.objects.update(created_at=timezone.now() - outbox.KEPT - timedelta(seconds=1))
    outbox.forget_events()
    assert OutgoingDelivery.objects.count() == 0


def test_a_status_change_is_told_with_its_status(store: Store, make: Factory) -> None:
    """The event of a change holds the status it changed to."""
    hook_to(store.merchant, "https://erp.example.vn/")
    order = make.order(1)
    sink = DjangoSink(store)
    sink.commit(commit(store, "orders", order))
    later = order.updated_at + timedelta(hours=1)
    sink.commit(
        commit(store, "orders", evolve(order, status=OrderStatus.CANCELLED, updated_at=later))
    )
    data = OutgoingEvent.objects.latest("pk").data
    assert (data["status"], data["store_id"]) == ("CANCELLED", str(store.pk))
