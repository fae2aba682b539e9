"""How soon a push is a row: a storm of pushes on loopback, as `tools.storm` makes it.

    python -m benchmarks.ours.push_to_row PUSHES FILE

Writes the figures of one storm; times are in milliseconds, from a push's arrival to the end of
the transaction that closes its hint, after the order was fetched and stored.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from attrs import asdict

from benchmarks.job import mark
from tools.storm import Weather, storm

if __name__ == "__main__":
    mark()
    with tempfile.TemporaryDirectory() as place:
        figures = asyncio.run(storm(Weather(pushes=int(sys.argv[1])), Path(place)))
    Path(sys.argv[2]).write_text(json.dumps(asdict(figures) | {"ok": figures.ok}))
