"""`entrosdk new-adapter`: a package that passes its own tests, or a sentence that says why not."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from entrosdk.cli.commands import app
from entrosdk.cli.scaffold import Names, make
from entrosdk.errors import ConfigError

LEAKY = ("DJANGO_", "PYTEST_", "COV_")  # settings of this suite, not of the partner's


def run(*line: str) -> Result:
    """What a command line does."""
    return CliRunner().invoke(app, ["new-adapter", *line])


def python(*line: str, cwd: Path, path: str = "") -> subprocess.CompletedProcess[str]:
    """Run Python in a folder as a partner would."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(LEAKY)}
    return subprocess.run(
        [sys.executable, *line],
        cwd=cwd,
        env={**env, "PYTHONPATH": path},
        text=True,
        capture_output=True,
        check=False,
    )


def test_what_is_made_passes_its_own_tests(tmp_path: Path) -> None:
    """Every rule of the kit that its manifest switches on, and the tests of its own."""
    folder = make("big_shop2", tmp_path / "made")
    plain = ("-p", "no:cacheprovider", "-p", "no:randomly")
    done = python("-m", "pytest", "-q", *plain, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_what_is_made_can_be_installed(tmp_path: Path) -> None:
    """Distribution, entry point and package agree; the entry point leads to the adapter."""
    folder = make("big_shop2", tmp_path / "made")
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    points = project["entry-points"]["entrosdk.adapters"]
    assert (project["name"], points) == (
        "entrosdk-big-shop2",
        {"big_shop2": "entrosdk_big_shop2:BigShop2Adapter"},
    )
    show = "import entrosdk_big_shop2 as it; print(it.BigShop2Adapter.manifest.title)"
    assert python("-c", show, cwd=tmp_path, path=str(folder / "src")).stdout == "Big Shop2\n"


@pytest.mark.parametrize("name", ["none", "test", "a1", "a_marketplace_of_30_characters"])
def test_no_placeholder_stays_and_no_name_breaks_the_code(name: str, tmp_path: Path) -> None:
    """All files speak of the marketplace that was named, and all of them are Python."""
    folder = make(name, tmp_path / "made")
    texts = {path: path.read_text() for path in folder.rglob("*") if path.is_file()}
    for path, text in texts.items():
        rest = f"{path.relative_to(folder)}\n{text}".replace(name, "").lower()
        assert "mymarket" not in rest
        assert "my market" not in rest
        if path.suffix == ".py":
            compile(text, path, "exec")
    assert (folder / "tests" / f"test_{name}.py").exists()


def test_every_form_of_the_name_is_put_once() -> None:
    """Hosts and distributions have no underscores, and what was put is not replaced again."""
    template = "entrosdk-mymarket entrosdk_mymarket mymarket.example MyMarket My Market"
    assert Names("new_mymarket").put(template) == (
        "entrosdk-new-mymarket entrosdk_new_mymarket new-mymarket.example NewMymarket New Mymarket"
    )


def test_the_folder_is_named_for_the_distribution(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --to it is made where one stands; the next step is told."""
    monkeypatch.chdir(tmp_path)
    told = run("big_shop")
    assert told.exit_code == 0
    assert "Next step: cd entrosdk-big-shop" in told.output
    assert (tmp_path / "entrosdk-big-shop" / "src" / "entrosdk_big_shop" / "py.typed").exists()


@pytest.mark.parametrize(
    "name", ["", "9market", "my-market", "my market", "../market", "_m", "m__n", "MyMarket", "chợ"]
)
def test_a_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    """One sentence with the next step, and nothing is written."""
    told = run("--to", str(tmp_path / "made"), "--", name)
    assert told.exit_code == 1
    assert f"{name!r} cannot be the name of an adapter. Next step: Use small" in told.output
    assert list(tmp_path.iterdir()) == []


def test_an_installed_adapter_keeps_its_name(tmp_path: Path) -> None:
    """Two adapters of one name would hide each other."""
    with pytest.raises(ConfigError, match="'shopee' is installed already"):
        make("shopee", tmp_path / "made")


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """Nothing of anybody's is overwritten."""
    (tmp_path / "mine").write_text("precious")
    told = run("big_shop", "--to", str(tmp_path / "mine"))
    assert told.exit_code == 1
    assert "exists already. Next step: Pass another folder with --to." in told.output
    assert (tmp_path / "mine").read_text() == "precious"


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """What the system says becomes a sentence."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written: Not a directory"):
        make("big_shop", tmp_path / "file" / "made")
