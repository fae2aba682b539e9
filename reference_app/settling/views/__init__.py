"""Pages of payments and returns."""
