"""The arithmetic of stock, without a database or a clock.

Whole units only; every rule names its place in the domain's rules.
"""
