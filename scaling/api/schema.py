"""How views document themselves in OpenAPI 3.1.

A view method says what it takes and gives with ``operation``. The envelope, the headers of contract section 1, and
the errors that every call of a kind can meet are added here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, TypeVar, cast

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.viewsets import ViewSetMixin

from scaling import errors
from scaling.api.serializers import QuerySerializer, StrictSerializer

Method = TypeVar("Method", bound=Callable[..., Any])
Error = type[errors.DomainError]
Reply = type[serializers.BaseSerializer[Any]] | serializers.BaseSerializer[Any]

_OF_EVERY_CALL: tuple[Error, ...] = (
    errors.InvalidRequest,
    errors.NotAuthorized,
    errors.InsufficientScope,
    errors.MethodNotAllowed,
    errors.NotAcceptable,
    errors.InvalidInput,
    errors.RateLimited,
    errors.ServerError,
    errors.Unavailable,
)
_OF_A_BODY: tuple[Error, ...] = (errors.InvalidJson, errors.PayloadTooLarge, errors.UnsupportedMediaType)
_OF_METHOD: Mapping[str, tuple[Error, ...]] = {
    "POST": (*_OF_A_BODY, errors.IdempotencyInProgress, errors.IdempotencyKeyReused),
    "PATCH": (*_OF_A_BODY, errors.PreconditionFailed),
    "PUT": (*_OF_A_BODY, errors.PreconditionFailed),
    "DELETE": (errors.PreconditionFailed,),
}

_IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="Names the request, so that a repeat within 24 hours gets the first answer and has no second effect.",
)
_IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="An `ETag` read before: the write is refused when the resource has changed since.",
)
_HEADERS_OF_METHOD = {"POST": [_IDEMPOTENCY_KEY], "PATCH": [_IF_MATCH], "PUT": [_IF_MATCH], "DELETE": [_IF_MATCH]}
_ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200], description="The version that was read, for `If-Match`."
)


class FieldErrorReply(serializers.Serializer[Any]):
    """One mistake in a request."""

    field = serializers.CharField(help_text="The path of the field, such as `target.userIds.0`.")
    message = serializers.CharField()


class ErrorReply(serializers.Serializer[Any]):
    """The body of every error."""

    statusCode = serializers.IntegerField(help_text="The HTTP status.")
    type = serializers.CharField()
    code = serializers.CharField(help_text="What programs decide by.")
    requestId = serializers.UUIDField()
    message = serializers.CharField(help_text="What people read; it may change.")
    reason = serializers.CharField(required=False, help_text="Why a key was refused.")
    errors = FieldErrorReply(many=True, required=False)  # type: ignore[assignment]  # a field, as the body says


class DeletedReply(serializers.Serializer[Any]):
    """The body of a deletion's answer."""

    success = serializers.BooleanField()


def operation(
    name: str,
    *,
    takes: type[StrictSerializer] | None = None,
    query: type[QuerySerializer] | None = None,
    gives: Reply | None = None,
    status: int = 200,
    also: Iterable[int] = (),
    raises: Iterable[Error] = (),
    tagged: bool = False,
    whole: bool = False,
) -> Callable[[Method], Method]:
    """Return the decorator that documents a view method; its docstring becomes the description.

    ``gives`` is what stands under ``data`` (``PolicyReply`` or ``PolicyReply(many=True)``), nothing for a deletion,
    which has no body at all with the status 204; ``also`` the statuses beside ``status`` that the same comes with;
    ``raises`` the errors beyond those every call of its method can meet; ``tagged`` says that an ``ETag`` comes along,
    ``whole`` that a PATCH, which may else leave out any field, needs those of its body.
    """

    def document(method: Method) -> Method:
        method.raises = tuple(raises)  # type: ignore[attr-defined]  # read back by ApiSchema
        method.whole = whole  # type: ignore[attr-defined]  # likewise
        reply = _envelope(gives) if gives is not None else None if status == 204 else DeletedReply
        parameters: list[Any] = [_ETAG] if tagged else []
        if query is not None:
            parameters.append(query)
        replies = dict.fromkeys((status, *also), reply)
        decorate = extend_schema(operation_id=name, request=takes, responses=replies, parameters=parameters)
        return decorate(method)

    return document


def _envelope(gives: Any) -> Any:
    if hasattr(gives, "child"):
        return _envelope_of(cast(Any, type(gives.child)), many=True)
    return _envelope_of(gives if isinstance(gives, type) else type(gives), many=False)


@cache
def _envelope_of(reply: Any, *, many: bool) -> Any:
    return inline_serializer(
        name=f"{reply.__name__}{'List' if many else ''}Envelope", fields={"data": reply(many=many)}
    )


class ApiSchema(AutoSchema):
    """Documents a view (setting ``DEFAULT_SCHEMA_CLASS``)."""

    def get_override_parameters(self) -> list[Any]:
        """Return the parameters of the view and the headers its method understands."""
        return [*super().get_override_parameters(), *_HEADERS_OF_METHOD.get(self.method, [])]

    def _is_list_view(self, serializer: Any = None) -> bool:
        # Lists lie inside the envelope; the envelope itself never repeats.
        return False

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if self.get_auth():
            for status, described in _by_status(self._errors()).items():
                bodies[status] = self._get_response_for_code(described, status)  # type: ignore[no-untyped-call]
        return bodies

    def _get_request_for_media_type(self, serializer: Any, direction: Direction = "request") -> Any:
        if self.method == "PATCH" and self._documented().whole:
            return self.resolve_serializer(serializer, direction).ref, True
        schema, is_needed = super()._get_request_for_media_type(serializer, direction)  # type: ignore[no-untyped-call]
        # A PATCH that leaves out every field is an empty object, not an empty body.
        return schema, is_needed or self.method == "PATCH"

    def _map_basic_serializer(self, serializer: Any, direction: Direction) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        return {**schema, "additionalProperties": False} if isinstance(serializer, StrictSerializer) else schema

    def _documented(self) -> Any:
        view = cast(ViewSetMixin, self.view)
        return getattr(view, view.action)

    def _errors(self) -> tuple[Error, ...]:
        method = self._documented()
        of_path = (errors.NotFound,) if "{" in self.path else ()
        return (*_OF_EVERY_CALL, *of_path, *_OF_METHOD.get(self.method, ()), *method.raises)


def _by_status(raised: Iterable[Error]) -> dict[str, OpenApiResponse]:
    codes: dict[str, list[str]] = {}
    for error in raised:
        codes.setdefault(str(error.status), []).append(f"`{error.code}`")
    return {status: OpenApiResponse(ErrorReply, ", ".join(found)) for status, found in sorted(codes.items())}


class BearerScheme(OpenApiAuthenticationExtension):
    """How a key is sent (contract 1.1)."""

    target_class = "accounts.api.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Return the security scheme."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "scl_live_…"}
