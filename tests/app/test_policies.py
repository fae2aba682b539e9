"""Terms and privacy: texts that stay as published, consent, and what consent never locks."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from reference_app.audit.models import Entry
from reference_app.policies import accepting, versions
from reference_app.policies.models import Acceptance
from reference_app.policies.versions import KINDS, TEXTS, Version
from reference_app.tenants.models import Merchant, User
from reference_app.web.moments import today

pytestmark = pytest.mark.django_db
Second = Any  # makes a second version of the terms, in force after some days


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> Second:
    """Publish a second version of the terms, with the text of the first."""
    first = versions.versions("terms")[0]
    known = {kind: list(versions.versions(kind)) for kind in KINDS}

    def publish(days: int) -> Version:
        new = evolve(
            first, number=2, updated=today(), effective=today() + timedelta(days=days),
            changes={"vi": "Thêm mục 15.", "en": "Section 15 is new."},
        )  # fmt: skip
        path = versions._path
        monkeypatch.setattr(versions, "_path", lambda v, lang: path(first if v is new else v, lang))
        monkeypatch.setattr(versions, "_all", lambda: known | {"terms": [first, new]})
        return new

    return publish


def test_a_published_text_is_never_edited() -> None:
    """Each text is the one that was published; a changed text needs a version of its own."""
    every = [(v, lang) for kind in KINDS for v in versions.versions(kind) for lang in ("vi", "en")]
    edited = [
        f"{v.name}.{lang}" for v, lang in every if versions.digest_of(v, lang) != v.digest(lang)
    ]
    assert edited == [], "write a new version; a published one is what people accepted"


def test_every_file_is_a_version_and_versions_follow_each_other() -> None:
    """No text lies about unpublished; numbers count from one and days never go back."""
    named = {
        f"{v.name}.{lang}.md" for k in KINDS for v in versions.versions(k) for lang in ("vi", "en")
    }
    assert {path.name for path in TEXTS.glob("*.md")} == named
    for kind in KINDS:
        known = versions.versions(kind)
        assert [v.number for v in known] == list(range(1, len(known) + 1))
        assert [v.effective for v in known] == sorted(v.effective for v in known)
        assert all(v.updated <= v.effective for v in known)
        assert all(set(v.changes) == {"vi", "en"} for v in known[1:])


MARKS = {"#", "-", "|"}


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_say_the_same_sections(kind: str) -> None:
    """Vietnamese and English have the same headings by number, lists and table rows."""
    for version in versions.versions(kind):
        shape = [
            [
                line[:5] if line[0] == "#" else line[0]
                for line in text.splitlines()
                if line[:1] in MARKS
            ]
            for text in (version.text("vi"), version.text("en"))
        ]
        assert shape[0] == shape[1]


PROMISES = {
    "terms": [
        ("connected stores", "số gian hàng kết nối"),
        ("number of orders", "số đơn hàng"),
        ("(VND) and shown without tax", "(VND) và hiển thị chưa gồm thuế"),
        ("monthly or annually", "theo tháng hoặc theo năm"),
        ("At each renewal an invoice", "Mỗi lần gia hạn, một hóa đơn"),
        ("dashboard", "trang quản lý"),
        ("without paying in advance", "không phải trả trước"),
        ("payment details", "thông tin thanh toán"),
        ("in real time or on a schedule", "theo thời gian thực hay theo lịch"),
        ("cancel at any time", "hủy bất cứ lúc nào"),
        ("end of the period", "cuối kỳ"),
        ("is not refunded", "không được hoàn lại"),
        ("Monday to Friday, 9:00 to 18:00 (GMT+7)", "thứ Hai đến thứ Sáu, 9:00–18:00 (GMT+7)"),
        ("within 4 business hours", "trong vòng 4 giờ làm việc"),
        ("priority", "ưu tiên"),
        ("Your data is yours", "Dữ liệu của bạn là của bạn"),
        ("back up", "sao lưu"),
        ("in our cloud or on your own servers", "đám mây của chúng tôi hoặc trên máy chủ của bạn"),
    ],
    "privacy": [
        ("only to provide the service", "chỉ dùng dữ liệu để cung cấp dịch vụ"),
        ("encrypted", "mã hóa"),
        ("masked", "che"),
        ("at most 90 days after the order closes", "tối đa 90 ngày sau khi đơn kết thúc"),
        ("within 30 days", "trong vòng 30 ngày"),
        ("certificate", "giấy xác nhận"),
        ("within 24 hours", "trong vòng 24 giờ"),
        ("within 72 hours", "trong vòng 72 giờ"),
        ("backed up", "sao lưu"),
        ("yourself", "tự vận hành"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_texts_keep_the_published_promises(kind: str) -> None:
    """What the company published stands in both languages of the version in force."""
    version = versions.newest(kind)
    lacking = [
        phrase
        for pair in PROMISES[kind]
        for phrase, language in zip(pair, ("en", "vi"), strict=True)
        if phrase not in version.text(language)
    ]
    assert lacking == []


def test_which_version_is_in_force(second: Second) -> None:
    """A version applies from its day on; before the first one's day the first is shown."""
    new = second(30)
    days = [date(2000, 1, 1), today(), new.effective - timedelta(days=1), new.effective]
    assert [versions.in_force("terms", day).number for day in days] == [1, 1, 1, 2]


@pytest.mark.parametrize(
    "path", ["/policies/", "/policies/terms/", "/policies/privacy/", "/policies/terms/1/"]
)
def test_anybody_reads_them_in_both_languages(client: Client, path: str) -> None:
    """No session is needed; the dates stand on the page; other versions are not there."""
    pages = [client.get(f"{path}?lang={language}").content.decode() for language in ("vi", "en")]
    assert "Cập nhật lần cuối" in pages[0]
    assert "28/11/2026" in pages[0]
    assert "Last updated" in pages[1]
    assert "28 Nov 2026" in pages[1]
    assert client.get("/policies/terms/99/").status_code == 404
    assert client.get("/policies/nothing/1/").status_code == 404


def test_texts_become_plain_html(client: Client) -> None:
    """Headings, lists and the table are HTML; nothing of the Markdown is left over."""
    page = client.get("/policies/privacy/?lang=en").content.decode()
    article = re.search(r"<article.*?</article>", page, re.DOTALL)
    assert article is not None
    assert article[0].count("<h2>") == 9
    assert "<table>" in article[0]
    assert "|" not in article[0]
    assert "##" not in article[0]


# Accepting


def test_signing_up_needs_a_tick(client: Client) -> None:
    """Without the tick there is no account; with it both texts are accepted as they were shown."""
    form = {"merchant_name": "Tiệm Mai", "email": "mai@example.vn", "password1": "hoa-mai-vang-9"}
    page = client.post("/accounts/signup/?lang=en", form).content.decode()
    assert "Accept both to create an account." in page
    assert not User.objects.filter(email="mai@example.vn").exists()
    client.post("/accounts/signup/?lang=en", form | {"accept": "on"})
    done = Acceptance.objects.filter(user__email="mai@example.vn").order_by("kind")
    expected = [(v.kind, 1, "en", v.digest("en")) for v in map(versions.newest, sorted(KINDS))]
    assert list(done.values_list("kind", "version", "language", "digest")) == expected


def test_a_new_version_is_announced_and_accepted(
    browser_of: Client, owner: User, merchant: Merchant, second: Second
) -> None:
    """Before its day a notice stands above every page; its button records who, what and when."""
    assert "policy-notice" not in browser_of.get("/stores/").content.decode()
    new = second(30)
    page = browser_of.get("/stores/").content.decode()
    assert "/policies/terms/2/" in page
    assert "/policies/privacy/1/" not in page
    form = {"version": new.name, "next": "/stores/?a=1"}
    assert browser_of.post("/policies/accept/", form).headers["Location"] == "/stores/?a=1"
    assert "policy-notice" not in browser_of.get("/stores/").content.decode()
    row = Acceptance.objects.get(user=owner, version=2)
    assert (row.kind, row.language, row.digest) == ("terms", "vi", new.digest("vi"))
    assert Entry.objects.get(merchant=merchant, verb="agree").subject == "terms-2"


def test_after_its_day_pages_wait_for_consent(browser_of: Client, second: Second) -> None:
    """From the day it applies a page asks first, and the page itself comes right after."""
    new = second(0)
    User.objects.update(date_joined=timezone.now() - accepting.GRACE - timedelta(days=1))
    asked = browser_of.get("/orders/")
    assert (asked.status_code, "Tôi đồng ý" in asked.content.decode()) == (403, True)
    browser_of.post("/policies/accept/", {"version": new.name, "next": "/orders/"})
    assert browser_of.get("/orders/").status_code == 200


def test_consent_never_locks_the_way_out(browser_of: Client, second: Second) -> None:
    """Export, support, policies, account and settings stay open whatever was not accepted."""
    second(0)
    User.objects.update(date_joined=timezone.now() - accepting.GRACE - timedelta(days=1))
    paths = ["/orders/export.csv", "/payments/export.csv", "/inventory/export.csv", "/support/",
             "/support/new/", "/policies/terms/", "/status/", "/settings/audit/",
             "/accounts/password/change/", "/accounts/logout/"]  # fmt: skip
    assert {browser_of.get(path).status_code for path in paths} == {200}
    assert browser_of.get("/billing/").status_code in {200, 404}  # 404: no billing here


def test_who_never_accepted_has_time_to_read(client: Client, merchant: Merchant) -> None:
    """A member without any acceptance is asked at once and stopped only after two weeks."""
    user = User.objects.create_user("moi@example.vn")
    merchant.memberships.create(user=user)
    client.force_login(user)
    page = client.get("/orders/?lang=en")
    assert (page.status_code, "Please read and accept" in page.content.decode()) == (200, True)
    User.objects.filter(pk=user.pk).update(date_joined=timezone.now() - accepting.GRACE)
    assert client.get("/orders/").status_code == 403


def test_accepting_takes_only_what_was_shown(
    browser_of: Client, owner: User, second: Second
) -> None:
    """A form that names an older or unknown version accepts nothing, and leads nowhere foreign."""
    second(30)
    form = {"version": ["terms-1", "terms-3"], "next": "https://evil.example/"}
    assert browser_of.post("/policies/accept/", form).headers["Location"] == "/"
    assert not Acceptance.objects.filter(user=owner, version=2).exists()


def test_people_are_told_once_by_mail(owner: User, second: Second) -> None:
    """The command writes to who has not accepted, once; people who belong nowhere are left out."""
    User.objects.create_user("lac@example.vn")
    call_command("tell_policies", verbosity=0)
    assert mail.outbox == []
    second(30)
    call_command("tell_policies", "--dry-run", verbosity=0)
    assert mail.outbox == []
    call_command("tell_policies", verbosity=0)
    call_command("tell_policies", verbosity=0)
    assert [message.to for message in mail.outbox] == [["sen@example.vn"]]
    body = mail.outbox[0].body
    assert "Thêm mục 15." in body
    assert "/policies/terms/2/" in body
    assert "<" not in body


def test_the_package_carries_its_texts() -> None:
    """The data files lie beside the code that reads them."""
    root = Path(versions.__file__).parent
    assert (root / "texts" / "versions.toml").exists()
