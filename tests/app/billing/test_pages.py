"""The pages under /billing/ and the back office."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from reference_app import samples
from reference_app.audit.models import Entry
from reference_app.billing import book, changing, clock, invoicing, plans, renewing, standing
from reference_app.billing.models import BillingAccount, Invoice, PlanVersion
from reference_app.stores.models import Store
from reference_app.tenants.models import Membership, Merchant, User
from tests.app.billing.conftest import Customer, at, sold

pytestmark = pytest.mark.django_db


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the day that the pages take for today."""

    def be(day: str) -> None:
        monkeypatch.setattr(clock, "now", lambda: at(day))

    return be


def test_a_trial_is_shown(browser_of: Client, merchant: Merchant) -> None:
    """Plan, its end and the first invoice to come, with tax."""
    page = browser_of.get("/billing/").content.decode()
    assert "Tăng trưởng" in page
    assert "Dùng thử miễn phí" in page
    assert "646.920\u00a0₫ gồm thuế" in page
    assert "Hóa đơn đầu tiên được lập ba ngày trước" in page


def test_prices_are_without_tax_and_say_so(browser_of: Client, merchant: Merchant) -> None:
    """In both intervals and languages."""
    page = browser_of.get("/billing/plans/").content.decode()
    assert "chưa gồm thuế" in page
    assert all(price in page for price in ("299.000", "599.000", "1.499.000"))
    english = browser_of.get("/billing/plans/?interval=year&lang=en", follow=True)
    assert "without tax" in english.content.decode()
    assert "2,990,000" in english.content.decode()


def test_upgrade_with_a_preview(
    browser_of: Client, customer: Customer, store: Store, today: Any
) -> None:
    """The page's total is the invoice's, to the dong."""
    today("2026-07-25")
    address = f"/billing/plans/{sold('growth').pk}/"
    page = browser_of.get(address)
    shown = page.content.decode()
    for amount in ("-154.323", "309.161", "154.838", "12.387", "167.225"):
        assert amount in shown
    reply = browser_of.post(address, {"total": page.context["quote"].total}, follow=True)
    invoice = customer.open
    assert reply.redirect_chain == [(f"/billing/invoices/{invoice.pk}/", 302)]
    assert invoice.total == 167_225
    assert "Trừ phần chưa dùng của gói Khởi đầu" in reply.content.decode()
    assert Entry.objects.filter(merchant=customer.merchant, verb="plan").count() == 1


def test_figures_that_changed_meanwhile(browser_of: Client, customer: Customer, today: Any) -> None:
    """Yesterday's total is not taken; the page shows today's."""
    today("2026-07-25")
    address = f"/billing/plans/{sold('growth').pk}/"
    for total in ("172000", "x", ""):
        reply = browser_of.post(address, {"total": total})
        assert "Số tiền vừa thay đổi" in reply.content.decode()
    assert len(customer.invoices) == 1


def test_downgrade_asks_which_stores_stay(
    browser_of: Client, merchant: Merchant, today: Any
) -> None:
    """The owner's choice runs on when the smaller plan begins; the others pause."""
    customer = Customer.paying(merchant, "2026-07-10", "growth")
    stores = [samples.store(merchant, "shopee", f"70{n}") for n in range(3)]
    today("2026-07-20")
    address = f"/billing/plans/{sold('starter').pk}/"
    assert "Giữ gian hàng nào" in browser_of.get(address).content.decode()
    many = browser_of.post(address, {"total": 0, "keep": [one.pk for one in stores]})
    assert "Chọn tối đa 2" in many.content.decode()
    browser_of.post(address, {"total": 0, "keep": [stores[1].pk, stores[2].pk]})
    assert "Giữ gói hiện tại" in browser_of.get("/billing/").content.decode()
    assert {one.state for one in Store.objects.filter(merchant=merchant)} == {"active"}
    customer.job("2026-08-10")
    states = [one.state for one in Store.objects.filter(merchant=merchant).order_by("shop_id")]
    assert states == ["paused", "active", "active"]


def test_a_planned_change_is_undone(browser_of: Client, merchant: Merchant, today: Any) -> None:
    """The plan stays."""
    customer = Customer.paying(merchant, "2026-07-10", "growth")
    today("2026-07-20")
    browser_of.post(f"/billing/plans/{sold('starter').pk}/", {"total": 0})
    browser_of.post("/billing/plans/keep/")
    customer.job("2026-08-10")
    assert customer.open.net == 599_000


def test_cancel_and_undo(browser_of: Client, customer: Customer, today: Any) -> None:
    """The page says until when everything works; it is taken back with one click."""
    today("2026-07-20")
    assert "đến hết ngày 09/08/2026" in browser_of.get("/billing/cancel/").content.decode()
    browser_of.post("/billing/cancel/")
    assert standing.standing(customer.merchant, at("2026-07-20")).cancel_at_period_end
    assert "Gói đã được hủy" in browser_of.get("/").content.decode()
    browser_of.post("/billing/cancel/undo/")
    assert customer.state("2026-08-10") == "active"
    verbs = Entry.objects.filter(merchant=customer.merchant).values_list("verb", flat=True)
    assert sorted(verbs) == ["ending", "goes-on"]


def test_a_new_beginning_after_the_end(browser_of: Client, customer: Customer, today: Any) -> None:
    """Another plan is chosen, and its invoice shown."""
    changing.cancel(customer.merchant, at("2026-07-20"))
    renewing.renew_all(at("2026-08-10"))
    today("2026-08-15")
    address = f"/billing/plans/{sold('growth').pk}/"
    assert "646.920" in browser_of.get(address).content.decode()
    reply = browser_of.post(address, follow=True)
    assert reply.redirect_chain == [(f"/billing/invoices/{customer.open.pk}/", 302)]


def test_what_is_never_locked(browser_of: Client, customer: Customer, today: Any) -> None:
    """Restricted or ended: invoices, plans, cancellation and export of orders stay open."""
    customer.job("2026-08-10")
    customer.job("2026-08-20")
    today("2026-08-20")
    assert customer.state("2026-08-20") == "restricted"
    pages = ["/billing/", "/billing/invoices/", f"/billing/invoices/{customer.open.pk}/",
             "/billing/plans/", "/billing/cancel/", "/orders/export.csv", "/"]  # fmt: skip
    assert {browser_of.get(page).status_code for page in pages} == {200}
    assert "tạm dừng" in browser_of.get("/stores/").content.decode()


def test_the_buyer_counts_for_later_invoices(
    browser_of: Client, customer: Customer, today: Any
) -> None:
    """A tax id of a wrong length is refused; the next invoice has the new buyer."""
    today("2026-07-20")
    facts = {"name": "Công ty Sen", "tax_id": "123", "address": "Hà Nội", "language": "vi"}
    assert "10 chữ số" in browser_of.post("/billing/buyer/", facts).content.decode()
    browser_of.post("/billing/buyer/", facts | {"tax_id": "0101234567-001"})
    customer.job("2026-08-10")
    assert [one.buyer["name"] for one in customer.invoices] == ["Tiệm Sen", "Công ty Sen"]


def test_credit_is_used_by_a_click(browser_of: Client, customer: Customer, today: Any) -> None:
    """A transfer of another amount is offered on the invoice."""
    customer.job("2026-08-10")
    customer.pay("2026-08-10", 100_000)
    today("2026-08-11")
    address = f"/billing/invoices/{customer.open.pk}/"
    assert "Dùng số dư" in browser_of.get(address).content.decode()
    assert "222.920" in browser_of.post(f"{address}credit/", follow=True).content.decode()


def test_others_see_nothing(browser_of: Client, owner: User, other: Merchant) -> None:
    """Another merchant's invoice is not there."""
    stranger = Customer.paying(other, "2026-07-10")
    assert browser_of.get(f"/billing/invoices/{stranger.invoices[0].pk}/").status_code == 404


@pytest.mark.parametrize("role", ["staff", "reader"])
def test_only_owners_change(customer: Customer, role: str) -> None:
    """Members read; they neither change, cancel nor see the buyer's form."""
    member = User.objects.create_user("nv@example.vn")
    Membership.objects.create(user=member, merchant=customer.merchant, role=role)
    client = Client()
    client.force_login(member)
    assert client.get("/billing/").status_code == 200
    plan = f"/billing/plans/{sold('growth').pk}/"
    refused = [
        client.post(one).status_code for one in ("/billing/cancel/", plan, "/billing/buyer/")
    ]
    assert refused == [403, 403, 403]


# Our own staff


@pytest.fixture
def staff(db: None) -> Client:
    """Return the browser of somebody of ours, without a business."""
    user = User.objects.create_user("cs@entro.example", is_staff=True, is_superuser=True)
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user)
    return client


def test_the_back_office_is_for_staff(browser_of: Client, staff: Client, owner: User) -> None:
    """Customers are refused, visitors log in."""
    assert browser_of.get("/backoffice/", follow=True).status_code == 403
    assert Client().get("/backoffice/", follow=True).redirect_chain[-1][0].startswith("/accounts/")
    assert staff.get("/backoffice/").status_code == 200


def _act(staff: Client, action: str, *invoices: Invoice, **rest: str) -> None:
    chosen = [str(one.pk) for one in invoices]
    reply = staff.post(
        "/backoffice/billing/invoice/",
        {"action": action, "_selected_action": chosen, "net": "", "reason": "", **rest},
    )
    assert reply.status_code == 302


def test_mark_paid_with_audit(staff: Client, customer: Customer) -> None:
    """Restores service, once, with a line that says who it was."""
    customer.job("2026-08-10")
    bill = customer.open
    for _ in range(2):
        _act(staff, "mark_paid", bill)
    assert customer.state("2026-08-30") == "active"
    line = Entry.objects.get(merchant=customer.merchant, verb="mark-paid")
    assert (line.who, line.subject) == ("cs@entro.example", bill.number)


def test_void_and_correct(staff: Client, customer: Customer) -> None:
    """An open invoice is voided, a paid one is not; a credit note becomes credit."""
    customer.job("2026-08-10")
    paid, bill = customer.invoices
    _act(staff, "take_back", paid, bill)
    assert [one.state for one in customer.invoices] == ["paid", "void"]
    _act(staff, "correct", paid, net="99667", reason="Bù")
    _act(staff, "correct", paid)
    assert invoicing.credit_of(customer.merchant) == paid.total
    course = book.course_of_log(customer.subscription())
    assert not course.debts


def test_saving_a_plan_makes_a_version(staff: Client, customer: Customer) -> None:
    """Customers stay on theirs."""
    plan = sold("starter")
    facts = {
        "name_vi": plan.name_vi, "name_en": plan.name_en, "price": "399000", "tax_class": "8",
        "stores": "2", "orders": "1000", "sync_seconds": "1800", "support": "normal",
        "features": '["orders"]', "rank": "1",
    }  # fmt: skip
    reply = staff.post(f"/backoffice/billing/planversion/{plan.pk}/change/", facts)
    assert reply.status_code == 302
    assert (sold("starter").version, sold("starter").price) == (2, 399_000)
    assert PlanVersion.objects.get(pk=plan.pk).price == 299_000
    assert 399_000 in [one.price for one in plans.on_sale()]


def test_moving_a_customer_to_a_new_version(staff: Client, customer: Customer, today: Any) -> None:
    """With the next period, not before; the running one stays as it was paid."""
    plans.edit(sold("starter"), price=319_000)
    today("2026-07-20")
    sub = customer.subscription()
    for _ in range(2):
        staff.post(
            "/backoffice/billing/subscription/",
            {"action": "move", "_selected_action": [sub.pk]},
        )
    assert standing.standing(customer.merchant, at("2026-07-20")).plan == sold_version(1)
    customer.job("2026-08-10")
    assert customer.open.net == 319_000


def sold_version(version: int) -> PlanVersion:
    """A version of the smallest monthly plan."""
    return PlanVersion.objects.get(code="starter", interval="month", version=version)


def test_pages_of_the_back_office_open(staff: Client, customer: Customer) -> None:
    """Lists and forms, and parked accounts go on."""
    BillingAccount.objects.update(parked_at=at("2026-07-20"), parked_because="x")
    names = ["planversion", "billingaccount", "subscription", "invoice", "creditnote", "payment",
             "creditentry"]  # fmt: skip
    for name in names:
        assert staff.get(f"/backoffice/billing/{name}/?q=x").status_code == 200
    sub = customer.subscription()
    assert staff.get(f"/backoffice/billing/subscription/{sub.pk}/change/").status_code == 200
    account = BillingAccount.objects.get(merchant=customer.merchant)
    staff.post(
        "/backoffice/billing/billingaccount/",
        {"action": "unpark", "_selected_action": [account.pk]},
    )
    account.refresh_from_db()
    assert account.parked_at is None
