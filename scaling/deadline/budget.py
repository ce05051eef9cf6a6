"""How long the work in hand may still wait for the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic


class Budget:
    """Seconds of waiting that are left; below zero once they are overspent."""

    __slots__ = ("left",)

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Take the time the block needs out of what is left."""
        started = monotonic()
        try:
            yield
        finally:
            self.left -= monotonic() - started


_current: ContextVar[Budget | None] = ContextVar("database_budget", default=None)


def current() -> Budget | None:
    """Return the budget of the work in hand; nothing where it may wait as long as it takes."""
    return _current.get()


@contextmanager
def answering_within(seconds: float) -> Iterator[None]:
    """Let the block wait for the database ``seconds`` in all; only waiting counts, not what else it does.

    When they are spent, whatever waits fails with ``OperationalError`` and its connection is closed.
    """
    token = _current.set(Budget(seconds))
    try:
        yield
    finally:
        _current.reset(token)
