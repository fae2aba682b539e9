"""The garbage collector of a process that reads records all day."""

from __future__ import annotations

import gc

__all__ = ["keep_imports"]

_FIRST = 50_000  # objects alive at once in a page of records


def keep_imports() -> None:
    """Tell the garbage collector that what is loaded by now stays; call it once, at the start.

    Records hold no cycles, yet every page makes thousands of objects, and Python would answer by
    walking all loaded code again and again: about a fifth of the CPU of a sync.
    `entrosdk sync` does this; a worker of your own may, as it is a setting of the whole process.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_FIRST, 20, 100)
