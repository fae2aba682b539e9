"""The web server: `python -m reference_app.serve [--port 8000] [--host 127.0.0.1]`."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path


def prepare() -> None:
    """Bring the database to this version's tables and collect static files if they changed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reference_app.settings")
    import django  # noqa: PLC0415 - settings first
    from allauth import mfa  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    stamp = Path(settings.STATIC_ROOT) / ".collected.json"
    library = Path(next(iter(mfa.__path__))) / "static"
    present = _present(settings.BASE / "static") | _present(library)
    if not stamp.exists() or json.loads(stamp.read_text()) != present:
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(json.dumps(present))


def _present(root: Path) -> dict[str, list[int]]:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {
        str(path.relative_to(root)): [path.stat().st_size, int(path.stat().st_mtime)]
        for path in files
    }


def main() -> None:
    """Prepare, then serve until told to stop."""
    parser = argparse.ArgumentParser(description="Serve the reference app.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--threads", type=int, default=8, help="requests served at a time")
    options = parser.parse_args()
    prepare()
    os.environ["ENTRO_SERVING"] = "1"
    from granian import Granian  # noqa: PLC0415 - after preparing
    from granian.constants import Interfaces  # noqa: PLC0415

    Granian(
        "reference_app.wsgi:application",
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=options.threads,
        backpressure=256,
        websockets=False,
        log_access=False,
    ).serve()


if __name__ == "__main__":
    main()
