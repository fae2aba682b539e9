"""Tests of payments and returns."""
