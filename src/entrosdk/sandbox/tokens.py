"""Tokens that prove themselves, so that a restarted sandbox still knows the grants it gave.

A token is 32 hex characters: generation, issue time and a keyed check.
Within a running sandbox rotation and single use are strict; after a restart the highest
generation that shows up is adopted.
"""

from __future__ import annotations

import hmac

from attrs import define, frozen

__all__ = ["Grants", "Lives"]


@frozen(kw_only=True)
class Lives:
    """How long tokens live, in seconds; `grace` is for the old access token after a renewal."""

    access: int = 14_400
    refresh: int = 30 * 86_400
    grace: int = 300


@define
class _Chain:
    """The grants of one shop: the present generation and when it replaced the last one."""

    generation: int
    since: int
    granted: int
    until: int
    revoked: bool = False
    expired_below: int = 0  # access tokens of generations below were expired on order


class Grants:
    """Issues and checks the tokens of all shops of one marketplace."""

    def __init__(self, seed: str, lives: Lives | None = None) -> None:
        self.lives = lives or Lives()
        self._key = f"entrosdk-sandbox:{seed}".encode()
        self._chains: dict[str, _Chain] = {}
        # What a token says never changes: it is proven once, however many requests carry it.
        self._proven: dict[tuple[str, str, str], tuple[int, int]] = {}
        self._owners: dict[str, str] = {}

    def give(self, shop: str, now: int, days: int = 365) -> tuple[str, str]:
        """Start a shop's grant anew: the seller consented."""
        chain = self._chains.get(shop)
        generation = chain.generation + 1 if chain else 0
        self._chains[shop] = _Chain(generation, now, now, now + days * 86_400)
        return self.pair(shop, generation, now)

    def pair(self, shop: str, generation: int, issued: int) -> tuple[str, str]:
        """Return access and refresh token of a generation."""
        return self._make("a", shop, generation, issued), self._make("r", shop, generation, issued)

    def renew(self, shop: str, token: str, now: int) -> tuple[str, str] | None:
        """Spend a refresh token; `None` when it is unknown, spent, too old or revoked."""
        read = self._read("r", shop, token)
        chain = self._adopt(shop, read)
        if read is None or chain is None or read[0] != chain.generation:
            return None
        if now > read[1] + self.lives.refresh or now > chain.until:
            return None
        chain.generation += 1
        chain.since = now
        return self.pair(shop, chain.generation, now)

    def valid(self, shop: str, token: str, now: int) -> bool:
        """Say whether an access token works now."""
        read = self._read("a", shop, token)
        chain = self._adopt(shop, read)
        if read is None or chain is None or read[0] < chain.expired_below:
            return False
        generation, issued = read
        if generation == chain.generation:
            return now < issued + self.lives.access
        return generation == chain.generation - 1 and now < min(
            chain.since + self.lives.grace, issued + self.lives.access
        )

    def linked(self, shop: str, now: int) -> bool:
        """Say whether the seller's consent stands."""
        chain = self._chains.get(shop)
        return chain is not None and not chain.revoked and now <= chain.until

    def span(self, shop: str) -> tuple[int, int]:
        """Return when consent was given and until when it runs."""
        chain = self._chains[shop]
        return chain.granted, chain.until

    def revoke(self, shop: str) -> None:
        """End the seller's consent."""
        self._chains[shop].revoked = True

    def expire(self, shop: str) -> None:
        """Let every access token of the shop end at once."""
        chain = self._chains[shop]
        chain.expired_below = chain.generation + 1

    def owner(self, token: str) -> str | None:
        """Return the shop an access token was made for."""
        if token not in self._owners:
            found = (shop for shop in self._chains if self._read("a", shop, token) is not None)
            owner = next(found, None)
            if owner is None:
                return None
            self._owners[token] = owner
        return self._owners[token]

    def _adopt(self, shop: str, read: tuple[int, int] | None) -> _Chain | None:
        chain = self._chains.get(shop)
        if chain is None or chain.revoked:
            return None
        if read is not None and read[0] > chain.generation:
            chain.generation, chain.since = read
        return chain

    def _make(self, kind: str, shop: str, generation: int, issued: int) -> str:
        body = f"{generation:08x}{issued:08x}"
        return body + self._check(kind, shop, body)

    def _read(self, kind: str, shop: str, token: str) -> tuple[int, int] | None:
        key = (kind, shop, token)
        if key not in self._proven:
            body, check = token[:16], token[16:]
            if not hmac.compare_digest(self._check(kind, shop, body).encode(), check.encode()):
                return None
            self._proven[key] = int(body[:8], 16), int(body[8:], 16)
        return self._proven[key]

    def _check(self, kind: str, shop: str, body: str) -> str:
        return hmac.digest(self._key, f"{kind}:{shop}:{body}".encode(), "sha256").hex()[:16]
