"""Tools for those who test adapters and apps."""
