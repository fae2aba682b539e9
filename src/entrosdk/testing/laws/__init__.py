"""The rules, by what they are about; importing this registers all of them."""

from entrosdk.testing.laws import consent, errors, mapping, notices, paging, secrets, writing

__all__ = ["consent", "errors", "mapping", "notices", "paging", "secrets", "writing"]
