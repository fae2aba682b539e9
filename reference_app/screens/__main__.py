"""The command that photographs the app."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from reference_app import screens


def main() -> int:
    """Take the photographs and say what is wrong with the pages."""
    parser = argparse.ArgumentParser(description="Photograph every page of the app.")
    parser.add_argument("target", nargs="?", type=Path, default=Path("docs/assets"))
    parser.add_argument("--url", default="")
    parser.add_argument("--email", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--fill", metavar="PASSWORD", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fill:
        screens.fill(options.fill)
        return 0
    screens.prepare()
    if options.url:
        given = screens.Login(options.url.rstrip("/"), options.email, options.password)
        wrong = screens.take(given, options.target)
    else:
        with screens.own_app() as login:
            wrong = screens.take(login, options.target)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
