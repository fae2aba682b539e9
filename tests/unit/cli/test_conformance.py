"""`entrosdk conformance`: the kit from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from entrosdk.cli import conformance
from entrosdk.cli.conformance import run
from entrosdk.errors import ConfigError
from entrosdk.testing.bench import Bench
from entrosdk.testing.laws import RULES
from entrosdk.testing.rules import Inapplicable, Rule


@pytest.fixture
def few_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kit of one rule for each outcome: the real ones are tested elsewhere."""

    def kept(bench: Bench) -> None:
        """The shop has a name."""
        with bench.shop() as shop:
            assert shop.info().name

    def broken(bench: Bench) -> None:
        """The shop has another name."""
        raise AssertionError("no such name")

    def idle(bench: Bench) -> None:
        """There is something to judge."""
        raise Inapplicable("nothing is pushed here")

    undeclared = Rule(id="c", check=kept, needs=RULES["notices.queue"].needs)
    rules = {"a": Rule(id="a", check=kept), "b": Rule(id="b", check=broken), "c": undeclared}
    rules["d"] = Rule(id="d", check=idle)
    monkeypatch.setattr(conformance, "RULES", rules)
    monkeypatch.setattr(Bench, "can", lambda bench, capability: False)


@pytest.mark.usefixtures("few_rules")
def test_the_report_names_every_verdict(tmp_path: Path) -> None:
    """Kept, broken with its reason, skipped with what is not declared; broken rules exit 1."""
    code = run("shopee", world="", report=tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    told = [(v["rule"], v["driver"], v["outcome"], v["why"]) for v in report["verdicts"]]
    assert code == 1
    assert told == [
        ("a", "threads", "kept", ""),
        ("a", "asyncio", "kept", ""),
        ("b", "threads", "broken", "AssertionError: no such name"),
        ("b", "asyncio", "broken", "AssertionError: no such name"),
        ("c", "threads", "skipped", "no events.pull"),
        ("c", "asyncio", "skipped", "no events.pull"),
        ("d", "threads", "skipped", "nothing is pushed here"),
        ("d", "asyncio", "skipped", "nothing is pushed here"),
    ]


@pytest.mark.usefixtures("few_rules")
def test_a_world_may_be_named() -> None:
    """`module:function` is loaded; without one an unknown market says what to pass."""
    assert run("shopee", world="tests.conformance.worlds:shopee", report=None) == 1
    with pytest.raises(ConfigError, match="no adapter is installed"):
        run("nowhere", world="", report=None)
