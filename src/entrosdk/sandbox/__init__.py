"""Emulated marketplaces: seeded, clock-driven, able to misbehave on order."""
