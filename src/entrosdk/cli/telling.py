"""How errors reach the person who typed: one sentence, what to do next, a non-zero exit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from entrosdk.errors import EntroError

__all__ = ["say", "sentence", "told"]


@contextmanager
def told(*, debug: bool) -> Iterator[None]:
    """Turn an error into its sentence and exit 1; `debug` lets the traceback through."""
    try:
        yield
    except (KeyboardInterrupt, typer.Exit, typer.BadParameter):
        raise
    except Exception as error:
        if debug:
            raise
        say(sentence(error))
        raise typer.Exit(1) from None


def sentence(error: Exception) -> str:
    """Say what happened and what to do next."""
    if isinstance(error, EntroError):
        where = str(error.context)
        place = f" [{where}]" if where else ""
        return f"{error.message.rstrip('.')}{place}. Next step: {error.advice}"
    if isinstance(error, ModuleNotFoundError):
        extra = {"sqlalchemy": "sql", "cryptography": "sql", "aiohttp": "sandbox"}
        wanted = extra.get((error.name or "").partition(".")[0], "cli,sandbox")
        return f"{error.name} is not installed. Next step: pip install 'entrosdk[{wanted}]'"
    # The text of an unexpected error may quote a record, so only its kind is told.
    kind = type(error).__name__
    return f"Unexpected {kind}. Next step: run again with --debug for the traceback."


def say(text: str) -> None:
    """Write a line to where people look and pipes do not."""
    sys.stderr.write(f"{text}\n")
