"""Work that takes longer than pages have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.conf import settings
from django.db import OperationalError, connection

from scaling.database import working_as_command
from scaling.deadline.budget import answering_within, current
from scaling.errors import PreconditionFailed

_TOO_LONG: Final = (
    "It takes longer than pages may, and nothing was changed: manage.py import_policies takes the time it needs."
)


@contextmanager
def at_length() -> Iterator[None]:
    """Let the block, which begins outside of any transaction, wait for the database longer than other pages may.

    Raises:
        PreconditionFailed: even so it takes too long.
    """
    with answering_within(settings.IMPORT_DATABASE_SECONDS):
        try:
            with working_as_command():
                yield
        except OperationalError as error:
            budget = current()
            if budget is None or budget.left > 0:
                raise
            # It is closed by now, and whoever says so needs another.
            connection.close()
            raise PreconditionFailed(_TOO_LONG) from error
