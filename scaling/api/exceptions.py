"""From whatever was raised to the contract's error envelope; nothing else builds an error body (contract 1.2)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response

from scaling import errors
from scaling.codes import type_of_status
from scaling.request_id import request_id_of

logger = logging.getLogger(__name__)

SOMETHING_WENT_WRONG = "Something went wrong on our side; nothing was stored."
UNAVAILABLE = "The database does not answer at the moment, or did not say whether the request was stored. Repeat it."

# The primary became a standby, or closed a transaction that idled: neither is the request's fault.
_PASSING_SQLSTATES = frozenset({"25006", "25P03"})


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response:
    """Return the response for anything a view raised; DRF calls it (setting ``EXCEPTION_HANDLER``)."""
    error = as_domain_error(exc)
    if isinstance(error, errors.ServerError):
        logger.error("request failed", exc_info=exc)
    body = error_body(error, context["request"]._request)
    return Response(body, status=error.status, headers=dict(error.headers))


def error_body(error: errors.DomainError, request: HttpRequest) -> dict[str, object]:
    """Return the flat envelope ``{statusCode, type, code, requestId, message, …extra}``."""
    return {
        "statusCode": error.status,
        "type": type_of_status(error.status),
        "code": error.code,
        "requestId": request_id_of(request),
        "message": error.message,
        **error.extra,
    }


def as_domain_error(exc: Exception) -> errors.DomainError:
    """Return ``exc`` in the words of the contract; what has none is a ``ServerError``."""
    match exc:
        case errors.DomainError():
            return exc
        case exceptions.APIException():
            return _from_rest_framework(exc)
        case Http404():
            return errors.NotFound("There is nothing here.")
        case PermissionDenied():
            return errors.InsufficientScope("The key does not cover this call.")
        case RequestDataTooBig():
            return errors.PayloadTooLarge("The body is larger than 1 MiB.")
        case UnreadablePostError():
            return errors.InvalidJson("The body ended before it was complete.")
        case DatabaseError() | InterfaceError() if is_passing(exc):
            logger.warning("database unavailable: %s", exc)
            return errors.Unavailable(UNAVAILABLE)
    return errors.ServerError(SOMETHING_WENT_WRONG)


def is_passing(exc: Exception) -> bool:
    """Tell whether a database error speaks of the database's condition and not of the statement.

    Covers a lost or refused connection, a lock or statement that took too long, a deadlock, and a commit whose
    outcome nobody knows.
    """
    if isinstance(exc, OperationalError | InterfaceError):
        return True
    return getattr(exc.__cause__, "sqlstate", None) in _PASSING_SQLSTATES


def _from_rest_framework(exc: exceptions.APIException) -> errors.DomainError:
    match exc:
        case exceptions.ValidationError():
            return errors.InvalidInput(list(field_errors(exc.detail)))
        case exceptions.NotAuthenticated():
            return errors.NotAuthorized(
                "Send an API key: Authorization: Bearer scl_live_…", reason="missing_authorization_header"
            )
        case exceptions.AuthenticationFailed():
            return errors.NotAuthorized("The API key is not valid.", reason="invalid_api_key")
        case exceptions.PermissionDenied():
            return errors.InsufficientScope("The key's scope does not cover this call.")
        case exceptions.MethodNotAllowed():
            return errors.MethodNotAllowed("This path does not have that method; the Allow header lists those it has.")
        case exceptions.NotAcceptable():
            return errors.NotAcceptable("This API answers in application/json only.")
        case exceptions.UnsupportedMediaType():
            return errors.UnsupportedMediaType("Send the body as application/json in UTF-8, not compressed.")
    return errors.ServerError(SOMETHING_WENT_WRONG)


def field_errors(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield ``(field, message)`` for each leaf of a serializer's errors, with paths such as ``target.userIds.0``."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            yield from field_errors(inner, _join(path, key))
    elif isinstance(detail, list) and any(isinstance(inner, Mapping) for inner in detail):
        for index, inner in enumerate(detail):
            yield from field_errors(inner, _join(path, index))
    elif isinstance(detail, list):
        yield from ((path, str(message)) for message in detail)
    else:
        yield path, str(detail)


def _join(path: str, key: object) -> str:
    if key == "non_field_errors":
        return path
    return f"{path}.{key}" if path else str(key)
