"""Peak memory of ours over shops of very different sizes."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from attrs import asdict, frozen

from benchmarks.contenders import CONTENDERS, Contender
from benchmarks.race import compared
from benchmarks.sandbox import Control, sandbox

SIZES = (20_000, 200_000)


@frozen(kw_only=True)
class Sample:
    """One run over a shop."""

    peak: float
    cpu: float
    wall: float
    lost: int | None
    fault: str


def measure(repeats: int, sizes: tuple[int, ...] = SIZES) -> dict[str, Any]:
    """Sync shops of several sizes in turn; returns the facts."""
    one = next(each for each in CONTENDERS if each.name == "entrosdk")
    samples: dict[str, list[Sample]] = {str(size): [] for size in sizes}
    with ExitStack() as stack:
        worlds = {size: stack.enter_context(sandbox(size)) for size in sizes}
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for turn in range(repeats):
            for size, control in worlds.items():
                path = place / f"{size}-{turn}.db"
                # The truth of a large shop is large: it is asked for once.
                samples[str(size)].append(_sample(one, control, path, count=turn == 0))
                print(".", end="", flush=True)
    print()
    peaks = {size: median(each.peak for each in some) for size, some in samples.items()}
    return {
        "benchmark": "memory",
        "title": "peak memory by size of the shop",
        "repeats": repeats,
        "medians": peaks,
        "growth": peaks[str(sizes[-1])] / peaks[str(sizes[0])] - 1,
        "samples": {size: [asdict(each) for each in some] for size, some in samples.items()},
    }


def _sample(one: Contender, control: Control, path: Path, *, count: bool) -> Sample:
    job = control.job(str(path))
    used = one.run(job)
    lost = compared(control, path, job.until)[0] if count else None
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    return Sample(peak=used.peak, cpu=used.cpu, wall=used.wall, lost=lost, fault=used.fault)
