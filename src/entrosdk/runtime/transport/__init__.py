"""Ways to send a request."""
