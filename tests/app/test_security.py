"""What keeps strangers, forged requests and typed addresses from doing harm."""

from __future__ import annotations

import ipaddress
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from reference_app.api import guarded
from reference_app.stores.models import Store
from reference_app.stores.places import allowed
from reference_app.tenants.models import Merchant, User
from tests.app.test_accounts import PASSWORD, log_in

ROOT = Path(__file__).resolve().parents[2]
db = pytest.mark.django_db


# Sessions and forms


@db
def test_a_form_without_its_token_changes_nothing(owner: User, store: Store) -> None:
    """A post from elsewhere is refused, logged in or not, and says so in words."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    refused = client.post(f"/stores/{store.pk}/pause/")
    store.refresh_from_db()
    assert (refused.status_code, store.state) == (403, "active")
    assert log_in(Client(enforce_csrf_checks=True)).status_code == 403


@db
def test_logging_in_changes_the_sessions_key(owner: User, client: Client) -> None:
    """A key that somebody planted before log-in opens nothing after it; logging out drops it."""
    client.get("/accounts/password/reset/")
    client.post("/accounts/password/reset/", {"email": "nobody@example.vn"})
    planted = client.cookies["sessionid"].value
    log_in(client)
    fresh = client.cookies["sessionid"].value
    assert planted not in {"", fresh}
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert thief.get("/").status_code == 302
    client.post("/accounts/logout/")
    thief.cookies["sessionid"] = fresh
    assert thief.get("/").status_code == 302


@db
def test_cookies_are_out_of_reach_of_scripts(owner: User, client: Client) -> None:
    """Session and form cookies are HttpOnly and stay with our own pages."""
    client.get("/accounts/login/")
    log_in(client)
    flags = {
        name: (bool(client.cookies[name]["httponly"]), client.cookies[name]["samesite"])
        for name in ("sessionid", "csrftoken")
    }
    assert flags == {"sessionid": (True, "Lax"), "csrftoken": (True, "Lax")}


def test_over_https_cookies_are_bound_to_it(tmp_path: Path) -> None:
    """ENTRO_HTTPS=1: secure `__Host-` cookies, HSTS for a year, and one proxy is believed."""
    program = (
        "from reference_app import settings as s;"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_NAME,"
        "s.CSRF_COOKIE_NAME, s.SECURE_HSTS_SECONDS, s.ALLAUTH_TRUSTED_PROXY_COUNT)"
    )
    env = {**os.environ, "ENTRO_HTTPS": "1", "ENTRO_DATA_DIR": str(tmp_path)}
    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT, env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.split() == [
        "True",
        "True",
        "__Host-session",
        "__Host-csrf",
        "31536000",
        "1",
    ]


@db
@pytest.mark.parametrize("path", ["/accounts/login/", "/no/such/page/", "/healthz", "/hooks/x/y/"])
def test_headers_of_every_answer(client: Client, path: str) -> None:
    """No framing, no guessing of types, no leaking of addresses, no devices, own origin only."""
    found = client.get(path).headers
    assert {name: found[name] for name in (
        "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy",
        "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy",
    )} == {
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }  # fmt: skip
    assert "frame-ancestors 'none'" in found["Content-Security-Policy"]
    assert "object-src 'none'" in found["Content-Security-Policy"]
    assert "camera=()" in found["Permissions-Policy"]


@db
def test_https_answers_ask_to_stay(client: Client, settings: Any) -> None:
    """HSTS is sent over TLS, and only there."""
    settings.SECURE_HSTS_SECONDS = 1000
    assert "Strict-Transport-Security" in client.get("/accounts/login/", secure=True).headers
    assert "Strict-Transport-Security" not in client.get("/accounts/login/").headers


@db
@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
    ],
)
def test_no_form_leads_off_our_site(owner: User, client: Client, wanted: str) -> None:
    """`next` leads to our own pages or home: at log-in, at log-out, and on pages of our own."""
    form = {"login": owner.email, "password": PASSWORD, "next": wanted}
    places = [client.post("/accounts/login/", form).headers["Location"]]
    places.append(
        client.post("/linking/bulk/", {"act": "accept", "next": wanted}).headers["Location"]
    )
    places.append(client.post("/accounts/logout/", {"next": wanted}).headers["Location"])
    assert places == ["/", "/linking/", "/accounts/login/"]


# Guessing


@db
def test_guessing_a_password_is_slowed_down(owner: User, client: Client) -> None:
    """After five wrong tries the right password is refused too, from whatever address."""
    for number in range(5):
        client.post(
            "/accounts/login/", {"login": owner.email, "password": "x"},
            REMOTE_ADDR=f"203.0.113.{number}",
        )  # fmt: skip
    refused = client.post(
        "/accounts/login/", {"login": owner.email, "password": PASSWORD},
        REMOTE_ADDR="198.51.100.7", HTTP_ACCEPT_LANGUAGE="vi",
    )  # fmt: skip
    assert "Đăng nhập sai quá nhiều lần" in refused.content.decode()
    assert client.get("/").status_code == 302


@db
def test_a_forged_forwarding_header_buys_no_tries(owner: User) -> None:
    """X-Forwarded-For counts only behind proxies the operator named."""
    replies = [
        Client().post(
            "/accounts/login/", {"login": f"{number}@example.vn", "password": "x"},
            HTTP_X_FORWARDED_FOR=f"203.0.113.{number}",
        ).content.decode()
        for number in range(11)
    ]  # fmt: skip
    assert ("quá nhiều lần" in replies[9], "quá nhiều lần" in replies[10]) == (False, True)


@db
def test_too_many_forms_are_refused_in_words(client: Client) -> None:
    """Sign-ups from one address have a limit; its page is ours."""
    codes = [client.post("/accounts/signup/", {}).status_code for _ in range(21)]
    page = client.post("/accounts/signup/", {}, HTTP_ACCEPT_LANGUAGE="vi")
    assert (codes[19], codes[20], page.status_code) == (200, 429, 429)
    assert "Thử quá nhiều lần" in page.content.decode()


@db
def test_guessing_the_second_factor_is_slowed_down(owner: User, client: Client) -> None:
    """Wrong codes are counted like wrong passwords; the stored key is sealed."""
    secret = generate_totp_secret()
    TOTP.activate(owner, secret)
    log_in(client)
    assert client.get("/").status_code == 302  # the password was only the first step
    for _ in range(6):
        page = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "quá nhiều lần" in page.content.decode()
    assert secret not in str(Authenticator.objects.get(type="totp").data)


@db
def test_nobody_learns_who_has_an_account(owner: User) -> None:
    """Log-in, sign-up and reset answer alike for known and unknown addresses."""

    def answers(email: str) -> list[tuple[int, str]]:
        found = []
        for path, form in (
            ("/accounts/login/", {"login": email, "password": "wrong-password-1"}),
            ("/accounts/password/reset/", {"email": email}),
            (
                "/accounts/signup/",
                {
                    "email": email,
                    "password1": "hoa-cuc-vang-4",
                    "merchant_name": "x",
                    "accept": "on",
                },
            ),
        ):
            client = Client()
            reply = client.post(path, form)
            page = reply.content if reply.status_code == 200 else client.get(reply.url).content
            text = page.decode().replace(email, "")
            found.append((reply.status_code, reply.headers.get("Location", "") + _plain(text)))
        return found

    assert answers(owner.email) == answers("zzz@example.vn")
    assert [len(sent.to) for sent in mail.outbox] == [1] * 4  # each was answered by mail alone
    assert EmailAddress.objects.filter(email=owner.email).count() == 1


def _plain(html: str) -> str:
    return "".join(line for line in html.splitlines() if "csrf" not in line.lower())


# Uploads


@db
def test_a_file_too_large_is_refused_in_words(browser_of: Client, settings: Any) -> None:
    """Beyond the limit nothing is read; the page says how large a file may be."""
    settings.UPLOAD_LIMIT = 1024 * 1024
    file = SimpleUploadedFile("a.csv", b"x" * (1024 * 1024 + 1))
    reply = browser_of.post("/linking/files/variants/", {"file": file})
    assert (reply.status_code, "1 MB" in reply.content.decode()) == (413, True)


@db
@pytest.mark.parametrize(
    ("path", "kind"), [("/api/v1/orders", "application/problem+json"), ("/hooks/a/b/", "text/html")]
)
def test_a_body_too_large_is_refused_before_it_is_read(
    client: Client, path: str, kind: str
) -> None:
    """Programs get 413 too, in their own form."""
    reply = client.post(path, b"x" * 2_700_000, content_type="application/json")
    assert (reply.status_code, reply.headers["Content-Type"].split(";")[0]) == (413, kind)


@db
def test_a_form_of_too_many_fields_is_refused(browser_of: Client) -> None:
    """Ten thousand fields are a mistake or an attack, and answered as too large."""
    form = {f"f{number}": "1" for number in range(1_100)}
    assert browser_of.post("/linking/bulk/", form).status_code == 413


# Addresses that customers type


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://[::1]/", "http://10.1.2.3/", "http://192.168.0.1/",
        "http://169.254.169.254/latest/", "http://[fe80::1]/", "http://[fd00::1]/",
        "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b:1::7f00:1]/", "http://[2002:7f00:1::]/", "http://[::127.0.0.1]/",
        "http://[2001:0:7f00:1::]/", "http://0.0.0.0/", "http://[::]/", "http://100.64.0.1/",
        "http://224.0.0.1/", "http://255.255.255.255/", "http://[fec0::1]/",
        "ftp://example.vn/", "file:///etc/passwd", "gopher://example.vn/", "http:///x",
        "http://a:b@example.vn/", "http://example.vn:22/", "https://example.vn:25/",
        "http://example.vn:0/",
    ],
)  # fmt: skip
def test_addresses_no_webhook_may_have(url: str) -> None:
    """Inner addresses in every spelling, other schemes, logins and other services' ports."""
    with pytest.raises(guarded.Forbidden):
        guarded.check_url(url)


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f.0.0.1", "017700000001", "localhost", "localhost."]
)
def test_names_that_resolve_to_ourselves(host: str) -> None:
    """Odd spellings pass as names and are judged by what they resolve to, when connecting."""
    with pytest.raises((guarded.Forbidden, guarded.httpcore.ConnectError)):
        guarded.post(f"http://{host}:9999/", {}, b"")


def test_a_name_that_changes_its_mind_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection goes to the address that was judged; one bad answer condemns the name."""
    asked: list[str] = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(2, 1, 6, "", ("93.184.216.34", port)), (2, 1, 6, "", ("10.0.0.1", port))]

    monkeypatch.setattr(guarded.socket, "getaddrinfo", resolve)
    with pytest.raises(guarded.Forbidden):
        guarded.post("http://rebind.example/", {}, b"")
    assert asked == ["rebind.example"]


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_in_ipv6_clothes(address: ipaddress.IPv4Address) -> None:
    """Mapped and translated forms of an address are allowed only where the address itself is."""

    def judged(text: str) -> bool:
        try:
            guarded.check_address(ipaddress.ip_address(text))
        except guarded.Forbidden:
            return False
        return True

    forms = [f"::ffff:{address}", f"64:ff9b::{address}"]
    assert {judged(form) for form in forms} == {judged(str(address))}


@pytest.mark.parametrize(
    "address",
    [
        "http://sandbox:9101", "http://sandbox:9104/api/v2", "https://open.example.vn",
        "https://open.example.vn:443/x",
    ],
)  # fmt: skip
def test_store_addresses_that_are_named(address: str) -> None:
    """Hosts and ports the operator named are taken."""
    assert allowed(address, ["sandbox:9100-9104", "open.example.vn"])


@pytest.mark.parametrize(
    "address",
    [
        "http://sandbox:6379", "http://sandbox", "http://sandbox:9105", "http://sandbox:99999",
        "http://open.example.vn:8080", "http://evil@sandbox:9101", "http://sandbox:9101@evil.vn",
        "http://sandbox:9101\\@evil.vn", "http://evil.vn#@sandbox:9101", "http://evil.vn?@sandbox:9101",
        "http://sandbox.evil.vn:9101", "http://sandbox:9101 .evil.vn", "ftp://sandbox:9101",
        "http://SANDBOX%2eevil.vn:9101", "//sandbox:9101", "http://[::1]:9101", "http://127.0.0.1:9101",
        "http://sandbox:9101/?q=1", "http://sandbox:9101/\r\nHost: evil", "http://sandbox:9101\n",
    ],
)  # fmt: skip
def test_store_addresses_that_are_not(address: str) -> None:
    """Other ports of a named host, and what two readers could understand differently, are not."""
    assert not allowed(address, ["sandbox:9100-9104", "open.example.vn"])


# Secrets


@db
def test_secrets_stay_out_of_pages_and_logs(
    browser_of: Client, merchant: Merchant, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A refused connection and a page that breaks repeat nothing of what was typed."""
    caplog.set_level(logging.DEBUG)
    secrets = ["bi-mat-ung-dung", "ve-truy-cap", "ve-lam-moi"]
    form = {
        "marketplace": "shopee", "shop_id": "1", "app_key": "1", "sync_from": "2026-01-01",
        "app_secret": secrets[0], "access_token": secrets[1], "refresh_token": secrets[2],
        "base_url": "http://127.0.0.1:9", "auth_url": "http://127.0.0.1:9",
    }  # fmt: skip
    page = browser_of.post("/stores/connect/", form).content.decode()
    browser_of.raise_request_exception = False
    settings.ROOT_URLCONF = "tests.app.breaking"
    page += browser_of.post("/break/", {"password": secrets[0]}).content.decode()
    assert [one for one in secrets if one in page + caplog.text] == []
    assert "Traceback" not in page


@db
def test_passwords_are_asked_again_before_the_locks_change(browser_of: Client) -> None:
    """A browser left open is not enough to change the address or the second step."""
    replies = [
        browser_of.get("/accounts/2fa/totp/activate/"),
        browser_of.post("/accounts/email/", {"email": "x@example.vn", "action_add": ""}),
    ]
    assert [reply.headers["Location"].split("?")[0] for reply in replies] == [
        "/accounts/reauthenticate/"
    ] * 2
