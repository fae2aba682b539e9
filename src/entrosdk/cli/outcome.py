"""What became of each shop: the completeness table, or the same as one JSON document."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

from attrs import frozen
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from entrosdk.cli.telling import say, sentence
from entrosdk.client.profiles import Profile
from entrosdk.errors import EntroError
from entrosdk.sync.progress import Report, StreamReport

__all__ = ["Outcome", "print_outcomes"]

_WIDE = 120  # columns, when nobody tells us how wide the paper is
_COLUMNS = ("store", "stream", "marketplace", "local", "quarantined", "missing", "new", "changed")


@frozen(kw_only=True)
class Outcome:
    """One shop's report, or the error that kept it from beginning."""

    profile: Profile
    report: Report | None = None
    error: EntroError | None = None

    @property
    def ok(self) -> bool:
        """Did every stream reach its end with nothing missing?"""
        return self.report is not None and self.report.ok

    @property
    def streams(self) -> tuple[StreamReport, ...]:
        """The streams that were read."""
        return self.report.streams if self.report else ()


def print_outcomes(outcomes: list[Outcome], *, as_json: bool) -> None:
    """Print the completeness table and a sentence for each error."""
    if as_json:
        document = {
            "ok": all(outcome.ok for outcome in outcomes),
            "stores": [_facts(outcome) for outcome in outcomes],
        }
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    console.print(_table(outcomes))
    for line in _verdict(outcomes):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    sys.stdout.flush()
    for line in _errors(outcomes):
        say(line)


def _table(outcomes: list[Outcome]) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for number, name in enumerate(_COLUMNS):
        table.add_column(name, justify="left" if number < 2 else "right", no_wrap=number > 0)
    table.add_column("standing", no_wrap=True)
    for outcome in outcomes:
        name = escape(outcome.profile.name)
        if outcome.error is not None:
            table.add_row(name, *[""] * 7, "failed")
        for stream in outcome.streams:
            table.add_row(name, stream.stream, *_counts(stream), _standing(stream))
    return table


def _counts(stream: StreamReport) -> list[str]:
    found, written = stream.completeness, stream.written
    if stream.unsupported:
        return ["–"] * 6
    sides = (
        [found.marketplace, found.local, found.quarantined, found.missing]
        if found
        else ["?", "?", written.quarantined, "?"]
    )
    return [str(count) for count in (*sides, written.new, written.changed)]


def _standing(stream: StreamReport) -> str:
    if stream.unsupported:
        return "not offered"
    if stream.error is not None:
        return f"failed: {type(stream.error).__name__}"
    if stream.completeness is None:
        return "not compared"
    return "complete" if stream.ok else "incomplete"


def _verdict(outcomes: list[Outcome]) -> list[str]:
    streams = [stream for outcome in outcomes for stream in outcome.streams]
    found = [stream.completeness for stream in streams if stream.completeness]
    missing = sum(counts.missing for counts in found)
    quarantined = sum(counts.quarantined for counts in found)
    kept = [f"{quarantined} in quarantine (table `quarantine` says why)."] if quarantined else []
    if all(outcome.ok for outcome in outcomes):
        compared = len(found) == sum(not stream.unsupported for stream in streams)
        return ["Nothing is missing." if compared else "Done; nothing was compared.", *kept]
    failed = sum(outcome.error is not None for outcome in outcomes)
    failed += sum(stream.error is not None for stream in streams)
    return [f"Not complete: {missing} missing, {failed} failed.", *kept]


def _errors(outcomes: list[Outcome]) -> list[str]:
    """One line for each cause; the streams of a shop often share one."""
    lines = []
    for outcome in outcomes:
        errors = [outcome.error, *(stream.error for stream in outcome.streams)]
        told = dict.fromkeys(sentence(error) for error in errors if error is not None)
        lines += [f"{outcome.profile.name}: {text}" for text in told]
    return lines


def _facts(outcome: Outcome) -> dict[str, Any]:
    return {
        "name": outcome.profile.name,
        "marketplace": outcome.profile.marketplace,
        "shop_id": outcome.profile.shop_id,
        "ok": outcome.ok,
        "error": _error(outcome.error),
        "streams": [_stream(stream) for stream in outcome.streams],
    }


def _stream(stream: StreamReport) -> dict[str, Any]:
    found, written = stream.completeness, stream.written
    start, end = stream.span or (None, None)
    return {
        "stream": stream.stream,
        "ok": stream.ok,
        "unsupported": stream.unsupported,
        "from": _iso(start),
        "to": _iso(end),
        "pages": stream.pages,
        "new": written.new,
        "changed": written.changed,
        "ignored": written.ignored,
        "marketplace": found.marketplace if found else None,
        "local": found.local if found else None,
        "quarantined": found.quarantined if found else written.quarantined,
        "missing": found.missing if found else None,
        "fetched": found.fetched if found else None,
        "error": _error(stream.error),
    }


def _error(error: EntroError | None) -> dict[str, str] | None:
    if error is None:
        return None
    return {"type": type(error).__name__, "message": error.message, "advice": error.advice}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
