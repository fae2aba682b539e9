"""Acting on orders at the sandbox: once each, reported for each, and written down."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import tenacity
from django.test import Client
from django.utils import timezone

from entrosdk import Policy, connect
from reference_app.audit.models import Entry
from reference_app.orders import acting, tickets
from reference_app.orders.models import Act, ActItem, LabelFile
from reference_app.orders.sending import packages
from reference_app.records.models import Order
from reference_app.records.sink import DjangoSink
from reference_app.samples import commit
from reference_app.stores import connecting
from reference_app.stores.models import Store
from reference_app.syncing.runner import run_store
from reference_app.tenants.models import Membership, Merchant, User
from tests.app.conftest import running_sandbox

pytestmark = pytest.mark.django_db(transaction=True)

Buy = Callable[..., Order]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    """Run a sandbox for the orders of this module; each test buys its own."""
    with running_sandbox(orders=2) as url:
        yield url


@pytest.fixture
def connected(facts: dict[str, str], merchant: Merchant) -> Store:
    """Return the sandbox's store, connected."""
    return connecting.keep(merchant, connecting.check(connecting.claim_of(facts)))


@pytest.fixture
def buy(connected: Store, control: Callable[..., Any]) -> Buy:
    """Let somebody buy something, and store the order in a stage."""

    def bought(stage: str = "TO_SHIP") -> Order:
        sold = {"count": 1, "marketplace": "shopee", "cod": False}
        number = control("POST", "orders", sold)["orders"][0]["id"]
        control("POST", f"orders/shopee/{number}/status", {"status": stage})
        with connect("shopee", **connecting.reach(connected)) as shop:
            order = shop.orders.get(number)
        DjangoSink(connected).commit(commit(connected, "orders", order, read_at=order.updated_at))
        return Order.objects.select_related("store").get(external_id=number)

    return bought


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up at the first failure instead of waiting and trying again."""
    monkeypatch.setattr(acting, "POLICY", Policy(stop=tenacity.stop_after_attempt(1)))


def ticket(merchant: Merchant) -> str:
    """Return the token of a form that is shown now."""
    return tickets.issue(Membership.objects.get(merchant=merchant).pk)


def do(client: Client, kind: str, *orders: Order, **more: str) -> Any:
    """Send a form; its ticket is fresh unless one is given."""
    form = {"ticket": ticket(orders[0].merchant), "kind": kind, **more}
    return client.post("/orders/acts/", {**form, "order": [order.pk for order in orders]})


def outcomes() -> list[tuple[str, str]]:
    """Return outcome and cause of every item, oldest first."""
    return list(ActItem.objects.order_by("id").values_list("outcome", "cause"))


def test_an_order_is_shipped(browser_of: Client, buy: Buy) -> None:
    """The marketplace takes the shipment, the order is read anew, and the log knows who did it."""
    order = buy()
    reply = do(browser_of, "ship", order)
    entry = Entry.objects.get()
    parcel = order.packages.get().raw_status
    assert (reply.status_code, outcomes(), parcel, entry.who, entry.verb, entry.subject) == (
        302, [("accepted", "")], "LOGISTICS_REQUEST_CREATED",
        "sen@example.vn", "ship", order.number,
    )  # fmt: skip


def test_the_form_shows_the_ways_of_the_marketplace(browser_of: Client, buy: Buy) -> None:
    """Pick-up times come from the marketplace, and the chosen one is used."""
    order = buy()
    page = browser_of.get(f"/orders/shopee/{order.shop_id}/{order.external_id}/ship/")
    slots = page.context["slots"]
    do(browser_of, "ship", order, method="PICKUP", slot=slots[-1].name)
    assert (bool(slots), outcomes()) == (True, [("accepted", "")])


def test_an_order_is_cancelled_for_a_reason_of_the_marketplace(
    browser_of: Client, buy: Buy
) -> None:
    """The reasons offered are the platform's own, and one of them cancels the order."""
    order = buy()
    page = browser_of.get(f"/orders/shopee/{order.shop_id}/{order.external_id}/cancel/")
    reason = page.context["reasons"][-1].code
    do(browser_of, "cancel", order, reason=reason)
    order.refresh_from_db()
    assert (outcomes(), order.status) == ([("accepted", "")], "CANCELLED")


@pytest.mark.parametrize(("kind", "left"), [("accept", "CANCELLED"), ("refuse", "TO_SHIP")])
def test_a_buyers_cancellation_is_answered(
    browser_of: Client, buy: Buy, kind: str, left: str
) -> None:
    """Agreeing cancels the order, refusing lets it go on."""
    order = buy("CANCELLING")
    do(browser_of, kind, order)
    order.refresh_from_db()
    assert (outcomes(), order.status) == ([("accepted", "")], left)


def test_a_refusal_is_told_in_words(browser_of: Client, buy: Buy) -> None:
    """An order that was shipped already is refused, with a sentence and the platform's words."""
    order = buy("SHIPPED")
    do(browser_of, "ship", order)
    item = ActItem.objects.get()
    address = f"/orders/shopee/{order.shop_id}/{order.external_id}/"
    page = browser_of.get(address).content.decode()
    assert (item.outcome, bool(item.reason), "Bị từ chối" in page) == ("refused", True, True)


def test_many_are_reported_one_by_one(browser_of: Client, buy: Buy) -> None:
    """One refusal among several leaves the others accepted, and the page survives a reload."""
    orders = [buy(), buy("SHIPPED"), buy()]
    reply = do(browser_of, "ship", *orders)
    pages = [browser_of.get(reply.url) for _ in range(2)]
    counts = [[(code, number) for code, _, number in page.context["counts"]] for page in pages]
    assert counts == [[("accepted", 2), ("refused", 1)]] * 2


def test_a_double_click_acts_once(browser_of: Client, buy: Buy) -> None:
    """The same form sent twice is one act."""
    order = buy()
    same = ticket(order.merchant)
    replies = [do(browser_of, "ship", order, ticket=same) for _ in range(2)]
    assert (Act.objects.count(), {reply.url for reply in replies}) == (1, {replies[0].url})


def test_two_tabs_act_once(browser_of: Client, buy: Buy) -> None:
    """A form that was open while somebody else acted is refused before anything is sent."""
    order = buy()
    tabs = [ticket(order.merchant), ticket(order.merchant)]
    for one in tabs:
        do(browser_of, "ship", order, ticket=one)
    assert outcomes() == [("accepted", ""), ("refused", "Changed")]


def test_a_lost_reply_is_never_repeated(
    browser_of: Client, buy: Buy, control: Callable[..., Any], impatient: None
) -> None:
    """What may have happened stays unknown, bars a second try, and the next sync settles it."""
    order = buy()
    lost = [
        {"effect": "drop_reply", "match": {"path": "logistics/ship_order"}},
        {"effect": "500", "match": {"path": "order/get_order_detail"}},
    ]
    control("POST", "faults", {"rules": lost})
    do(browser_of, "ship", order)
    do(browser_of, "ship", order)
    before = [outcome for outcome, _ in outcomes()], outcomes()[1][1]
    control("DELETE", "faults")
    run_store(Store.objects.get(), "schedule")
    assert (before, outcomes()[0]) == (
        (["unknown", "refused"], "Busy"),
        ("accepted", "FoundDone"),
    )


def test_what_surely_did_not_happen_may_be_tried_again(buy: Buy) -> None:
    """A lost act that left no trace at the marketplace is closed once it cannot arrive any more."""
    order = buy()
    act = Act.objects.create(
        merchant=order.merchant, kind="ship", token="t", issued_at=timezone.now()
    )
    item = ActItem.objects.create(
        act=act, order=order, kind="ship", outcome="unknown", before=packages(order)
    )
    settled = []
    for age in (5, 3600):
        ended = timezone.now() - timedelta(seconds=age)
        ActItem.objects.filter(pk=item.pk).update(ended_at=ended)
        with connect("shopee", **connecting.reach(order.store)) as shop:
            acting.look_again(order.store, shop)
        settled.append(outcomes()[0])
    assert settled == [("unknown", ""), ("refused", "NotDone")]


def test_a_process_that_died_leaves_nothing_to_repeat(buy: Buy) -> None:
    """An item that was being sent when its process died counts as unknown, and is looked up."""
    order = buy("SHIPPED")
    long_ago = timezone.now() - timedelta(hours=1)
    act = Act.objects.create(merchant=order.merchant, kind="ship", token="t", issued_at=long_ago)
    ActItem.objects.create(
        act=act, order=order, kind="ship", outcome="running", started_at=long_ago
    )
    with connect("shopee", **connecting.reach(order.store)) as shop:
        acting.look_again(order.store, shop)
    assert outcomes() == [("accepted", "FoundDone")]


def test_many_wait_for_the_worker(
    browser_of: Client, buy: Buy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More orders than a visitor waits for are left to the store's next run, which does them."""
    monkeypatch.setattr(acting, "DIRECT", 1)
    orders = [buy(), buy()]
    reply = do(browser_of, "ship", *orders)
    waiting = outcomes(), browser_of.get(reply.url).context["busy"]
    run_store(Store.objects.get(), "retry")
    assert (waiting, outcomes(), browser_of.get(reply.url).context["busy"]) == (
        ([("waiting", "")] * 2, True),
        [("accepted", "")] * 2,
        False,
    )


def test_labels_of_many_come_in_one_archive(
    browser_of: Client, buy: Buy, control: Callable[..., Any]
) -> None:
    """Each label is a file of a zip; at rest they are sealed, and they do not stay."""
    orders = [buy(), buy()]
    do(browser_of, "ship", *orders)
    control("POST", "clock", {"advance_s": 900})
    reply = do(browser_of, "label", *orders)
    file = browser_of.get(f"{reply.url}labels/")
    names = zipfile.ZipFile(io.BytesIO(file.content)).namelist()
    clear = LabelFile.objects.filter(sealed__contains="%PDF").exists()
    LabelFile.objects.update(made_at=timezone.now() - timedelta(days=2))
    assert (sorted(names), clear, acting.forget_labels()) == (
        sorted(f"shopee-{order.number}.pdf" for order in orders),
        False,
        2,
    )


def test_a_single_label_is_a_document(
    browser_of: Client, buy: Buy, control: Callable[..., Any]
) -> None:
    """One label comes as the marketplace made it, as a file."""
    order = buy()
    do(browser_of, "ship", order)
    control("POST", "clock", {"advance_s": 900})
    file = browser_of.get(f"{do(browser_of, 'label', order).url}labels/")
    assert (file["content-type"], file.content[:4]) == ("application/pdf", b"%PDF")


def test_a_paused_store_is_left_alone(browser_of: Client, buy: Buy) -> None:
    """Nothing is sent for a store that is not running, and the member is told."""
    order = buy()
    Store.objects.update(state="paused")
    do(browser_of, "ship", order)
    assert outcomes() == [("refused", "StorePaused")]


def test_a_reader_may_not_act(client: Client, buy: Buy) -> None:
    """A read-only member is refused, and is not shown the buttons."""
    order = buy()
    reader = User.objects.create_user("doc@example.vn")
    Membership.objects.create(user=reader, merchant=order.merchant, role="reader")
    client.force_login(reader)
    address = f"/orders/shopee/{order.shop_id}/{order.external_id}/"
    page = client.get(address).content.decode()
    form = {"kind": "ship", "order": order.pk, "ticket": "x"}
    codes = {
        client.post("/orders/acts/", form).status_code,
        client.get(f"{address}ship/").status_code,
        client.post(f"{address}reveal/").status_code,
        client.get("/settings/audit/").status_code,
    }
    assert (codes, "/ship/" in page, Act.objects.count()) == ({403}, False, 0)


def test_a_ticket_is_one_members(browser_of: Client, buy: Buy, other: Merchant) -> None:
    """A forged ticket, or one of somebody else, does nothing and says so."""
    order = buy()
    for text in ("forged", ticket(other)):
        do(browser_of, "ship", order, ticket=text)
    assert Act.objects.count() == 0
