"""Requests for help: asked, answered, late; on both sides of the desk."""

from __future__ import annotations

import smtplib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from reference_app import samples
from reference_app.audit.models import Entry
from reference_app.records.models import Order
from reference_app.stores.models import Store
from reference_app.support import keeping, mails
from reference_app.support.calendar import HIGH, NORMAL, TARGETS, support_priority
from reference_app.support.files import Taken, path_of
from reference_app.support.keeping import Words
from reference_app.support.models import Attachment, Message, Notice, Ticket
from reference_app.syncing.models import SyncRun
from reference_app.tenants.models import Membership, Merchant, User

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))


def at(text: str) -> datetime:
    """Read a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


MONDAY = at("2026-11-30 10:00")


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Any:
    """Keep files in a folder of the test."""
    with override_settings(DATA_DIR=tmp_path):
        yield


@pytest.fixture
def staff(db: None) -> User:
    """Return one of us, who belongs to no merchant."""
    return User.objects.create_user("minh@entro.example", is_staff=True)


@pytest.fixture
def desk(staff: User) -> Client:
    """Return the browser of staff, in Vietnamese."""
    client = Client(HTTP_ACCEPT_LANGUAGE="vi")
    client.force_login(staff)
    return client


def asked(merchant: Merchant, by: User, now: datetime = MONDAY, text: str = "Cho em hỏi") -> Ticket:
    """Open a request."""
    return keeping.ask(merchant, by, "Đơn không về", Words(text), now)


# Rules


def test_a_wait_begins_ends_and_begins_again(merchant: Merchant, owner: User, staff: User) -> None:
    """An answer is due four business hours after asking; answering ends that, a reply begins it."""
    ticket = asked(merchant, owner)
    told = [(ticket.state, ticket.due_at)]
    keeping.answer(ticket, staff, Words("Chào chị"), MONDAY + timedelta(hours=1))
    ticket.refresh_from_db()
    told.append((ticket.state, ticket.due_at))
    keeping.reply(ticket, owner, Words("Vẫn chưa"), at("2026-11-30 17:00"))
    ticket.refresh_from_db()
    told.append((ticket.state, ticket.due_at))
    assert told == [
        ("new", at("2026-11-30 14:00")),
        ("yours", None),
        ("ours", at("2026-12-01 12:00")),
    ]
    assert ticket.answered_at == MONDAY + timedelta(hours=1)


def test_adding_something_puts_nothing_off(merchant: Merchant, owner: User) -> None:
    """Who writes again before the answer is due at the same time still."""
    ticket = asked(merchant, owner)
    keeping.reply(ticket, owner, Words("Thêm nữa"), MONDAY + timedelta(hours=3))
    ticket.refresh_from_db()
    assert (ticket.due_at, ticket.messages.count()) == (at("2026-11-30 14:00"), 2)


def test_states_that_people_choose(merchant: Merchant, owner: User, staff: User) -> None:
    """Solving ends the wait; taking it back begins a new one; nonsense is refused."""
    ticket = asked(merchant, owner)
    keeping.move(ticket, staff, "solved", MONDAY)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.due_at) == ("solved", None)
    keeping.move(ticket, staff, "ours", MONDAY + timedelta(hours=1))
    ticket.refresh_from_db()
    assert (ticket.state, ticket.due_at) == ("ours", at("2026-11-30 15:00"))
    with pytest.raises(ValueError, match="new"):
        keeping.move(ticket, staff, "new", MONDAY)


def test_priority_is_that_of_the_plan(
    merchant: Merchant, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without plans all wait alike; a plan with priority has a shorter target."""
    assert (support_priority(merchant, MONDAY), TARGETS[NORMAL]) == (NORMAL, timedelta(hours=4))
    monkeypatch.setattr(keeping, "support_priority", lambda *_: HIGH)
    assert asked(merchant, owner).due_at == MONDAY + TARGETS[HIGH]
    assert TARGETS[HIGH] < TARGETS[NORMAL]


def test_staff_is_reminded_once_of_each_overdue_wait(
    merchant: Merchant, owner: User, staff: User
) -> None:
    """The reminder comes after the due time, once; a new wait has a reminder of its own."""
    ticket = asked(merchant, owner)
    due = at("2026-11-30 14:00")
    assert [keeping.remind(due), keeping.remind(due + timedelta(seconds=1))] == [0, 1]
    assert keeping.remind(due + timedelta(hours=1)) == 0
    keeping.answer(ticket, staff, Words("Đây"), due + timedelta(hours=1))
    keeping.reply(ticket, owner, Words("Chưa"), at("2026-12-01 09:00"))
    assert keeping.remind(at("2026-12-01 13:01")) == 1
    told = Notice.objects.filter(kind="overdue").values_list("reader__email", flat=True)
    assert list(told) == ["minh@entro.example"] * 2


def test_a_flood_is_refused(merchant: Merchant, owner: User) -> None:
    """The thirty-first message within an hour is not taken; an hour later it is."""
    ticket = asked(merchant, owner)
    for _ in range(29):
        keeping.reply(ticket, owner, Words("a"), MONDAY)
    with pytest.raises(keeping.TooMany):
        keeping.reply(ticket, owner, Words("a"), MONDAY + timedelta(minutes=59))
    keeping.reply(ticket, owner, Words("a"), MONDAY + timedelta(minutes=61))


def test_what_people_write_is_sealed(merchant: Merchant, owner: User) -> None:
    """Neither subject nor text stands in the database in clear."""
    asked(merchant, owner, text="Chị Hạnh 0912345678")
    rows = str(list(Ticket.objects.values())) + str(list(Message.objects.values()))
    assert "0912345678" not in rows
    assert "không về" not in rows


# Mails


def test_mails_follow_the_readers_language(merchant: Merchant, owner: User, staff: User) -> None:
    """The merchant reads the language it asked in; mails say where to read, not what was said."""
    ticket = asked(merchant, owner, text="bí mật")
    Ticket.objects.filter(pk=ticket.pk).update(language="en")
    keeping.answer(ticket, staff, Words("câu trả lời"), MONDAY)
    with override_settings(PUBLIC_URL="https://entro.example"):
        assert mails.deliver(MONDAY) == 3
    sent = {(m.to[0], m.subject): m.body for m in mail.outbox}
    assert set(sent) == {
        ("sen@example.vn", f"We have your request #{ticket.pk}"),
        ("minh@entro.example", f"Yêu cầu #{ticket.pk} của Tiệm Sen đang chờ trả lời"),
        ("sen@example.vn", f"An answer to your request #{ticket.pk}"),
    }
    bodies = "".join(sent.values())
    assert "–" not in bodies  # answered before the mails left: no due time, and no gap for one
    assert f"https://entro.example/support/{ticket.pk}/\n" in bodies
    assert f"https://entro.example/backoffice/support/{ticket.pk}/\n" in bodies
    assert [
        word for word in ("bí mật", "câu trả lời", "không về", "<", "&") if word in bodies
    ] == []
    assert mails.deliver(MONDAY + timedelta(days=1)) == 0  # each was sent once


def test_a_mail_that_fails_is_sent_later(
    merchant: Merchant, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mail server that is away costs a pause, no request and no mail."""
    asked(merchant, owner)
    with monkeypatch.context() as broken:
        refuse = smtplib.SMTPServerDisconnected("gone")
        broken.setattr(
            "reference_app.web.mailing.send_mail", lambda *_: (_ for _ in ()).throw(refuse)
        )
        assert mails.deliver(MONDAY) == 0
    assert mails.deliver(MONDAY + timedelta(seconds=59)) == 0
    assert mails.deliver(MONDAY + timedelta(seconds=60)) == 1


# The merchant's pages


def test_asking_with_an_order_and_a_file(browser_of: Client, store: Store) -> None:
    """A form with an order number and a picture becomes a request that names both."""
    samples.fill(store, orders=1)
    order = Order.objects.filter(store=store).latest("id")
    form = {
        "subject": "Sai phí", "text": "Xem giúp\nem", "order": order.number,
        "files": [SimpleUploadedFile("../../anh.png", PNG)],
    }  # fmt: skip
    reply = browser_of.post("/support/new/", form)
    ticket = Ticket.objects.get()
    assert reply.headers["Location"] == f"/support/{ticket.pk}/"
    page = browser_of.get(f"/support/{ticket.pk}/").content.decode()
    assert [w for w in ("Sai phí", "Xem giúp", order.number, "anh.png") if w not in page] == []
    file = Attachment.objects.get()
    assert (ticket.store, file.name, file.kind) == (store, "anh.png", "image/png")
    assert PNG not in path_of(file).read_bytes()
    assert path_of(file).stat().st_mode & 0o777 == 0o600
    got = browser_of.get(f"/support/files/{file.pk}/")
    assert (got.content, got.headers["Content-Type"]) == (PNG, "image/png")
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<script>alert(1)</script>"),
        ("picture.png", b"<html>"),
        ("picture.svg", b"<svg onload=alert(1)>"),
        ("notes.txt", b"\x00\x01"),
        ("notes.txt", b"\xff\xfe\xfa"),
        ("tool.exe", b"MZ\x90"),
        ("page.html.pdf", b"<html>"),
        ("anh.png.html", PNG),
        ("empty.txt", b""),
        ("large.txt", b"a" * (5 * 1024 * 1024 + 1)),
    ],
)
def test_other_files_are_refused(browser_of: Client, name: str, content: bytes) -> None:
    """What is no picture, PDF or text by content and name, or too large, is not kept."""
    files = [SimpleUploadedFile(name, content)]
    reply = browser_of.post("/support/new/", {"subject": "a", "text": "b", "files": files})
    assert (reply.status_code, Ticket.objects.count(), Attachment.objects.count()) == (200, 0, 0)
    assert "field-error" in reply.content.decode()


@pytest.mark.parametrize(("number", "size"), [(6, 1), (3, 4 * 1024 * 1024)])
def test_too_much_at_once(browser_of: Client, number: int, size: int) -> None:
    """At most five files and ten megabytes come with a message."""
    files = [SimpleUploadedFile(f"{n}.txt", b"a" * size) for n in range(number)]
    browser_of.post("/support/new/", {"subject": "a", "text": "b", "files": files})
    assert Ticket.objects.count() == 0


def test_files_go_with_their_merchant(
    merchant: Merchant, owner: User, django_capture_on_commit_callbacks: Any
) -> None:
    """Deleting the business takes the files off the disk."""
    keeping.ask(merchant, owner, "a", Words("b", [Taken("a.txt", "text/plain", b"x")]), MONDAY)
    path = path_of(Attachment.objects.get())
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        merchant.delete()
    assert not path.exists()


def test_asking_about_somebody_elses_order_or_run(
    browser_of: Client, other: Merchant, owner: User
) -> None:
    """Another merchant's order number, store and run are as good as none."""
    foreign = samples.store(other, "shopee", "9001")
    samples.fill(foreign, orders=1)
    number = Order.objects.get(store=foreign).number
    run = SyncRun.objects.filter(store=foreign).latest("id").pk
    form = {"subject": "a", "text": "b", "order": number, "store": foreign.pk}
    refused = browser_of.post(f"/support/new/?run={run}", form)
    assert set(refused.context["form"].errors) == {"order", "store"}
    browser_of.post(f"/support/new/?run={run}", {"subject": "a", "text": "b"})
    assert Ticket.objects.get().run is None


def test_foreign_requests_do_not_exist(browser_of: Client, other: Merchant, owner: User) -> None:
    """Another merchant's request and files cannot be read, written in or solved."""
    stranger = User.objects.get(memberships__merchant=other)
    words = Words("b", [Taken("a.txt", "text/plain", b"x")])
    ticket = keeping.ask(other, stranger, "a", words, MONDAY)
    file = Attachment.objects.get()
    codes = [
        browser_of.get(p).status_code
        for p in (f"/support/{ticket.pk}/", f"/support/files/{file.pk}/")
    ]
    codes += [
        browser_of.post(f"/support/{ticket.pk}/{act}/").status_code for act in ("reply", "solve")
    ]
    assert codes == [404] * 4
    assert f"/support/{ticket.pk}/" not in browser_of.get("/support/").content.decode()


def test_a_conversation_over_both_desks(
    browser_of: Client, desk: Client, merchant: Merchant, owner: User, staff: User
) -> None:
    """Asked, answered with a file, replied to, solved and opened again; all of it audited."""
    browser_of.post("/support/new/", {"subject": "Sai phí", "text": "Xem giúp"})
    pk = Ticket.objects.get().pk
    assert "Sai phí" in desk.get("/backoffice/support/").content.decode()
    form = {"text": "Gửi chị", "files": [SimpleUploadedFile("a.pdf", b"%PDF-1.4 x")]}
    desk.post(f"/backoffice/support/{pk}/answer/", form)
    page = browser_of.get(f"/support/{pk}/").content.decode()
    assert "Gửi chị" in page
    assert staff.email not in page
    browser_of.post(f"/support/{pk}/reply/", {"text": "Cảm ơn"})
    assert Ticket.objects.get().state == "ours"
    desk.post(f"/backoffice/support/{pk}/answer/", {"text": "Không có gì", "then": "solved"})
    assert "Không có gì" in desk.get(f"/backoffice/support/{pk}/").content.decode()
    browser_of.post(f"/support/{pk}/reply/", {"text": "Lại lỗi"})
    browser_of.post(f"/support/{pk}/solve/")
    desk.get(f"/backoffice/support/files/{Attachment.objects.get().pk}/")
    done = (
        Entry.objects.filter(merchant=merchant).order_by("id").values_list("verb", "who", "detail")
    )
    us, them = staff.email, owner.email
    assert list(done) == [
        ("ask", them, ""), ("answer", us, ""), ("answer", us, ""), ("move", us, "solved"),
        ("move", them, "solved"), ("file", us, ""),
    ]  # fmt: skip


def test_the_desk_sorts_by_priority_and_due_time(
    desk: Client, merchant: Merchant, owner: User
) -> None:
    """Priority stands first, then what is due earlier; what is overdue is marked."""
    late = asked(merchant, owner, at("2020-11-30 10:00"))
    later = asked(merchant, owner, at("2020-11-30 11:00"))
    first = asked(merchant, owner, at("2100-12-01 10:00"))
    Ticket.objects.filter(pk=first.pk).update(priority="high")
    page = desk.get("/backoffice/support/")
    rows = [(ticket.pk, overdue) for ticket, overdue in page.context["rows"]]
    assert rows == [(first.pk, False), (late.pk, True), (later.pk, True)]
    assert page.content.decode().count("Quá hạn") == 2
    assert "2 quá hạn" in page.content.decode()


def test_the_desk_is_for_staff(browser_of: Client, client: Client) -> None:
    """For members there is nothing at the desk's addresses, visitors are sent to log in."""
    paths = ["/backoffice/support/", "/backoffice/support/1/", "/backoffice/status/"]
    assert [browser_of.get(path).status_code for path in paths] == [404] * 3
    assert [client.get(path).status_code for path in paths] == [302] * 3


def test_a_reader_may_ask(merchant: Merchant) -> None:
    """Asking changes nothing of the business: members who only read may do it."""
    reader = User.objects.create_user("doc@example.vn")
    Membership.objects.create(user=reader, merchant=merchant, role="reader")
    client = Client()
    client.force_login(reader)
    client.post("/support/new/", {"subject": "a", "text": "b"})
    assert Ticket.objects.get().opened_by == reader


def test_the_contact_page_states_the_hours(browser_of: Client, merchant: Merchant) -> None:
    """Hours and target stand on the page, in Vietnamese and in English."""
    page = browser_of.get("/support/").content.decode()
    assert "Thứ Hai đến thứ Sáu, 9:00–18:00 (GMT+7)" in page
    assert "4 giờ làm việc" in page
    page = browser_of.get("/support/?lang=en").content.decode()
    assert "4 business hours" in page
    assert ("Open now" in page) != ("Closed now" in page)
