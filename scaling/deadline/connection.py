"""A psycopg connection that keeps to the budget, and does not take an unconfirmed commit for a commit."""

from __future__ import annotations

import select
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from psycopg import errors

from scaling.deadline import budget

Result = TypeVar("Result")

_POLL_SECONDS = 0.1


class DeadlineConnection(psycopg.Connection[Any]):
    """Fails with ``OperationalError`` when the budget of the work in hand is spent, and closes itself.

    Closing is the only way out: the server may still be at work on the statement, and nobody knows how it ends.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._warned = False
        self.add_notice_handler(self._note_warning)

    @classmethod
    def _connect_gen(cls, conninfo: str = "") -> Generator[Any, Any, Any]:
        # psycopg rounds connect_timeout up to two seconds, which is a whole budget.
        connecting = super()._connect_gen(conninfo)
        limit = budget.current()
        return connecting if limit is None else _within(limit, connecting)

    def wait(self, gen: Any, interval: float = _POLL_SECONDS, timeout: float | None = None) -> Any:
        """Drive ``gen`` to its end, as psycopg does for everything it sends, within the budget.

        Raises:
            OperationalError: the budget is spent; the connection is closed.
        """
        limit = budget.current()
        if limit is None:
            return super().wait(gen, interval, timeout)
        seconds = limit.left if timeout is None else min(timeout, limit.left)
        try:
            with limit.spending():
                return super().wait(gen, interval, max(seconds, 0))
        except psycopg.OperationalError:
            if limit.left <= 0:
                self.pgconn.finish()
            raise

    @property
    def is_silent(self) -> bool:
        """Whether the server has said nothing unasked. It does when it ends a connection, or its machine loses it."""
        if self.closed:
            return False
        line = select.poll()
        line.register(self.pgconn.socket, select.POLLIN)
        return not line.poll(0)

    def commit(self) -> None:
        """Commit, and be sure of it.

        Raises:
            OperationalError: the server stopped waiting for a standby, so a failover may lose the commit. A warning
                is all it says about that.
        """
        self._warned = False
        super().commit()
        if self._warned:
            raise errors.OperationalError("the commit was not confirmed by a standby")

    def _note_warning(self, notice: errors.Diagnostic) -> None:
        self._warned = self._warned or notice.severity_nonlocalized == "WARNING"


def _within(limit: budget.Budget, steps: Generator[Any, Any, Result]) -> Generator[Any, Any, Result]:
    """Pass on what ``steps`` waits for, until it ends or the budget is spent."""
    wanted = next(steps)
    while True:
        with limit.spending():
            ready = yield wanted
        if limit.left <= 0:
            steps.close()
            raise errors.ConnectionTimeout("the database did not answer in time")
        try:
            wanted = steps.send(ready)
        except StopIteration as ended:
            return ended.value  # type: ignore[no-any-return]  # the value of ``steps``
