"""Runs a contender in a fresh process and measures it; the same way for all.

CPU is user and system time of all its processes, as the system counts it when they end.
Wall time begins at the mark that each process leaves when its imports are done
(`benchmarks.job.mark`); peaks are told by the processes themselves when they exit.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 900.0  # seconds


@frozen(kw_only=True)
class Usage:
    """What a run took; seconds and MiB.

    `cpu` is all of it, with the interpreter's start; `peak` adds up the processes that a
    contender consists of; `fault` is what it said last when it failed.
    """

    cpu: float
    wall: float
    peak: float
    fault: str = ""


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> Usage:
    """Run a command that marks when its job begins."""
    with tempfile.TemporaryDirectory() as place:
        marks, said = Path(place, "marks"), Path(place, "said")
        with said.open("wb") as errors:
            process = subprocess.Popen(
                list(command),
                cwd=ROOT,
                env={**(os.environ if env is None else env), "BENCH_MARKS": str(marks)},
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
            limit = threading.Timer(LONGEST, process.kill)
            limit.start()
            _, status, used = os.wait4(process.pid, 0)
            limit.cancel()
        process.returncode = code = os.waitstatus_to_exitcode(status)
        fault = _last_line(said) or f"exit status {code}" if code else ""
        return _usage(_read(marks), used.ru_utime + used.ru_stime, fault)


def own_environment() -> dict[str, str]:
    """Return the environment without what leads to this one's packages."""
    away = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    return {name: value for name, value in os.environ.items() if name not in away}


def python(module: str, *arguments: str, interpreter: str = sys.executable) -> list[str]:
    """Return the command that runs a module."""
    return [interpreter, "-W", "ignore", "-m", module, *arguments]


def _read(marks: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in marks.read_text().splitlines()] if marks.exists() else []


def _usage(marks: list[dict[str, Any]], whole: float, fault: str) -> Usage:
    ready = {mark["pid"]: mark for mark in marks if mark["what"] == "ready"}
    ends = {mark["pid"]: mark for mark in marks if mark["what"] == "end"}
    if not ready or ready.keys() != ends.keys():
        return Usage(cpu=whole, wall=0, peak=0, fault=fault or "it left no marks")
    first = min(mark["at"] for mark in ready.values())
    return Usage(
        cpu=whole,
        wall=max(mark["at"] for mark in ends.values()) - first,
        peak=sum(mark["peak_kib"] for mark in ends.values()) / 1024,
        fault=fault,
    )


def _last_line(said: Path) -> str:
    lines = said.read_text(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else ""
