"""Returns on two tracks, and answers that reach the marketplace once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.utils import timezone

from entrosdk import GoodsState, MoneyState
from entrosdk.registry import find
from reference_app.records.models import Return
from reference_app.settling import answers
from reference_app.settling.models import ReturnAnswer
from reference_app.stores import connecting
from reference_app.syncing.runner import run_store
from reference_app.tenants.models import Membership, Merchant, User
from tests.app.settling.conftest import Till


@pytest.mark.django_db
def test_refunded_but_not_back_has_an_age(browser_of: Client, till: Till) -> None:
    """A refund without goods is listed with its age; what came back, or stays away, is not."""
    at = timezone.now() - timedelta(days=6, minutes=1)
    tracks = [GoodsState.IN_TRANSIT, GoodsState.RECEIVED, GoodsState.NONE, GoodsState.LOST]
    for number, goods in enumerate(tracks, 1):
        order = till.order(number)
        item = till.make.return_of(order, goods_state=goods, money_state=MoneyState.REFUNDED)
        till.put("returns", evolve(item, updated_at=at))
    page = browser_of.get("/returns/?state=not_back")
    assert [(item.goods_state, age.days) for item, _, age in page.context["rows"]] == [
        ("IN_TRANSIT", 6)
    ]
    assert "chưa về sau 6 ngày" in page.content.decode()


@pytest.mark.django_db
def test_tracks_are_independent(browser_of: Client, till: Till) -> None:
    """Goods may be back while the refund waits, and the page shows each for itself."""
    order = till.order()
    item = till.make.return_of(order, goods_state=GoodsState.RECEIVED)
    till.put("returns", item)
    html = browser_of.get(f"/returns/{Return.objects.get().pk}/").content.decode()
    assert "Đã nhận" in html
    assert "Chờ hoàn tiền" in html


@pytest.mark.django_db
def test_what_is_decided_takes_no_answer(browser_of: Client, till: Till) -> None:
    """A refunded return offers no answer, and one that is sent anyway goes nowhere."""
    till.put("returns", till.make.return_of(till.order(), money_state=MoneyState.REFUNDED))
    pk = Return.objects.get().pk
    browser_of.post(f"/returns/{pk}/accept/")
    html = browser_of.get(f"/returns/{pk}/").content.decode()
    assert (ReturnAnswer.objects.count(), "/accept/" in html) == (0, False)


def test_a_marketplace_without_answers_says_so() -> None:
    """Only stores whose marketplace takes answers offer them."""
    able = [find(name).manifest.supports(answers.Capability.RETURNS_ACCEPT) for name in _NAMES]
    assert able == [True, True, True, False]


_NAMES = ("shopee", "lazada", "tiktok", "tiki")


# Against the sandbox: rows must be really there, for several threads


@pytest.fixture
def asked(
    control: Callable[..., Any], facts: dict[str, str], merchant: Merchant, transactional_db: None
) -> Return:
    """Return a buyer's request that waits for the seller's answer, synced from the sandbox."""
    store = connecting.keep(merchant, connecting.check(connecting.claim_of(facts)))
    bought = control("POST", "orders", {"marketplace": "shopee", "count": 1})
    order = bought["orders"][0]["id"] if "orders" in bought else bought[0]["id"]
    control("POST", f"orders/shopee/{order}/status", {"status": "RETURNING"})
    control("POST", "clock", {"advance_s": 2})  # listings end before the present second
    run_store(store, "person")
    return Return.objects.get(order_ref=order)


@pytest.mark.own_sandbox
def test_two_clicks_accept_once(asked: Return, control: Callable[..., Any], owner: User) -> None:
    """Two clicks at one time are one answer, and the page shows the return as it became."""
    start = threading.Barrier(2)

    def click() -> None:
        client = Client()
        client.force_login(owner)
        start.wait()
        client.post(f"/returns/{asked.pk}/accept/")
        connections.close_all()

    clicks = [threading.Thread(target=click) for _ in range(2)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    asked.refresh_from_db()
    taken = list(ReturnAnswer.objects.values_list("decision", "outcome"))
    assert (taken, asked.status != "REQUESTED") == ([("accept", "accepted")], True)


@pytest.mark.own_sandbox
def test_a_dispute_has_the_marketplaces_own_reason(asked: Return, browser_of: Client) -> None:
    """The form offers the marketplace's reasons; one of them is sent, others are refused here."""
    form = browser_of.get(f"/returns/{asked.pk}/reasons/").context["reasons"]
    wrong = browser_of.post(f"/returns/{asked.pk}/dispute/", {"reason": "no such reason"})
    before = ReturnAnswer.objects.count()
    picture = SimpleUploadedFile("a.jpg", b"\xff\xd8\xff\xe0" + b"0" * 64, "image/jpeg")
    right = {"reason": form[0].code, "comment": "Hàng đã dùng", "pictures": [picture]}
    browser_of.post(f"/returns/{asked.pk}/dispute/", right)
    answer = ReturnAnswer.objects.get()
    assert (wrong.status_code, before, answer.reason_text, answer.outcome) == (
        302,
        0,
        form[0].text,
        "accepted",
    )


@pytest.mark.own_sandbox
def test_a_refusal_is_told_in_words(
    asked: Return, browser_of: Client, control: Callable[..., Any]
) -> None:
    """When the marketplace fails nothing is noted as done, and another try is free."""
    control("POST", "faults", {"match": "returns", "effect": "500", "probability": 1.0})
    browser_of.post(f"/returns/{asked.pk}/accept/")
    first = ReturnAnswer.objects.get()
    html = browser_of.get(f"/returns/{asked.pk}/").content.decode()
    control("DELETE", "faults")
    browser_of.post(f"/returns/{asked.pk}/accept/")
    last = ReturnAnswer.objects.latest("pk")
    assert (first.outcome in {"refused", "unknown"}, last.outcome) == (True, "accepted")
    assert "/accept/" in html


@pytest.mark.django_db
def test_a_reader_answers_nothing(client: Client, till: Till) -> None:
    """A read-only member sees a return and is refused every answer."""
    till.put("returns", till.make.return_of(till.order()))
    pk = Return.objects.get().pk
    reader: Any = User.objects.create_user("doc3@example.vn")
    Membership.objects.create(user=reader, merchant=till.store.merchant, role="reader")
    client.force_login(reader)
    codes = [client.post(f"/returns/{pk}/{what}/").status_code for what in ("accept", "dispute")]
    codes.append(client.get(f"/returns/{pk}/reasons/").status_code)
    assert (codes, client.get(f"/returns/{pk}/").status_code) == ([403, 403, 403], 200)
