"""Lists in pages, by keyset: rows that come or go in between move no other row (B87).

A cursor is opaque to clients: the place after which to go on, signed, and bound to one list of one organization.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from django.core import signing
from django.db.models import Q
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

    @property
    def id(self) -> UUID: ...

    @property
    def created_at(self) -> datetime: ...


Row = TypeVar("Row", bound=Dated)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, newest first, and where the rest begins; ``None`` at the end."""

    rows: Sequence[Row]
    next_cursor: str | None


class Place(NamedTuple):
    """A place between rows of a list: behind the row with this instant and id."""

    created_at: datetime
    id: UUID


START = Place(datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
"""Before every row."""


def newest_first(
    fetch: Callable[[Place, int], Sequence[Row]],
    *,
    list_name: str,
    organization_id: str,
    limit: int,
    cursor: str | None,
) -> Page[Row]:
    """Return up to ``limit`` rows after ``cursor`` by falling creation, then falling id; one call of ``fetch``.

    ``fetch`` returns the given number of rows of the organization behind a place, in that order.

    Raises:
        InvalidInput: ``cursor`` was not given out for this list of this organization.
    """
    signer = signing.Signer(salt=f"cursor:{list_name}:{organization_id}")
    after = START if cursor is None else _place(signer, cursor)
    found = fetch(after, limit + 1)
    page = found[:limit]
    return Page(page, _cursor(signer, page[-1]) if len(found) > limit else None)


def behind(place: Place) -> Q:
    """Return the condition for rows behind ``place``. Three parameters: the instant, the instant again, the id."""
    # The first condition is what lets the index skip to the place; the second settles equal instants.
    return Q(created_at__lte=place.created_at) & (Q(created_at__lt=place.created_at) | Q(id__lt=place.id))


def _cursor(signer: signing.Signer, last: Dated) -> str:
    return signer.sign_object([last.created_at.isoformat(), str(last.id)])


def _place(signer: signing.Signer, cursor: str) -> Place:
    try:
        created_at, row_id = signer.unsign_object(cursor)
    except signing.BadSignature:
        raise InvalidInput([("cursor", "This is not a cursor of this list.")]) from None
    return Place(datetime.fromisoformat(created_at), UUID(row_id))
