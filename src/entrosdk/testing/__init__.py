"""The conformance kit, and tools for those who test adapters and apps (needs `[testing]`).

`AdapterSuite` runs every law an adapter must keep; `play` drives a flow without I/O.
"""

from typing import TYPE_CHECKING, Any

from entrosdk.testing.play import Played, play

if TYPE_CHECKING:
    from entrosdk.testing.suite import AdapterSuite as AdapterSuite

__all__ = ["AdapterSuite", "Played", "play"]


def __getattr__(name: str) -> Any:
    if name == "AdapterSuite":  # it loads pytest, which `play` does not need
        from entrosdk.testing.suite import AdapterSuite  # noqa: PLC0415 - see above

        return AdapterSuite
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
