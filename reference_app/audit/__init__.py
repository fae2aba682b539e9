"""Who did what, when, on what, and what came of it."""
