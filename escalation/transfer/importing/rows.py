"""The rows that have a name: working hours, schedules and policies, many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

from django.db.models import CharField
from django.db.models.functions import Cast

from accounts.models import Membership
from escalation.domain import model
from escalation.models import Policy, Schedule, WorkingHours
from escalation.services.windows import StoredWindow, checked_windows
from escalation.transfer.document import Window
from escalation.transfer.findings import Section, Subject
from escalation.transfer.keys import key_of_email, key_of_name
from scaling.text import name_key

AT_ONCE: Final = 1000
"""So many rows go in one statement: some 15 columns of each, of 65,535 parameters."""

Row = TypeVar("Row", WorkingHours, Schedule, Policy)


class Author(NamedTuple):
    """In which organization something is written, by whom and when."""

    organization_id: str
    actor_id: str
    now: datetime


def members_by_key(organization_id: str) -> Mapping[str, UUID]:
    """Return the memberships of an organization by the keys of people, of those who have left too. One statement."""
    rows = Membership.objects.for_organization(organization_id).values_list("user__email", "id")
    return {key_of_email(email): row_id for email, row_id in rows}


def ids_by_key(
    kind: type[WorkingHours | Schedule | Policy], section: Section, author: Author, becomes: Mapping[Subject, str]
) -> dict[str, UUID]:
    """Return the ids of the rows that are there, by the keys they are going to have. One statement."""
    rows = kind.objects.for_organization(author.organization_id).values_list("name", "id")
    keys = ((key_of_name(name), row_id) for name, row_id in rows)
    return {becomes.get(Subject(section, key), key): row_id for key, row_id in keys}


def create_rows(kind: type[Row], values: Mapping[str, Mapping[str, Any]], author: Author) -> dict[str, UUID]:
    """Create a row for each key; return their ids by the keys."""
    rows = {
        key: kind(
            organization_id=author.organization_id,
            created_by=author.actor_id,
            created_at=author.now,
            updated_at=author.now,
            **said,
        )
        for key, said in values.items()
    }
    kind.objects.bulk_create(rows.values(), batch_size=AT_ONCE)
    return {key: row.id for key, row in rows.items()}


def update_rows(kind: type[Row], values: Mapping[UUID, Mapping[str, Any]], author: Author) -> None:
    """Make rows that are locked say something new, each as a new version."""
    rows = list(kind.objects.for_organization(author.organization_id).filter(id__in=values))
    _free_names(kind, [row.id for row in rows if name_key(values[row.id]["name"]) != row.name_key])
    fields = {"name_key", "version", "updated_at"}
    for row in rows:
        for field, value in values[row.id].items():
            setattr(row, field, value)
        row.name_key = name_key(row.name)
        row.version += 1
        row.updated_at = author.now
        fields |= values[row.id].keys()
    if rows:
        write_again(kind, rows, sorted(fields))


def write_again(kind: type[Any], rows: Iterable[Any], fields: Collection[str]) -> None:
    """Write ``fields`` of rows that are there, locked and wholly loaded. A statement for each thousand.

    An insert that meets what is there writes over it; ``bulk_update`` spends five times as long on its statement.
    """
    kind.objects.bulk_create(
        rows, batch_size=AT_ONCE, update_conflicts=True, unique_fields=["id"], update_fields=fields
    )


def _free_names(kind: type[Row], renamed: Sequence[UUID]) -> None:
    """Give up the names of rows that get another, so that one may take what another gives up, and two may swap."""
    if renamed:
        kind.objects.filter(id__in=renamed).update(name_key=Cast("id", CharField()))


def stored_windows(windows: Iterable[Window]) -> list[StoredWindow]:
    """Return windows as a row keeps them.

    Raises:
        InvalidInput: two of them overlap.
    """
    return checked_windows(
        "", [model.Window(days=frozenset(each.days), start=each.start, end=each.end) for each in windows]
    )
