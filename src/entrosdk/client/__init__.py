"""The public doorway: Shop and AsyncShop."""
