"""Plans, subscriptions, invoices and what they allow."""
