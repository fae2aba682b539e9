"""What the author of a marketplace adapter implements and uses."""
