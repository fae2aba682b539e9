"""The API that other programs use."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.db import connections
from django.test import Client, override_settings
from django.utils import timezone

from reference_app import samples
from reference_app.api import keys, tokens
from reference_app.api.models import ApiToken, KeptAnswer, Scope, TokenNote
from reference_app.orders.acting import Wish, leave
from reference_app.orders.models import ActItem
from reference_app.orders.tickets import Ticket
from reference_app.records.models import Order, Payment, Quarantined, Return
from reference_app.stores.models import Store
from reference_app.syncing.models import SyncRun
from reference_app.tenants.models import Merchant, User

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
Caller = Callable[..., Any]
EVERYTHING = [scope for scope in Scope.values if scope != Scope.PEOPLE]


def caller(merchant: Merchant, scopes: list[str] | None = None) -> Client:
    """Return a client with a token of `merchant`."""
    _, secret = tokens.make(merchant, None, "test", EVERYTHING if scopes is None else scopes)
    return Client(HTTP_AUTHORIZATION=f"Bearer {secret}")


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    """Count requests from nothing: tokens of other tests had the same keys."""
    cache.clear()
    caches["process"].clear()


@pytest.fixture
def filled(store: Store) -> Store:
    """Return a store with something of everything."""
    samples.fill(store, orders=12)
    return store


@pytest.fixture
def api(merchant: Merchant) -> Client:
    """Return a caller that may do everything but see people."""
    return caller(merchant)


def every_page(api: Client, path: str, **query: Any) -> list[dict[str, Any]]:
    """Walk a list to its end."""
    items: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = api.get(f"{V1}{path}", {**query, "cursor": cursor}).json()
        items += page["items"]
        cursor = page["next"]
    return items


LISTS = [
    "/stores", "/orders", "/products", "/payments", "/payouts", "/returns",
    "/sync/runs", "/sync/completeness", "/quarantine",
]  # fmt: skip


def test_a_list_shows_each_row_once(api: Client, filled: Store) -> None:
    """Small pages and one large page of a list hold the same rows."""
    small = {path: every_page(api, path, limit=5) for path in LISTS}
    assert small == {path: every_page(api, path, limit=200) for path in LISTS}
    assert all(small.values())


def test_orders_by_change_come_oldest_first(api: Client, filled: Store) -> None:
    """`updated_since` finds what changed at or after an instant, in the order of the changes."""
    changes = sorted(Order.objects.values_list("updated_at", flat=True))
    found = every_page(api, "/orders", updated_since=changes[5].isoformat(), limit=2)
    shown = [one["updated_at"] for one in found]
    assert (len(shown), shown) == (7, sorted(shown))


def test_filters_narrow(api: Client, filled: Store) -> None:
    """A status finds the orders in it, and a store that is not there finds an error."""
    status = Order.objects.values_list("status", flat=True)[0]
    found = every_page(api, "/orders", status=status)
    assert {one["status"] for one in found} == {status}
    assert api.get(f"{V1}/orders", {"store_id": "nothing"}).status_code == 404


def test_movements_and_returns_are_found_by_order(api: Client, filled: Store) -> None:
    """An order's id finds what hangs on it and nothing else."""
    for path, model in (("/payments", Payment), ("/returns", Return)):
        wanted = model.objects.values_list("order_ref", flat=True)[0]
        found = every_page(api, path, order_id=wanted)
        assert {one["order_id"] for one in found} == {wanted}
        assert len(found) == model.objects.filter(order_ref=wanted).count()


def test_an_order_has_its_parts(api: Client, filled: Store) -> None:
    """Amounts are whole numbers with a currency, instants end in Z, ids are strings."""
    row = Order.objects.order_by("pk")[0]
    order = api.get(f"{V1}/stores/{filled.pk}/orders/{row.external_id}").json()
    assert order["total"] == {"amount_minor": row.total_minor, "currency": "VND"}
    assert order["created_at"].endswith("Z")
    assert (order["id"], order["store_id"]) == (row.external_id, str(filled.pk))
    assert len(order["lines"]) == row.lines.count()


def test_people_are_masked(api: Client, merchant: Merchant, filled: Store) -> None:
    """Without `people:read` a recipient is masked, and nothing is noted."""
    recipient = api.get(f"{V1}{order_path(filled)}").json()["recipient"]
    assert (recipient["masked"], recipient["address"], recipient["phone"][:6]) == (
        True,
        None,
        "******",
    )
    assert not TokenNote.objects.filter(act=TokenNote.Act.PERSON).exists()


def order_path(store: Store) -> str:
    """Return the address of an order of `store`."""
    external_id = Order.objects.filter(store=store).order_by("pk")[0].external_id
    return f"/stores/{store.pk}/orders/{external_id}"


def test_a_look_at_people_is_noted(merchant: Merchant, filled: Store) -> None:
    """With `people:read` a recipient is whole, and the look is written down."""
    seeing = caller(merchant, ["orders:read", "people:read"])
    recipient = seeing.get(f"{V1}{order_path(filled)}").json()["recipient"]
    assert (recipient["masked"], recipient["phone"][:4]) == (False, "+849")
    note = TokenNote.objects.get(act=TokenNote.Act.PERSON)
    assert note.subject.endswith(Order.objects.order_by("pk")[0].external_id)


def test_no_list_holds_a_person(merchant: Merchant, filled: Store) -> None:
    """Even the widest token sees recipients in an order alone."""
    seeing = caller(merchant, Scope.values)
    text = b"".join(seeing.get(f"{V1}{path}").content for path in LISTS)
    assert b"recipient" not in text
    assert b"+849" not in text


def problem(response: Any) -> tuple[int, str]:
    """Return status and name of a problem; every problem says what to do next."""
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    assert body["next_step"]
    return response.status_code, body["type"].rpartition(":")[2]


def test_errors_are_problems(api: Client, client: Client, filled: Store) -> None:
    """Every kind of refusal is a problem document with the next step."""
    assert problem(client.get(f"{V1}/orders")) == (401, "unauthorised")
    assert problem(api.get(f"{V1}/orders", {"limit": "many"})) == (422, "invalid")
    assert problem(api.get(f"{V1}/orders", {"cursor": "bm90aGluZw"})) == (422, "bad-cursor")
    assert problem(api.get(f"{V1}/orders", {"number": "\x00"})) == (422, "invalid")
    assert problem(api.get(f"{V1}/sync/runs/99999999999999999999999")) == (404, "not-found")
    assert problem(api.get(f"{V1}/nothing")) == (404, "not-found")
    assert problem(api.delete(f"{V1}/orders")) == (405, "method-not-allowed")
    assert problem(api.post(f"{V1}/stores/{filled.pk}/sync")) == (400, "key-missing")


def test_a_cursor_belongs_to_its_list(api: Client, filled: Store) -> None:
    """A cursor of one order of rows is refused by another."""
    cursor = api.get(f"{V1}/orders", {"limit": 2}).json()["next"]
    since = (timezone.now() - timedelta(days=90)).isoformat()
    refused = api.get(f"{V1}/orders", {"cursor": cursor, "updated_since": since})
    assert problem(refused) == (422, "bad-cursor")


def test_a_scope_opens_its_own_alone(merchant: Merchant) -> None:
    """A token with one scope is let into that scope's lists and refused at all others."""
    expected = {
        "stores:read": ["/stores"],
        "orders:read": ["/orders"],
        "products:read": ["/products"],
        "money:read": ["/payments", "/payouts"],
        "returns:read": ["/returns"],
        "sync:read": ["/sync/runs", "/sync/completeness", "/quarantine"],
        "sync:write": [],
        "orders:write": [],
        "stock:read": ["/warehouses"],
        "stock:write": [],
        "prices:write": [],
        "people:read": [],
    }
    opened = {}
    for scope in Scope.values:
        narrow = caller(merchant, [scope])
        paths = [*LISTS, "/warehouses"]
        codes = {path: narrow.get(f"{V1}{path}").status_code for path in paths}
        assert set(codes.values()) <= {200, 403}
        opened[scope] = [path for path, code in codes.items() if code == 200]
    assert opened == expected


def test_a_token_is_kept_as_a_digest(merchant: Merchant) -> None:
    """The secret itself stands nowhere in the token's row."""
    token, secret = tokens.make(merchant, None, "test", ["orders:read"])
    row = ApiToken.objects.filter(pk=token.pk).values().get()
    assert secret not in repr(row)


def test_a_closed_token_opens_nothing(merchant: Merchant, owner: User) -> None:
    """A revoked token and one whose time is over are refused."""
    revoked, first = tokens.make(merchant, owner, "revoked", ["stores:read"])
    tokens.revoke(revoked, owner)
    over = timezone.now() - timedelta(seconds=1)
    _, second = tokens.make(merchant, owner, "over", ["stores:read"], over)
    codes = [
        Client(HTTP_AUTHORIZATION=f"Bearer {secret}").get(f"{V1}/stores").status_code
        for secret in (first, second)
    ]
    assert codes == [401, 401]


def test_a_session_opens_nothing(browser_of: Client) -> None:
    """A logged-in browser without a token is refused: no cookie works here."""
    assert browser_of.get(f"{V1}/stores").status_code == 401


@override_settings(API_PER_MINUTE=3)
def test_a_token_that_asks_too_often_is_told_to_wait(merchant: Merchant) -> None:
    """After its share of the minute a token gets 429 with Retry-After; other tokens go on."""
    busy, calm = caller(merchant), caller(merchant)
    answers = [busy.get(f"{V1}/stores") for _ in range(20)]
    assert problem(answers[-1]) == (429, "too-many-requests")
    assert 1 <= int(answers[-1]["Retry-After"]) <= 61
    assert calm.get(f"{V1}/stores").status_code == 200


def sync(api: Client, store: Store, key: str, **more: Any) -> Any:
    """Ask for a sync of a store."""
    return api.post(f"{V1}/stores/{store.pk}/sync", HTTP_IDEMPOTENCY_KEY=key, **more)


def test_a_sync_is_asked_for(api: Client, filled: Store) -> None:
    """The store falls due, as by the button."""
    assert sync(api, filled, "one").status_code == 202
    filled.refresh_from_db()
    assert filled.next_run_at is not None
    assert (filled.next_run_at <= timezone.now(), filled.next_trigger) == (True, "person")


def test_a_record_is_retried(api: Client, filled: Store) -> None:
    """A quarantined record is marked for the next run, which falls due."""
    held = Quarantined.objects.get(store=filled)
    answer = api.post(f"{V1}/quarantine/{held.pk}/retry", HTTP_IDEMPOTENCY_KEY="one")
    held.refresh_from_db()
    assert (answer.status_code, held.retry_asked_at is not None) == (202, True)


def test_a_paused_store_is_refused(api: Client, filled: Store) -> None:
    """A store whose jobs do not run takes no sync, and a later try with the key may succeed."""
    Store.objects.filter(pk=filled.pk).update(state="paused")
    assert problem(sync(api, filled, "one")) == (409, "store-not-running")
    Store.objects.filter(pk=filled.pk).update(state="active")
    assert sync(api, filled, "one").status_code == 202


def test_a_repeated_write_is_answered_not_done(api: Client, filled: Store) -> None:
    """The same key and request get the same answer, and nothing happens again."""
    first = sync(api, filled, "one")
    later = timezone.now() + timedelta(hours=1)
    Store.objects.filter(pk=filled.pk).update(next_run_at=later)
    second = sync(api, filled, "one")
    filled.refresh_from_db()
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert (second["Idempotency-Replayed"], filled.next_run_at) == ("true", later)


def test_a_key_is_for_one_request(api: Client, filled: Store) -> None:
    """The same key with another body or another address is refused."""
    sync(api, filled, "one")
    body = {"data": json.dumps({"a": 1}), "content_type": "application/json"}
    held = Quarantined.objects.get(store=filled)
    elsewhere = api.post(f"{V1}/quarantine/{held.pk}/retry", HTTP_IDEMPOTENCY_KEY="one")
    assert problem(sync(api, filled, "one", **body)) == (422, "key-reused")
    assert problem(elsewhere) == (422, "key-reused")


def test_a_key_is_forgotten_after_a_day(api: Client, filled: Store) -> None:
    """After 24 hours an old answer is deleted, and its key does the write anew."""
    sync(api, filled, "one")
    KeptAnswer.objects.update(created_at=timezone.now() - keys.KEPT - timedelta(seconds=1))
    assert "Idempotency-Replayed" not in sync(api, filled, "one")
    KeptAnswer.objects.update(created_at=timezone.now() - keys.KEPT - timedelta(seconds=1))
    assert (keys.forget_answers(), KeptAnswer.objects.count()) == (1, 0)


def test_the_document_is_openapi_3_1(client: Client) -> None:
    """Anybody may read the document; each operation names its token and its problems."""
    document = client.get(f"{V1}/openapi.json").json()
    operations = [o for path in document["paths"].values() for o in path.values()]
    assert document["openapi"].startswith("3.1")
    assert all(o["security"] and "401" in o["responses"] for o in operations)


def foreign_calls(store: Store) -> list[tuple[str, str]]:
    """Return method and address of every operation that names a row, with rows of `store`."""
    ids = {
        "store_id": str(store.pk),
        "order_id": Order.objects.filter(store=store)[0].external_id,
        "run_id": str(SyncRun.objects.filter(store=store)[0].pk),
        "quarantined_id": str(Quarantined.objects.get(store=store).pk),
        "act_id": str(ActItem.objects.filter(order__store=store).latest("pk").pk),
    }
    document = Client().get(f"{V1}/openapi.json").json()
    return [
        (method, path.format(**ids))
        for path, operations in document["paths"].items()
        for method in operations
        if "{" in path
    ]


def call(api: Client, method: str, path: str, key: str) -> Any:
    """Call an operation, a write with an empty body."""
    kind = {"content_type": "application/json"} if method == "post" else {}
    return getattr(api, method)(path, HTTP_IDEMPOTENCY_KEY=key, **kind)


@pytest.fixture
def foreign(other: Merchant) -> Store:
    """Return somebody else's store with something of everything."""
    store = samples.store(other, "shopee", "9001")
    samples.fill(store, orders=5)
    cancelled(store)
    return store


def cancelled(store: Store) -> None:
    """Let a store be asked to cancel its newest order."""
    order = Order.objects.filter(store=store).latest("pk")
    ticket = Ticket(f"ticket-{order.pk}", timezone.now())
    leave(store.merchant, None, Wish(kind="cancel", orders=[order], how={}, ticket=ticket))


def test_foreign_rows_do_not_exist(api: Client, foreign: Store) -> None:
    """Every operation of the document answers 404 to another merchant's ids; nothing changes."""
    before = Store.objects.filter(pk=foreign.pk).values().get()
    codes = {
        path: call(api, method, path, "one").status_code for method, path in foreign_calls(foreign)
    }
    assert len(codes) >= 5
    assert set(codes.values()) == {404}
    assert Store.objects.filter(pk=foreign.pk).values().get() == before
    assert not Quarantined.objects.exclude(retry_asked_at=None).exists()
    assert ActItem.objects.count() == 1


def test_own_rows_do_exist(foreign: Store) -> None:
    """The same operations answer their owner: the test above asks the right addresses."""
    mine = caller(foreign.merchant)
    codes = {call(mine, method, path, path).status_code for method, path in foreign_calls(foreign)}
    assert codes == {200, 202}


def test_lists_show_nothing_foreign(api: Client, foreign: Store) -> None:
    """No list holds another merchant's rows, by itself or filtered by their store or order."""
    order = Order.objects.filter(store=foreign).latest("pk").external_id
    for path in LISTS:
        assert every_page(api, path) == []
        assert every_page(api, path, store_id=foreign.pk) == []
        assert every_page(api, path, order_id=order) == []


def test_queries_do_not_grow_with_rows(
    api: Client, filled: Store, django_assert_max_num_queries: Any
) -> None:
    """A page of twelve orders or products costs as many queries as a page of one."""
    for path in ("/orders", "/products", "/returns", "/sync/runs"):
        with django_assert_max_num_queries(4):
            api.get(f"{V1}{path}")


@pytest.mark.django_db(transaction=True)
def test_one_key_at_once_is_one_write(merchant: Merchant, filled: Store) -> None:
    """Requests with one key that arrive together do the write once and get one answer."""
    headers = {"Authorization": caller(merchant).defaults["HTTP_AUTHORIZATION"]}

    def call(_: int) -> tuple[int, bytes]:
        try:
            answer = sync(Client(headers=headers), filled, "one")
            return answer.status_code, answer.content
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(call, range(8)))
    assert len(answers) == 1
    assert TokenNote.objects.filter(act=TokenNote.Act.WROTE).count() == 1
