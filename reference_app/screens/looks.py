"""What a page must be to be right: no wider than the screen, in one language, quiet, from here.

watch = Watch.on(page, origin)      # before the first page is opened
page.goto(...)
faults = watch.faults(language)
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from attrs import define, field

from reference_app import catalogue

__all__ = ["Watch", "english_left"]

# Words that are the same in both languages, or names.
SHARED = {
    "", "Access token", "App key", "App secret", "English", "Push secret", "Refresh token",
    "Webhook", "e-mail",
}  # fmt: skip
_WORDS = re.compile(
    r"\b(the|of|and|is|are|was|were|with|from|your|you|orders?|stores?|this|that|not|have|has"
    r"|please|password|ago|days?)\b",
    re.IGNORECASE,
)
# Texts a person reads or hears; code and what a marketplace said stay as they are.
_TEXTS = """() => {
    const foreign = "script, style, code, pre, [lang='en'], [translate='no'], .said";
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const box = walker.currentNode.parentElement;
        if (!box.closest(foreign)) texts.push(walker.currentNode.textContent);
    }
    for (const name of ["placeholder", "aria-label", "title", "alt"])
        for (const box of document.querySelectorAll(`[${name}]`))
            if (!box.closest(foreign)) texts.push(box.getAttribute(name));
    return [...texts, document.title];
}"""
# What sticks out of the page, for the sentence that says so.
_WIDE = """() => {
    const across = document.documentElement.scrollWidth - window.innerWidth;
    if (across <= 0) return null;
    const out = [...document.querySelectorAll("main *")].filter(
        (box) => box.getBoundingClientRect().right > window.innerWidth + 1);
    const names = out.slice(0, 3).map((box) => `${box.tagName.toLowerCase()}.${box.className}`);
    return `${across} pixels too wide: ${names.join(", ")}`;
}"""


@define
class Watch:
    """Listens to a browser's window and judges the pages it shows."""

    page: Any
    origin: str
    _heard: list[str] = field(factory=list)

    @classmethod
    def on(cls, page: Any, origin: str) -> Watch:
        """Listen to `page`; `origin` is the app's own address without a path."""
        watch = cls(page, origin)
        # playwright writes on the methods it is given, which a slotted object does not allow.
        page.on("console", lambda message: watch._said(message))  # noqa: PLW0108
        page.on("pageerror", lambda error: watch._heard.append(f"the browser says: {error}"))
        page.on("request", lambda request: watch._asked(request))  # noqa: PLW0108
        return watch

    def _said(self, message: Any) -> None:
        if message.type == "error" and "404" not in message.text:
            self._heard.append(f"the browser says: {message.text}")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:", "blob:")):
            self._heard.append(f"something is fetched from elsewhere: {request.url}")

    def faults(self, language: str) -> list[str]:
        """Return what is wrong with the page that is shown, and what was heard since the last."""
        found, self._heard = self._heard, []
        if wide := self.page.evaluate(_WIDE):
            found.append(wide)
        if language == "vi":
            texts = {" ".join(text.split()) for text in self.page.evaluate(_TEXTS)}
            found += [f"English in Vietnamese: {text}" for text in english_left(texts)]
        return found


def english_left(texts: set[str]) -> list[str]:
    """Return which of a Vietnamese page's texts are originals of the catalogue, or English."""
    plain, patterns = _originals()
    return sorted(
        text
        for text in texts
        if text not in SHARED
        and (text in plain or _WORDS.search(text) or any(one.fullmatch(text) for one in patterns))
    )


@cache
def _originals() -> tuple[set[str], list[re.Pattern[str]]]:
    """Return the catalogue's texts that differ in Vietnamese: as they are, and with places."""
    originals = {
        text
        for (_, *both), texts in catalogue.read().items()
        for text in both
        if text and text not in SHARED and text not in texts
    }
    with_places = {text for text in originals if re.search(r"%\(\w+\)[sd]", text)}
    patterns = [
        re.compile(".+".join(map(re.escape, re.split(r"%\(\w+\)[sd]", text))))
        for text in with_places
        if len(re.findall(r"[A-Za-z]{2,}", re.sub(r"%\(\w+\)[sd]", "", text))) > 1
    ]
    return originals - with_places, patterns
