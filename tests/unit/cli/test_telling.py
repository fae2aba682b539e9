"""Errors on the command line: one sentence, what to do next, a non-zero exit."""

from __future__ import annotations

import pytest
import typer

from entrosdk.cli.telling import sentence, told
from entrosdk.errors import ConfigError


def test_our_errors_say_what_to_do_next() -> None:
    """Message, place and advice, each once."""
    error = ConfigError("the file is empty.", advice="Fill it.").at(marketplace="toy", shop="1")
    assert sentence(error) == "the file is empty [toy 1]. Next step: Fill it."


def test_a_missing_package_is_named_with_its_extra() -> None:
    """Who installed the bare SDK learns what to install."""
    error = ModuleNotFoundError("no", name="sqlalchemy.orm")
    assert sentence(error).endswith("Next step: pip install 'entrosdk[sql]'")


def test_other_errors_do_not_tell_their_text() -> None:
    """The text of an unexpected error may quote a record; its kind is enough."""
    assert "0912345678" not in sentence(ValueError("bad phone 0912345678"))


def test_an_error_exits_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence is on stderr, stdout stays for results."""
    with pytest.raises(typer.Exit) as caught, told(debug=False):
        raise ConfigError("no.")
    assert caught.value.exit_code == 1
    assert capsys.readouterr().err.startswith("no. Next step:")


def test_debug_lets_the_traceback_through() -> None:
    """With --debug the error itself is raised."""
    with pytest.raises(ConfigError), told(debug=True):
        raise ConfigError("no")
