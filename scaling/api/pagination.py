"""Lists in pages, by keyset: rows that come or go in between move no other row (B87).

A cursor is opaque to clients: the place after which to go on, signed, and bound to one list of one organization.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.core import signing
from django.db.models import Q, QuerySet
from rest_framework import serializers

from scaling.api.fields import StrictText
from scaling.api.serializers import QuerySerializer
from scaling.errors import InvalidInput

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


class LimitField(serializers.IntegerField):
    """How many rows a page holds, as a query string spells it: ASCII digits, 1 to 100."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_LIMIT, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if not (data.isascii() and data.isdigit() and len(data) < 10):
            self.fail("invalid")
        return int(data)


class PageQuery(QuerySerializer):
    """The query parameters of a list in pages; lists add their filters in a subclass."""

    limit = LimitField(default=DEFAULT_LIMIT, help_text="How many rows a page holds.")
    cursor = StrictText(max_length=1_000, default=None, help_text="The `nextCursor` of the page before.")


class Dated(Protocol):
    """A row that lists order by creation."""

    id: UUID
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some rows of a list, newest first, and where the rest begins; ``None`` at the end."""

    rows: Sequence[Any]
    next_cursor: str | None


def newest_first(rows: QuerySet[Any], *, list_name: str, organization_id: str, limit: int, cursor: str | None) -> Page:
    """Return up to ``limit`` of ``rows`` after ``cursor`` by falling creation; one statement.

    ``rows`` have ``created_at`` and ``id``, and are those of the organization already.

    Raises:
        InvalidInput: ``cursor`` was not given out for this list of this organization.
    """
    signer = signing.Signer(salt=f"cursor:{list_name}:{organization_id}")
    if cursor is not None:
        rows = rows.filter(_after(signer, cursor))
    found = list(rows.order_by("-created_at", "-id")[: limit + 1])
    page = found[:limit]
    return Page(rows=page, next_cursor=_cursor(signer, page[-1]) if len(found) > limit else None)


def _cursor(signer: signing.Signer, last: Dated) -> str:
    return signer.sign_object([last.created_at.isoformat(), str(last.id)])


def _after(signer: signing.Signer, cursor: str) -> Q:
    try:
        created_at, row_id = signer.unsign_object(cursor)
    except signing.BadSignature:
        raise InvalidInput([("cursor", "This is not a cursor of this list.")]) from None
    at = datetime.fromisoformat(created_at)
    # The first condition is what lets the index skip to the place; the second settles equal instants.
    return Q(created_at__lte=at) & (Q(created_at__lt=at) | Q(id__lt=UUID(row_id)))
