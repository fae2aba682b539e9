"""Connected stores and their credentials."""
