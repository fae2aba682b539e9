"""The third sum: payouts = bank credit; and the terms payouts are checked against."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from reference_app.audit.models import Entry
from reference_app.records.models import Payout
from reference_app.settling import terms
from reference_app.settling.models import BankCredit, CreditedPayout, FeeRate, StoreTerms
from reference_app.settling.rules.bank import Credit, Statement, matched
from reference_app.stores.models import Store
from tests.app.settling.conftest import PARTS, Till

DAY = date(2026, 11, 20)


def said(*amounts: int, store: int = 1, first: int = 1) -> list[Statement]:
    """Return statements of one store, a day apart."""
    return [
        Statement(first + place, store, amount, DAY + timedelta(days=place))
        for place, amount in enumerate(amounts)
    ]


def test_several_statements_may_be_one_credit() -> None:
    """Statements of one store in a row that add up to the credit are its parts."""
    came = [Credit(9, 700, DAY + timedelta(days=3))]
    assert matched(came, said(300, 400, 900)) == {9: (1, 2)}


def test_statements_of_two_stores_are_no_credit() -> None:
    """Each store is paid apart, so their statements are never added up."""
    assert matched([Credit(9, 700, DAY)], [*said(300), *said(400, store=2, first=5)]) == {}


@pytest.mark.parametrize(
    "came",
    [
        [Credit(8, 300, DAY), Credit(9, 300, DAY)],
        [Credit(9, 300, DAY + timedelta(days=30))],
        [Credit(9, 301, DAY)],
    ],
)
def test_what_is_not_sure_is_left_to_a_person(came: list[Credit]) -> None:
    """Two credits for one statement, one of another month, one of another amount: no guess."""
    assert matched(came, said(300)) == {}


@given(st.lists(st.integers(1, 50), max_size=8), st.lists(st.integers(1, 99), max_size=4))
def test_matches_always_add_up(amounts: list[int], credits_: list[int]) -> None:
    """Whatever is matched adds up to its credit, and no statement counts twice."""
    statements = {one.key: one for one in said(*amounts)}
    came = [Credit(key, amount, DAY + timedelta(days=5)) for key, amount in enumerate(credits_)]
    found = matched(came, statements.values())
    parts = [part for way in found.values() for part in way]
    assert len(parts) == len(set(parts))
    assert all(
        sum(statements[p].amount for p in found[c.key]) == c.amount for c in came if c.key in found
    )


def paid(store: Store, name: str, amount: int, days: int = 1) -> Payout:
    """Return a payout that was paid some days ago."""
    at = timezone.now() - timedelta(days=days)
    return Payout.objects.create(
        merchant=store.merchant, store=store, external_id=name, amount_minor=amount,
        currency="VND", status="PAID", requested_at=at, paid_at=at, read_at=at,
    )  # fmt: skip


@pytest.mark.django_db
def test_a_file_of_credits(browser_of: Client, store: Store) -> None:
    """Good lines are taken and matched, bad ones named; the same file again changes nothing."""
    paid(store, "P1", 300_000, 2)
    paid(store, "P2", 346_500)
    today = timezone.now().date()
    lines = f"{today},646500,FT1,SHOPEE\n{today},x,FT2,\nhom qua,5,FT3,\n"
    reply: Any = None
    for _ in range(2):
        file = SimpleUploadedFile("bank.csv", f"date,amount,reference,memo\n{lines}".encode())
        reply = browser_of.post("/payments/bank/upload/", {"file": file})
    credit = BankCredit.objects.get()
    ((row, gap),) = reply.context["rows"]
    assert (credit.parts.count(), row.told_minor, gap) == (2, 646_500, 0)
    assert (len(reply.context["wrong"]), reply.context["open"]) == (2, [])


@pytest.mark.django_db
def test_a_credit_that_is_short(browser_of: Client, store: Store) -> None:
    """What a person chose stays, and shows the difference; removed, its payouts are open again."""
    payout = paid(store, "P1", 360_300)
    form = {"day": "2026-11-20", "amount": "346.500", "reference": "FT9"}
    browser_of.post("/payments/bank/add/", form)
    credit = BankCredit.objects.get()
    address = f"/payments/bank/{credit.pk}/"
    browser_of.post(f"{address}payouts/", {"payout": [payout.pk]})
    assert browser_of.get(address).context["gap"] == -13_800
    browser_of.post(f"{address}remove/")
    assert (
        CreditedPayout.objects.count(),
        len(browser_of.get("/payments/bank/").context["open"]),
    ) == (0, 1)
    assert list(Entry.objects.values_list("verb", flat=True)) == ["bank"] * 3


@pytest.mark.django_db
def test_a_foreign_payout_is_no_part(browser_of: Client, store: Store, other: Any) -> None:
    """A payout of another merchant cannot be put into a credit."""
    from reference_app import samples

    foreign = paid(samples.store(other, "shopee", "9001"), "P9", 100)
    browser_of.post("/payments/bank/add/", {"day": "2026-11-20", "amount": "100", "reference": "A"})
    credit = BankCredit.objects.get()
    browser_of.post(f"/payments/bank/{credit.pk}/payouts/", {"payout": [foreign.pk]})
    assert CreditedPayout.objects.count() == 0


@pytest.mark.django_db
def test_a_rate_explains_what_was_taken(browser_of: Client, till: Till) -> None:
    """Orders are checked again with a rate as soon as it is added, and with none when it goes."""
    order = till.order()
    till.paid(order, PARTS)
    assert till.money(order).difference_minor == 0
    address = f"/payments/terms/{till.store.pk}/"
    form = {"kind": "commission", "percent": "10", "fixed": "", "base": "goods"}
    browser_of.post(f"{address}rates/", form)
    row = FeeRate.objects.get()
    assert (row.ppm, till.money(order).difference_minor, till.money(order).state) == (
        100_000,
        -4_600,
        "short",
    )
    assert browser_of.get(address).context["rates"][0][2] == "10"
    browser_of.post(f"/payments/terms/rates/{row.pk}/remove/")
    assert till.money(order).state == "matched"


@pytest.mark.django_db
def test_terms_of_a_store(browser_of: Client, till: Till) -> None:
    """A company is not withheld from; what was withheld is a difference once it is known."""
    order = till.order()
    till.paid(order, PARTS)
    browser_of.post(f"/payments/terms/{till.store.pk}/", {"seller": "company", "due_days": "9"})
    assert (StoreTerms.objects.get().due_days, till.money(order).difference_minor) == (9, -6_900)


@pytest.mark.django_db
def test_a_rate_that_takes_nothing_is_refused(browser_of: Client, store: Store) -> None:
    """A row without percent and amount, or one that ends before it begins, is not kept."""
    address = f"/payments/terms/{store.pk}/rates/"
    empty = browser_of.post(address, {"kind": "commission", "base": "goods"})
    days = {"valid_from": "2026-02-01", "valid_to": "2026-01-01"}
    upside_down = browser_of.post(
        address, {"kind": "commission", "base": "goods", "percent": "3", **days}
    )
    assert FeeRate.objects.count() == 0
    assert [reply.context["rate"].is_valid() for reply in (empty, upside_down)] == [False, False]


@pytest.mark.django_db
def test_many_orders_are_left_to_the_next_run(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store with many orders is marked, and its next run works them out."""
    order = till.order()
    till.paid(order, PARTS)
    monkeypatch.setattr(terms, "_AT_ONCE", 0)
    rate = FeeRate(store=till.store, kind="commission", ppm=100_000)
    done = terms.keep(rate, None)
    before = till.money(order).state
    assert (done, before, terms.catch_up(till.store), terms.catch_up(till.store)) == (
        False, "matched", 1, 0,
    )  # fmt: skip
    assert till.money(order).state == "short"
