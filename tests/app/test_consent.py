"""Connecting and authorising over the consent pages of the sandbox's four marketplaces."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from attrs import evolve
from django.conf import settings
from django.test import Client, override_settings
from django.utils.translation import override

from entrosdk import Secret
from reference_app import samples
from reference_app.audit.models import Entry
from reference_app.billing import limits
from reference_app.stores import consent_views, consenting
from reference_app.stores.models import Credential, Store
from reference_app.stores.ownapps import from_environment, variables
from reference_app.tenants import sessions
from reference_app.tenants.models import Membership, Merchant, User
from tests.app.conftest import call_control
from tests.sandboxes import serving

pytestmark = pytest.mark.django_db
ALL = ("shopee", "lazada", "tiktok", "tiki")
FORM = "/stores/connect/"


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@pytest.fixture(scope="module")
def market() -> Iterator[dict[str, dict[str, str]]]:
    """Run a sandbox of all marketplaces; gives what connects the shop of each."""
    with serving("--seed", "7", "--orders", "2") as control:
        url = control.removesuffix("/").removesuffix("/control")
        facts: dict[str, dict[str, str]] = {}
        for one in call_control(url, "GET", "stores"):
            facts.setdefault(one["marketplace"], one)
        yield facts


@pytest.fixture(autouse=True)
def own(market: dict[str, dict[str, str]]) -> Iterator[None]:
    """Let the installation have the sandbox's apps."""
    named: dict[str, str] = {}
    for facts in market.values():
        named |= variables(facts)
    with override_settings(OWN_APPS=from_environment(named)):
        yield


def at_the_marketplace(address: str, **more: str) -> str:
    """Consent at `address` as a seller does; returns where the browser is sent."""
    whole = f"{address}&{urlencode(more)}" if more else address
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.build_opener(_Stay).open(whole, timeout=10)
    answer.value.close()
    assert answer.value.code == 302, "the consent page sent nobody back"
    back = urlsplit(answer.value.headers["Location"])
    return f"{back.path}?{back.query}"


def begun(browser: Client, marketplace: str = "shopee") -> str:
    """Press the button; returns the consent page's address."""
    return str(browser.get(f"/stores/consent/{marketplace}/begin/")["Location"])


def told(browser: Client, back: str) -> tuple[str, str]:
    """Come back; returns where that leads and what is read there."""
    reply = browser.get(back)
    return reply["Location"], browser.get(reply["Location"]).content.decode()


def refused(browser: Client, back: str, reason: str) -> bool:
    """Say whether coming back is refused with the words of `reason`."""
    where, page = told(browser, back)
    return where == FORM and words_of(reason) in page


def words_of(reason: str) -> str:
    """Return the Vietnamese words of a refusal."""
    with override("vi"):
        return str(consent_views.WORDS[reason])


@pytest.mark.parametrize("marketplace", ALL)
def test_consent_connects_a_store(
    browser_of: Client, merchant: Merchant, market: dict[str, dict[str, str]], marketplace: str
) -> None:
    """The button leads over the consent page to the check list, and the shop is kept."""
    back = at_the_marketplace(begun(browser_of, marketplace))
    where, _ = told(browser_of, back)
    store = Store.objects.get(merchant=merchant)
    entry = Entry.objects.get(verb="connect")
    assert (where, store.marketplace, store.shop_id, store.state, entry.outcome) == (
        f"/stores/{store.pk}/check/", marketplace, market[marketplace]["shop_id"], "active",
        "accepted",
    )  # fmt: skip


@pytest.mark.parametrize("marketplace", ALL)
def test_consent_authorises_the_same_shop_again(
    browser_of: Client, merchant: Merchant, market: dict[str, dict[str, str]], marketplace: str
) -> None:
    """A store that needs consent runs again with new tokens, as the same row."""
    store = samples.store(merchant, marketplace, market[marketplace]["shop_id"])
    Store.objects.update(state="needs_reauth")
    address = browser_of.get(f"/stores/{store.pk}/consent/")["Location"]
    told(browser_of, at_the_marketplace(address))
    store.refresh_from_db()
    assert (Store.objects.count(), store.state, Entry.objects.get(verb="authorise").outcome) == (
        1, "active", "accepted"
    )  # fmt: skip


@pytest.mark.parametrize("marketplace", ALL)
def test_another_shop_does_not_take_a_stores_place(
    browser_of: Client, merchant: Merchant, marketplace: str
) -> None:
    """Consent for another shop is refused, and the store's tokens stay what they were."""
    store = samples.store(merchant, marketplace, "9001")
    before = list(Credential.objects.values_list("sealed", flat=True))
    address = browser_of.get(f"/stores/{store.pk}/consent/")["Location"]
    where, page = told(browser_of, at_the_marketplace(address))
    assert (where, words_of("other") in page) == (f"/stores/{store.pk}/authorise/", True)
    assert list(Credential.objects.values_list("sealed", flat=True)) == before
    assert Store.objects.count() == 1


def test_a_forged_state_is_refused_and_the_true_one_still_works(browser_of: Client) -> None:
    """A stranger's link connects nothing and does not end what the seller began."""
    back = at_the_marketplace(begun(browser_of))
    query = {name: value[0] for name, value in parse_qs(urlsplit(back).query).items()}
    for state in ("", "x", "ý" * 9, query["state"][:-1]):
        forged = f"{urlsplit(back).path}?{urlencode({**query, 'state': state})}"
        assert refused(browser_of, forged, "state")
    assert Store.objects.count() == 0
    assert "/check/" in told(browser_of, back)[0]


def test_a_state_works_once(browser_of: Client) -> None:
    """Coming back a second time, even with a fresh code, is refused."""
    address = begun(browser_of)
    told(browser_of, at_the_marketplace(address))
    Store.objects.all().delete()
    assert refused(browser_of, at_the_marketplace(address), "state")
    assert Store.objects.count() == 0


def test_a_state_ends(browser_of: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes back after the quarter of an hour begins again."""
    monkeypatch.setattr(consenting, "LIFE", timedelta(seconds=-1))
    assert refused(browser_of, at_the_marketplace(begun(browser_of)), "late")
    assert Store.objects.count() == 0


def test_a_state_belongs_to_one_session(browser_of: Client, owner: User) -> None:
    """The same owner in another browser cannot end what this one began."""
    back = at_the_marketplace(begun(browser_of))
    second = Client(HTTP_ACCEPT_LANGUAGE="vi")
    second.force_login(owner)
    session = second.session
    session[sessions.SEEN] = time.time()
    session.save()
    assert refused(second, back, "state")
    assert Store.objects.count() == 0


def test_a_state_belongs_to_one_marketplace(browser_of: Client) -> None:
    """What Shopee was asked for does not come back at Tiki's address."""
    back = at_the_marketplace(begun(browser_of))
    assert refused(browser_of, back.replace("/shopee/", "/tiki/"), "state")


def test_a_state_belongs_to_one_merchant(
    browser_of: Client, other: Merchant, owner: User, merchant: Merchant
) -> None:
    """Whoever moves to another business meanwhile connects nothing there."""
    back = at_the_marketplace(begun(browser_of))
    Membership.objects.filter(user=owner).update(merchant=other)
    assert refused(browser_of, back, "state")
    assert Store.objects.count() == 0


@pytest.mark.parametrize("marketplace", ["tiktok", "tiki"])
def test_a_seller_may_refuse(browser_of: Client, marketplace: str) -> None:
    """A refusal is told as one, kept in the audit log, and nothing is connected."""
    back = at_the_marketplace(begun(browser_of, marketplace), deny="1")
    assert refused(browser_of, back, "denied")
    entry = Entry.objects.get(verb="connect")
    assert (Store.objects.count(), entry.outcome, entry.detail) == (0, "refused", "denied")


@pytest.mark.parametrize("marketplace", ALL)
def test_a_used_code_is_refused(browser_of: Client, marketplace: str) -> None:
    """A code that was spent comes to nothing under a state that is good."""
    first = at_the_marketplace(begun(browser_of, marketplace))
    told(browser_of, first)
    Store.objects.all().delete()
    state = parse_qs(urlsplit(begun(browser_of, marketplace)).query)["state"][0]
    query = {name: value[0] for name, value in parse_qs(urlsplit(first).query).items()}
    spent = f"{urlsplit(first).path}?{urlencode({**query, 'state': state})}"
    assert refused(browser_of, spent, "code")
    assert Store.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"base_url": "http://127.0.0.1:9"}, "Địa chỉ của sàn không trả lời."),
        ({"secret": "shpk-wrong"}, "Sàn từ chối chữ ký của chúng tôi."),
    ],
)
def test_what_is_no_fault_of_the_seller_is_told_as_it_is(
    browser_of: Client, change: dict[str, str], words: str
) -> None:
    """A marketplace that is down and an app's wrong secret are named, and nothing is kept."""
    back, good = at_the_marketplace(begun(browser_of)), settings.OWN_APPS["shopee"]
    if "secret" in change:
        bad = evolve(good, app=evolve(good.app, secret=Secret(change["secret"])))
    else:
        bad = evolve(good, **change)
    with override_settings(OWN_APPS={"shopee": bad}):
        _, page = told(browser_of, back)
    assert (words in page, Store.objects.count()) == (True, 0)


def test_a_shop_of_another_account_is_refused(
    browser_of: Client, other: Merchant, market: dict[str, dict[str, str]]
) -> None:
    """A shop that lives in another account of this installation stays there."""
    samples.store(other, "shopee", market["shopee"]["shop_id"])
    assert refused(browser_of, at_the_marketplace(begun(browser_of)), "taken")
    assert Store.objects.get().merchant == other


def test_the_plans_places_count(
    browser_of: Client, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Consent opens no more places than pasting does: the very same check is asked."""
    asked: list[Merchant] = []
    monkeypatch.setattr(limits, "take_place", asked.append)
    told(browser_of, at_the_marketplace(begun(browser_of)))
    assert asked == [merchant]


def test_a_store_that_went_meanwhile_is_not_brought_back(
    browser_of: Client, merchant: Merchant, market: dict[str, dict[str, str]]
) -> None:
    """Disconnected between button and return, a store stays disconnected."""
    store = samples.store(merchant, "shopee", market["shopee"]["shop_id"])
    back = at_the_marketplace(browser_of.get(f"/stores/{store.pk}/consent/")["Location"])
    Store.objects.update(state="disconnected")
    assert refused(browser_of, back, "gone")
    assert Store.objects.get().state == "disconnected"


def test_only_owners_may(browser_of: Client, owner: User, store: Store) -> None:
    """Other members are refused, and see no button."""
    Membership.objects.filter(user=owner).update(role=Membership.Role.STAFF)
    ways = ["consent/shopee/begin/", "consent/shopee/?code=1&state=2", f"{store.pk}/consent/"]
    assert [browser_of.get(f"/stores/{way}").status_code for way in ways] == [403] * 3
    assert "/begin/" not in browser_of.get(FORM).content.decode()


def test_another_merchants_store_does_not_exist(browser_of: Client, other: Merchant) -> None:
    """Nobody asks for consent in the name of somebody else's store."""
    foreign = samples.store(other, "shopee", "9001")
    assert browser_of.get(f"/stores/{foreign.pk}/consent/").status_code == 404


def test_another_site_cannot_begin(browser_of: Client) -> None:
    """A stranger's page that links to the button's address is refused."""
    reply = browser_of.get(
        "/stores/consent/shopee/begin/", headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert (reply.status_code, "consents" in browser_of.session) == (403, False)


@pytest.mark.parametrize(
    ("language", "words"), [("vi", "Kết nối tại Shopee"), ("en", "Connect at Shopee")]
)
def test_the_page_offers_consent_where_there_is_an_app(
    browser_of: Client, language: str, words: str
) -> None:
    """A button for each app of the installation; without any, pasting is the only way."""
    client = browser_of
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    page = client.get(FORM).content.decode()
    with override_settings(OWN_APPS={}):
        bare = client.get(FORM).content.decode()
        gone = client.get("/stores/consent/shopee/begin/").status_code
    assert (words in page, page.count("/begin/"), "/begin/" in bare, gone) == (True, 4, False, 404)


def test_no_secret_is_on_a_page_or_in_an_address(
    browser_of: Client, market: dict[str, dict[str, str]]
) -> None:
    """Neither the consent page's address nor ours shows an app's secrets."""
    shown = browser_of.get(FORM).content.decode() + "".join(begun(browser_of, one) for one in ALL)
    kept = [facts[name] for facts in market.values() for name in ("app_secret", "push_secret")]
    assert [secret for secret in kept if secret and secret in shown] == []
    assert market["shopee"]["app_secret"] not in repr(settings.OWN_APPS)
