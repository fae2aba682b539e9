"""Vietnamese is complete: in the catalogue and on every page."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from reference_app import catalogue, samples
from reference_app.api.models import Webhook
from reference_app.audit.log import note
from reference_app.goods.models import Errand, Listing, Variant
from reference_app.orders.models import Act, ActItem
from reference_app.records.models import Order, Payout, Quarantined, Return
from reference_app.rights import deleting
from reference_app.rights.models import Export
from reference_app.screens import looks
from reference_app.status.models import Incident
from reference_app.stock.models import Balance
from reference_app.stores.models import Store
from reference_app.support.models import Ticket
from reference_app.syncing.models import SyncRun
from reference_app.tenants.models import User


def test_nothing_lacks_a_translation() -> None:
    """Every message of the code and the templates has a Vietnamese text."""
    assert catalogue.missing() == []


def test_the_compiled_catalogue_is_current() -> None:
    """The committed .mo file is what the .po file compiles to."""
    expected = catalogue.compiled(catalogue.read())
    assert catalogue.PO.with_suffix(".mo").read_bytes() == expected


def test_placeholders_survive_translation() -> None:
    """A translation uses the placeholders of its original, all and no others."""
    wrong = [
        key
        for key, texts in catalogue.read().items()
        if key[1] and any(_places(text) != _places(key[1]) for text in texts)
    ]
    assert wrong == []


def _places(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|%d", text))


def test_nothing_is_translated_that_nobody_says() -> None:
    """The part of the catalogue that is ours holds no text without a use."""
    text = catalogue.PO.read_text().partition("# Texts of the account library")[0]
    said = set(re.findall(r'^msgid "(.+)"$', text, re.MULTILINE))
    assert sorted(said - {key[1] for key in catalogue.wanted()}) == []


@pytest.fixture
def filled(store: Store) -> Store:
    """Return a store with something of everything."""
    samples.fill(store, orders=12)
    owner = User.objects.get(memberships__merchant=store.merchant)
    samples.catalogue(store, owner)
    samples.stock(store, owner)
    samples.programs(store.merchant)
    samples.service(store.merchant, owner)
    return store


def pages(store: Store) -> list[str]:
    """Return an address for every page a member can open."""
    run = SyncRun.objects.filter(store=store).latest("id")
    held = Quarantined.objects.get(store=store)
    first = Order.objects.filter(store=store).latest("id").external_id
    payout = Payout.objects.filter(store=store).latest("id").pk
    returns = Return.objects.filter(store=store).order_by("id")
    listing = Listing.objects.filter(store=store, state="linked").latest("id").pk
    waiting = Listing.objects.filter(store=store, state="suggested").latest("id").pk
    bundle = Variant.objects.get(merchant=store.merchant, kind="bundle").pk
    errand = Errand.objects.get(merchant=store.merchant).pk
    kept = Balance.objects.filter(merchant=store.merchant).earliest("id").variant_id
    hook = Webhook.objects.get(merchant=store.merchant)
    asked = Ticket.objects.filter(merchant=store.merchant).latest("id").pk
    entered = Incident.objects.latest("id").pk
    return [
        "/inventory/", "/inventory/?q=nothing+like+this", f"/inventory/{kept}/",
        f"/inventory/{bundle}/", "/inventory/count/", "/inventory/transfers/", "/inventory/low/",
        "/inventory/oversold/", "/inventory/drift/", "/inventory/pushes/",
        "/inventory/pushes/?outcome=accepted&store=1", "/inventory/returns/",
        "/inventory/channels/", f"/inventory/channels/{store.pk}/",
        "/linking/", "/linking/?state=missing", "/linking/?state=linked",
        "/linking/?state=ambiguous",
        "/linking/?q=nothing+like+this", f"/linking/{listing}/", f"/linking/{waiting}/",
        "/linking/history/", "/linking/files/", "/catalogue/", "/catalogue/?q=nothing+like+this",
        "/catalogue/new/", "/catalogue/new/?kind=bundle", f"/catalogue/{bundle}/",
        "/catalogue/prices/", f"/catalogue/errands/{errand}/",
        "/support/", "/support/new/", f"/support/new/?run={run.pk}", f"/support/{asked}/",
        "/backoffice/support/", "/backoffice/support/?state=solved",
        f"/backoffice/support/{asked}/", "/backoffice/status/",
        f"/backoffice/status/{entered}/", "/status/", "/policies/", "/policies/terms/",
        "/policies/privacy/1/",
        "/settings/api/", "/settings/webhooks/", f"/settings/webhooks/{hook.pk}/",
        "/settings/data/", f"/certificates/{deleted(store)}/",
        "/", "/stores/", "/stores/connect/", f"/stores/{store.pk}/authorise/",
        f"/stores/{store.pk}/disconnect/", "/sync/", "/sync/live/", f"/sync/runs/{run.pk}/",
        f"/sync/quarantine/{held.pk}/", "/orders/", "/orders/?q=nothing+like+this",
        "/payments/", "/payments/orders/", "/payments/payouts/", f"/payments/payouts/{payout}/",
        "/payments/?q=nothing+like+this", "/returns/", "/returns/?q=nothing+like+this",
        *(f"/returns/{item.pk}/" for item in returns),
        "/orders/?due=late&sort=due", f"/orders/shopee/{store.shop_id}/{first}/",
        *(f"/orders/shopee/{store.shop_id}/{first}/{kind}/" for kind in ("accept", "refuse")),
        f"/orders/acts/{done(first).pk}/", "/settings/audit/", "/accounts/password/change/",
        "/accounts/email/", "/accounts/logout/", "/accounts/reauthenticate/", "/no/such/page/",
    ]  # fmt: skip


def deleted(store: Store) -> str:
    """Return the certificate of a deletion that is planned, beside one export of each state."""
    for state in Export.State:
        if state != Export.State.RUNNING:
            Export.objects.create(
                merchant=store.merchant, state=state, expires_at=timezone.now(), size=2_400_000
            )
    owner = User.objects.get(memberships__merchant=store.merchant)
    return deleting.ask(store.merchant, owner, store.merchant.name, timezone.now()).public_id


def done(order_id: str) -> Act:
    """Return an act that had each outcome there is, with causes of ours and of the SDK."""
    order = Order.objects.select_related("merchant").get(external_id=order_id)
    act = Act.objects.create(
        merchant=order.merchant, kind="label", token="t", issued_at=timezone.now()
    )
    others = Order.objects.filter(merchant=order.merchant).order_by("id")
    ends = [("refused", cause) for cause in ("Busy", "Conflict", "Revoked")]
    ends += [("accepted", ""), ("unknown", ""), ("waiting", ""), ("running", "")]
    for one, (outcome, cause) in zip(others, ends, strict=False):
        ActItem.objects.create(act=act, order=one, kind="label", outcome=outcome, cause=cause)
    note(order.merchant, None, "reveal", order.number)
    return act


def english_left(html: str) -> list[str]:
    """Return what a page shows in English: originals of the catalogue, and common words."""
    body = re.sub(r"<(script|style|code|pre)\b.*?</\1>", " ", html, flags=re.DOTALL)
    texts = {" ".join(text.split()) for text in re.findall(r">([^<>]+)<", body)}
    return looks.english_left(
        texts | set(re.findall(r'(?:placeholder|aria-label|title)="([^"]+)"', body))
    )


@pytest.mark.django_db
def test_no_english_is_left_on_vietnamese_pages(browser_of: Client, filled: Store) -> None:
    """No page shows an English original in Vietnamese."""
    left = {path: english_left(browser_of.get(path).content.decode()) for path in pages(filled)}
    assert {path: found for path, found in left.items() if found} == {}


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
)
@pytest.mark.django_db
def test_no_english_is_left_at_the_entrance(path: str, client: Client) -> None:
    """Pages before log-in are Vietnamese as well, their errors included."""
    read = client.get(path, HTTP_ACCEPT_LANGUAGE="vi").content.decode()
    refused = client.post(path, {}, HTTP_ACCEPT_LANGUAGE="vi").content.decode()
    assert english_left(read) + english_left(refused) == []


@pytest.mark.django_db
def test_no_english_is_left_on_empty_pages(browser_of: Client) -> None:
    """The empty states of a merchant without stores are Vietnamese."""
    paths = ["/", "/stores/", "/sync/", "/orders/", "/payments/", "/payments/orders/"]
    paths += ["/payments/payouts/", "/returns/"]
    assert [english_left(browser_of.get(path).content.decode()) for path in paths] == [[]] * 8
    paths = ["/", "/stores/", "/sync/", "/orders/", "/linking/", "/linking/history/"]
    paths += ["/catalogue/", "/catalogue/prices/", "/linking/files/"]
    paths += ["/inventory/", "/inventory/count/", "/inventory/transfers/", "/inventory/low/"]
    paths += ["/inventory/oversold/", "/inventory/drift/", "/inventory/pushes/"]
    paths += ["/inventory/returns/", "/inventory/channels/"]
    paths += ["/settings/api/", "/settings/webhooks/", "/settings/data/", "/support/"]
    assert [english_left(browser_of.get(path).content.decode()) for path in paths] == [[]] * len(
        paths
    )


@pytest.mark.django_db
def test_refusals_of_the_library_are_vietnamese(client: Client) -> None:
    """A wrong password is refused in Vietnamese."""
    form = {"login": "nobody@example.vn", "password": "wrong-password"}
    page = client.post("/accounts/login/", form, HTTP_ACCEPT_LANGUAGE="vi").content.decode()
    assert "E-mail hoặc mật khẩu không đúng." in page
