"""Errors a user of the product can meet, each with the stable code of contract section 1.2.

Services and domain code raise them; ``scaling.api.exceptions`` alone turns them into a response.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Self

from scaling.codes import STATUS_OF_CODE


class DomainError(Exception):
    """A request that cannot be carried out, told by a code of the contract's closed table.

    A subclass names its ``status`` and ``code``; a pair that is not in the table is refused when the class is made.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    headers: Mapping[str, str] = MappingProxyType({})

    def __init_subclass__(cls) -> None:
        """Hold the subclass to the table.

        Raises:
            TypeError: ``code`` is not in the table, or goes with another status there.
        """
        super().__init_subclass__()
        if STATUS_OF_CODE.get(cls.code) != cls.status:
            raise TypeError(f"{cls.__name__}: code {cls.code!r} with status {cls.status} is not in scaling.codes")

    def __init__(self, message: str, **extra: object) -> None:
        """Keep ``message`` for people and ``extra`` as additive fields of the error body."""
        super().__init__(message)
        self.message = message
        self.extra: Mapping[str, object] = extra


class NotAuthorized(DomainError):
    """Nobody, or somebody unknown, is asking (contract 1.1)."""

    status = 401
    code = "not_authorized"
    headers = MappingProxyType({"WWW-Authenticate": "Bearer"})

    def __init__(self, message: str, *, reason: str) -> None:
        """Take ``reason``: ``missing_authorization_header``, ``invalid_api_key``, ``https_required``, ``admin_required``."""
        super().__init__(message, reason=reason)


class InsufficientScope(DomainError):
    """The key's scope does not cover the call."""

    status = 403
    code = "insufficient_scope"


class NotFound(DomainError):
    """What the request names is unknown, malformed, or another organization's: the three look alike."""

    status = 404
    code = "not_found"

    @classmethod
    def of(cls, noun: str) -> Self:
        """Return the one answer for a ``noun`` (``policy``, ``layer``) the organization does not have."""
        return cls(f"No {noun} with that id in this organization.")


class MethodNotAllowed(DomainError):
    """The path exists, the method does not; the view adds the ``Allow`` header."""

    status = 405
    code = "method_not_allowed"


class NotAcceptable(DomainError):
    """The client accepts no JSON."""

    status = 406
    code = "not_acceptable"


class UnsupportedMediaType(DomainError):
    """The body is not plain JSON in UTF-8."""

    status = 415
    code = "unsupported_media_type"


class PayloadTooLarge(DomainError):
    """The body is larger than the installation reads."""

    status = 413
    code = "payload_too_large"


class InvalidJson(DomainError):
    """The body is no acceptable JSON text."""

    status = 400
    code = "invalid_json"


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
        self.errors = tuple(errors)


class NameConflict(DomainError):
    """The name is already used where names are unique."""

    status = 409
    code = "name_conflict"


class IdempotencyInProgress(DomainError):
    """The first request with this ``Idempotency-Key`` is still running."""

    status = 409
    code = "idempotency_in_progress"


class IdempotencyKeyReused(DomainError):
    """The ``Idempotency-Key`` belongs to another request."""

    status = 422
    code = "idempotency_key_reused"


class PreconditionFailed(DomainError):
    """``If-Match`` does not name the current version of the resource."""

    status = 412
    code = "precondition_failed"


class InvalidRequest(DomainError):
    """The request as a whole cannot be served, such as one for an unknown host."""

    status = 400
    code = "invalid_request_error"


class RateLimited(DomainError):
    """Too many requests of a kind in a short time."""

    status = 429
    code = "rate_limited"

    def __init__(self, message: str, *, retry_after_seconds: int) -> None:
        """Say in how many whole seconds the request may be repeated."""
        super().__init__(message)
        self.headers = {"Retry-After": str(retry_after_seconds)}


class Unavailable(DomainError):
    """The database does not answer, or the outcome of a commit is unknown."""

    status = 503
    code = "unavailable"
    headers = MappingProxyType({"Retry-After": "2"})


class ServerError(DomainError):
    """Something unexpected happened; nothing was stored."""

    status = 500
    code = "server_error"
