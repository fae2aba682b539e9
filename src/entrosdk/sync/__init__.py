"""Incremental sync: windows, checkpoints, sinks, quarantine, completeness."""
