"""Requests of merchants to us, answered within business hours."""
