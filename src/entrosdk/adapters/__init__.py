"""One package for each marketplace: sign, ask, read, map."""
