"""A line of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.edge.calls import Call


@dataclass(frozen=True, kw_only=True)
class Case:
    """Calls that are answered alike: refused with a status and a code, or accepted.

    ``fields`` are those a 422 names, ``kept`` what the answer to an accepted call holds, ``scope`` that of the key
    that calls, None for no key.
    """

    number: int
    about: str
    calls: Sequence[Call]
    status: int = 200
    code: str | None = None
    fields: Sequence[str] | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)
    scope: str | None = "write"

    def __str__(self):
        return f"B{self.number} {self.about}"


def accepted(number, about, calls, **options):
    """Return the case of calls that succeed."""
    return Case(number=number, about=about, calls=calls, **options)


def refused(number, about, status, code, calls, **options):
    """Return the case of calls that are refused, and change nothing."""
    return Case(number=number, about=about, status=status, code=code, calls=calls, **options)


def unreadable(number, about, calls):
    """Return the case of bodies that are no acceptable JSON text."""
    return refused(number, about, 400, "invalid_json", calls)


def invalid(number, about, field_name, calls):
    """Return the case of bodies with a field of the wrong shape, or out of range."""
    return refused(number, about, 422, "validation_error", calls, fields=[field_name])
