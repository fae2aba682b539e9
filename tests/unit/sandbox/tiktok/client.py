"""A client that signs by itself, so that the sandbox is not checked against the SDK's code."""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from entrosdk.sandbox.http import Call, Reply
from tests.sandboxes import Table


class Client:
    """Asks the emulated TikTok Shop."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.store = table.box.stores()[0]
        self.secret = self.store["app_secret"]
        self.cipher = table.market.cipher

    def headers(self, **more: str) -> dict[str, str]:
        """What a good call carries."""
        token = {"x-tts-access-token": self.store["access_token"]}
        return {**token, "content-type": "application/json", **more}

    def sign(self, path: str, pairs: list[tuple[str, str]], body: bytes) -> str:
        """The sign over these pairs and this body."""
        text = path + "".join(k + v for k, v in sorted(pairs, key=lambda pair: pair[0]))
        whole = self.secret.encode() + text.encode() + body + self.secret.encode()
        return hmac.new(self.secret.encode(), whole, sha256).hexdigest()

    def pairs(self, **more: Any) -> list[tuple[str, str]]:
        """The unsigned query of a shop call; `None` leaves a parameter out."""
        given = {
            "app_key": self.store["app_key"],
            "timestamp": str(int(self.table.moment.timestamp())),
            "shop_cipher": self.cipher,
            **more,
        }
        return [(name, str(value)) for name, value in given.items() if value is not None]

    def send(
        self,
        method: str,
        path: str,
        pairs: list[tuple[str, str]],
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Send a call as it is."""
        told = self.headers() if headers is None else headers
        call = Call.of(method, path, urlencode(pairs), told, body)
        return self.table.box.handle("tiktok", call)

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Reply:
        """Send a good call."""
        raw = b"" if body is None else json.dumps(body).encode()
        pairs = self.pairs(**query)
        return self.send(method, path, [*pairs, ("sign", self.sign(path, pairs, raw))], raw)

    def get(self, path: str, **query: Any) -> Any:
        """A good read's body."""
        return json.loads(self.ask("GET", path, **query).body)

    def post(self, path: str, body: Any, **query: Any) -> Any:
        """A good write's body."""
        return json.loads(self.ask("POST", path, body, **query).body)


def verdict(reply: Reply) -> tuple[int, int]:
    """Status and code of a reply."""
    body = json.loads(reply.body)
    assert set(body) == {"code", "data", "message", "request_id"}
    assert len(body["request_id"]) == 34
    return reply.status, body["code"]
