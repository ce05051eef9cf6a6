"""All that the database holds, in one value that two moments can be compared by."""

from __future__ import annotations

from functools import cache

from django.db import connection

# Counts of wrong keys and of tries are kept on purpose, and are nobody's data.
_NOT_CONTENTS = {"scaling_ratewindow", "scaling_cachedvalue"}
# When a key was used last is noted of every call (invariant I26 allows it).
_NOT_CONTENT = "last_used_at"


def contents():
    """Return a digest of each table's rows. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_sql())
        return dict(cursor.fetchall())


@cache
def _sql():
    tables = sorted(set(connection.introspection.table_names()) - _NOT_CONTENTS)
    assert "incidents_incident" in tables
    return " UNION ALL ".join(
        f"SELECT '{table}', md5(string_agg(line, ' ' ORDER BY line))"  # noqa: S608 - names of our own tables
        f" FROM (SELECT (to_jsonb(row) - '{_NOT_CONTENT}')::text AS line FROM \"{table}\" AS row) AS {table}"
        for table in tables
    )
