"""The Django backend of ``DeadlineConnection`` (setting ``ENGINE``: ``scaling.deadline``)."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from psycopg import IsolationLevel

from scaling.deadline.connection import DeadlineConnection


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL as Django knows it, through connections that give up, always at READ COMMITTED.

    The program's locks are written for that level; pools and other levels of Django's own backend have no effect.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> DeadlineConnection:
        """Connect, within the budget of the work in hand."""
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return DeadlineConnection.connect(**conn_params)
