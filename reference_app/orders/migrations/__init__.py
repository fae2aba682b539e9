"""Migrations of what is done with orders."""
