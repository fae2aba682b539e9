"""Tiki's gateway and endpoints over the emulated world (book 1-8, checklist in 10)."""
