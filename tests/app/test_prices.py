"""One price of a variant, sent to the sandbox's stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import tenacity
from django.test import Client

from entrosdk import Policy, connect
from reference_app.goods import linking, prices
from reference_app.goods.models import BookedLine, Errand, Listing, PricePush, Variant
from reference_app.records.models import OrderLine
from reference_app.records.sink import DjangoSink
from reference_app.samples import commit
from reference_app.stores import connecting
from reference_app.stores.models import Delivery, Store
from reference_app.syncing.runner import run_hints, run_store
from reference_app.tenants.models import Merchant, User
from tests.app.conftest import running_sandbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def prices_sandbox() -> Iterator[str]:
    """Run a sandbox whose prices these tests may change."""
    with running_sandbox(orders=4) as url:
        yield url


@pytest.fixture
def sandbox(prices_sandbox: str) -> str:
    """Stand in for the sandbox that all tests share."""
    return prices_sandbox


@pytest.fixture
def connected(facts: dict[str, str], merchant: Merchant) -> Store:
    """Return the sandbox's store, connected."""
    return connecting.keep(merchant, connecting.check(connecting.claim_of(facts)))


def read_products(store: Store) -> None:
    """Read the store's products, and nothing else."""
    with connect(store.marketplace, **connecting.reach(store)) as shop:
        products = list(shop.products.list())
    DjangoSink(store).commit(commit(store, "products", *products))
    linking.settle(store)


@pytest.fixture
def linked(connected: Store, owner: User) -> Store:
    """Return the store with a variant for each of its listings."""
    read_products(connected)
    every = list(Listing.objects.values_list("pk", flat=True))
    linking.create_from(connected.merchant, every, owner)
    return connected


def raised(number: int = 2) -> list[Listing]:
    """Raise the prices of some variants by 1,000 dong and return their listings."""
    rows = list(Listing.objects.exclude(variant=None).order_by("pk")[:number])
    for row in rows:
        Variant.objects.filter(pk=row.variant_id).update(price_minor=row.price_minor + 1000)
    return rows


def send(client: Client, rows: list[Listing], token: str = "t1") -> Any:
    """Send the prices of listings as the preview does."""
    form = {"ids": [row.pk for row in rows], "token": token}
    return client.post("/catalogue/prices/", form, follow=True)


def outcomes() -> list[tuple[str, str]]:
    """Return outcome and cause of every price sent."""
    return list(PricePush.objects.order_by("pk").values_list("outcome", "cause"))


def test_a_synced_shop_books_its_lines(connected: Store, owner: User) -> None:
    """The ids of order lines are those of listings: every line finds its variant."""
    run_store(connected, "connected")
    every = list(Listing.objects.values_list("pk", flat=True))
    linking.create_from(connected.merchant, every, owner)
    assert BookedLine.objects.count() == OrderLine.objects.count() > 0


def test_the_preview_shows_what_would_change(linked: Store, browser_of: Client) -> None:
    """Only listings that differ are shown, with the price there and the price after."""
    rows = raised()
    shown = browser_of.get("/catalogue/prices/").context["rows"]
    assert [(row.pk, row.variant.price_minor - row.price_minor) for row, _ in shown] == [
        (row.pk, 1000) for row in rows
    ]


def test_prices_are_sent_and_read_back(linked: Store, browser_of: Client) -> None:
    """What the marketplace accepted stands in the listing after the next sync."""
    rows = raised()
    page = send(browser_of, rows).content.decode()
    read_products(linked)
    after = [Listing.objects.get(pk=row.pk).price_minor - row.price_minor for row in rows]
    assert (outcomes(), after, page.count("Đã nhận") >= 2) == (
        [("accepted", "")] * 2,
        [1000, 1000],
        True,
    )


def test_a_form_sent_twice_sends_once(linked: Store, browser_of: Client) -> None:
    """A double click shows the first answer; the marketplace hears of it once."""
    rows = raised(1)
    send(browser_of, rows)
    send(browser_of, rows)
    assert (len(outcomes()), Errand.objects.count()) == (1, 1)


def test_a_refused_price_tells_its_cause(linked: Store, browser_of: Client) -> None:
    """A price that the marketplace does not allow is refused by itself, others go through."""
    good, bad = raised()
    Variant.objects.filter(pk=bad.variant_id).update(price_minor=0)
    page = send(browser_of, [good, bad]).content.decode()
    told = dict(PricePush.objects.values_list("listing_id", "outcome"))
    assert (told, "Sàn không chấp nhận mức giá này." in page) == (
        {good.pk: "accepted", bad.pk: "refused"},
        True,
    )


def test_a_lost_reply_is_unknown(
    linked: Store,
    browser_of: Client,
    control: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When no answer comes and nothing can be read back, nobody claims an outcome."""
    once = Policy(stop=tenacity.stop_after_attempt(1))
    monkeypatch.setattr(prices, "_POLICY", once)
    paths = {"drop_reply": "price", "500": "product/get"}
    rules = [
        {"effect": effect, "match": {"path": path}, "probability": 1.0}
        for effect, path in paths.items()
    ]
    control("POST", "faults", rules)
    send(browser_of, raised(1))
    assert [outcome for outcome, _ in outcomes()] == ["unknown"]


def test_a_paused_store_gets_nothing(linked: Store, browser_of: Client) -> None:
    """A store that was paused between preview and sending is told of as such."""
    rows = raised(1)
    errand = Errand.objects.create(
        merchant=linked.merchant, kind=Errand.Kind.PRICES, token="t", total=1
    )
    prices.write_down(errand, list(Listing.objects.filter(pk=rows[0].pk)))
    Store.objects.update(state=Store.State.PAUSED)
    prices.send(errand)
    shown = browser_of.get("/catalogue/prices/").context["rows"]
    assert (outcomes(), shown) == ([("refused", "store_stopped")], [])


def test_a_pushed_product_is_linked_without_a_whole_run(connected: Store, owner: User) -> None:
    """A product fetched by a push is judged at once where the shop was read to its end before."""
    run_store(connected, "connected")
    row = Listing.objects.exclude(sku="").order_by("pk")[0]
    Variant.objects.create(merchant=connected.merchant, sku=row.sku, name="Hàng")
    Listing.objects.filter(product_ref=row.product_ref).delete()
    facts = {"kind": "ProductChanged", "subject": row.product_ref}
    Delivery.objects.create(store=connected, delivery_id="1", **facts)
    run_hints(Store.objects.get())
    assert Listing.objects.get(variant_ref=row.variant_ref, sku=row.sku).state == "linked"
