"""How a row takes changes: checked, and counted as a new version only if anything is different."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Model

Checks = Mapping[str, Callable[[Any], object]]


class Versioned(Protocol):
    """A row that counts its changes."""

    version: int
    updated_at: datetime

    def save(self) -> None: ...


def assign(row: Model, changes: Mapping[str, object], checks: Checks) -> bool:
    """Give ``row`` the checked values of ``changes`` without saving it; tell whether any was different.

    Raises:
        InvalidInput: a value is unusable.
    """
    values = {field: checks[field](value) for field, value in changes.items()}
    different = {field: value for field, value in values.items() if getattr(row, field) != value}
    for field, value in different.items():
        setattr(row, field, value)
    return bool(different)


def touch(row: Versioned, now: datetime) -> None:
    """Save a row as a new version; all of it, since nobody else has written it since it was locked."""
    row.version += 1
    row.updated_at = now
    row.save()
