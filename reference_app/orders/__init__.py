"""What a member does with orders: saved filters, and acts at the marketplace."""
