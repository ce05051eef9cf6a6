"""Bodies sent without their length (``Transfer-Encoding: chunked``), which Django takes for empty ones."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any, Protocol

from django.conf import settings


class Application(Protocol):
    """A WSGI application."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request."""
        ...


class ChunkedBodies:
    """Gives a body without a length the length it turns out to have, before Django looks at it.

    Reads no more than one byte beyond what Django accepts; that byte is what makes Django refuse the rest.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ.get("CONTENT_LENGTH") and environ.get("wsgi.input_terminated"):
            body = _read(environ["wsgi.input"], settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            environ["CONTENT_LENGTH"] = str(len(body))
            environ["wsgi.input"] = BytesIO(body)
        return self.application(environ, start_response)


def _read(stream: Any, limit: int) -> bytes:
    body = b""
    while len(body) < limit and (part := stream.read(limit - len(body))):
        body += part
    return body
