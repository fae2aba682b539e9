"""The status page and readiness: what real signals make of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from reference_app import samples
from reference_app.status import overview, ready, sampling, signals
from reference_app.status import views as pages
from reference_app.status.models import DayUptime, Heartbeat, Incident, IncidentUpdate, State
from reference_app.stores.models import Store
from reference_app.support.rounds import Rounds
from reference_app.syncing.models import SyncRun
from reference_app.tenants.models import Merchant, User

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 11, 30, 12, tzinfo=HANOI)
MINUTE = timedelta(minutes=1)


def ran(store: Store, state: str, trouble: str = "", ago: int = 5) -> None:
    """Let a run have ended some minutes before noon."""
    end = NOON - ago * MINUTE
    SyncRun.objects.create(
        merchant=store.merchant, store=store, state=state, trouble=trouble,
        started_at=end - MINUTE, finished_at=end,
    )  # fmt: skip


@pytest.mark.django_db
class TestSignals:
    """What is measured."""

    def test_a_pulse_tells_of_a_process(self) -> None:
        """A worker nobody saw is unknown; one that reported works; one that is silent is down."""
        seen = [signals.measure(NOON)["worker"]]
        sampling.beat("worker", "worker-1", NOON)
        seen += [signals.measure(NOON + n * MINUTE)["worker"] for n in (0, 2, 3)]
        sampling.beat("worker", "worker-2", NOON + 3 * MINUTE)  # any of them will do
        seen.append(signals.measure(NOON + 3 * MINUTE)["worker"])
        assert seen == [State.UNKNOWN, State.GOOD, State.GOOD, State.DOWN, State.GOOD]

    @pytest.mark.parametrize(
        ("good", "bad", "state"),
        [
            (0, 0, "unmeasured"),
            (9, 1, "up"),
            (8, 1, "degraded"),
            (1, 1, "degraded"),
            (1, 2, "down"),
        ],
    )
    def test_runs_tell_of_a_marketplace(
        self, store: Store, good: int, bad: int, state: str
    ) -> None:
        """The share of the last hour's runs that ended well makes the state of a marketplace."""
        for number in range(good + bad):
            done = number < good
            ran(store, "done" if done else "failed", "" if done else "Unavailable")
        measured = signals.measure(NOON)
        assert (measured["sync-shopee"], measured["sync-tiki"]) == (state, State.UNKNOWN)

    def test_a_merchants_own_trouble_is_not_ours(self, store: Store) -> None:
        """Withdrawn permissions and old runs say nothing about the service."""
        for trouble in ("Revoked", "BadSignature", "ConfigError", "Forbidden"):
            ran(store, "failed", trouble)
        ran(store, "failed", "Unavailable", ago=61)
        ran(store, "interrupted", "Interrupted")
        assert signals.measure(NOON)["sync-shopee"] == State.UNKNOWN

    def test_late_webhooks_disturb_the_api(self, store: Store) -> None:
        """A webhook that nobody tried for a quarter of an hour shows in the API's state."""
        from reference_app.api.models import OutgoingDelivery

        samples.programs(store.merchant)
        sampling.beat("web", "web", NOON)
        OutgoingDelivery.objects.update(state="waiting", attempts=0, next_at=NOON - 10 * MINUTE)
        assert signals.measure(NOON)["api"] == State.GOOD
        OutgoingDelivery.objects.update(next_at=NOON - 16 * MINUTE)
        assert signals.measure(NOON)["api"] == State.DEGRADED


def days_of(code: str) -> list[tuple[str, int, int]]:
    """Return day, measured and working minutes of a component."""
    rows = DayUptime.objects.filter(component=code).order_by("day")
    return [(row.day.isoformat(), row.working, row.measured) for row in rows]


@pytest.mark.django_db
class TestSampling:
    """What is kept of it."""

    def test_each_minute_counts_once(self) -> None:
        """Two workers that both look write one sample for each minute."""
        for half in range(10):
            now = NOON + half * MINUTE / 2
            sampling.beat("worker", "worker-1", now)
            sampling.sample(now)
            sampling.sample(now)
        assert days_of("worker") == [("2026-11-30", 5, 5)]

    def test_a_silent_night_is_an_outage_of_the_worker(self) -> None:
        """Minutes without a sample count against the worker, day by day in local time."""
        evening = datetime(2026, 11, 30, 23, 0, tzinfo=HANOI)
        morning = datetime(2026, 12, 1, 1, 0, tzinfo=HANOI)
        for now in (evening, morning):
            sampling.beat("worker", "worker-1", now)
            sampling.beat("web", "web", now)
            assert sampling.sample(now)
        assert days_of("worker") == [("2026-11-30", 1, 60), ("2026-12-01", 1, 61)]
        assert days_of("web") == [("2026-11-30", 1, 1), ("2026-12-01", 1, 1)]  # nobody looked

    def test_announced_work_is_no_outage_and_an_incident_is(self) -> None:
        """Minutes of maintenance are left out; what staff calls down counts as down."""
        sampling.beat("web", "web", NOON)
        work = incident("maintenance", starts=NOON - MINUTE, ends=NOON + MINUTE)
        sampling.sample(NOON)
        assert days_of("web") == []
        sampling.beat("web", "web", NOON + 2 * MINUTE)
        Incident.objects.filter(pk=work.pk).update(kind="incident", impact="down", ends_at=None)
        sampling.sample(NOON + 2 * MINUTE)
        assert days_of("web") == [("2026-11-30", 0, 1)]


def incident(
    kind: str = "incident", *, starts: datetime, ends: datetime | None = None, code: str = "web"
) -> Incident:
    """Enter an incident."""
    made = Incident.objects.create(
        kind=kind, impact="down", title_vi="Sập", title_en="Fell over", components=[code],
        starts_at=starts, ends_at=ends,
    )  # fmt: skip
    IncidentUpdate.objects.create(incident=made, text_vi="Đang xem", text_en="Looking", at=starts)
    return made


@given(working=st.integers(0, 1440), lost=st.integers(0, 1440))
def test_an_outage_never_looks_like_none(working: int, lost: int) -> None:
    """A share is full only if every measured minute was good, and empty only without any."""
    share = overview._share(working, working + lost)
    if share is None:
        assert working + lost == 0
    else:
        assert 0 <= share <= 10_000
        assert (share == 10_000) == (lost == 0)


@pytest.mark.parametrize(
    ("share", "text"), [(None, ""), (10_000, "100.00"), (9_998, "99.98"), (5, "0.05")]
)
def test_shares_are_text(share: int | None, text: str) -> None:
    """Two decimals, no rounding by floats."""
    assert overview.percent(share) == text


@pytest.mark.django_db
class TestPages:
    """What visitors see."""

    def test_anybody_sees_it_in_both_languages(self, client: Client) -> None:
        """Without a session: components, history and the sentence on top."""
        pages = [client.get(f"/status/?lang={lang}").content.decode() for lang in ("vi", "en")]
        assert "Mọi thứ đang hoạt động." in pages[0]
        assert "Đồng bộ với Shopee" in pages[0]
        assert "Everything works." in pages[1]
        assert "Sync with TikTok Shop" in pages[1]
        assert pages[1].count('class="day-') == 90 * len(overview.codes())
        assert [word for word in ("<style", ' style="', "<script>") if word in pages[1]] == []

    def test_incidents_of_each_kind(self, client: Client) -> None:
        """What goes on, what is planned and what is over stand apart; the state follows."""
        from django.utils import timezone

        now = timezone.now()
        incident(starts=now - timedelta(hours=1))
        incident("maintenance", starts=now + timedelta(days=1), ends=now + timedelta(days=2))
        incident(starts=now - timedelta(days=3), ends=now - timedelta(days=2))
        told = client.get("/status/status.json", HTTP_ACCEPT_LANGUAGE="en").json()
        shown = {c["id"]: c["state"] for c in told["components"]}
        assert (told["state"], shown["web"], shown["worker"]) == ("down", "down", "unmeasured")
        assert [len(told[key]) for key in ("incidents", "planned", "past")] == [1, 1, 1]
        assert told["incidents"][0]["title"] == "Fell over"
        assert told["incidents"][0]["updates"][0]["text"] == "Looking"
        page = client.get("/status/?lang=vi").content.decode()
        assert page.count("Đang xem") == 3
        assert "Có phần không hoạt động." in page

    def test_a_dead_worker_is_seen_at_once(self, client: Client) -> None:
        """The page asks for the pulse itself: a silent worker stops every sync."""
        Heartbeat.objects.create(kind="worker", name="w", at=NOON - timedelta(days=900))
        told = client.get("/status/status.json").json()
        states = {c["id"]: c["state"] for c in told["components"]}
        assert (states["worker"], states["sync-tiki"], states["web"]) == ("down", "down", "up")

    def test_without_a_database_the_page_says_so(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The page is there when the database is not."""

        def away(_: Any) -> None:
            raise DatabaseError

        monkeypatch.setattr(pages, "overview", away)
        answers = [client.get(path) for path in ("/status/?lang=en", "/status/status.json")]
        assert [answer.status_code for answer in answers] == [503, 503]
        assert "Our database does not answer." in answers[0].content.decode()

    def test_staff_announces_and_ends(self, client: Client) -> None:
        """An incident is entered in both languages, written about, and closed by its end."""
        client.force_login(User.objects.create_user("minh@entro.example", is_staff=True))
        form = {
            "kind": "incident", "impact": "degraded", "title_vi": "Chậm", "title_en": "Slow",
            "components": ["web", "api"], "starts_at": "2026-11-30T09:00", "ends_at": "",
            "text_vi": "Đang xem", "text_en": "Looking",
        }  # fmt: skip
        client.post("/backoffice/status/", form)
        made = Incident.objects.get()
        assert made.starts_at == datetime(2026, 11, 30, 9, tzinfo=HANOI)
        assert "Slow" in client.get("/backoffice/status/?lang=en").content.decode()
        say = {"text_vi": "Xong", "text_en": "Over", "ends_at": "2026-11-30T08:00"}
        assert client.post(f"/backoffice/status/{made.pk}/", say).status_code == 200  # too early
        say["ends_at"] = "2026-11-30T10:00"
        client.post(f"/backoffice/status/{made.pk}/", say)
        made.refresh_from_db()
        assert made.ends_at == datetime(2026, 11, 30, 10, tzinfo=HANOI)
        assert [said.text_en for said in made.updates.all()] == ["Over", "Looking"]
        assert {said.by.email for said in made.updates.all()} == {"minh@entro.example"}

    def test_planned_work_says_when_it_ends(self, client: Client) -> None:
        """Maintenance without an end, or that ends before it begins, is refused."""
        client.force_login(User.objects.create_user("minh@entro.example", is_staff=True))
        form = {
            "kind": "maintenance", "impact": "down", "title_vi": "a", "title_en": "a",
            "components": ["web"], "starts_at": "2026-11-30T09:00", "text_vi": "a", "text_en": "a",
        }  # fmt: skip
        for ends in ("", "2026-11-30T09:00"):
            reply = client.post("/backoffice/status/", form | {"ends_at": ends})
            assert set(reply.context["form"].errors) == {"ends_at"}
        assert not Incident.objects.exists()


@pytest.mark.django_db
class TestReadiness:
    """/readyz says whether work can be done."""

    def test_all_is_well(self, client: Client) -> None:
        """A fresh installation, whose worker has not reported yet, is ready."""
        reply = client.get("/readyz")
        lines = reply.content.decode().splitlines()
        assert (reply.status_code, lines[0]) == (200, "ready")
        assert [line.partition(":")[0] for line in lines[1:]] == [
            "database", "migrations", "worker", "disk",
        ]  # fmt: skip

    def test_a_silent_worker(self, client: Client) -> None:
        """A worker that was seen and is silent makes 503; a balancer may leave that out."""
        Heartbeat.objects.create(kind="worker", name="w", at=NOON - timedelta(days=900))
        reply = client.get("/readyz")
        assert (reply.status_code, b"worker: silent" in reply.content) == (503, True)
        assert client.get("/readyz?without=worker").status_code == 200
        Rounds("w").look()
        assert client.get("/readyz").status_code == 200

    def test_missing_migrations_and_a_full_disk(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Tables that are behind the code, and a disk without room, make 503 each."""
        with monkeypatch.context() as behind:
            names = ready._names
            behind.setattr(
                ready, "_names", lambda p: names(p) | ({"9999_new"} if "support" in p else set())
            )
            reply = client.get("/readyz")
            assert (reply.status_code, b"1 not applied" in reply.content) == (503, True)
        monkeypatch.setattr(ready, "_ENOUGH_BYTES", 10**18)
        reply = client.get("/readyz")
        assert (reply.status_code, b"disk: less than" in reply.content) == (503, True)

    def test_a_database_that_is_away(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a database it is not ready, and says so instead of failing."""

        class Away:
            def cursor(self) -> Any:
                raise DatabaseError

        monkeypatch.setattr(ready, "connection", Away())
        reply = client.get("/readyz")
        assert (reply.status_code, b"database: does not answer" in reply.content) == (503, True)


@pytest.mark.django_db
def test_a_workers_round(merchant: Merchant) -> None:
    """One look reports, samples and reminds; the next one, a moment later, does nothing."""
    rounds = Rounds("worker-7")
    rounds.look()
    before = list(Heartbeat.objects.order_by("kind").values_list("kind", "name", "at"))
    rounds.look()
    assert [row[:2] for row in before] == [("sampler", "sampler"), ("worker", "worker-7")]
    assert list(Heartbeat.objects.order_by("kind").values_list("kind", "name", "at")) == before
