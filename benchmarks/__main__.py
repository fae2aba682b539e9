"""Run every benchmark: `make bench`."""

from __future__ import annotations

from benchmarks import imports

if __name__ == "__main__":
    imports.main()
