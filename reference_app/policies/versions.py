"""The versions of the terms and of the privacy policy: what was published, and what is in force.

A text that was published is never edited: its digest stands in `texts/versions.toml`, and a
changed text is a new version with a file of its own for each language.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path

from attrs import frozen
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

__all__ = [
    "KINDS", "TEXTS", "Version", "digest_of", "find", "html", "in_force", "newest", "versions",
]  # fmt: skip

KINDS = ("terms", "privacy")
TEXTS = Path(__file__).parent / "texts"


@frozen(eq=False)
class Version:
    """One published text, in two languages.

    `changes` says by language what is new in it, empty for a first version; `digests` are the
    SHA-256 of the texts as they were published.
    """

    kind: str
    number: int
    updated: date
    effective: date
    changes: Mapping[str, str]
    digests: Mapping[str, str]

    def text(self, language: str) -> str:
        """Return the Markdown; Vietnamese for a language that has none."""
        return _path(self, _offered(language)).read_text()

    def digest(self, language: str) -> str:
        """Return the digest of the text in a language, as published."""
        return self.digests[_offered(language)]

    def change(self, language: str) -> str:
        """Return what is new, in a language."""
        return self.changes.get(_offered(language), "")

    @property
    def name(self) -> str:
        """How the version is known, such as `terms-1`."""
        return f"{self.kind}-{self.number}"


def versions(kind: str) -> list[Version]:
    """Return all versions of a kind, oldest first; raises `KeyError` for an unknown kind."""
    return _all()[kind]


def newest(kind: str) -> Version:
    """Return the version that was published last, in force or about to be."""
    return versions(kind)[-1]


def in_force(kind: str, day: date) -> Version:
    """Return the version that applies on a day; the first one before that."""
    begun = [version for version in versions(kind) if version.effective <= day]
    return (begun or versions(kind)[:1])[-1]


def find(kind: str, number: int) -> Version | None:
    """Return a version, if there is one of that name."""
    known = _all().get(kind, [])
    return next((version for version in known if version.number == number), None)


@cache
def html(version: Version, language: str) -> SafeString:
    """Return a text as HTML; our own Markdown, and no HTML within it."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    return mark_safe(reader.render(version.text(language)))  # noqa: S308  # nosec


def digest_of(version: Version, language: str) -> str:
    """Return the digest of a text as it lies here."""
    return sha256(_path(version, language).read_bytes()).hexdigest()


def _path(version: Version, language: str) -> Path:
    return TEXTS / f"{version.name}.{language}.md"


def _offered(language: str) -> str:
    return "en" if language.startswith("en") else "vi"


@lru_cache(maxsize=1)
def _all() -> dict[str, list[Version]]:
    rows = tomllib.loads((TEXTS / "versions.toml").read_text())["version"]
    known = [
        Version(
            row["kind"], row["number"], row["updated"], row["effective"],
            row.get("changes", {}), row["sha256"],
        )
        for row in rows
    ]  # fmt: skip
    return {
        kind: sorted((v for v in known if v.kind == kind), key=lambda v: v.number) for kind in KINDS
    }
