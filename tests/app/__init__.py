"""The reference app."""
