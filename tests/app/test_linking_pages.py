"""The pages of linking and of the catalogue."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reference_app import samples
from reference_app.goods import bundles, linking
from reference_app.goods.models import LinkBatch, Listing, Variant
from reference_app.stores.models import Store
from reference_app.tenants.models import Merchant, User
from tests.app.test_linking import bought, listings, read, variant

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def page(client: Client, path: str) -> Any:
    """Return the context of a page."""
    return client.get(path).context


def titles(client: Client, path: str) -> list[str]:
    """Return the SKUs of the listings a page shows."""
    return [row.sku for row in page(client, path)["page"].rows]


def counts(client: Client, path: str = "/linking/") -> dict[str, int]:
    """Return what the tabs count."""
    return {str(tab["state"]): tab["count"] for tab in page(client, path)["tabs"]}


@pytest.fixture
def four(merchant: Merchant, store: Store) -> list[Listing]:
    """Return a linked, two suggested and a missing listing."""
    variant(merchant, "A")
    variant(merchant, "B")
    return read(store, "A", "B", "B", "C")


# The list


def test_tabs_count_and_filter(browser_of: Client, four: list[Listing]) -> None:
    """Each tab shows the listings it counts; the first with work in it opens by itself."""
    assert (counts(browser_of), titles(browser_of, "/linking/")) == (
        {"suggested": 2, "ambiguous": 0, "missing": 1, "linked": 1},
        ["B", "B"],
    )
    assert titles(browser_of, "/linking/?state=missing") == ["C"]


def test_searching_listings(browser_of: Client, four: list[Listing], other: Merchant) -> None:
    """Words without diacritics and the store narrow a tab."""
    name = four[3].title.split()[0]
    found = titles(browser_of, f"/linking/?state=missing&q={name}")
    foreign = samples.store(other, "tiki", "9")
    assert (found, titles(browser_of, f"/linking/?state=missing&store={foreign.pk}")) == (["C"], [])


@pytest.mark.parametrize(
    "query", ["state=x", "store=x", "after=x", "before=-1", "after=²", "q=%00"]
)
def test_nonsense_in_the_address(browser_of: Client, four: list[Listing], query: str) -> None:
    """Unreadable values count as not given."""
    assert browser_of.get(f"/linking/?{query}").status_code == 200


def test_paging_shows_every_listing_once(
    browser_of: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Walking forward shows each listing once, and walking back shows the same pages."""
    from reference_app.goods import queries

    monkeypatch.setattr(queries, "PAGE", 3)
    read(store, *[f"S{place}" for place in range(8)])
    forth, after = [], ""
    while True:
        found = page(browser_of, f"/linking/?state=missing&after={after}")["page"]
        forth.append([row.sku for row in found.rows])
        last, after = found, found.after
        if not after:
            break
    back = page(browser_of, f"/linking/?state=missing&before={last.before}")["page"]
    shown = [sku for skus in forth for sku in skus]
    assert (shown, [row.sku for row in back.rows]) == (
        [f"S{place}" for place in range(8)],
        forth[-2],
    )


@pytest.mark.parametrize("path", ["/linking/", "/linking/?state=linked", "/catalogue/",
                                  "/catalogue/prices/", "/linking/history/"])  # fmt: skip
def test_query_counts_do_not_grow_with_rows(
    browser_of: Client, store: Store, owner: User, path: str
) -> None:
    """A list asks the database as often for forty rows as for two."""

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert browser_of.get(path).status_code == 200
        return len(found)

    def grow(first: int, last: int) -> None:
        rows = read(store, *[f"S{place // 2}" for place in range(last)])
        half = [row.pk for row in rows[first:last:2]]
        for pk in half[:5]:
            linking.create_from(store.merchant, [pk], owner)
        linking.create_from(store.merchant, half, owner)
        Variant.objects.update(price_minor=1)

    grow(0, 4)
    few = asked()
    grow(4, 40)
    assert asked() <= few


def test_empty_states_name_the_next_step(browser_of: Client, merchant: Merchant) -> None:
    """Without stores the pages lead to connecting one, with a store to the sync."""
    before = browser_of.get("/linking/").content.decode()
    samples.store(merchant)
    after = browser_of.get("/linking/").content.decode()
    assert ("/stores/connect/" in before, 'class="btn btn-primary" href="/sync/"' in after) == (
        True,
        True,
    )


# Acts


def test_accepting_a_row(browser_of: Client, four: list[Listing]) -> None:
    """The row comes back as linked with its undo, and the tabs with their new counts."""
    path = f"/linking/{four[1].pk}/accept/?state=suggested"
    answer = browser_of.post(path, headers=HTMX).content.decode()
    batch = LinkBatch.objects.latest("id")
    assert (f"/linking/undo/{batch.pk}/" in answer, 'hx-swap-oob="true"' in answer) == (True, True)
    assert counts(browser_of)["linked"] == 2


def test_acts_work_without_scripts(browser_of: Client, four: list[Listing]) -> None:
    """A plain form leads back to the page it names, and nowhere else."""
    back = browser_of.post(f"/linking/{four[1].pk}/accept/", {"next": "/linking/?state=linked"})
    away = browser_of.post(f"/linking/{four[2].pk}/accept/", {"next": "https://example.com/"})
    assert (back["Location"], away["Location"]) == ("/linking/?state=linked", "/linking/")


def test_bulk_accept_and_undo(browser_of: Client, four: list[Listing]) -> None:
    """Ticked suggestions are accepted as one act, others are told of; undo takes all back."""
    form = {"act": "accept", "ids": [row.pk for row in four]}
    told = browser_of.post("/linking/bulk/", form, follow=True).content.decode()
    after = counts(browser_of)
    batch = LinkBatch.objects.latest("id")
    browser_of.post(f"/linking/undo/{batch.pk}/")
    assert (after["linked"], counts(browser_of)["suggested"]) == (3, 2)
    assert ("2 sản phẩm" in told, "được giữ nguyên" in told) == (True, True)


def test_accepting_all_that_match(browser_of: Client, four: list[Listing]) -> None:
    """All means all that the filters show, on other pages too, and nothing else."""
    browser_of.post("/linking/bulk/", {"act": "create", "all": "1", "state": "missing", "q": "zz"})
    nothing = counts(browser_of)["missing"]
    browser_of.post("/linking/bulk/", {"act": "accept", "all": "1", "state": "suggested"})
    assert (nothing, counts(browser_of)["linked"]) == (1, 3)


def test_creating_from_a_row(browser_of: Client, four: list[Listing]) -> None:
    """A missing listing becomes a variant with its SKU, name and price."""
    browser_of.post(f"/linking/{four[3].pk}/create/", headers=HTMX)
    made = Variant.objects.get(sku="C")
    row = Listing.objects.get(pk=four[3].pk)
    assert (row.variant, made.price_minor) == (made, row.price_minor)


def test_creating_what_exists_leads_to_choosing(browser_of: Client, four: list[Listing]) -> None:
    """A SKU the catalogue has is no second variant: the visitor is sent to choose."""
    answer = browser_of.post(f"/linking/{four[1].pk}/create/", headers=HTMX)
    assert (answer["HX-Redirect"], Variant.objects.count()) == (f"/linking/{four[1].pk}/", 2)


def test_choosing_another_variant(browser_of: Client, four: list[Listing]) -> None:
    """The search on a listing's page finds variants by words; one click links."""
    row, wanted = four[3], Variant.objects.get(sku="B")
    found = browser_of.get(f"/linking/{row.pk}/?q=hang+b", headers=HTMX).content.decode()
    path = re.search(r'action="(/linking/\d+/link/\d+/)"', found)
    assert path is not None
    browser_of.post(path[1])
    assert Listing.objects.get(pk=row.pk).variant == wanted


def test_a_listing_tells_its_history(browser_of: Client, four: list[Listing]) -> None:
    """The page of a listing says who linked it to what."""
    browser_of.post(f"/linking/{four[1].pk}/accept/")
    browser_of.post(f"/linking/{four[1].pk}/unlink/")
    told = browser_of.get(f"/linking/{four[1].pk}/").content.decode()
    assert (told.count("sen@example.vn") >= 2, "Bỏ liên kết" in told) == (True, True)


def test_an_order_shows_its_links(browser_of: Client, four: list[Listing], store: Store) -> None:
    """Lines name the variant they were booked with, or that they wait for a link."""
    linked, waiting = bought(store, 1, "p0", "v0"), bought(store, 2, "p3", "v3")
    start = f"/orders/{store.marketplace}/{store.shop_id}"
    pages = [browser_of.get(f"{start}/{one}/").content.decode() for one in (linked, waiting)]
    link = f"/catalogue/{Variant.objects.get(sku='A').pk}/"
    assert [link in pages[0], "/linking/?q=" in pages[1]] == [True, True]


# The catalogue


def test_the_catalogue_shows_links(browser_of: Client, four: list[Listing]) -> None:
    """Each variant stands with its listings; filters find those without."""
    rows = page(browser_of, "/catalogue/")["page"].rows
    without = page(browser_of, "/catalogue/?show=unlinked")["page"].rows
    assert ([(row.sku, len(row.links)) for row in rows], [row.sku for row in without]) == (
        [("A", 1), ("B", 0)],
        ["B"],
    )


def test_editing_a_variant(browser_of: Client, four: list[Listing]) -> None:
    """Amounts are read as Vietnamese people type them, and a new SKU finds its listing."""
    one = Variant.objects.get(sku="B")
    form = {"sku": " C ", "name": "Nón lá", "price_minor": "129.000 ₫", "cost_minor": "",
            "low_stock_units": "5", "active": "on"}  # fmt: skip
    browser_of.post(f"/catalogue/{one.pk}/", form)
    one.refresh_from_db()
    linked = Listing.objects.get(pk=four[3].pk).variant
    assert (one.sku, one.price_minor, one.cost_minor, one.low_stock_units, linked) == (
        "C", 129_000, None, 5, one,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"), [("price_minor", "12,5"), ("sku", "a"), ("name", ""), ("cost_minor", "-1")]
)
def test_what_cannot_be_saved(
    browser_of: Client, four: list[Listing], field: str, value: str
) -> None:
    """A part of a dong, a SKU that is taken, no name: the form says so and nothing changes."""
    one = Variant.objects.get(sku="B")
    form = {"sku": "B", "name": "Hàng B", "active": "on", field: value}
    answer = browser_of.post(f"/catalogue/{one.pk}/", form)
    one.refresh_from_db()
    assert (field in answer.context["form"].errors, one.sku, one.name) == (True, "B", "Hàng B")


def test_a_new_variant_links_what_waited(browser_of: Client, four: list[Listing]) -> None:
    """Adding a variant links the listings that have its SKU."""
    browser_of.post("/catalogue/new/", {"sku": "C", "name": "Nón lá", "active": "on"})
    linked = Listing.objects.get(pk=four[3].pk).variant
    assert linked is not None
    assert linked.name == "Nón lá"


def test_making_a_bundle(browser_of: Client, four: list[Listing], merchant: Merchant) -> None:
    """Components are added by SKU, changed by number, and taken out by zero."""
    browser_of.post("/catalogue/new/?kind=bundle", {"sku": "BOX", "name": "Hộp", "active": "on"})
    box, a = Variant.objects.get(sku="BOX"), Variant.objects.get(sku="A")
    path = f"/catalogue/{box.pk}/parts/"
    browser_of.post(path, {"sku": "a", "quantity": "2"})
    two = bundles.recipes_of(merchant.pk)
    browser_of.post(path, {f"part-{a.pk}": "0"})
    assert (two, bundles.recipes_of(merchant.pk)) == ({box.pk: {a.pk: 2}}, {})


@pytest.mark.parametrize(
    "form",
    [
        {"sku": "BOX"},
        {"sku": "none"},
        {"sku": "A", "quantity": "x"},
        {"sku": "A", "quantity": "-1"},
    ],
)
def test_a_wrong_component(
    browser_of: Client, four: list[Listing], merchant: Merchant, form: dict[str, str]
) -> None:
    """A bundle in itself, an unknown SKU, no number: told, and nothing changes."""
    box = variant(merchant, "BOX", kind="bundle")
    answer = browser_of.post(f"/catalogue/{box.pk}/parts/", form, follow=True)
    assert ("notice-error" in answer.content.decode(), bundles.recipes_of(merchant.pk)) == (
        True,
        {},
    )


def test_a_reader_changes_nothing_here(client: Client, four: list[Listing], store: Store) -> None:
    """A read-only member sees the pages without their buttons and is refused every change."""
    from reference_app.tenants.models import Membership

    reader = User.objects.create_user("doc@example.vn")
    Membership.objects.create(user=reader, merchant=store.merchant, role="reader")
    client.force_login(reader)
    pk = four[1].pk
    one = Variant.objects.get(sku="A").pk
    acts = ["accept", "unlink", "create", f"link/{one}"]
    paths = [f"/linking/{pk}/{act}/" for act in acts]
    paths += ["/linking/bulk/", "/catalogue/new/", f"/catalogue/{one}/", f"/catalogue/{one}/parts/"]
    paths += ["/catalogue/prices/", "/catalogue/files/variants/"]
    assert {client.post(path).status_code for path in paths} == {403}
    shown = client.get("/linking/").content.decode()
    assert ("hx-post" in shown, client.get(f"/catalogue/{one}/").status_code) == (False, 200)
    assert [row.state for row in listings(store)].count("suggested") == 2
