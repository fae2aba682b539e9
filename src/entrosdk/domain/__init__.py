"""Frozen values every marketplace is mapped to: standard library and attrs only."""
