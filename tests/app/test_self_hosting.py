"""The app as a self-hoster gets it: a wheel, a command, a container."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import site
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
import venv
from pathlib import Path

import pytest

from reference_app import command
from tests.ports import free_ports

ROOT = Path(__file__).resolve().parents[2]


def built(folder: Path, place: Path) -> None:
    """Build a wheel without the network."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the two wheels installed; other packages are borrowed from ours."""
    pytest.importorskip("pip")
    place = tmp_path_factory.mktemp("self-hosted")
    for folder in (ROOT, ROOT / "reference_app"):
        built(folder, place / "wheels")
    venv.create(place / "venv", with_pip=False)
    python = place / "venv" / "bin" / "python"
    wheels = [str(path) for path in (place / "wheels").glob("*.whl")]
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet",
         "--no-index", "--no-deps", *wheels],
        check=True, capture_output=True,
    )  # fmt: skip
    (own,) = (place / "venv" / "lib").glob("python*/site-packages")
    borrowed = [path for path in site.getsitepackages() if Path(path).is_dir()]
    # A path in a .pth file is searched last, and its own .pth files are not read: our sources,
    # installed there for editing, stay out of sight.
    (own / "borrowed.pth").write_text("\n".join(borrowed))
    return place


@pytest.mark.slow
def test_the_installed_app_starts(home: Path) -> None:
    """Web server and worker run from the wheels; /readyz answers; one signal ends both."""
    port = free_ports(1)
    env = {name: text for name, text in os.environ.items() if not name.startswith("ENTRO_")}
    env.pop("PYTHONPATH", None)
    env |= {"ENTRO_DATA_DIR": str(home / "data"), "ENTRO_ALLOWED_HOSTS": "erp.example.vn"}
    tool = home / "venv" / "bin" / "entro-app"
    with (home / "log").open("wb") as log:
        app = subprocess.Popen(
            [str(tool), "run", "--port", str(port)], cwd=home, env=env, stdout=log, stderr=log
        )
    try:
        healthy = [str(tool), "healthy", "--port", str(port)]
        end = time.monotonic() + 90
        while subprocess.run(healthy, env=env, capture_output=True, check=False).returncode:
            assert app.poll() is None, (home / "log").read_text()[-2000:]
            assert time.monotonic() < end, (home / "log").read_text()[-2000:]
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/accounts/login/", headers={"host": "erp.example.vn"}
        )
        with urllib.request.urlopen(request, timeout=10) as reply:
            page = reply.read().decode()
        (sheet,) = re.findall(r'href="(/static/app\.\w+\.css)"', page)
        style = urllib.request.Request(
            f"http://127.0.0.1:{port}{sheet}", headers={"host": "erp.example.vn"}
        )
        with urllib.request.urlopen(style, timeout=10) as reply:
            assert reply.status == 200
        where = subprocess.run(
            [str(home / "venv" / "bin" / "python"), "-c",
             "import reference_app, entrosdk; print(reference_app.__file__, entrosdk.__file__)"],
            cwd=home, env=env, text=True, capture_output=True, check=True,
        ).stdout  # fmt: skip
        assert where.count(str(home / "venv")) == 2
    finally:
        app.send_signal(signal.SIGTERM)
        code = app.wait(40)
    assert code == 0, (home / "log").read_text()[-2000:]
    kept = {path.name for path in (home / "data").iterdir()}
    assert {"app.sqlite3", "app.jobs.sqlite3", "secrets.key", "static"} <= kept


def test_the_app_asks_for_this_version_of_the_sdk() -> None:
    """Both distributions carry one version, and the app wants exactly that SDK."""
    sdk = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    app = tomllib.loads((ROOT / "reference_app" / "pyproject.toml").read_text())["project"]
    assert app["dependencies"] == [f"entrosdk[app]=={sdk['version']}"]
    assert (app["version"], app["requires-python"]) == (sdk["version"], sdk["requires-python"])


# The container


def instructions() -> list[tuple[str, str]]:
    """Read the Containerfile: pairs of instruction and its text."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Containerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def test_what_the_container_copies_is_there() -> None:
    """Each source is in the repository and let through by the ignore file."""
    ignored = (ROOT / ".containerignore").read_text().splitlines()
    for word, rest in instructions():
        if word == "COPY" and "--from" not in rest:
            for name in rest.split()[:-1]:
                assert (ROOT / name).exists()
                assert f"!{name}" in ignored


def test_the_container_runs_as_nobody_special_from_a_plain_image() -> None:
    """The only image is Python's own by its plain name; the last user is not root."""
    found = instructions()
    images = {rest.split()[0] for word, rest in found if word == "FROM"}
    users = [rest for word, rest in found if word == "USER"]
    volumes = [json.loads(rest) for word, rest in found if word == "VOLUME"]
    data = next(rest for word, rest in found if word == "ENV")
    assert (images, users, volumes) == ({"python:3.12-slim"}, ["10001"], [["/data", "/backups"]])
    assert "ENTRO_DATA_DIR=/data" in data
    assert "://" not in "".join(rest for _, rest in found)


def test_the_containers_commands_exist(capsys: pytest.CaptureFixture[str]) -> None:
    """Entry point, default command and health check are what the app's command understands."""
    found = dict(instructions())
    check = json.loads(found["HEALTHCHECK"].partition("CMD ")[2])
    scripts = tomllib.loads((ROOT / "reference_app" / "pyproject.toml").read_text())
    assert json.loads(found["ENTRYPOINT"]) == list(scripts["project"]["scripts"]) == check[:1]
    assert json.loads(found["CMD"])[0] == "run"
    assert check[1] == "healthy"
    runs = [rest for word, rest in instructions() if word == "RUN"]
    assert all(shlex.split(run) for run in runs)
    port = free_ports(1)
    assert (command.healthy(["--port", str(port)]), "not ready" in capsys.readouterr().err) == (
        1, True,
    )  # fmt: skip
