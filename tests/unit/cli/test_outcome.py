"""What `entrosdk sync` prints: the completeness table, the sentence under it, the JSON document."""

from __future__ import annotations

import json

import pytest

from entrosdk.cli.outcome import Outcome, print_outcomes
from entrosdk.client.profiles import Profile
from entrosdk.errors import ConfigError, Context, Revoked
from entrosdk.sync.progress import Completeness, Report, StreamReport
from entrosdk.sync.sink import Written
from tests.toymarket import NOON, app

SHOP = Profile(marketplace="toy", shop_id="1", name="Tiệm Mộc Lan", app=app())


def outcome(*streams: StreamReport) -> Outcome:
    """The outcome of a shop with these streams."""
    return Outcome(profile=SHOP, report=Report(marketplace="toy", shop_id="1", streams=streams))


WHOLE = StreamReport(
    stream="orders",
    span=(NOON, NOON),
    pages=2,
    written=Written(new=199, quarantined=1),
    completeness=Completeness(200, 199, 1),
)
REVOKED = Revoked("the seller withdrew consent.", context=Context(marketplace="toy", shop="1"))


def words(capsys: pytest.CaptureFixture[str], *outcomes: Outcome) -> list[str]:
    """The printed words of all lines of the table."""
    print_outcomes(list(outcomes), as_json=False)
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_the_table_has_both_sides(capsys: pytest.CaptureFixture[str]) -> None:
    """Each stream is a row with the marketplace's count, ours, quarantine and what is missing."""
    printed = words(capsys, outcome(WHOLE))
    assert printed[0].split() == [
        "store", "stream", "marketplace", "local", "quarantined", "missing", "new", "changed",
        "standing",
    ]  # fmt: skip
    assert "Tiệm Mộc Lan orders 200 199 1 0 199 0 complete" in printed
    assert printed[-2:] == [
        "Nothing is missing.",
        "1 in quarantine (table `quarantine` says why).",
    ]


def test_what_is_missing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """A stream with something missing is not complete."""
    short = StreamReport(stream="orders", completeness=Completeness(3, 2, 0, 1))
    printed = words(capsys, outcome(short))
    assert "Tiệm Mộc Lan orders 3 2 0 1 0 0 incomplete" in printed
    assert printed[-1] == "Not complete: 1 missing, 0 failed."


def test_a_failed_stream_says_what_to_do_once(capsys: pytest.CaptureFixture[str]) -> None:
    """One cause is told in one sentence with its next step, however many streams met it."""
    failed = [StreamReport(stream=name, error=REVOKED) for name in ("orders", "products")]
    print_outcomes([outcome(*failed)], as_json=False)
    printed = capsys.readouterr()
    assert "failed: Revoked" in printed.out
    (line,) = printed.err.splitlines()
    assert line.startswith("Tiệm Mộc Lan: the seller withdrew consent [toy 1]. Next step: Send")


def test_streams_that_are_not_offered_are_shown_so(capsys: pytest.CaptureFixture[str]) -> None:
    """A marketplace without such records is no failure."""
    printed = words(capsys, outcome(StreamReport(stream="payouts", unsupported=True)))
    assert "Tiệm Mộc Lan payouts – – – – – – not offered" in printed


def test_a_shop_that_could_not_begin_is_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    """An error before any stream stands in the table and below it."""
    print_outcomes([Outcome(profile=SHOP, error=ConfigError("no adapter"))], as_json=False)
    printed = capsys.readouterr()
    assert "failed" in printed.out
    assert printed.err.startswith("Tiệm Mộc Lan: no adapter. Next step:")


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """One document with every number of the table, and errors as type, message and advice."""
    failed = StreamReport(stream="returns", error=REVOKED)
    print_outcomes([outcome(WHOLE, failed)], as_json=True)
    document = json.loads(capsys.readouterr().out)
    (store,) = document["stores"]
    first, second = store["streams"]
    assert (document["ok"], store["shop_id"]) == (False, "1")
    assert [first[n] for n in ("marketplace", "local", "quarantined", "missing", "new")] == [
        200, 199, 1, 0, 199,
    ]  # fmt: skip
    assert second["error"]["type"] == "Revoked"
    assert second["marketplace"] is None


def test_brackets_in_a_name_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """A store's name is text, never markup."""
    shop = Profile(marketplace="toy", shop_id="1", name="[red]Mộc[/red]", app=app())
    report = Report(marketplace="toy", shop_id="1", streams=(WHOLE,))
    assert any(
        "[red]Mộc[/red]" in line for line in words(capsys, Outcome(profile=shop, report=report))
    )
