"""A client that signs by itself, so that the sandbox is not checked against the SDK's own code."""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from entrosdk.sandbox.http import Call, Reply
from tests.sandboxes import Table

FORM = "application/x-www-form-urlencoded"


class Client:
    """Asks an emulated Lazada."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.store = table.box.stores()[0]

    def sign(self, path: str, given: dict[str, str]) -> str:
        """The sign of a call."""
        text = path + "".join(f"{name}{given[name]}" for name in sorted(given))
        key = self.store["app_secret"].encode()
        return hmac.new(key, text.encode(), sha256).hexdigest().upper()

    def signed(self, path: str, **more: Any) -> dict[str, str]:
        """All parameters of a good call."""
        given = {
            "app_key": self.store["app_key"],
            "timestamp": str(int(self.table.moment.timestamp()) * 1000),
            "sign_method": "sha256",
            "access_token": self.store["access_token"],
            **{name: str(value) for name, value in more.items()},
        }
        return {**given, "sign": self.sign(path, given)}

    def query(self, path: str, given: dict[str, str], method: str = "GET") -> Reply:
        """Send parameters in the query."""
        return self.send(method, path, tuple(given.items()))

    def form(self, path: str, given: dict[str, str]) -> Reply:
        """Send parameters as a form."""
        return self.send("POST", path, (), FORM, urlencode(given).encode())

    def send(
        self,
        method: str,
        path: str,
        query: tuple[tuple[str, str], ...],
        kind: str = "",
        body: bytes = b"",
    ) -> Reply:
        """Send a call as it is."""
        headers = {"content-type": kind} if kind else {}
        call = Call(method=method, path=f"/rest{path}", query=query, headers=headers, body=body)
        return self.table.box.handle("lazada", call)

    def get(self, path: str, **more: Any) -> Any:
        """The body of a good call."""
        return json.loads(self.query(path, self.signed(path, **more)).body)

    def post(self, path: str, **more: Any) -> Any:
        """The body of a good call by form."""
        return json.loads(self.form(path, self.signed(path, **more)).body)


def code(reply: Reply) -> str:
    """The code of an answer, whose status is 200 whatever it says."""
    assert reply.status == 200
    found: str = json.loads(reply.body)["code"]
    return found


def table(**parts: Any) -> Table:
    """A Lazada sandbox on a clock of its own."""
    return Table("lazada", **{"orders": 30, **parts})
