"""Benchmarks: each measures ours beside a comparison, in one run."""
