"""The merchant's own catalogue, and the listings of all stores linked to it."""
