"""The floor under an import: the same rows as fast as PostgreSQL can be handed them.

Into tables with the same columns and nothing else: no key, no index, no check, no trigger, hence no audit either. They
are as durable as the product's, and it is one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from django.db import connection, models, transaction

from accounts.models import Invitation, Membership
from bench.harness import execute
from escalation.models import (
    Layer,
    LayerUser,
    Override,
    Policy,
    Rotation,
    RotationParticipant,
    Schedule,
    WorkingHours,
)

_WRITTEN: Final[Sequence[type[models.Model]]] = (
    Membership,
    Invitation,
    WorkingHours,
    Schedule,
    Rotation,
    RotationParticipant,
    Override,
    Policy,
    Layer,
    LayerUser,
)


class Copied(NamedTuple):
    """Rows of a table, a line each, as ``COPY`` has them."""

    table: str
    lines: bytes


def copied_rows(organization_id: str) -> Sequence[Copied]:
    """Return all rows of an organization that an import writes, and make the bare tables for them."""
    for model in _WRITTEN:
        execute(f"CREATE TABLE IF NOT EXISTS {_bare(model._meta.db_table)} (LIKE {model._meta.db_table})")
    return [Copied(model._meta.db_table, _lines(model, organization_id)) for model in _WRITTEN]


def copy_bare(rows: Sequence[Copied]) -> None:
    """Put the rows into the bare tables, in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table, lines in rows:
            with _copying(cursor, f"COPY {_bare(table)} FROM STDIN") as copy:
                copy.write(lines)


def _lines(model: type[models.Model], organization_id: str) -> bytes:
    chosen = f"SELECT * FROM {model._meta.db_table} WHERE organization_id = '{organization_id}'"  # noqa: S608 - our own
    with connection.cursor() as cursor, _copying(cursor, f"COPY ({chosen}) TO STDOUT") as copy:
        return b"".join(map(bytes, copy))


def _copying(cursor: Any, statement: str) -> Any:
    return cursor.copy(statement)


def _bare(table: str) -> str:
    return f"bare_{table}"
