"""The catalogue and its links as CSV files, both ways."""
