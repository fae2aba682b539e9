"""Two merchants, one of them logged in, on a database file that threads may share."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.test import Client, override_settings

from entrosdk import Limiter
from reference_app import samples
from reference_app.stores import connecting
from reference_app.stores.models import Store
from reference_app.tenants import sessions
from reference_app.tenants.models import Merchant, User
from tests.ports import free_ports


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the test database in a file: runs write from several threads."""
    from django.db import connections

    file = tmp_path_factory.mktemp("database") / "test.sqlite3"
    connections["default"].settings_dict["TEST"]["NAME"] = str(file)


class QuickArgon2(Argon2PasswordHasher):
    """The app's hasher at its lowest cost: most tests make an account and never log in by it."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


@pytest.fixture(scope="session", autouse=True)
def test_settings() -> Iterator[None]:
    """Need no collected files, and let the sandbox be connected."""
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    changed = override_settings(
        STORAGES={**settings.STORAGES, "staticfiles": {"BACKEND": plain}},
        MIDDLEWARE=[name for name in settings.MIDDLEWARE if "whitenoise" not in name],
        ALLOWED_HOSTS=["testserver", "127.0.0.1", "localhost"],
        MARKETPLACE_HOSTS=["127.0.0.1:1-65535"],
        PASSWORD_HASHERS=["tests.app.conftest.QuickArgon2"],
    )
    with changed:
        yield


@pytest.fixture
def owner(db: None) -> User:
    """Return the owner of the merchant under test."""
    return samples.merchant_with_owner("Tiệm Sen", "sen@example.vn", "hoa-sen-trang-1")[1]


@pytest.fixture
def merchant(owner: User) -> Merchant:
    """Return the merchant under test."""
    return Merchant.objects.get(memberships__user=owner)


@pytest.fixture
def other(db: None) -> Merchant:
    """Return somebody else's merchant."""
    return samples.merchant_with_owner("Tiệm Cúc", "cuc@example.vn")[0]


@pytest.fixture
def store(merchant: Merchant) -> Store:
    """Return an empty store of the merchant under test."""
    return samples.store(merchant)


@pytest.fixture
def browser_of(owner: User) -> Client:
    """Return the owner's browser, logged in, in Vietnamese."""
    client = Client(HTTP_ACCEPT_LANGUAGE="vi")
    client.force_login(owner)
    session = client.session
    session[sessions.SEEN] = time.time()  # not on its first request, which notes the device
    session.save()
    return client


@contextmanager
def running_sandbox(orders: int, *more: str) -> Iterator[str]:
    """Run a sandbox of one marketplace; gives the address of its control API."""
    port = free_ports(6)
    numbers = ["--port", str(port), "--seed", "7", "--orders", str(orders)]
    numbers += ["--only", "shopee", *more]
    process = subprocess.Popen(
        [sys.executable, "-m", "entrosdk.sandbox", *numbers], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        readable, _, _ = select.select([process.stdout], [], [], 30)
        assert readable, "the sandbox did not start"
        process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[str]:
    """Run a small sandbox for all tests that leave it as it was."""
    with running_sandbox(orders=12) as url:
        yield url


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the shared sandbox; a test marked `own_sandbox` gets one of its own."""
    if request.node.get_closest_marker("own_sandbox"):
        with running_sandbox(orders=12) as url:
            yield url
    else:
        yield request.getfixturevalue("shared_sandbox")


def call_control(sandbox: str, method: str, path: str, body: Any = None) -> Any:
    """Call a sandbox's control API."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{sandbox}/control/{path}", data=data, method=method)
    request.add_header("content-type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as reply:
        return json.load(reply)


@pytest.fixture
def control(sandbox: str) -> Iterator[Callable[..., Any]]:
    """Call the sandbox's control API; faults are taken back afterwards."""
    yield partial(call_control, sandbox)
    call_control(sandbox, "DELETE", "faults")


@pytest.fixture
def no_earlier_tries(transactional_db: None) -> None:
    """Forget who signed up in other tests: all come from one address, and no test's end says so."""
    cache.clear()


@pytest.fixture(autouse=True)
def without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs go as fast as the sandbox answers; limits have tests of their own."""
    monkeypatch.setattr(connecting, "limiter_of", lambda *_: Limiter())


@pytest.fixture
def facts(control: Callable[..., Any]) -> dict[str, str]:
    """Return what connects the sandbox's Shopee store."""
    return next(entry for entry in control("GET", "stores") if entry["marketplace"] == "shopee")
