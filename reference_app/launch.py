"""`make demo`: sandbox, app and worker on loopback, kept alive until Ctrl-C.

With CHECK=1 the same job runs to its end instead: every stream of every store is synced, the
completeness table is printed, and the exit code says whether anything is missing.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from reference_app.paying.conf import DEMO
from reference_app.stores.ownapps import variables

HOST = "127.0.0.1"
PLACE = Path(".demo")
SEED, ORDERS = "7", "240"
ARRIVALS_PER_HOUR = "30"  # for each shop: a new order every half minute in all
_HEAD_START = 40 * 60  # seconds: whoever opens the demo finds that today began already
_DAY = 86_400  # the sandbox draws its history anew each day, by UTC
READY_WITHIN = 60.0  # seconds; a slow laptop installs nothing here, it only starts processes


class Trouble(Exception):
    """Something the person at the terminal can mend."""


class Child:
    """A process of the demo, started again when it dies."""

    def __init__(self, name: str, arguments: Sequence[str], env: dict[str, str]) -> None:
        self.name = name
        self._command = [sys.executable, "-m", *arguments]
        self._env = {**os.environ, **env}
        self._log: IO[bytes] = (PLACE / f"{name}.log").open("ab")
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own modules
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env=self._env,
            start_new_session=True,  # Ctrl-C reaches us alone; we end the children in order
        )

    def alive(self) -> bool:
        """Say whether it runs."""
        return self._process.poll() is None

    def revive(self) -> None:
        """Start it again if it died."""
        if not self.alive():
            print(f"{self.name} stopped; starting it again.", flush=True)
            self._process = self._start()

    def stop(self) -> None:
        """Ask it to end, and see that it does."""
        if self.alive():
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()


def port(name: str, default: int) -> int:
    """Read a port from the environment."""
    text = os.environ.get(name) or str(default)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Trouble(
            f"{name}={text} is no port number. Next step: choose one between 1 and 65535."
        )
    return int(text)


def must_be_free(number: int, name: str) -> None:
    """Refuse to start beside somebody else's server."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, number))
        except OSError:
            raise Trouble(
                f"port {number} is in use. Next step: stop what runs there, or choose another "
                f"with {name}={number + 100} make demo."
            ) from None


def answers(url: str) -> bool:
    """Say whether a server answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:  # noqa: S310 - loopback
            return bool(reply.status < 400)
    except OSError:
        return False


def wait_for(child: Child, url: str) -> None:
    """Wait until `child` answers at `url`."""
    patience = time.monotonic() + READY_WITHIN
    while not answers(url):
        if not child.alive() or time.monotonic() > patience:
            raise Trouble(f"{child.name} did not start. Next step: read {PLACE / child.name}.log.")
        time.sleep(0.1)


def post(url: str, body: Any) -> None:
    """Send JSON to the sandbox's control API."""
    data = json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, data=data, headers=headers, method="POST")  # noqa: S310
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - loopback
        pass


def faults(text: str) -> list[dict[str, Any]]:
    """Read FAULTS, such as `malformed_record` or `malformed_record:0.05,500:0.02`."""
    rules = []
    for part in filter(None, text.split(",")):
        effect, _, share = part.partition(":")
        rules.append({"effect": effect.strip(), "probability": float(share or 0.05)})
    return rules


class Demo:
    """The processes of one demo and where they listen."""

    def __init__(self, database: str) -> None:
        PLACE.mkdir(exist_ok=True)
        self.app_port = port("APP_PORT", 8000)
        self.sandbox_port = port("SANDBOX_PORT", 9100)
        self.gateway_port = self.sandbox_port + 5  # the marketplaces take those between
        self.url = f"http://{HOST}:{self.app_port}/"
        self.sandbox = f"http://{HOST}:{self.sandbox_port}"
        self.env = {
            "ENTRO_DATABASE_URL": os.environ.get(
                "ENTRO_DATABASE_URL", f"sqlite:///{PLACE.resolve() / database}"
            ),
            "ENTRO_SANDBOX": self.sandbox,
            **self._paying(),
            "ENTRO_DEMO": "1",
        }
        os.environ.update(self.env)  # the set-up and the check run in this process
        self.children: list[Child] = []

    def _paying(self) -> dict[str, str]:
        """Return how the demo is paid; what the environment says comes first."""
        gateway = f"http://{HOST}:{self.gateway_port}"
        ways = {
            **DEMO,
            "ENTRO_VNPAY_URL": f"{gateway}/paymentv2/vpcpay.html",
            "ENTRO_BANK_LIST_URL": f"{gateway}/bank/transactions/list",
            "ENTRO_BANK_DEMO_URL": f"{gateway}/bank/",
        }
        return {name: os.environ.get(name) or value for name, value in ways.items()}

    def start_gateway(self) -> None:
        """Start the emulated VNPay and bank."""
        must_be_free(self.gateway_port, "SANDBOX_PORT")
        numbers = ["--port", str(self.gateway_port), "--app", self.url, "--pause", "5"]
        address = f"http://{HOST}:{self.gateway_port}/healthz"
        self._start("gateway", ["reference_app.paying.gateway", *numbers], address)

    def start_sandbox(self, *more: str) -> None:
        """Start the emulated marketplaces and the faults that were asked for."""
        must_be_free(self.sandbox_port, "SANDBOX_PORT")
        numbers = ("--port", str(self.sandbox_port), "--seed", SEED, "--orders", ORDERS)
        self._start(
            "sandbox", ["entrosdk.sandbox", *numbers, *more], f"{self.sandbox}/control/stores"
        )
        self._own_apps()
        rules = faults(os.environ.get("FAULTS", ""))
        if rules:
            post(f"{self.sandbox}/control/faults", rules)

    def _own_apps(self) -> None:
        """Let the app have the sandbox's apps as its own, so that consent can be tried."""
        with urllib.request.urlopen(f"{self.sandbox}/control/stores", timeout=10) as reply:  # noqa: S310 - loopback
            for facts in json.load(reply):
                self.env.update(variables(facts))
        os.environ.update(self.env)

    def start_app(self) -> None:
        """Start the web application."""
        must_be_free(self.app_port, "APP_PORT")
        serve = ["reference_app.serve", "--port", str(self.app_port)]
        self._start("app", serve, f"{self.url}healthz")

    def start_worker(self) -> None:
        """Start the process that runs jobs."""
        self.children.append(Child("worker", ["reference_app.worker"], self.env))

    def _start(self, name: str, arguments: Sequence[str], url: str) -> None:
        child = Child(name, arguments, self.env)
        self.children.append(child)
        wait_for(child, url)

    def watch(self) -> None:
        """Keep everything running; returns never, Ctrl-C raises."""
        while True:
            time.sleep(1)
            for child in self.children:
                child.revive()

    def stop(self) -> None:
        """End the processes, the last started first."""
        for child in reversed(self.children):
            child.stop()


def arrivals_from() -> int:
    """Return since when buyers come: shortly before the first start of the demo today.

    The sandbox keeps nothing on disk; started again with the same moment it draws the same buyers.
    """
    note, now = PLACE / "arrivals", int(time.time())
    if note.exists() and int(note.read_text()) // _DAY == now // _DAY:
        return int(note.read_text())
    since = now - _HEAD_START
    note.write_text(str(since))
    return since


def stay_up() -> int:
    """Run the demo until Ctrl-C."""
    demo = Demo("demo.sqlite3")
    (PLACE / "ready.json").unlink(missing_ok=True)
    try:
        demo.start_sandbox(
            "--arrivals-per-hour", ARRIVALS_PER_HOUR, "--arrivals-from", str(arrivals_from())
        )
        demo.start_gateway()
        demo.start_app()
        from reference_app.demo import set_up  # noqa: PLC0415 - reads the settings made above

        login = set_up(demo.sandbox)
        demo.start_worker()
        ready = {"url": demo.url, **login, "sandbox": demo.sandbox}
        (PLACE / "ready.json").write_text(json.dumps(ready) + "\n")
        print(f"\n  {demo.url}\n  {login['email']} / {login['password']}\n")
        print(f"The sandbox's control API is at {demo.sandbox}/control/ ; Ctrl-C ends the demo.")
        sys.stdout.flush()
        demo.watch()
    except KeyboardInterrupt:
        print("\nStopping.")
    finally:
        demo.stop()
        (PLACE / "ready.json").unlink(missing_ok=True)
    return 0


def check() -> int:
    """Sync everything once through the app's own jobs and print what is where."""
    demo = Demo("check.sqlite3")
    try:
        demo.start_sandbox()
        from reference_app.demo import check as run_check  # noqa: PLC0415 - settings come first

        return run_check(demo.sandbox)
    except KeyboardInterrupt:
        print("\nStopped; the next run goes on from here.")
        return 130
    finally:
        demo.stop()


def main() -> int:
    """Do what the environment asks for; errors are one sentence."""
    for number in (signal.SIGINT, signal.SIGTERM):  # also when a shell started us with &
        signal.signal(number, signal.default_int_handler)
    try:
        return check() if os.environ.get("CHECK") not in {None, "", "0"} else stay_up()
    except Trouble as trouble:
        print(f"make demo: {trouble}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
