"""What marketplaces owe and pay: reconciliation by order, payouts, and returns."""
