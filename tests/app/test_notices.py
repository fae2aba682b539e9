"""Owners hear in time that a store's consent ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client, override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from reference_app.stores.models import Store
from reference_app.stores.notices import STEPS, Notice, reached, tell
from reference_app.tenants.models import User

NOW = datetime(2026, 11, 28, 5, tzinfo=UTC)


@given(st.integers(-5, 40 * 24 * 60))
def test_a_step_is_reached_when_so_few_days_are_left(minutes: int) -> None:
    """The step is the least number of days that still covers what is left."""
    left = timedelta(minutes=minutes)
    step = reached(NOW + left, NOW)
    expected = [days for days in STEPS if left <= timedelta(days=days)]
    assert step == (min(expected) if expected else None)


@pytest.mark.django_db
def test_owners_are_told_once_for_each_step(store: Store, owner: User) -> None:
    """Looking every six hours over five weeks tells five times, and then says no more."""
    told: list[tuple[str, int]] = []

    def send(reader: User, notice: Notice) -> None:
        told.append((reader.email, notice.step))

    Store.objects.update(consent_until=NOW + timedelta(days=33))
    for hours in range(0, 35 * 24, 6):
        tell(NOW + timedelta(hours=hours), send)
    assert told == [(owner.email, step) for step in STEPS]


@pytest.mark.django_db
def test_a_withdrawn_consent_is_told_at_once(store: Store, owner: User) -> None:
    """A store that needs authorising is told of whatever its consent's day; no secret is mailed."""
    Store.objects.update(state="needs_reauth", consent_until=NOW + timedelta(days=200))
    assert (tell(NOW), tell(NOW)) == (1, 0)
    (letter,) = mail.outbox
    assert (letter.to, f"/stores/{store.pk}/authorise/" in letter.body) == ([owner.email], True)
    assert store.name in letter.subject


@pytest.mark.django_db
def test_a_mail_server_that_is_down_stops_nobody(store: Store, owner: User) -> None:
    """The step counts as told: the pages say it as well."""
    Store.objects.update(consent_until=NOW + timedelta(days=1))
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    with override_settings(EMAIL_BACKEND=smtp, EMAIL_HOST="127.0.0.1", EMAIL_PORT=1):
        assert (tell(NOW), tell(NOW)) == (1, 0)


@pytest.mark.django_db
def test_home_says_that_a_consent_ends(browser_of: Client, store: Store) -> None:
    """The notice counts the days and leads to authorising."""
    Store.objects.update(consent_until=timezone.now() + timedelta(days=6, hours=5))
    page = browser_of.get("/").content.decode()
    assert "Còn 6 ngày là hết hạn cấp quyền." in page
