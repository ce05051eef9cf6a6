"""Bodies sent without their length (``Transfer-Encoding: chunked``), which Django takes for empty ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import RequestDataTooBig


class Application(Protocol):
    """A WSGI application."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request."""
        ...


class ChunkedBodies:
    """Lets Django read a body whose end the server knows, though not its length.

    Nothing is read before a view asks for the body, so a request without a key costs no more than its headers.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ.get("CONTENT_LENGTH") and environ.get("wsgi.input_terminated"):
            limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            environ["CONTENT_LENGTH"] = str(limit)
            environ["wsgi.input"] = _BoundedStream(environ["wsgi.input"], limit)
        return self.application(environ, start_response)


class _BoundedStream:
    """A stream that ends before ``limit`` bytes, or is refused there."""

    def __init__(self, stream: Any, limit: int) -> None:
        self._stream = stream
        self._left = limit
        self.readline = stream.readline

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes.

        Raises:
            RequestDataTooBig: the body goes on where it may not.
        """
        part: bytes = self._stream.read(size)
        self._left -= len(part)
        if self._left <= 0 and self._stream.read(1):
            raise RequestDataTooBig("the body is larger than DATA_UPLOAD_MAX_MEMORY_SIZE")
        return part
