"""Misbehaviour on order: a script of rules, drawn from a seed.

A rule has an `effect` and may narrow itself by `match` (`path` part, `marketplace`), act with a
`probability`, on the `nth` matching call, or only so many `times`.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any
from zlib import crc32

from attrs import define, evolve, field

from entrosdk.sandbox.http import Reply

__all__ = ["EFFECTS", "Faults", "Rule"]

RECORD_EFFECTS = frozenset({"malformed_record", "unknown_enum"})
GRANT_EFFECTS = frozenset({"expire_token", "revoke"})
PAGE_EFFECTS = frozenset({"duplicate_page_row", "late_update"})
BEFORE = frozenset({"429", "500"})
TROUBLE = frozenset({"error_server", "error_system_busy"})
AFTER = frozenset({"timeout", "drop_reply", "slow", "truncated_json", "empty_body", "html"})
EFFECTS = RECORD_EFFECTS | GRANT_EFFECTS | PAGE_EFFECTS | BEFORE | TROUBLE | AFTER

_BAD_GATEWAY = b"<html><head><title>502</title></head><body>Bad gateway</body></html>"


@define
class Rule:
    """One line of the script, and how often it was tried and used."""

    effect: str
    path: str = ""
    marketplace: str = ""
    probability: float = 1.0
    nth: int = 0
    times: int = 0
    seconds: float = 1.0
    tried: int = 0
    used: int = 0

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Rule:
        """Read a rule of the control API; raises `ValueError` naming what is wrong."""
        effect = str(given.get("effect", ""))
        if effect not in EFFECTS:
            raise ValueError(f"unknown effect {effect!r}; known are {', '.join(sorted(EFFECTS))}")
        match = given.get("match") or {}
        if isinstance(match, str):
            match = {"path": match}
        return cls(
            effect=effect,
            path=str(match.get("path", "")),
            marketplace=str(match.get("marketplace", "")),
            probability=float(given.get("probability", 1.0)),
            nth=int(given.get("nth", 0)),
            times=int(given.get("times", 0)),
            seconds=float(given.get("seconds", 1.0)),
        )

    def fits(self, marketplace: str, path: str) -> bool:
        """Say whether the rule is about this call."""
        return self.path in path and self.marketplace in {"", marketplace}


@define
class Faults:
    """The script in force. `generation` changes with it, so cached bodies can be told apart."""

    seed: str
    rules: list[Rule] = field(factory=list)
    generation: int = 0
    _chance: Random = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._chance = Random(f"{self.seed}:faults")

    def script(self, rules: list[Rule]) -> None:
        """Replace the script."""
        self.rules = rules
        self.generation += 1
        self._chance = Random(f"{self.seed}:faults")

    def strike(self, marketplace: str, path: str, effects: frozenset[str]) -> Rule | None:
        """Return the rule that acts on this call, if any."""
        for rule in self.rules:
            if rule.effect in effects and rule.fits(marketplace, path) and self._acts(rule):
                rule.used += 1
                return rule
        return None

    def breaks(self, record: str, effect: str) -> bool:
        """Say whether a record is among those broken for good by `effect`.

        `probability` is a share of records, chosen by seed and id: the same ones every time.
        """
        share = crc32(f"{self.seed}:{effect}:{record}".encode()) / 2**32
        rules = (rule for rule in self.rules if rule.effect == effect)
        return any(share < rule.probability for rule in rules)

    def _acts(self, rule: Rule) -> bool:
        rule.tried += 1
        if rule.times and rule.used >= rule.times:
            return False
        if rule.nth:
            return rule.tried == rule.nth
        return rule.probability >= 1 or self._chance.random() < rule.probability


def before(rule: Rule) -> Reply:
    """Answer for a call that never reaches the marketplace's code."""
    if rule.effect == "429":
        headers = {"Retry-After": f"{rule.seconds:g}"}
        return Reply(status=429, body=b"", headers=headers)
    return Reply(status=500, body=_BAD_GATEWAY, kind="text/html")


def after(rule: Rule, reply: Reply) -> Reply:
    """Spoil a reply whose effect has taken place."""
    match rule.effect:
        case "timeout":
            return evolve(reply, fate="hang")
        case "drop_reply":
            return evolve(reply, fate="drop")
        case "slow":
            return evolve(reply, delay=rule.seconds)
        case "truncated_json":
            return evolve(reply, body=reply.body[: len(reply.body) * 2 // 3])
        case "empty_body":
            return evolve(reply, body=b"")
        case _:
            return evolve(reply, body=_BAD_GATEWAY, kind="text/html")
