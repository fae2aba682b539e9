"""Places that keep grants."""
