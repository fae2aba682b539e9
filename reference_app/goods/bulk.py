"""Writing many rows that each get values of their own.

`bulk_update` writes one statement with a CASE for each value; at 20,000 rows that takes minutes
where one short statement for each row takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import Model

__all__ = ["update_each"]


def update_each(rows: Sequence[Model], fields: Sequence[str]) -> None:
    """Write these fields of rows of one model, by primary key, all or none."""
    if not rows:
        return
    meta = rows[0]._meta
    columns = [meta.get_field(name) for name in fields]
    quote = connection.ops.quote_name
    changes = ", ".join(f"{quote(column.column)} = %s" for column in columns)
    where = f"{quote(meta.pk.column)} = %s"
    values = [
        [
            *(c.get_db_prep_save(getattr(row, c.attname), connection=connection) for c in columns),
            row.pk,
        ]
        for row in rows
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        statement = f"UPDATE {quote(meta.db_table)} SET {changes} WHERE {where}"  # noqa: S608
        cursor.executemany(statement, values)
