"""Where a walk over statements and the balance stands, as text and back."""

from __future__ import annotations

from attrs import frozen

from entrosdk.errors import ConfigError

__all__ = ["Place"]

_STATEMENT, _BALANCE = "statement", "balance"


@frozen
class Place:
    """A place in a listing of payments.

    With a token it lies inside a statement, without one behind it; time 0 is the beginning.
    The balance comes behind the last statement.
    """

    time: int = 0
    statement: str = ""
    token: str = ""
    balance: bool = False

    @classmethod
    def of_balance(cls, token: str) -> Place:
        """Return a place in the balance."""
        return cls(token=token, balance=True)

    def next(self, token: str) -> str:
        """Return the position behind a page of this statement."""
        return Place(self.time, self.statement, token).write()

    def write(self) -> str:
        """Return the position as text."""
        if self.balance:
            return f"{_BALANCE}:{self.token}"
        return f"{_STATEMENT}:{self.time}:{self.statement}:{self.token}"

    @classmethod
    def read(cls, position: str | None) -> Place:
        """Read a position; raises `ConfigError` for one of another listing."""
        if position is None:
            return cls()
        word, _, rest = position.partition(":")
        if word == _BALANCE:
            return cls.of_balance(rest)
        time, _, rest = rest.partition(":")
        statement, _, token = rest.partition(":")
        if word != _STATEMENT or not time.isdecimal() or not statement:
            raise ConfigError(
                "this position does not belong to a listing of payments",
                advice="Resume with the `next` of a page of the same listing.",
            )
        return cls(int(time), statement, token)
