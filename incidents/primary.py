"""Never work for a database that has been replaced (design D6).

After a fail-over the old primary may come back and still hold rows that look due. Each promotion gives the server a
higher timeline number, so a worker remembers the highest it has seen and refuses a lower one, or another system.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import structlog
from django.db import DatabaseError, connection, transaction

_IDENTITY: Final = """
SELECT system_identifier, timeline_id FROM pg_control_system(), pg_control_checkpoint()
"""

_log = structlog.get_logger(__name__)


class OldPrimary(Exception):
    """The server is not the one this worker has worked for, or an older timeline of it."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Identity:
    """Which server it is, and how often one of its kind was promoted."""

    system: int
    timeline: int


class PrimaryGuard:
    """Looks at the server once for every new connection."""

    def __init__(self) -> None:
        self._highest: Identity | None = None
        self._checked: Any = None

    def check(self) -> None:
        """Make sure that the present connection leads to the newest primary seen. A statement a connection.

        Raises:
            OldPrimary: it does not; the connection must not be used for work.
        """
        connection.ensure_connection()
        if self._checked is connection.connection:
            return
        identity = read_identity()
        if identity is not None:
            self.compare(identity)
        self._checked = connection.connection

    def compare(self, identity: Identity) -> None:
        """Remember ``identity`` if it is the newest.

        Raises:
            OldPrimary: it is older than what was seen, or another system.
        """
        highest = self._highest
        if highest is not None and (identity.system != highest.system or identity.timeline < highest.timeline):
            raise OldPrimary(f"Connected to {identity}, having worked for {highest}.")
        self._highest = identity


def read_identity() -> Identity | None:
    """Return the server's identity, or None where this role may not ask (some managed services)."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_IDENTITY)
            system, timeline = cursor.fetchone()
    except DatabaseError as error:
        if connection.is_usable():
            _log.warning("primary_not_guarded", error=str(error))
            return None
        raise
    return Identity(system=system, timeline=timeline)
