"""Merchants, their members and keys."""
