"""What other programs use: a read and write API under `/api/v1/`, and webhooks that are sent."""
