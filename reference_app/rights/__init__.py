"""What is a merchant's right: to take its data along, to have it deleted, to get it back."""
