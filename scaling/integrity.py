"""What the database refuses, told in the words of the domain.

Races over names, references and deletions are settled by constraints, so a service tries, and translates what the
named constraint said. It never looks first and hopes that nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from psycopg import Error


@contextmanager
def refusing(errors: Mapping[str, Exception]) -> Iterator[None]:
    """Run a block in a savepoint; where it violates a constraint named in ``errors``, raise the error beside the name.

    Example: ``with refusing({"escalation_policy_name": NameConflict("…")}): policy.save()``. Only constraints that
    are checked at once can be told this way: a deferred one speaks up at the commit.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as violation:
        error = errors.get(_constraint(violation) or "")
        if error is None:
            raise
        raise error from violation


def _constraint(violation: IntegrityError) -> str | None:
    cause = violation.__cause__
    return cause.diag.constraint_name if isinstance(cause, Error) else None
