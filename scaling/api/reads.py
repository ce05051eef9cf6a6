"""Hot reads: SQL compiled once from its queryset and run with fresh parameters.

Building a queryset costs several times what running it does. A queryset to be compiled gets a value for every
parameter: None would compile to ``IS NULL`` and take none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet


def compile_sql(rows: QuerySet[Any, Any]) -> str:
    """Return the SQL of ``rows``, with a placeholder for each parameter, in the order of its calls of ``filter``.

    Within one call Django sorts the keywords by name, so each parameter is best given a call of its own.
    """
    sql, _ = rows.query.sql_with_params()
    return sql


def fetch(sql: str, *parameters: Any) -> Sequence[tuple[Any, ...]]:
    """Return the rows of ``sql``. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
