"""What every view of the API is built on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, cast

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from scaling import clock
from scaling.api import idempotency
from scaling.api.permissions import Actor
from scaling.api.serializers import QuerySerializer, StrictSerializer
from scaling.errors import InvalidInput, InvalidJson


def data(value: object, *, status: int = 200, etag: str | None = None) -> Response:
    """Return the success envelope ``{"data": value}``; ``etag`` belongs to every GET of one object."""
    return Response({"data": value}, status=status, headers={} if etag is None else {"ETag": etag})


def deleted() -> Response:
    """Return the answer to a deletion (contract C8)."""
    return Response({"success": True})


def gone() -> Response:
    """Return the answer to a deletion of what only the newer generation knows (contract C8): 204, no body."""
    return Response(status=204)


class ApiView(APIView):
    """A view under ``/v1``: who is asking comes before everything else, even before what they accept."""

    format_kwarg = None
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the key and what it may do before anything else: without one, a request learns nothing but that."""
        self.perform_authentication(request)
        self.check_permissions(request)
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)


class TenantViewSet(ViewSetMixin, ApiView):
    """The endpoints of a resource that belongs to an organization.

    Ids in a path are declared ``<resource_id:policy_id>`` (``scaling.api.paths``). ``trigger_actions`` lists what
    keys of scope ``trigger`` may call, ``lasting_actions`` what no transaction can hold, as it sends a message or asks
    other people's servers. Methods read the request through ``body``, ``optional_body`` and ``query``,
    call one service or query, and answer with ``data`` or ``deleted``.
    """

    trigger_actions: ClassVar[frozenset[str]] = frozenset()
    lasting_actions: ClassVar[frozenset[str]] = frozenset()
    post: Callable[..., Response]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check who is asking; then see to it that a POST with an ``Idempotency-Key`` is answered once."""
        super().initial(request, *args, **kwargs)
        if request.method == "POST" and hasattr(self, "post") and idempotency.HEADER in request.headers:
            self.post = partial(self._post_once, self.post)  # type: ignore[assignment]  # DRF takes any response

    @property
    def actor(self) -> Actor:
        """Who is asking."""
        return cast(Actor, self.request.auth)

    @property
    def organization_id(self) -> str:
        """The organization the request acts in; nothing outside it exists for the request."""
        return self.actor.organization_id

    @property
    def actor_id(self) -> str:
        """The id written into ``createdBy`` and the timeline: the key's."""
        return self.actor.key_id

    @property
    def acts_as_admin(self) -> bool:
        """Whether the key may do what an admin of the organization may (contract 1.1)."""
        return self.actor.scope == "write"

    @property
    def if_match(self) -> str | None:
        """The ``If-Match`` header, for the service to compare (``scaling.api.preconditions.require_match``)."""
        return self.request.headers.get("If-Match")

    def body(self, serializer_class: type[StrictSerializer], *, partial: bool = False) -> dict[str, Any]:
        """Return the checked body; ``partial`` asks for no field, so only what was sent is in the answer (PATCH).

        Raises:
            InvalidJson: there is no body, or it is no acceptable JSON.
            ValidationError: the body has the wrong shape.
        """
        if not self.request._request.body:
            raise InvalidJson("This call needs a JSON body.")
        return _validated(serializer_class(data=self.request.data, partial=partial))

    def optional_body(self, serializer_class: type[StrictSerializer]) -> dict[str, Any]:
        """Return the checked body like ``body``, and nothing when there is none."""
        return self.body(serializer_class) if self.request._request.body else {}

    def query(self, serializer_class: type[QuerySerializer]) -> dict[str, Any]:
        """Return the checked parameters of the query string; unknown ones are ignored.

        Raises:
            ValidationError: a parameter has the wrong shape.
            InvalidInput: a parameter is given more than once.
        """
        given = self.request.query_params
        serializer = serializer_class(data=given.dict())
        repeated = [name for name in given if name in serializer.fields and len(given.getlist(name)) > 1]
        if repeated:
            raise InvalidInput([(name, "This parameter may be given only once.") for name in repeated])
        return _validated(serializer)

    def _post_once(self, post: Callable[..., Response], request: Request, **kwargs: Any) -> HttpResponseBase:
        named = idempotency.name_request(request._request, self.organization_id)
        answer = partial(self._answer, post, request, **kwargs)
        once = idempotency.answer_once_for_good if self.action in self.lasting_actions else idempotency.answer_once
        return once(named, request._request, answer, now=clock.now())

    def _answer(self, method: Callable[..., Response], request: Request, **kwargs: Any) -> Response:
        try:
            return method(request, **kwargs)
        except Exception as exc:  # every error becomes a response in handle_exception
            return self.handle_exception(exc)


def _validated(serializer: BaseSerializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
