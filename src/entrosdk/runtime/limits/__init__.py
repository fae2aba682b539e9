"""Limits that several processes share."""

from __future__ import annotations

from collections.abc import Sequence

from entrosdk.spi.effects import Claim

__all__ = ["Unshared"]


class Unshared:
    """What a driver has when there is nobody to share with: everything may go."""

    def reserve(self, claims: Sequence[Claim], ahead: float) -> tuple[float, ...]:  # noqa: ARG002
        """Let each claim go now."""
        return (0.0,) * len(claims)
