"""`entrosdk new-adapter`: write a partner's package from the template beside this module.

The template is a working package for an invented marketplace; only its names are replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import typer
from attrs import frozen

from entrosdk.errors import ConfigError
from entrosdk.registry import GROUP

__all__ = ["Names", "make", "run"]

_TEMPLATE = Path(__file__).parent / "templates" / "adapter"
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST = 30
# What the template calls its marketplace: the longer forms first.
_PLACEHOLDER = re.compile(r"entrosdk-mymarket|mymarket\.example|mymarket|MyMarket|My Market")
_LEFT_OUT = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}


@frozen
class Names:
    """The forms of an adapter's name; raises `ConfigError` for one that cannot be used."""

    name: str

    def __attrs_post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or len(self.name) > _LONGEST:
            raise ConfigError(
                f"{self.name!r} cannot be the name of an adapter",
                advice="Use small letters, digits and single underscores, beginning with a letter"
                f" and {_LONGEST} at most: my_market.",
            )
        if self.name in entry_points(group=GROUP).names:
            raise ConfigError(
                f"an adapter called {self.name!r} is installed already",
                advice="Choose another name, or uninstall that adapter first.",
            )

    @property
    def distribution(self) -> str:
        """What pip calls it."""
        return f"entrosdk-{self.name.replace('_', '-')}"

    @property
    def title(self) -> str:
        """What people call the marketplace."""
        return " ".join(part.capitalize() for part in self.name.split("_"))

    def put(self, text: str) -> str:
        """Put these names where the template's stand."""
        forms = {
            "entrosdk-mymarket": self.distribution,
            "mymarket.example": f"{self.name.replace('_', '-')}.example",
            "mymarket": self.name,
            "MyMarket": self.title.replace(" ", ""),
            "My Market": self.title,
        }
        return _PLACEHOLDER.sub(lambda found: forms[found[0]], text)


def run(name: str, *, to: Path | None) -> None:
    """Write the package and say what to do next."""
    folder = make(name, to)
    typer.echo(f"{folder} is an adapter that passes its tests.")
    typer.echo(f"Next step: cd {folder} && pip install --group dev --editable . && pytest")


def make(name: str, to: Path | None = None) -> Path:
    """Write the package into the folder `to`, which must not exist; returns the folder."""
    names = Names(name)
    folder = to or Path(names.distribution)
    if folder.exists():
        raise ConfigError(f"{folder} exists already", advice="Pass another folder with --to.")
    try:
        for path, text in _files():
            target = folder / names.put(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(names.put(text), encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{folder} cannot be written: {error.strerror}",
            advice="Pass a folder that you may write to with --to.",
        ) from error
    return folder


def _files() -> Iterator[tuple[str, str]]:
    """Return the template's files: paths inside it, with their texts."""
    for path in sorted(_TEMPLATE.rglob("*")):
        place = path.relative_to(_TEMPLATE)
        if path.is_file() and not _LEFT_OUT & set(place.parts):
            yield place.as_posix(), path.read_text(encoding="utf-8")
