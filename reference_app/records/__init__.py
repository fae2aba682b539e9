"""Orders, products, money and returns as the marketplaces report them."""
