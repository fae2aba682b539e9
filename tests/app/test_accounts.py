"""Accounts: the code in the mail, the second step, sessions, and the business one works in."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from entrosdk.runtime.stores.seal import new_key
from reference_app import samples
from reference_app.audit.models import Entry
from reference_app.outgoing import mail as mail_settings
from reference_app.tenants import sessions
from reference_app.tenants.adapter import reseal_factors
from reference_app.tenants.models import Membership, Merchant, User
from tests.app.test_translations import english_left

pytestmark = pytest.mark.django_db
PASSWORD = "hoa-sen-trang-1"


def code_in(text: str) -> str:
    """Return the code that a mail holds on a line of its own."""
    found = re.search(r"^([A-Z0-9]{4}-[A-Z0-9]{4})$", text, re.MULTILINE)
    assert found, text
    return found[1]


def log_in(client: Client, email: str = "sen@example.vn", password: str = PASSWORD) -> Any:
    """Send the log-in form."""
    return client.post("/accounts/login/", {"login": email, "password": password})


def test_the_code_in_the_mail_opens_the_account(client: Client) -> None:
    """Signing up lets nobody in before the code that was mailed has come back."""
    form = {"merchant_name": "Tiệm Mai", "email": "mai@example.vn", "password1": "hoa-mai-vang-9"}
    form["accept"] = "on"
    client.post("/accounts/signup/", form)
    before = client.get("/").status_code
    wrong = client.post("/accounts/confirm-email/", {"code": "XXXX-XXXX"}).status_code
    right = client.post("/accounts/confirm-email/", {"code": code_in(mail.outbox[0].body)})
    assert (before, wrong, right.headers["Location"]) == (302, 200, "/")
    assert client.get("/").status_code == 200


def test_an_account_without_a_verified_address_stays_outside(client: Client) -> None:
    """The password alone opens nothing while the address was never verified."""
    User.objects.create_user("moi@example.vn", PASSWORD)
    assert log_in(client, "moi@example.vn").headers["Location"] == "/accounts/confirm-email/"
    assert client.get("/").status_code == 302


def test_accounts_from_before_the_check_stay_open(client: Client) -> None:
    """The migration takes the address of an account that is there already as verified, once."""
    User.objects.create_user("cu@example.vn", PASSWORD)
    samples.merchant_with_owner("Tiệm Cũ", "biet@example.vn")
    migration = import_module("reference_app.tenants.migrations.0003_known_addresses")
    for _ in range(2):
        migration.trust(apps, None)
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == 2
    assert log_in(client, "cu@example.vn").headers["Location"] == "/"


def test_a_forgotten_password_is_replaced_by_code(client: Client, owner: User) -> None:
    """The mailed code lets choose a password; the new one opens, the old one no longer."""
    client.post("/accounts/password/reset/", {"email": owner.email})
    step = client.post(
        "/accounts/password/reset/confirm/", {"code": code_in(mail.outbox[0].body)}
    ).headers["Location"]
    new = "mot-doi-khac-han-7"
    client.post(step, {"password1": new, "password2": new})
    client.logout()
    assert log_in(client).status_code == 200
    assert log_in(client, password=new).headers["Location"] == "/"


def test_changing_the_password_ends_other_sessions(owner: User) -> None:
    """Who knew the old password is out; the one who changed it stays in."""
    here, there = Client(), Client()
    log_in(here), log_in(there)
    form = {"oldpassword": PASSWORD, "password1": "khac-han-day-8", "password2": "khac-han-day-8"}
    here.post("/accounts/password/change/", form)
    assert [one.get("/").status_code for one in (here, there)] == [200, 302]
    assert Entry.objects.filter(verb="password", who=owner.email).count() == 1


def test_sessions_are_seen_and_ended(owner: User) -> None:
    """The page names one's devices; one that is ended opens nothing any more."""
    here = Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
    there = Client(HTTP_USER_AGENT="Mozilla/5.0 (Linux; Android 14) Chrome/140.0 Mobile")
    log_in(here), log_in(there)
    rows = here.get("/settings/sessions/").context["rows"]
    assert {row.client for row in rows} == {"Firefox · Windows", "Chrome · Android"}
    other = next(row for row in rows if not row.current)
    here.post(f"/settings/sessions/{other.handle}/end/")
    assert [one.get("/").status_code for one in (here, there)] == [200, 302]
    log_in(there)
    here.post("/settings/sessions/end/")
    assert [one.get("/").status_code for one in (here, there)] == [200, 302]


def test_sessions_that_are_over_leave_nothing_behind(owner: User, client: Client) -> None:
    """Addresses and devices are kept as long as the session, and no longer."""
    log_in(client)
    now = timezone.now()
    sessions.forget(now)
    assert UserSession.objects.count() == 1
    sessions.forget(now + timedelta(days=15))
    assert UserSession.objects.count() == 0


def test_reauthenticating_by_mail_is_not_offered(browser_of: Client) -> None:
    """A code by mail is no second proof: only the password or the second step count."""
    path = "/accounts/reauthenticate/code/"
    replies = [browser_of.get(path).status_code, browser_of.post(path, {}).status_code]
    assert replies == [403, 403]


def test_the_operator_lets_in_who_lost_the_second_factor(owner: User, client: Client) -> None:
    """`unlock` removes the second step, ends what is open, and the audit log says who did not."""
    TOTP.activate(owner, generate_totp_secret())
    client.force_login(owner)
    client.get("/")
    call_command("unlock", "SEN@example.vn", stdout=StringIO())
    assert client.get("/").status_code == 302
    assert log_in(client).headers["Location"] == "/"
    assert Entry.objects.get(verb="factor-off").who == ""
    with pytest.raises(CommandError):
        call_command("unlock", "nobody@example.vn")


def test_second_factors_survive_a_new_key(owner: User, client: Client, settings: Any) -> None:
    """Sealed anew with the newest key, a second step works when the old key is gone."""
    secret = generate_totp_secret()
    TOTP.activate(owner, secret)
    RecoveryCodes.activate(owner)
    settings.SECRET_KEYS = [new_key(), *settings.SECRET_KEYS]
    assert reseal_factors() == 2
    settings.SECRET_KEYS = settings.SECRET_KEYS[:1]
    log_in(client)
    code = RecoveryCodes(owner.authenticator_set.get(type="recovery_codes")).get_unused_codes()[0]
    assert client.post("/accounts/2fa/authenticate/", {"code": code}).headers["Location"] == "/"


def test_nobody_ends_another_persons_session(owner: User, other: Merchant) -> None:
    """The handle of somebody else's session is no handle."""
    samples.merchant_with_owner("Tiệm Lan", "lan@example.vn", PASSWORD)
    here, stranger = Client(), Client()
    log_in(here), log_in(stranger, "lan@example.vn")
    handle = here.get("/settings/sessions/").context["rows"][0].handle
    assert stranger.post(f"/settings/sessions/{handle}/end/").status_code == 404
    assert here.get("/").status_code == 200


def test_a_person_in_two_businesses_switches(owner: User, other: Merchant) -> None:
    """The business that was chosen last counts, and only one's own can be chosen."""
    mine = Membership.objects.create(user=owner, merchant=other, role="reader")
    theirs = Membership.objects.exclude(user=owner).get()
    client = Client()
    client.force_login(owner)
    assert client.get("/").context["merchant"].name == "Tiệm Sen"
    assert "Tiệm Cúc" in client.get("/more/").content.decode()
    client.post(f"/settings/switch/{mine.pk}/")
    assert client.get("/").context["merchant"] == other
    assert client.post(f"/settings/switch/{theirs.pk}/").status_code == 404
    mine.delete()
    assert client.get("/").context["merchant"].name == "Tiệm Sen"


def test_the_chosen_language_follows_the_person(owner: User) -> None:
    """A language that was saved counts on a device that never asked for one."""
    here, there = Client(HTTP_ACCEPT_LANGUAGE="vi"), Client(HTTP_ACCEPT_LANGUAGE="vi")
    here.force_login(owner), there.force_login(owner)
    here.post("/settings/profile/", {"name": "Chị Sen", "language": "en"})
    assert there.get("/").headers["Content-Language"] == "en"
    assert "Chị Sen" in there.get("/settings/").content.decode()


def test_what_a_role_sees_of_the_settings(owner: User, merchant: Merchant) -> None:
    """Staff find no door that stays shut for them; owners find all."""
    staff = User.objects.create_user("lan@example.vn")
    Membership.objects.create(user=staff, merchant=merchant, role="staff")
    seen = {}
    for person in (owner, staff):
        client = Client()
        client.force_login(person)
        page = client.get("/settings/").content.decode() + client.get("/more/").content.decode()
        seen[person.email] = [
            path
            for path in ("/settings/team/", "/settings/api/", "/settings/audit/", "/billing/")
            if f'href="{path}"' in page
        ]
    assert seen == {
        "sen@example.vn": ["/settings/team/", "/settings/api/", "/settings/audit/", "/billing/"],
        "lan@example.vn": ["/settings/team/"],
    }


@pytest.mark.parametrize(
    ("url", "backend", "port", "tls", "ssl"),
    [
        ("smtp://an:m%40t@mail.example.vn", "smtp", 587, True, False),
        ("smtps://an:m%40t@mail.example.vn:4465", "smtp", 4465, False, True),
        ("smtp+plain://mail.example.vn", "smtp", 25, False, False),
    ],
)
def test_a_mail_server_in_one_variable(
    url: str, backend: str, port: int, tls: bool, ssl: bool
) -> None:
    """ENTRO_EMAIL_URL names server, port, login and encryption."""
    found = mail_settings(url)
    assert found["EMAIL_BACKEND"].split(".")[-2] == backend
    assert (found["EMAIL_PORT"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (port, tls, ssl)
    assert found["EMAIL_HOST_PASSWORD"] in {"m@t", ""}


def test_no_mail_server_prints_and_a_wrong_one_is_refused_without_its_password() -> None:
    """Without an address mails are printed; an unknown scheme is refused, its secret untold."""
    assert mail_settings("")["EMAIL_BACKEND"].endswith("console.EmailBackend")
    with pytest.raises(ValueError, match="must begin with") as refused:
        mail_settings("imap://an:bi-mat@mail.example.vn")
    assert "bi-mat" not in str(refused.value)


def test_a_dead_mail_server_breaks_no_page(client: Client, settings: Any, caplog: Any) -> None:
    """Signing up goes on when no mail can leave; the visitor is told, the log has no address."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    form = {"merchant_name": "Tiệm Mai", "email": "mai@example.vn", "password1": "hoa-mai-vang-9"}
    form["accept"] = "on"
    page = client.post("/accounts/signup/", form, follow=True, HTTP_ACCEPT_LANGUAGE="vi")
    assert (page.status_code, "Máy chủ thư" in page.content.decode()) == (200, True)
    assert "mai@" not in caplog.text


def test_no_english_is_left_on_the_pages_of_an_account(owner: User) -> None:
    """Account pages and mails are Vietnamese, those of the library too."""
    client = Client(HTTP_ACCEPT_LANGUAGE="vi")
    client.post("/accounts/password/reset/", {"email": owner.email})
    pages = {"code": client.get("/accounts/password/reset/confirm/").content.decode()}
    client.post("/accounts/password/reset/confirm/", {"code": code_in(mail.outbox[0].body)})
    log_in(client)
    client.post("/accounts/reauthenticate/?next=/", {"password": PASSWORD})
    for path in (
        "/more/", "/settings/", "/settings/profile/", "/settings/sessions/", "/settings/team/",
        "/accounts/email/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/logout/",
        "/accounts/2fa/totp/activate/", "/accounts/reauthenticate/", "/settings/audit/",
        "/accounts/2fa/webauthn/", "/accounts/2fa/webauthn/add/",
        "/accounts/invitations/none/", "/accounts/password/reset/",
    ):  # fmt: skip
        pages[path] = client.get(path).content.decode()
    client.post("/settings/team/invite/", {"email": "lan@example.vn", "role": "staff"})
    for sent in mail.outbox:
        pages[sent.subject] = "".join(f"<p>{line}</p>" for line in sent.body.splitlines())
    left = {path: english_left(html) for path, html in pages.items()}
    assert {path: found for path, found in left.items() if found} == {}
    inline = [path for path, html in pages.items() if ' style="' in html or "<script>" in html]
    assert inline == []
