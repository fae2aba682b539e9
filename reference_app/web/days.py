"""The local day and hour of an instant, worked out by the database itself.

Django's own functions call back into Python for each row on SQLite. The business zone is UTC+7
all year (domain rules, section 2), so an offset says the same.
"""

from __future__ import annotations

from typing import Any

from django.db.models import DateField, Func, IntegerField

__all__ = ["LocalDay", "LocalHour"]

_ZONE = "Asia/Ho_Chi_Minh"


class LocalDay(Func):
    """The day of an instant in the business zone."""

    output_field = DateField()
    template = f"((%(expressions)s AT TIME ZONE '{_ZONE}')::date)"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Shift the instant, which SQLite keeps as text in UTC."""
        return self.as_sql(
            compiler, connection, template="date(%(expressions)s, '+7 hours')", **context
        )


class LocalHour(Func):
    """The hour of an instant in the business zone, 0 to 23."""

    output_field = IntegerField()
    template = f"(EXTRACT(HOUR FROM %(expressions)s AT TIME ZONE '{_ZONE}')::integer)"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Shift the instant, which SQLite keeps as text in UTC."""
        # A doubled sign of percent is what the driver takes for one.
        shifted = "CAST(strftime('%%%%H', %(expressions)s, '+7 hours') AS integer)"
        return self.as_sql(compiler, connection, template=shifted, **context)
