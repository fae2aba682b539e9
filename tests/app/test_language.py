"""Which language a visitor gets."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def language(response: object) -> str:
    """Return the language a page says it is in."""
    return str(response.headers["Content-Language"])  # type: ignore[attr-defined]


@pytest.mark.parametrize(("wish", "given"), [("vi", "vi"), ("en-US,en;q=0.9", "en"), ("ja", "vi")])
def test_the_browser_chooses(client: Client, wish: str, given: str) -> None:
    """Accept-Language decides for a new visitor; Vietnamese when it names neither."""
    assert language(client.get(LOGIN, HTTP_ACCEPT_LANGUAGE=wish)) == given


def test_a_choice_counts_at_once_and_is_remembered(client: Client) -> None:
    """`?lang=` wins over the browser, in this page and those after it."""
    first = language(client.get(f"{LOGIN}?lang=en", HTTP_ACCEPT_LANGUAGE="vi"))
    later = language(client.get(LOGIN, HTTP_ACCEPT_LANGUAGE="vi"))
    assert (first, later) == ("en", "en")


def test_an_unknown_language_changes_nothing(client: Client) -> None:
    """`?lang=xx` is ignored."""
    response = client.get(f"{LOGIN}?lang=xx", HTTP_ACCEPT_LANGUAGE="en")
    assert (language(response), "django_language" in response.cookies) == ("en", False)
