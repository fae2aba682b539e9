"""`entro-app`: what a self-hoster types.

entro-app run                  # web server and worker together
entro-app serve --port 8000    # one of them
entro-app worker --name worker-1
entro-app healthy --port 8000  # exit 0 when it is ready; for whoever watches the process
entro-app backup DIR           # any other word is a management command
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Sequence
from types import FrameType

__all__ = ["main"]

HOST = "127.0.0.1"

_GRACE = 20.0  # seconds for requests and runs that are under way
_OURS = {"serve": "reference_app.serve", "worker": "reference_app.worker"}


def main() -> int:
    """Do what the first word says."""
    words = sys.argv[1:]
    if not words or words[0] in {"-h", "--help"}:
        print(__doc__)
        return 0
    first, *rest = words
    if first == "run":
        return run(rest)
    if first == "healthy":
        return healthy(rest)
    if first in _OURS:
        sys.argv = [f"entro-app {first}", *rest]
        return _call(first)
    from reference_app import manage  # noqa: PLC0415 - only for other words

    manage.main()
    return 0


def _call(name: str) -> int:
    if name == "worker":
        from reference_app import worker  # noqa: PLC0415 - only the one that is asked for

        return worker.main()
    from reference_app import serve  # noqa: PLC0415

    serve.main()
    return 0


def run(options: Sequence[str]) -> int:
    """Run web server and worker side by side; when one ends, so does the other.

    Whoever supervises us starts both again: a half of the app is worse than none. The database is
    brought up to date first, so that the worker finds its tables.
    """
    from reference_app.serve import prepare  # noqa: PLC0415 - settings first

    prepare()
    stop = threading.Event()

    def told(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, told)
    children = [
        subprocess.Popen([sys.executable, "-m", _OURS["serve"], *options]),  # noqa: S603 - ours
        subprocess.Popen([sys.executable, "-m", _OURS["worker"]]),  # noqa: S603
    ]
    while not stop.wait(0.5):
        if any(child.poll() is not None for child in children):
            break
    for child in reversed(children):
        child.terminate()
    codes = [_ended(child) for child in children]
    return 0 if stop.is_set() else max(1, *(abs(code) for code in codes))


def healthy(options: Sequence[str]) -> int:
    """Ask the web server on this machine whether it is ready, by a name it answers to."""
    parser = argparse.ArgumentParser(prog="entro-app healthy")
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args(options).port
    host = os.environ.get("ENTRO_ALLOWED_HOSTS", "127.0.0.1").split(",")[0].lstrip(".*") or HOST
    headers = {"host": host, "x-forwarded-proto": "https"}
    request = urllib.request.Request(f"http://{HOST}:{port}/readyz", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=4) as reply:  # noqa: S310 - loopback
            return int(reply.status != 200)
    except OSError as error:
        print(f"not ready: {error}", file=sys.stderr)
        return 1


def _ended(child: subprocess.Popen[bytes]) -> int:
    try:
        return child.wait(_GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


if __name__ == "__main__":
    raise SystemExit(main())
