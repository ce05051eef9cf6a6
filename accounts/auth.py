"""Which program is calling: the look-up of an API key.

There is no cache: a key revoked, expired, or of an organization made inactive fails on the very next request
(invariant I28).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db import connection

from accounts import keys
from accounts.models import ApiKey
from accounts.services import LAST_USED_RESOLUTION
from scaling.clock import now

_COLUMNS = ("id", "organization_id", "scope", "expires_at", "last_used_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The key that acts, for its organization. ``key_id`` is what ``createdBy`` and the timeline name."""

    key_id: str
    organization_id: str
    scope: str
    last_used_at: datetime | None

    def is_use_stale(self, at: datetime) -> bool:
        """Tell whether the use of this key at ``at`` is worth a note."""
        return self.last_used_at is None or self.last_used_at < at - LAST_USED_RESOLUTION


def find_actor(text: str) -> Actor | None:
    """Return who calls with the key ``text``, or nothing if it is unknown, revoked, expired or its organization off.

    Text that cannot be a key costs no query; anything else one, and a key with an expiry a second for the time.
    """
    if not keys.is_well_formed(text):
        return None
    with connection.cursor() as cursor:
        cursor.execute(_sql(), [keys.digest(text)])
        row = cursor.fetchone()
    if row is None:
        return None
    key_id, organization_id, scope, expires_at, last_used_at = row
    if expires_at is not None and expires_at <= now():
        return None
    return Actor(key_id=key_id, organization_id=organization_id, scope=scope, last_used_at=last_used_at)


@cache
def _sql() -> str:
    """Return the look-up's SQL: building it anew per request would cost seven times what running it does."""
    queryset = ApiKey.objects.usable().filter(digest=b"sentinel").values_list(*_COLUMNS)
    sql, _parameters = queryset.order_by().query.sql_with_params()
    return sql
