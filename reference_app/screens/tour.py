"""Which pages there are: what the URL conf and the links between pages lead a person to.

Nothing is listed by hand but a few states, so a new page is photographed and checked on the day
it gets an address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import parse_qsl, urlsplit

from attrs import define, field
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

__all__ = ["OPEN", "pages"]

# What a visitor without a session sees.
OPEN = {
    "login": "/accounts/login/",
    "signup": "/accounts/signup/",
    "password-reset": "/accounts/password/reset/",
}
# Read first, so that pages about one row show a row with much to see.
_FIRST = (
    "/", "/orders/?status=COMPLETED", "/orders/?status=TO_SHIP", "/orders/?status=CANCELLING",
    "/returns/?state=answer", "/catalogue/?show=bundles",
)  # fmt: skip
# States no link leads to.
_STATES = {
    "orders-found": "/orders/?q=ao+thun",
    "orders-none": "/orders/?q=khong+co+gi",
    "linking-none": "/linking/?state=linked&q=khong+co+gi",
    "missing": "/nothing/",
}
_NOT_PAGES = ("api/", "hooks/", "static/")
# Which row it is makes no other page; which tab or form does.
_IDS = {"pk", "marketplace", "shop_id", "external_id", "variant", "token", "key"}
_TABS = {"state", "show", "tab", "view"}
_READ_OF_ONE_KIND = 12
_TRIED_IDS = range(1, 31)

Read = Callable[[str], tuple[int, str]]


@define
class _Tour:
    read: Read
    found: dict[str, str] = field(factory=dict)
    seen: set[str] = field(factory=set)
    read_of: dict[str, int] = field(factory=dict)
    buttons: set[str] = field(factory=set)

    def walk(self, starts: list[str]) -> None:
        waiting = list(starts)
        while waiting:
            address = waiting.pop(0)
            name = _name(address)
            full = self.read_of.get(name, 0) >= _READ_OF_ONE_KIND
            enough = name in self.buttons or (full and name in self.found)
            if not name or address in self.seen or enough:
                continue
            self.seen.add(address)
            self.read_of[name] = self.read_of.get(name, 0) + 1
            status, html = self.read(address)
            if status == 405:  # a button's address, whatever the row
                self.buttons.add(name)
            if status != 200 or "<html" not in html:
                continue
            if name not in self.found or ("?" in self.found[name] and "?" not in address):
                self.found[name] = address
            waiting += [link for link in _links(html) if link not in self.seen]


def pages(read: Read) -> dict[str, str]:
    """Return the addresses of all pages a member can open, by name, in the app's order.

    `read` gives the status and the text of an address and follows no redirect.
    """
    plain, numbered = _routes()
    tour = _Tour(read)
    tour.walk([*_FIRST, *plain])
    for route in numbered:
        name = _name(_filled(route, 1))
        ids = (_filled(route, number) for number in _TRIED_IDS if name not in tour.found)
        tour.walk(list(ids))
    return dict(sorted(tour.found.items())) | _STATES


def _routes() -> tuple[list[str], list[str]]:
    """Return the addresses without a parameter, and the routes with one number."""
    every = [(route, name) for route, name in _walk(get_resolver().url_patterns) if name]
    plain = [f"/{route}" for route, _ in every if "<" not in route]
    numbered = [f"/{route}" for route, _ in every if re.findall(r"<(\w+):", route) == ["int"]]
    return plain, numbered


def _walk(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        elif not route.startswith(_NOT_PAGES):
            yield route, str(pattern.name or "")


def _filled(route: str, number: int) -> str:
    return re.sub(r"<[^>]+>", str(number), route)


def _name(address: str) -> str:
    """Return what a page is called: its route, its form, its tab; "" for what is no page."""
    parts = urlsplit(address)
    if parts.path.startswith(tuple(f"/{start}" for start in _NOT_PAGES)):
        return ""
    try:
        match = resolve(parts.path)
    except Resolver404:
        return ""
    words = [str(value) for key, value in match.kwargs.items() if key not in _IDS]
    words += [value for key, value in parse_qsl(parts.query) if key in _TABS]
    return "-".join([(match.url_name or "").replace("_", "-"), *words]).strip("-")


def _links(html: str) -> list[str]:
    found = re.findall(r'<a\b[^>]*?\bhref="(/[^"#]*)"', html)
    return list(dict.fromkeys(unescape(link) for link in found))
