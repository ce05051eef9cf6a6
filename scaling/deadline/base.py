"""The Django backend of ``DeadlineConnection`` (setting ``ENGINE``: ``scaling.deadline``)."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from psycopg import IsolationLevel

from scaling.audit.telling import tell_before_writes
from scaling.deadline.connection import DeadlineConnection


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL as Django knows it, through connections that give up, always at READ COMMITTED.

    The program's locks are written for that level; pools and other levels of Django's own backend have no effect.
    """

    told: str | None = None
    """Who acts, as the transaction in hand has been told for the audit log; None: nothing yet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(tell_before_writes)

    def get_new_connection(self, conn_params: dict[str, Any]) -> DeadlineConnection:
        """Connect, within the budget of the work in hand."""
        self.told = None
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return DeadlineConnection.connect(**conn_params)

    def is_usable(self) -> bool:
        """Tell whether the connection stands; asks the server only if it left word or something went wrong before.

        A web request and a worker's tick begin with this. A server that says nothing at all is met by the first
        statement, as it would be by a question asked beforehand.
        """
        if self.connection is not None and not self.errors_occurred and self.connection.is_silent:
            return True
        usable: bool = super().is_usable()
        return usable

    def _commit(self) -> Any:
        self.told = None
        return super()._commit()  # type: ignore[misc]  # missing in the stubs, as its like below

    def _rollback(self) -> Any:
        self.told = None
        return super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        self.told = None
        super()._savepoint_rollback(sid)  # type: ignore[misc]
