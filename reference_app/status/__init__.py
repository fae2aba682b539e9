"""Whether the service works: now, over 90 days, and what went wrong."""
