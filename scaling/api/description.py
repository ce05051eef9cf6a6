"""What the API says about itself: its description, and that a path is not part of it."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from scaling.api.permissions import IsAuthenticated
from scaling.api.renderers import JsonRenderer, encode
from scaling.api.views import ApiView
from scaling.errors import NotFound


class DescriptionView(ApiView):
    """``GET /v1/openapi.json``: public, and the same for everybody."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="describeApi", responses={200: dict[str, Any]})
    def get(self, request: Request) -> HttpResponse:
        """The description of this API, in OpenAPI 3.1."""
        return HttpResponse(description(), content_type=JsonRenderer.media_type)


@cache
def description() -> bytes:
    """Return the OpenAPI document; built once in a process, as it takes a good part of a second."""
    return encode(SchemaGenerator().get_schema(request=None, public=True))


@extend_schema(exclude=True)
class UnknownPathView(ApiView):
    """Every path under ``/v1`` that is none: 401 without a key, 404 with one, whatever the method."""

    permission_classes = (IsAuthenticated,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Find nothing.

        Raises:
            NotFound: always, once the key is known.
        """
        super().initial(request, *args, **kwargs)
        raise NotFound("No such path; paths have no trailing slash.")
