"""One credential: its present grant, and its renewal by exactly one of all who need it.

Refresh tokens rotate, so a renewed grant is stored before anything uses it, and a lost race
takes the winner's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from entrosdk.domain.credentials import Grant
from entrosdk.errors import ConfigError, EntroError, Revoked, Unavailable, Unreachable
from entrosdk.spi.adapter import Adapter
from entrosdk.spi.effects import Flow, Stored, load, locked, save, sleep

__all__ = ["Credential"]

# How long a loser waits for the winner to store its grant: the winner may sit between the
# marketplace's reply and its own disk.
_WINNER_PAUSES = (0.2, 0.4, 0.8, 1.6, 3.2)
_EARLY_PAUSE = timedelta(seconds=30)
_SAVE_PAUSES = (0.2, 1.0, 3.0)


class Credential:
    """The grant of one shop, behind a store that other threads and processes may share."""

    def __init__(
        self,
        key: str,
        adapter: Adapter,
        clock: Callable[[], datetime],
        renewed: Callable[[bool], None],
        *,
        shared: bool = True,
    ) -> None:
        self.key = key
        self._adapter = adapter
        self._clock = clock
        self._renewed = renewed
        self._shared = shared
        self._known: Stored | None = None
        self._unsaved: Grant | None = None
        self._early_from: datetime | None = None

    def current(self, ask: Callable[[Flow[Grant]], Flow[Grant]]) -> Flow[Stored]:
        """Return the grant to use now, renewed early when it is about to run out."""
        stored = self._known
        if stored is None:
            stored = self._known = self._required((yield from load(self.key)))
        if not self._runs_out(stored.grant):
            return stored
        try:
            return (yield from self.renew(stored, ask))
        except (Unavailable, Unreachable):
            if self._dead(stored.grant):
                raise
            # Early renewal failed and the old token still works: not every request should try.
            self._early_from = self._clock() + _EARLY_PAUSE
            return stored

    def renew(self, failed: Stored, ask: Callable[[Flow[Grant]], Flow[Grant]]) -> Flow[Stored]:
        """Replace `failed`, unless somebody else already did; returns the newer grant."""
        self._known = yield from locked(self.key, lambda: self._renew(failed, ask))
        return self._known

    def _renew(self, failed: Stored, ask: Callable[[Flow[Grant]], Flow[Grant]]) -> Flow[Stored]:
        latest = self._required((yield from load(self.key)))
        if latest.version != failed.version:
            return latest
        unaided = self._adapter.manifest.renews_unaided
        if latest.grant.refresh_token is None and not unaided:
            raise Revoked("the access token ran out and the grant has no refresh token")
        try:
            grant = self._unsaved or (yield from ask(self._adapter.consent.renew(latest.grant)))
        except Revoked as error:
            return (yield from self._winner(latest, error))
        self._unsaved = grant
        saved = yield from self._keep(grant, latest)
        self._unsaved = None
        self._renewed(saved is not None)
        return saved or self._required((yield from load(self.key)))

    def _winner(self, latest: Stored, refusal: Revoked) -> Flow[Stored]:
        """Our refresh token was refused: perhaps another process spent it a moment ago."""
        for pause in _WINNER_PAUSES if self._shared else ():
            stored = yield from load(self.key)
            if stored is not None and stored.version != latest.version:
                self._renewed(False)
                return stored
            yield from sleep(pause)
        raise refusal

    def _keep(self, grant: Grant, latest: Stored) -> Flow[Stored | None]:
        """Store a grant that replaces a spent one; a store in trouble is given some time."""
        for pause in _SAVE_PAUSES:
            try:
                return (yield from save(self.key, grant, latest.version))
            except (OSError, EntroError):
                yield from sleep(pause)
        return (yield from save(self.key, grant, latest.version))

    def _required(self, stored: Stored | None) -> Stored:
        if stored is None:
            raise ConfigError(
                f"no grant is stored for {self.key}",
                advice="Pass `grant=`, or let the seller authorise (`entrosdk.authorize_url`).",
            )
        return stored

    def _runs_out(self, grant: Grant) -> bool:
        if grant.expires_at is None or grant.refresh_token is None:
            return False
        now = self._clock()
        early = now >= grant.expires_at - self._adapter.manifest.renew_before
        return early and (
            self._early_from is None or now >= min(self._early_from, grant.expires_at)
        )

    def _dead(self, grant: Grant) -> bool:
        return grant.expires_at is not None and self._clock() >= grant.expires_at
