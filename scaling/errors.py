"""Errors a user of the product can meet, each with the stable code of contract section 1.2.

Services and domain code raise them; ``scaling.api.exceptions`` alone turns them into a response.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar


class DomainError(Exception):
    """A request that cannot be carried out, told by a code of the contract's closed table."""

    status: ClassVar[int] = 400
    code: ClassVar[str]

    def __init__(self, message: str, **extra: object) -> None:
        """Keep ``message`` for people and ``extra`` as additive fields of the error body."""
        super().__init__(message)
        self.message = message
        self.extra: Mapping[str, object] = extra


class NotFound(DomainError):
    """What the request names is unknown, malformed, or another organization's: the three look alike."""

    status = 404
    code = "not_found"


class InvalidInput(DomainError):
    """A field has the wrong shape or is out of range."""

    status = 422
    code = "validation_error"

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        """Take ``errors`` as pairs of field path and message; the first becomes the message."""
        field, message = errors[0]
        super().__init__(
            f"{field}: {message}" if field else message,
            errors=[{"field": name, "message": text} for name, text in errors],
        )


class NameConflict(DomainError):
    """The name is already used where names are unique."""

    status = 409
    code = "name_conflict"


class PreconditionFailed(DomainError):
    """``If-Match`` does not name the current version of the resource."""

    status = 412
    code = "precondition_failed"
