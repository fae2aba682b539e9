"""What programs do through the API: stock, prices, and acts on orders."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from reference_app import samples
from reference_app.api import tokens
from reference_app.api.models import Scope, TokenNote
from reference_app.goods.models import Errand, Listing, Variant
from reference_app.orders.models import ActItem
from reference_app.records.models import Order
from reference_app.stock.models import Balance, Movement, Warehouse
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


class Caller:
    """A program with a token."""

    def __init__(self, merchant: Merchant, *scopes: str) -> None:
        cache.clear()
        _, secret = tokens.make(merchant, None, "test", scopes or Scope.values)
        self.client = Client(HTTP_AUTHORIZATION=f"Bearer {secret}")

    def post(self, path: str, key: str = "k1", **body: Any) -> Any:
        """Send a write."""
        headers = {"HTTP_IDEMPOTENCY_KEY": key}
        return self.client.post(f"{V1}{path}", body, content_type="application/json", **headers)


@pytest.fixture
def shirt(merchant: Merchant) -> Variant:
    """Return a variant that nobody has counted."""
    return Variant.objects.create(merchant=merchant, sku="AT-01", name="Áo")


def test_stock_is_counted_and_corrected(merchant: Merchant, shirt: Variant) -> None:
    """A count sets what is there, a correction adds to it; both answer with the level."""
    api = Caller(merchant)
    counted = api.post("/stock/counts", lines=[{"sku": " at-01 ", "units": 20}])
    moved = api.post("/stock/adjustments", "k2", sku="AT-01", delta=-3, reason="Vỡ")
    levels = [reply.json()["levels"][0]["sellable"] for reply in (counted, moved)]
    assert (levels, Balance.objects.get().on_hand) == ([20, 17], 17)
    subjects = TokenNote.objects.filter(act="wrote").order_by("pk")
    assert list(subjects.values_list("subject", flat=True)) == ["count 1", "adjust AT-01 -3"]


def test_a_write_sent_again_happens_once(merchant: Merchant, shirt: Variant) -> None:
    """The same key and body give the first answer again; stock moves once."""
    api = Caller(merchant)
    replies = [api.post("/stock/adjustments", sku="AT-01", delta=5, reason="x") for _ in range(2)]
    assert replies[0].json() == replies[1].json()
    assert (Balance.objects.get().on_hand, Movement.objects.count()) == (5, 1)


def test_one_wrong_line_stops_a_count(merchant: Merchant, other: Merchant, shirt: Variant) -> None:
    """An unknown SKU, a foreign one or a foreign warehouse is named, and nothing is changed."""
    Variant.objects.create(merchant=other, sku="CB-01", name="Của người khác")
    place = Warehouse.objects.create(merchant=other, name="Kho khác")
    api = Caller(merchant)
    lines = [{"sku": "AT-01", "units": 1}, {"sku": "CB-01", "units": 1}]
    foreign = api.post("/stock/counts", lines=lines)
    elsewhere = api.post("/stock/counts", "k2", lines=lines[:1], warehouse_id=str(place.pk))
    assert (foreign.status_code, foreign.json()["errors"][0]["at"]) == (422, "CB-01")
    assert (elsewhere.status_code, Movement.objects.count()) == (422, 0)


def test_a_price_is_set_and_left_to_the_worker(
    merchant: Merchant, store: Store, shirt: Variant
) -> None:
    """The variant has the price at once; listings that differ wait for the worker."""
    Listing.objects.create(
        merchant=merchant, store=store, product_ref="P", variant_ref="V", title="Áo", sku="AT-01",
        state=Listing.State.LINKED, variant=shirt, price_minor=100_000, currency="VND",
    )  # fmt: skip
    reply = Caller(merchant).post("/prices", sku="AT-01", price_minor=129_000)
    shirt.refresh_from_db()
    assert (reply.status_code, reply.json()["listings"], shirt.price_minor) == (202, 1, 129_000)
    assert Errand.objects.get().state == "waiting"


@pytest.mark.parametrize("kind", ["ship", "cancel"])
def test_an_order_is_acted_on(merchant: Merchant, store: Store, kind: str) -> None:
    """An act waits for the store's next run, which is asked for; a second one finds it busy."""
    samples.fill(store, orders=3)
    order = Order.objects.filter(store=store)[0]
    api = Caller(merchant)
    path = f"/stores/{store.pk}/orders/{order.external_id}/{kind}"
    first, again, second = api.post(path), api.post(path), api.post(path, "k2")
    assert [reply.status_code for reply in (first, again, second)] == [202] * 3
    assert first.json() == again.json()
    assert [reply.json()["outcome"] for reply in (first, second)] == ["waiting", "refused"]
    told = api.client.get(f"{V1}/acts/{first.json()['id']}").json()
    assert (told["kind"], told["outcome"], ActItem.objects.count()) == (kind, "waiting", 2)
    store.refresh_from_db()
    assert store.next_trigger == "retry"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/stock/counts", {"lines": [{"sku": "AT-01", "units": 1}]}),
        ("/stock/adjustments", {"sku": "AT-01", "delta": 1, "reason": "x"}),
        ("/prices", {"sku": "AT-01", "price_minor": 1}),
    ],
)
def test_reading_scopes_write_nothing(
    merchant: Merchant, shirt: Variant, path: str, body: dict[str, Any]
) -> None:
    """A token without the writing scope is refused."""
    reading = [scope for scope in Scope.values if scope.endswith(":read")]
    assert Caller(merchant, *reading).post(path, **body).status_code == 403
    assert Movement.objects.count() == 0
