"""Sync runs and the jobs behind them."""
