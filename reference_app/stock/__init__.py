"""One stock pool: a ledger, reservations, and what every listing is told."""
