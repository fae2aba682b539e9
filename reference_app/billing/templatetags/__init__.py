"""What billing's templates use."""
