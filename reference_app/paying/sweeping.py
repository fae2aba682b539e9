"""Sweeping: notices come late or not at all, so the provider's list is read as well."""

from __future__ import annotations

import json
import logging
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Protocol
from urllib.parse import urlencode

from attrs import frozen
from django.conf import settings
from django.db import connections
from django.utils import timezone

from entrosdk import Secret
from reference_app.paying import inbox
from reference_app.paying.conf import Paying
from reference_app.paying.notices import Unread, credit_of
from reference_app.web.statements import Credit

__all__ = ["ProviderList", "Statement", "Sweeper", "statement_of", "sweep"]

_log = logging.getLogger("reference_app.paying")
_BACK = timedelta(days=3)  # windows overlap; a transfer that is known changes nothing
_LARGEST = 32 * 1024 * 1024
_PATIENCE = 20.0  # seconds


class Statement(Protocol):
    """What came into the account, from a local day on: a bank's API, a provider's, a file."""

    def credits(self, since: date) -> Sequence[Credit]:
        """Return the money that came in; raises `OSError` when nobody answers."""


@frozen(kw_only=True)
class ProviderList:
    """A provider's list of transactions, in SePay's words; the demo's bank has one as well."""

    url: str
    secret: Secret | None
    zone: tzinfo

    def credits(self, since: date) -> Sequence[Credit]:
        query = urlencode({"transaction_date_min": since.isoformat(), "limit": 5000})
        request = urllib.request.Request(f"{self.url}?{query}")  # noqa: S310 - our own settings
        if self.secret is not None:
            request.add_header("Authorization", f"Bearer {self.secret.reveal()}")
        with urllib.request.urlopen(request, timeout=_PATIENCE) as reply:  # noqa: S310
            body = json.loads(reply.read(_LARGEST))
        return list(self._read(body.get("transactions") or []))

    def _read(self, rows: Sequence[dict[str, Any]]) -> Iterator[Credit]:
        for row in rows:
            try:
                credit = credit_of(row, self.zone)
            except Unread as unread:
                _log.warning("transaction %s of the bank's list has no %s", row.get("id"), unread)
                continue
            if credit is not None:
                yield credit


def statement_of(paying: Paying) -> Statement | None:
    """Return the list that settings name, if they do."""
    if not paying.list_url.startswith(("http://", "https://")):
        return None
    return ProviderList(
        url=paying.list_url, secret=paying.list_secret, zone=timezone.get_default_timezone()
    )


def sweep(statement: Statement, now: datetime) -> inbox.Taken:
    """Take what the list holds and no notice told of."""
    since = timezone.localtime(now - _BACK, timezone.get_default_timezone()).date()
    taken = inbox.take(statement.credits(since), "sweep", now)
    found = taken.paid + taken.kept + taken.unmatched
    if found:
        _log.info("%d transfers were found by sweeping", found)
    return taken


class Sweeper:
    """Sweeps now and then in a thread of its own, so that a slow bank holds up nobody."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._last: float | None = None

    def look(self) -> None:
        """Begin a sweep when one is due and none is under way."""
        paying: Paying = settings.PAYING
        statement = statement_of(paying)
        busy = self._thread is not None and self._thread.is_alive()
        early = self._last is not None and time.monotonic() - self._last < paying.sweep_seconds
        if statement is None or busy or early:
            return
        self._last = time.monotonic()
        self._thread = threading.Thread(target=_quietly, args=(statement,), daemon=True)
        self._thread.start()


def _quietly(statement: Statement) -> None:
    try:
        sweep(statement, timezone.now())
    except (OSError, ValueError) as failure:  # the next sweep reads the same days again
        _log.warning("the bank's list could not be read: %s", type(failure).__name__)
    finally:
        connections.close_all()
