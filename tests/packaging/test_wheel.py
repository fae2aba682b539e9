"""The wheel holds all that the SDK needs; nothing comes from the source tree."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]

USE = """
import importlib, pkgutil, sys
import entrosdk
from entrosdk import App, Grant, Secret, connect
from entrosdk.sandbox import Sandbox
from entrosdk.sandbox.transport import SandboxTransport

named = [m.name for m in pkgutil.walk_packages(entrosdk.__path__, "entrosdk.")]
loaded = [importlib.import_module(name) for name in named if "__main__" not in name]
assert len(loaded) > 100, len(loaded)
assert {module.__file__.startswith(sys.argv[1]) for module in loaded} == {True}

box = Sandbox(orders=3)
store = box.stores()[0]
with connect(
    "shopee",
    app=App(key=store["app_key"], secret=Secret(store["app_secret"])),
    shop_id=store["shop_id"],
    grant=Grant(access_token=Secret(store["access_token"])),
    base_url=store["base_url"],
    transport=SandboxTransport(box),
) as shop:
    print(shop.info().name)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with nothing in it but the unpacked wheel."""
    place = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = place.glob("entrosdk-*.whl")
    with ZipFile(wheel) as packed:
        packed.extractall(place / "site")
    return place / "site"


def test_the_wheel_works_without_its_sources(site: Path) -> None:
    """Every module comes from the wheel, the adapter is found, and a shop answers."""
    done = subprocess.run(
        [sys.executable, "-c", USE, str(site)],
        cwd=site,
        env={**os.environ, "PYTHONPATH": str(site)},
        text=True,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "Tiệm Mộc Lan Demo\n"), done.stderr


def test_the_wheel_is_typed_licensed_and_alone(site: Path) -> None:
    """py.typed and the licence are in it; tests and the app are not."""
    assert {path.name.partition("-")[0] for path in site.iterdir()} == {"entrosdk"}
    assert (site / "entrosdk" / "py.typed").exists()
    assert list(site.glob("entrosdk-*.dist-info/licenses/LICENSE"))
    entry_points = next(site.glob("entrosdk-*.dist-info/entry_points.txt")).read_text()
    assert "[entrosdk.adapters]" in entry_points
    assert "entrosdk = entrosdk.cli:main" in entry_points


def test_an_adapter_can_be_scaffolded_from_the_wheel(site: Path, tmp_path: Path) -> None:
    """The template is data of the package: nothing else would notice a part of it missing."""
    make = "from entrosdk.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", make, "new-adapter", "mymarket", "--to", str(tmp_path / "made")],
        cwd=site,
        env={**os.environ, "PYTHONPATH": str(site)},
        text=True,
        capture_output=True,
        check=False,
    )
    template = ROOT / "src" / "entrosdk" / "cli" / "templates" / "adapter"
    assert done.returncode == 0, done.stderr
    assert names(tmp_path / "made") == names(template)


def names(folder: Path) -> set[str]:
    """The files of a folder without caches."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {name for name in found if "cache" not in name}
