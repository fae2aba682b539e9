"""The command line, `entrosdk …`. It needs `entrosdk[cli]`."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command that was typed."""
    try:
        from entrosdk.cli.commands import app  # noqa: PLC0415 - its libraries may be missing
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich"}:
            raise
        sys.exit("The command line needs two more packages. Next step: pip install 'entrosdk[cli]'")
    app(prog_name="entrosdk")
