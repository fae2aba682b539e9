"""Logging in, signing up, and what every answer carries."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from reference_app import samples
from reference_app.tenants.models import Membership, User

pytestmark = pytest.mark.django_db


def own_routes() -> list[str]:
    """Return an address for every route of ours that needs a session."""
    values = {
        "pk": "1",
        "marketplace": "shopee",
        "shop_id": "1",
        "external_id": "1",
        "kind": "ship",
    }
    routes = [
        str(found.pattern)
        for found in get_resolver().url_patterns
        if isinstance(found, URLPattern) and not isinstance(found, URLResolver)
    ]
    for name, value in values.items():
        routes = [re.sub(rf"<\w+:{name}>", value, route) for route in routes]
    return [f"/{r}" for r in routes if not r.startswith(("hooks", "healthz", "readyz"))]


@pytest.mark.parametrize("path", own_routes())
def test_a_visitor_is_sent_to_the_log_in_form(client: Client, path: str) -> None:
    """No route of ours answers without a session."""
    response = client.get(path)
    assert (response.status_code, response.headers["Location"]) == (
        302,
        f"/accounts/login/?next={path}",
    )


@pytest.mark.django_db
def test_a_lost_session_sends_the_whole_page_to_log_in(client: Client) -> None:
    """A part that a page asks for by itself brings no log-in form into the page."""
    here = {"HX-Request": "true", "HX-Current-URL": "http://testserver/sync/?a=1"}
    answer = client.get("/sync/live/", headers=here)
    assert (answer.status_code, answer["HX-Redirect"], answer.content) == (
        200,
        "/accounts/login/?next=/sync/%3Fa%3D1",
        b"",
    )


def test_signing_up_makes_a_business_with_its_owner(client: Client) -> None:
    """Sign-up asks for business, e-mail and password, and then for the code in the mail."""
    form = {"merchant_name": "Tiệm Mai", "email": "Mai@Example.vn", "password1": "hoa-mai-vang-9"}
    form["accept"] = "on"
    response = client.post("/accounts/signup/", form)
    membership = Membership.objects.get(user=User.objects.get(email="mai@example.vn"))
    assert (response.headers["Location"], membership.role, membership.merchant.name) == (
        "/accounts/confirm-email/",
        "owner",
        "Tiệm Mai",
    )


def test_logging_in_with_e_mail(client: Client) -> None:
    """The e-mail address in any case and the password open the door."""
    samples.merchant_with_owner("x", "an@example.vn", "mot-hai-ba-bon-5")
    form = {"login": "AN@example.vn", "password": "mot-hai-ba-bon-5"}
    assert client.post("/accounts/login/", form).headers["Location"] == "/"


def test_a_person_without_a_business_is_told_so(client: Client) -> None:
    """An account that belongs nowhere sees a page that says what to do."""
    client.force_login(User.objects.create_user("lac@example.vn"))
    assert client.get("/orders/").status_code == 403


@pytest.mark.parametrize(
    "path", ["/", "/orders/", "/accounts/login/", "/no/such/page/", "/healthz"]
)
def test_the_content_security_policy(browser_of: Client, path: str) -> None:
    """Every answer allows nothing but our own origin."""
    policy = browser_of.get(path).headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_health(client: Client) -> None:
    """Both health addresses answer without a session."""
    assert [client.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]


def test_no_page_has_inline_scripts_or_styles(browser_of: Client) -> None:
    """Pages keep to the policy: no inline script, style or event handler."""
    html = "".join(
        browser_of.get(path).content.decode() for path in ("/", "/orders/", "/stores/", "/sync/")
    )
    assert [w for w in ("<style", ' style="', "onclick=", "<script>") if w in html] == []


def test_passwords_are_argon2(db: None) -> None:
    """Passwords are kept as argon2 hashes."""
    assert User.objects.create_user("b@example.vn", "x").password.startswith("argon2$")
