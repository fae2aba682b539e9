"""A limit that several processes keep together, through a file."""

from __future__ import annotations

from pathlib import Path

from tests.integration.sharing import keep_together


def test_processes_on_one_machine_keep_a_limit_together(tmp_path: Path) -> None:
    """SQLite is enough for workers on one machine."""
    keep_together(f"sqlite:///{tmp_path / 'limits.db'}")
