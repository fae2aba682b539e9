"""`entrosdk webhook verify`: is a captured notification genuine, and what does it say?"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import asdict

from entrosdk.client.connect import connect
from entrosdk.client.profiles import load_profiles
from entrosdk.domain.credentials import App
from entrosdk.domain.events import Event
from entrosdk.domain.secret import Secret
from entrosdk.errors import ConfigError
from entrosdk.registry import find
from entrosdk.runtime.stores.memory import MemoryStore

__all__ = ["check"]


def check(
    marketplace: str,
    *,
    url: str,
    headers: Sequence[str],
    body: str,
    stores: str | None,
    key_env: str,
    as_json: bool,
) -> None:
    """Verify a delivery and print its events; raises `BadSignature` when it is not genuine."""
    find(marketplace)  # a typing mistake is told before anything is asked for
    app = _from_file(stores, marketplace) if stores else _from_environment(key_env)
    with connect(marketplace, app=app, shop_id="", store=MemoryStore()) as shop:
        events = shop.events.parse(headers=_headers(headers), body=_body(body), url=url)
    facts = [_facts(event) for event in events]
    if as_json:
        sys.stdout.write(json.dumps({"genuine": True, "events": facts}, indent=2) + "\n")
        return
    sys.stdout.write(f"Genuine: {len(facts)} event{'' if len(facts) == 1 else 's'}.\n")
    for fact in facts:
        told = ", ".join(f"{name} {value}" for name, value in fact.items() if name != "event")
        sys.stdout.write(f"{fact['event']}: {told}\n")


def _from_environment(name: str) -> App:
    key = os.environ.get(name)
    if not key:
        raise ConfigError(
            f"the environment variable {name} is not set",
            advice=f"Put the push key into {name}, or pass --stores with a stores.toml.",
        )
    return App(key=os.environ.get("ENTROSDK_APP_KEY", ""), secret=Secret(key))


def _from_file(place: str, marketplace: str) -> App:
    shops = load_profiles(place).shops
    apps = {shop.app.key: shop.app for shop in shops if shop.marketplace == marketplace}
    if len(apps) != 1:
        count = "several apps" if apps else "no store"
        raise ConfigError(
            f"the stores file has {count} of {marketplace}",
            advice="Put the push key into ENTROSDK_PUSH_SECRET instead of passing --stores.",
        )
    return apps.popitem()[1]


def _headers(lines: Sequence[str]) -> Mapping[str, str]:
    pairs = [line.partition(":") for line in lines]
    if any(not colon for _, colon, _ in pairs):
        raise ConfigError("a header has no colon", advice="Write --header 'Authorization: 1f0c…'.")
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _body(place: str) -> bytes:
    # The signature covers the exact bytes, so nothing is stripped, not even a last newline.
    if place == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(place).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"the body cannot be read: {error.strerror}", advice="Check the path after --body."
        ) from None


def _facts(event: Event) -> dict[str, Any]:
    """What an event says, without its body: that may carry people."""
    facts = {name: value for name, value in asdict(event).items() if name not in {"body", "facts"}}
    told = {name: _text(value) for name, value in facts.items() if value not in ("", None, ())}
    return {"event": type(event).__name__, **told}


def _text(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
