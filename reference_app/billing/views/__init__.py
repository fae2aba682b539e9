"""The pages under /billing/."""
