"""Connecting stores through the sandbox, and keeping them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from reference_app import samples
from reference_app.stores import connecting
from reference_app.stores.models import Credential, Store
from reference_app.syncing.jobs import Job, ask, hand_over
from reference_app.tenants.models import Merchant
from reference_app.web import words

pytestmark = pytest.mark.django_db


def form_of(facts: dict[str, str], **changes: str) -> dict[str, str]:
    """Return what somebody would type to connect the sandbox's store."""
    typed = {**facts, "name": "", "sync_from": "2026-01-01"}
    return {**typed, **changes}


def test_connecting_asks_the_marketplace_and_keeps_the_store(
    browser_of: Client, facts: dict[str, str], merchant: Merchant
) -> None:
    """Good credentials make a store with the shop's own name, due at once."""
    response = browser_of.post("/stores/connect/", form_of(facts))
    store = Store.objects.get(merchant=merchant)
    assert (response.headers["Location"], store.name, store.state, store.next_trigger) == (
        f"/stores/{store.pk}/check/",
        facts["name"],
        "active",
        "connected",
    )


def test_the_check_list_tells_what_the_marketplace_said(
    browser_of: Client, facts: dict[str, str]
) -> None:
    """Name, permissions, ends and the clock's difference stand on a page that can ask anew."""
    where = browser_of.post("/stores/connect/", form_of(facts))["Location"]
    first = Store.objects.get()
    page = browser_of.get(where).content.decode()
    asked = browser_of.post(f"{where}again/", follow=True).content.decode()
    second = Store.objects.get()
    assert (facts["name"] in page, "so với đồng hồ của sàn" in page, "ngày nữa" in page) == (
        True,
        True,
        False,
    )
    assert "đã trả lời" in asked
    assert abs(first.checked["skew_seconds"]) < 60
    assert first.checked["at"] < second.checked["at"]


def test_a_check_of_a_marketplace_that_is_down(browser_of: Client, facts: dict[str, str]) -> None:
    """The page says that it is down and what comes next; what was known stays."""
    browser_of.post("/stores/connect/", form_of(facts))
    Store.objects.update(base_url="http://127.0.0.1:9")
    store = Store.objects.get()
    page = browser_of.post(f"/stores/{store.pk}/check/again/", follow=True).content.decode()
    told = words.trouble("Unavailable")
    assert told is not None
    assert ("notice-error" in page, store.state, store.checked["name"]) == (
        True, "active", facts["name"]
    )  # fmt: skip


def test_secrets_are_kept_sealed(browser_of: Client, facts: dict[str, str]) -> None:
    """The app's secrets can be used again and stand nowhere in clear text."""
    browser_of.post("/stores/connect/", form_of(facts))
    store = Store.objects.get()
    kept = store.app_sealed + Credential.objects.get().sealed
    clear = [facts[name] for name in ("app_secret", "push_secret", "access_token")]
    assert (store.app().secret.reveal(), [text for text in clear if text in kept]) == (
        facts["app_secret"],
        [],
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"app_secret": "shpk-wrong"}, "Sàn từ chối chữ ký của chúng tôi."),
        ({"access_token": "0" * 32, "refresh_token": ""}, "token mới"),
        ({"base_url": "http://127.0.0.1:9"}, "Địa chỉ của sàn không trả lời."),
        ({"base_url": "http://10.0.0.1"}, "Địa chỉ này không được phép dùng ở đây."),
        ({"shop_id": ""}, "Vui lòng nhập mục này."),
        ({"sync_from": "2099-01-01"}, "Ngày này ở tương lai."),
    ],
)
def test_bad_credentials_are_refused_in_plain_words(
    browser_of: Client, facts: dict[str, str], change: dict[str, str], told: str
) -> None:
    """What the marketplace refuses is told with the next step, and nothing is kept."""
    page = browser_of.post("/stores/connect/", form_of(facts, **change)).content.decode()
    assert (told in page, Store.objects.count()) == (True, 0)


def test_secrets_are_not_shown_again(browser_of: Client, facts: dict[str, str]) -> None:
    """A refused form comes back without its secrets."""
    page = browser_of.post("/stores/connect/", form_of(facts, shop_id="")).content.decode()
    secret = ("app_secret", "push_secret", "access_token", "refresh_token")
    assert [name for name in secret if facts[name] in page] == []


def test_a_shop_is_connected_once(
    browser_of: Client, facts: dict[str, str], other: Merchant
) -> None:
    """A shop that lives in another account cannot be connected here."""
    samples.store(other, "shopee", facts["shop_id"])
    page = browser_of.post("/stores/connect/", form_of(facts)).content.decode()
    assert "đã được kết nối với tài khoản khác" in page


def test_pausing_and_resuming(browser_of: Client, store: Store) -> None:
    """A paused store is not due; resuming makes it due at once."""
    browser_of.post(f"/stores/{store.pk}/pause/")
    ask(store, "person")
    paused = Store.objects.get(pk=store.pk)
    browser_of.post(f"/stores/{store.pk}/resume/")
    resumed = Store.objects.get(pk=store.pk)
    assert (paused.state, resumed.state, resumed.next_run_at <= timezone.now()) == (
        "paused",
        "active",
        True,
    )


def test_disconnecting_keeps_history(browser_of: Client, store: Store) -> None:
    """Orders stay and can be read; credentials and secrets are gone."""
    orders = samples.fill(store, orders=3)
    browser_of.post(f"/stores/{store.pk}/disconnect/")
    gone = Store.objects.get(pk=store.pk)
    page = browser_of.get(f"/orders/shopee/1001/{orders[0].id}/")
    credentials = Credential.objects.filter(store=store).count()
    assert (gone.state, gone.app_sealed, credentials, page.status_code) == (
        "disconnected",
        "",
        0,
        200,
    )


def test_connecting_again_brings_history_back(
    browser_of: Client, facts: dict[str, str], merchant: Merchant
) -> None:
    """A store that was disconnected comes back as the same store."""
    browser_of.post("/stores/connect/", form_of(facts))
    first = Store.objects.get()
    browser_of.post(f"/stores/{first.pk}/disconnect/")
    browser_of.post("/stores/connect/", form_of(facts))
    assert (Store.objects.get().pk, Store.objects.get().state) == (first.pk, "active")


def test_authorising_again(browser_of: Client, facts: dict[str, str], merchant: Merchant) -> None:
    """New tokens bring a store that lost its consent back to work."""
    store = connecting.keep(merchant, connecting.check(connecting.claim_of(facts)))
    Store.objects.update(state="needs_reauth", trouble="Revoked")
    browser_of.post(f"/stores/{store.pk}/authorise/", facts)
    after = Store.objects.get()
    assert (after.state, after.trouble) == ("active", "")


class Taken:
    """A job engine that only remembers."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def enqueue(self, job: Job) -> None:
        """Remember a job."""
        self.jobs.append(job)


def test_a_due_store_is_handed_over_once(store: Store) -> None:
    """Two looks at a due store make one job, with the reason it was asked for."""
    ask(store, "person")
    jobs: Any = Taken()
    handed = hand_over(jobs) + hand_over(jobs)
    assert (handed, [(job.store_id, job.trigger) for job in jobs.jobs]) == (
        1,
        [(store.pk, "person")],
    )


@pytest.mark.parametrize("state", ["paused", "needs_reauth", "disconnected"])
def test_stores_that_do_not_run_are_never_due(store: Store, state: str) -> None:
    """Jobs of a store that is not active pause instead of failing."""
    Store.objects.update(state=state, next_run_at=timezone.now())
    assert hand_over(Taken()) == 0  # type: ignore[arg-type]
