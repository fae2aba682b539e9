"""A stranger's client of the emulated Tiki: raw requests, no SDK."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from entrosdk.sandbox import TikiProfile
from entrosdk.sandbox.http import Call, Reply
from tests.sandboxes import Table

BACK = "https://erp.example/back"
STATE = "longenough"


class Client:
    """Sends what it is told to, with a token or without."""

    def __init__(self, *, orders: int = 12, seed: int = 7, **profile: Any) -> None:
        self.table = Table("tiki", orders=orders, seed=seed, profile=TikiProfile(**profile))
        self.market = self.table.market
        store = self.table.box.stores()[0]
        self.key, self.secret = store["app_key"], store["app_secret"]
        self.access, self.refresh = store["access_token"], store["refresh_token"]

    @property
    def now(self) -> int:
        """The world's time."""
        self.table.box.world.settle()
        return self.table.box.world.now

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        query: str = "",
    ) -> Reply:
        """Send one request as it is."""
        return self.table.box.handle("tiki", Call.of(method, path, query, headers or {}, body))

    def ask(
        self, path: str, token: str | None = None, method: str = "GET", **query: Any
    ) -> tuple[int, Any]:
        """Read something; returns status and JSON."""
        headers = {"authorization": f"Bearer {self.access if token is None else token}"}
        return told(self.send(method, f"/integration/{path}", b"", headers, urlencode(query)))

    def tell(
        self, path: str, body: Any, token: str | None = None, method: str = "POST", **extra: str
    ) -> tuple[int, Any]:
        """Write something; returns status and JSON."""
        headers = {
            "authorization": f"Bearer {self.access if token is None else token}",
            "content-type": "application/json",
            **extra,
        }
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return told(self.send(method, f"/integration/{path}", raw, headers))

    def token(
        self, *, basic: bool = True, raw: bytes | None = None, **form: str
    ) -> tuple[int, Any]:
        """Ask the token endpoint."""
        headers = {"content-type": "application/x-www-form-urlencoded"}
        if basic:
            pair = b64encode(f"{self.key}:{self.secret}".encode()).decode()
            headers["authorization"] = f"Basic {pair}"
        body = urlencode(form).encode() if raw is None else raw
        return told(self.send("POST", "/sc/oauth2/token", body, headers))

    def app_token(self) -> str:
        """The app's own token."""
        found: str = self.token(grant_type="client_credentials")[1]["access_token"]
        return found

    def consent(self, **query: str) -> dict[str, str]:
        """Where the consent page sends the browser, taken apart."""
        asked = {
            "response_type": "code",
            "client_id": self.key,
            "redirect_uri": BACK,
            "scope": "offline order product",
            "state": STATE,
            **query,
        }
        reply = self.send("GET", "/sc/oauth2/auth", query=urlencode(asked))
        return dict(parse_qsl(urlsplit(reply.headers["Location"]).query))

    def order(self, model: str = "dropship", **wish: Any) -> Any:
        """Let a buyer buy, under this model, and let Tiki accept the order."""
        self.market.profile.models = (model,)
        order = self.market.shop.buy(self.now, **{"cod": True, **wish})
        self.table.sleep(301)
        self.table.box.world.settle()
        return order


def told(reply: Reply) -> tuple[int, Any]:
    """Status and JSON of a reply."""
    return reply.status, json.loads(reply.body) if reply.body else None
