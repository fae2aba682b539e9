"""Pages of the catalogue and of linking."""
