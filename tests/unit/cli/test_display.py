"""Progress on a terminal and elsewhere."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import TextColumn

from entrosdk.cli.display import PlainLines, TerminalBars, parts, words
from entrosdk.sync.progress import Phase, Progress
from entrosdk.sync.sink import StreamKey

ORDERS = StreamKey("toy", "1", "orders")


def progress(phase: Phase = Phase.READING, **facts: Any) -> Progress:
    """Progress of the orders."""
    return Progress(key=ORDERS, phase=phase, **facts)


@pytest.mark.parametrize(
    ("progress", "said", "part"),
    [
        (progress(records=5, window=1, windows=1), "5 records", (0, None)),
        (progress(records=5, total=9, window=1, windows=1), "5 of 9 records", (5, 9)),
        (progress(records=5, window=2, windows=3), "5 records, window 2 of 3", (1, 3)),
        (progress(Phase.CHECKING, records=5, windows=1), "5 compared", (0, None)),
        (progress(Phase.DONE, records=9), "done, 9 records read", (1, 1)),
        (progress(Phase.FAILED, records=9), "failed after 9 records", (1, 1)),
    ],
)
def test_progress_in_words_and_parts(progress: Progress, said: str, part: Any) -> None:
    """Records where the total is known, windows where there are several, else only a count."""
    assert (words(progress), parts(progress)) == (said, part)


def test_plain_lines_come_once_a_second_and_at_the_end() -> None:
    """A log is not flooded by pages, and the end is never left out."""
    moments, lines = iter([0.0, 0.4, 1.1, 1.2]), []
    show = PlainLines(lines.append, lambda: next(moments)).of("Shop")
    for number in (1, 2, 3):
        show(progress(records=number, window=1, windows=1))
    show(progress(Phase.DONE, records=4))
    assert lines == [
        "Shop orders: 1 records",
        "Shop orders: 3 records",
        "Shop orders: done, 4 records read",
    ]


def test_bars_show_one_line_for_each_stream() -> None:
    """On a terminal every store and stream has its bar."""
    out = StringIO()
    console = Console(file=out, force_terminal=True, width=100)
    columns = (TextColumn("{task.description}"), TextColumn("{task.fields[told]}"))
    with Bars(*columns, console=console, auto_refresh=False) as bars:
        show = TerminalBars(bars).of("[Shop]")
        show(progress(records=5, total=9, window=1, windows=1))
        show(progress(Phase.DONE, records=9))
    assert "[Shop] · orders done, 9 records read" in out.getvalue()
