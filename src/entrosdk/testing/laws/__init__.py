"""The rules, by what they are about; importing this registers all of them in `RULES`."""

from entrosdk.testing.laws import consent, errors, mapping, notices, paging, secrets, writing
from entrosdk.testing.rules import RULES

__all__ = [
    "RULES",
    "consent",
    "errors",
    "mapping",
    "notices",
    "paging",
    "secrets",
    "writing",
]
