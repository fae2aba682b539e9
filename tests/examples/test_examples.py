"""Every example runs against a sandbox and says something."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.sandbox import Sandbox, sandbox

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPTS = sorted(path for path in EXAMPLES.glob("*.py") if path.stem != "sandbox")


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    """One sandbox for all examples."""
    with sandbox(orders=60) as started:
        yield started


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_example(script: Path, server: Sandbox, tmp_path: Path) -> None:
    """The program ends well, prints its result and has no warning."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script), server.url],
        cwd=tmp_path,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr, bool(done.stdout)) == (0, "", True), done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_example_is_short(script: Path) -> None:
    """An example fits on a screen, but for the sink, which is a whole one."""
    limit = 90 if script.stem == "own_sink" else 50
    assert len(script.read_text().splitlines()) <= limit
