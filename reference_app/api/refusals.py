"""The refusals every operation may answer with, for the document."""

from __future__ import annotations

from reference_app.api.schemas import Problem

__all__ = ["REFUSALS"]

REFUSALS: dict[int, type[Problem]] = dict.fromkeys((401, 403, 404, 422, 429), Problem)
