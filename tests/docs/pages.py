"""Runs the blocks of a documentation page in order, as a reader would.

Python blocks share one namespace, `sh` blocks run in one directory, and a `text` block that is
marked `<!-- output -->` must be what the block before it printed (`…` stands for anything).
A comment before a block changes how it is treated: `<!-- not run: reason -->` compiles only,
`<!-- exits 1 -->` expects that exit code, `<!-- interrupted, exits 130 -->` presses Ctrl-C when
the command prints its first line.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

from sybil import Document, Example
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser

from tests.docs.sandbox import Sandbox, sandbox

ROOT = Path(__file__).parents[2]
DEFAULT = "127.0.0.1:9100"
SERVE = "entrosdk sandbox serve"

# What a reader does once to a machine, and the tests must not do to theirs.
_SET_UP = re.compile(r"(python3? -m (venv|pip)|pip install|\. |source |cd |sqlite3 )")
_MAKE = re.compile(r"([A-Z_]+=\S+ )*make (\w+)")
# A suite that a shell runs in the background has told its children to ignore Ctrl-C.
_LISTENING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
"""
_MARK = re.compile(r"<!-- ([^>]*?) -->\s*$")


class Page:
    """A page being read; `directory` is where its commands run."""

    def __init__(self, path: Path, directory: Path, server: Sandbox | None) -> None:
        self._directory = directory
        self._server = server
        self._python = PythonEvaluator()
        self.printed = ""
        self.document = Document(self._on_our_port(path.read_text()), str(path))
        self.document.namespace["__name__"] = "page"
        for language in ("python", "sh", "text"):
            parser = CodeBlockParser(language, getattr(self, language))
            for region in parser(self.document):
                self.document.add(region)

    def run(self) -> None:
        """Evaluate every block, first to last."""
        for example in self.document:
            example.evaluate()

    def python(self, example: Example) -> None:
        """Run a Python block, or compile it when its mark says so."""
        if mark(example).startswith("not run:"):
            compile(str(example.parsed), example.path, "exec")
            return
        with redirect_stdout(io.StringIO()) as printed:
            self._python(example)
        self.printed = printed.getvalue()

    def sh(self, example: Example) -> None:
        """Run each command of a shell block."""
        if mark(example).startswith("not run:"):
            return
        self.printed = ""
        for command in commands(str(example.parsed)):
            self.printed += self._command(command, mark(example))

    def text(self, example: Example) -> str | None:
        """Compare a block marked as output with what was printed."""
        if mark(example) != "output":
            return None
        if matches(str(example.parsed), self.printed):
            return None
        return f"wanted:\n{example.parsed}\nprinted:\n{self.printed}"

    def _command(self, command: str, mark: str) -> str:
        made = _MAKE.match(command)
        if made:
            assert re.search(rf"^{made[2]}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
            return ""
        if _SET_UP.match(command) or command.startswith(SERVE):
            return ""
        wanted = int(mark.rpartition("exits ")[2]) if "exits " in mark else 0
        if mark.startswith("interrupted"):
            return interrupt(command, self._directory, wanted)
        return run(command, self._directory, wanted)

    def _on_our_port(self, text: str) -> str:
        if self._server is None:
            return text
        for number in range(5):
            text = text.replace(
                f"127.0.0.1:{9100 + number}", f"127.0.0.1:{self._server.port + number}"
            )
        return text


def mark(example: Example) -> str:
    """Return the comment just before a block."""
    found = _MARK.search(example.document.text[: example.start])
    return found[1] if found else ""


def matches(wanted: str, printed: str) -> bool:
    """Say whether `printed` is what was wanted; `…` is anything, any white space is a space."""
    parts = [re.escape(" ".join(part.split())) for part in wanted.split("…")]
    return re.fullmatch(".*".join(parts), " ".join(printed.split())) is not None


def commands(block: str) -> Iterator[str]:
    """Yield the commands of a block; a backslash joins lines, a hash begins a comment."""
    for line in block.replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


def run(command: str, directory: Path, wanted: int) -> str:
    """Run a command and return what it printed; its exit code must be the `wanted` one."""
    done = subprocess.run(
        command,
        shell=True,
        cwd=directory,
        env=environment(),
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == wanted, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def interrupt(command: str, directory: Path, wanted: int) -> str:
    """Run a command and press Ctrl-C at its first line; it must end by itself, as wanted."""
    process = subprocess.Popen(
        [sys.executable, "-c", _LISTENING, *shlex.split(command)],
        cwd=directory,
        env=environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with process:
        assert process.stdout
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == wanted, first + rest
    return first + rest


def environment() -> dict[str, str]:
    """Return this environment with our commands on the path and plain output."""
    ours = Path(sys.executable).parent
    return {
        **os.environ,
        "PATH": f"{ours}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }


def read(path: Path, directory: Path) -> None:
    """Run a page; one that speaks of the sandbox gets its own."""
    text = path.read_text()
    if DEFAULT not in text and SERVE not in text:
        Page(path, directory, None).run()
        return
    options = re.search(rf"^{SERVE}(.*)$", text, re.MULTILINE)
    wanted = shlex.split(options[1]) if options else []
    # A page that starts one shows what its 200 orders give; the others only need some.
    with sandbox(*wanted, orders=200 if options else 25) as server:
        Page(path, directory, server).run()
