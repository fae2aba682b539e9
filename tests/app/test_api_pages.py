"""The owner's pages for tokens and webhooks."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from reference_app.api import delivering, outbox, tokens
from reference_app.api.models import ApiToken, OutgoingDelivery, Scope, TokenNote, Webhook
from reference_app.tenants.models import Membership, Merchant, User

pytestmark = pytest.mark.django_db
API, WEBHOOKS = "/settings/api/", "/settings/webhooks/"
TOKEN = {"name": "Kho", "lives": "90", "scopes": ["stores:read"]}
HOOK = {"url": "https://erp.example.vn/hook", "events": ["order.created"]}


def shown_secret(page: str) -> str:
    """Return the secret that a page shows."""
    found = re.search(r'<pre class="raw">(\S+)</pre>', page)
    assert found is not None
    return found[1]


def test_a_token_is_shown_once_and_works(browser_of: Client, client: Client) -> None:
    """Making a token shows its secret on that one page; it opens the API, until it is revoked."""
    made = browser_of.post(API, TOKEN)
    secret = shown_secret(made.content.decode())
    assert "no-store" in made["Cache-Control"]
    assert secret not in browser_of.get(API).content.decode()
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    assert client.get("/api/v1/stores", **bearer).status_code == 200
    browser_of.post(f"{API}{ApiToken.objects.get().pk}/revoke/")
    assert client.get("/api/v1/stores", **bearer).status_code == 401
    assert [note.act for note in TokenNote.objects.order_by("pk")] == ["made", "revoked"]


def test_a_token_needs_a_scope(browser_of: Client) -> None:
    """A form without a scope makes no token, and keeps what was typed."""
    page = browser_of.post(API, {"name": "Kho", "lives": "90"}).content.decode()
    assert (ApiToken.objects.count(), 'value="Kho"' in page) == (0, True)


def test_a_webhook_is_made(browser_of: Client) -> None:
    """Making a webhook shows its signing secret on that one page."""
    secret = shown_secret(browser_of.post(WEBHOOKS, HOOK).content.decode())
    assert delivering.secret_of(Webhook.objects.get()) == secret
    assert secret not in browser_of.get(WEBHOOKS).content.decode()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://10.1.2.3/", "gopher://x/", "https://", "http://[x/", "x"]
)
def test_an_address_inside_is_refused_at_once(browser_of: Client, url: str) -> None:
    """An address that would never be reached makes no webhook, and the form says why."""
    page = browser_of.post(WEBHOOKS, {**HOOK, "url": url})
    assert page.context["form"].errors["url"]
    assert not Webhook.objects.exists()


@pytest.fixture
def delivery(merchant: Merchant) -> OutgoingDelivery:
    """Return a delivery of the merchant under test that was given up."""
    return given_up(merchant)


def given_up(merchant: Merchant) -> OutgoingDelivery:
    """Make a webhook with a delivery that was given up."""
    delivering.make_webhook(merchant, "https://kho.example.vn/hook", ["order.created"])
    outbox.emit(merchant.pk, [("order.created", "26001", {"id": "26001"})])
    rows = OutgoingDelivery.objects.filter(webhook__merchant=merchant)
    rows.update(state="failed", outcome="timeout", attempts=9)
    return rows.get()


def test_a_delivery_is_sent_again(browser_of: Client, delivery: OutgoingDelivery) -> None:
    """The list shows the outcome; the button makes the delivery due."""
    page = browser_of.get(f"{WEBHOOKS}{delivery.webhook_id}/").content.decode()
    assert "Không có trả lời trong 10 giây." in page
    browser_of.post(f"{WEBHOOKS}deliveries/{delivery.pk}/again/")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("waiting", 0)


def test_a_webhook_is_switched_off_and_removed(
    browser_of: Client, delivery: OutgoingDelivery
) -> None:
    """A webhook can be turned off and on, and removed with its deliveries."""
    place = f"{WEBHOOKS}{delivery.webhook_id}/"
    states = []
    for _ in range(2):
        browser_of.post(f"{place}switch/")
        states.append(Webhook.objects.get().active)
    browser_of.post(f"{place}remove/")
    assert (states, Webhook.objects.count()) == ([False, True], 0)


def routes(merchant: Merchant) -> list[tuple[str, str]]:
    """Return method and address of every page and button that names a row of `merchant`."""
    delivery = OutgoingDelivery.objects.filter(webhook__merchant=merchant).latest("pk")
    hook, token = delivery.webhook_id, ApiToken.objects.filter(merchant=merchant).latest("pk").pk
    return [
        ("get", f"{WEBHOOKS}{hook}/"),
        ("post", f"{WEBHOOKS}{hook}/switch/"),
        ("post", f"{WEBHOOKS}deliveries/{delivery.pk}/again/"),
        ("post", f"{API}{token}/revoke/"),
        ("post", f"{WEBHOOKS}{hook}/remove/"),
    ]


def test_foreign_rows_do_not_exist(browser_of: Client, other: Merchant) -> None:
    """Another merchant's tokens, webhooks and deliveries are not there, and stay as they are."""
    given_up(other)
    tokens.make(other, None, "theirs-alone", Scope.values)
    codes = {getattr(browser_of, method)(path).status_code for method, path in routes(other)}
    assert codes == {404}
    assert ApiToken.objects.get().works
    assert OutgoingDelivery.objects.get().state == "failed"
    for path in (API, WEBHOOKS):
        assert not re.search("theirs-alone|kho.example", browser_of.get(path).content.decode())


@pytest.mark.parametrize("role", ["staff", "reader"])
def test_only_owners_come_in(client: Client, delivery: OutgoingDelivery, role: str) -> None:
    """Staff and read-only members are refused every page and button."""
    merchant = delivery.webhook.merchant
    tokens.make(merchant, None, "Kho", Scope.values)
    user = User.objects.create_user("vien@example.vn")
    Membership.objects.create(user=user, merchant=merchant, role=role)
    client.force_login(user)
    walk = [*routes(merchant), ("get", API), ("post", API), ("get", WEBHOOKS), ("post", WEBHOOKS)]
    assert {getattr(client, method)(path).status_code for method, path in walk} == {403}
    assert "settings/api" not in client.get("/stores/").content.decode()
