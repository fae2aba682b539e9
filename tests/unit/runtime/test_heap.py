"""The garbage collector of a worker."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import gc
from entrosdk.runtime.heap import keep_imports
keep_imports()
print(gc.get_freeze_count() > 1000, gc.isenabled(), gc.get_threshold()[0] > 700)
"""


def test_what_is_loaded_is_walked_no_more() -> None:
    """Loaded objects are set aside, and the collector stays on for what comes."""
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "True"]
