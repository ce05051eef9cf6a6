"""Bodies sent without their length."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.wsgi import WSGIRequest

from scaling.api.chunked import ChunkedBodies

LIMIT = 1024 * 1024


def body_of(stream, **environ):
    """Return the body Django finds in a request."""
    request = {"REQUEST_METHOD": "POST", "wsgi.input": stream, **environ}
    (body,) = ChunkedBodies(lambda environ, _: [WSGIRequest(environ).body])(request, None)
    return body


@pytest.mark.parametrize("size", [0, 1, 9_000, LIMIT])
def test_a_body_in_chunks_is_read(size):
    body = b"x" * size
    assert body_of(BytesIO(body), **{"wsgi.input_terminated": True}) == body


@pytest.mark.parametrize("size", [LIMIT + 1, 10_000_000])
def test_a_large_body_in_chunks_is_refused_and_the_rest_never_read(size):
    stream = BytesIO(b"x" * size)
    with pytest.raises(RequestDataTooBig):
        body_of(stream, **{"wsgi.input_terminated": True})
    assert stream.tell() == LIMIT + 1


def test_nothing_is_read_until_a_view_asks_for_it():
    stream = BytesIO(b"xyz")
    ChunkedBodies(lambda environ, _: [])({"wsgi.input": stream, "wsgi.input_terminated": True}, None)
    assert stream.tell() == 0


def test_a_body_with_its_length_is_left_to_django():
    stream = BytesIO(b"xyz and what follows on the connection")
    assert body_of(stream, CONTENT_LENGTH="3", **{"wsgi.input_terminated": True}) == b"xyz"


def test_without_an_end_in_sight_nothing_is_read():
    assert body_of(BytesIO(b"xyz")) == b""
