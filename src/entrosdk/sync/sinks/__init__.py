"""Places that keep records."""
