"""How a row takes changes: checked, and counted as a new version only if anything is different."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from escalation.models import Policy, Schedule, WorkingHours

Checks = Mapping[str, Callable[[Any], object]]


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


def touch(row: Policy | Schedule | WorkingHours, now: datetime) -> None:
    """Save a row as a new version; all of it, since nobody else has written it since it was locked."""
    row.version += 1
    row.updated_at = now
    row.save()
