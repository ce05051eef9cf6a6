"""Which program is calling: the look-up of an API key.

There is no cache: a key revoked, expired, or of an organization made inactive fails on the very next request
(invariant I28).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db import connection
from django.db.models.functions import Now

from accounts import keys
from accounts.models import ApiKey
from accounts.services import LAST_USED_RESOLUTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The key that acts, for its organization. ``key_id`` is what ``createdBy`` and the timeline name.

    ``made_by`` is the user who made the key, if one did: what nobody may do to themselves, their keys may not either.
    ``seen_at`` is the instant of the look-up by the database's clock.
    """

    key_id: str
    organization_id: str
    scope: str
    made_by: str | None
    last_used_at: datetime | None
    seen_at: datetime

    @property
    def is_use_worth_noting(self) -> bool:
        """Whether the last use noted is a minute old."""
        return self.last_used_at is None or self.last_used_at < self.seen_at - LAST_USED_RESOLUTION


def find_actor(text: str) -> Actor | None:
    """Return who calls with the key ``text``, or nothing if it is unknown, revoked, expired or its organization off.

    One statement; none at all for text that cannot be a key.
    """
    if not keys.is_well_formed(text):
        return None
    with connection.cursor() as cursor:
        cursor.execute(_sql(), [keys.digest(text)])
        row = cursor.fetchone()
    if row is None:
        return None
    key_id, organization_id, scope, made_by, last_used_at, seen_at = row
    return Actor(
        key_id=key_id,
        organization_id=organization_id,
        scope=scope,
        made_by=made_by,
        last_used_at=last_used_at,
        seen_at=seen_at,
    )


@cache
def _sql() -> str:
    """Return the look-up's SQL: building it for each request would cost several times what running it does."""
    usable = ApiKey.objects.usable().filter(digest=b"the one parameter").order_by()
    sql, _ = usable.values_list(
        "id", "organization_id", "scope", "created_by", "last_used_at", Now()
    ).query.sql_with_params()
    return sql
