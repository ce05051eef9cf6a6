"""Bodies sent without their length."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.wsgi import get_wsgi_application

from scaling.api.chunked import ChunkedBodies

pytestmark = pytest.mark.urls("tests.scaling.api.probe")


class Stream(BytesIO):
    """The body as a server hands it on: in pieces, as they arrive."""

    def read(self, size=-1):
        return super().read(min(size, 1_000) if size >= 0 else 1_000)


def send(body, api_key):
    """Send ``body`` in chunks through WSGI; return status and content."""
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/v1/probes",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_AUTHORIZATION": f"Bearer {api_key.text}",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "CONTENT_TYPE": "application/json",
        "wsgi.url_scheme": "http",
        "wsgi.input": Stream(body),
        "wsgi.input_terminated": True,
    }
    told = []
    response = ChunkedBodies(get_wsgi_application())(environ, lambda status, headers: told.append(status))
    return int(told[0][:3]), b"".join(response)


def test_a_body_in_chunks_is_read(api_key):
    status, content = send(
        b'{"name": "a", "at": "2026-01-01T00:00:00Z", "description": "%s"}' % (b"x" * 9_000), api_key
    )
    assert status == 201
    assert b"x" * 9_000 in content


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 3_000_000])
def test_a_large_body_in_chunks_is_refused_and_the_rest_never_read(api_key, size):
    status, content = send(b"[" * size, api_key)
    assert status == 413
    assert b"payload_too_large" in content


def test_no_body_in_chunks_is_no_body(api_key):
    status, content = send(b"", api_key)
    assert status == 400
    assert b"invalid_json" in content
