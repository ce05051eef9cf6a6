"""What only a real server shows: raw paths, methods and bodies, and a database that is not there."""

from __future__ import annotations

import json
import socket
import time

import pytest

from accounts.keys import make_key
from tests.processes import PATIENCE_SECONDS, environment, running
from tests.scaling.own_server import down, frozen, own_server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A PostgreSQL of this module's own, without a table."""
    with own_server(tmp_path_factory) as server:
        yield server


@pytest.fixture(scope="module")
def port(server):
    """The port of a web server that works on ``server``."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = environment(DJANGO_SETTINGS_MODULE="tests.settings", DATABASE_URL=server.url)
    arguments = ["-m", "granian", "--interface", "wsgi", "--port", port, "scaling.wsgi:application"]
    with running(*arguments, env=env):
        wait_for(port)
        yield port


def wait_for(port):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the web server does not listen")


def send(port, request):
    """Send bytes as they are; return status, headers and body of the answer."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as connection:
        connection.sendall(request)
        received = b""
        while part := connection.recv(65_536):
            received += part
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(status.split()[1]), headers, body


def request(method, path, *headers, body=b""):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@pytest.mark.parametrize("path", ["//v1/x", "/v1/../admin", "/v1/%2e%2e/admin", "/v1/%00", "/v1/;x=y", "/v1/x/"])
@pytest.mark.parametrize("method", ["GET", "POST", "TRACE", "INVENTED"])
def test_odd_paths_and_methods_are_answered_in_json(port, method, path):
    status, headers, body = send(port, request(method, path, "Content-Length: 0"))
    assert (status, headers["content-type"]) == (401, "application/json")
    assert json.loads(body)["requestId"] == headers["x-request-id"]


def test_head_has_no_body(port):
    _, expected, content = send(port, request("GET", "/v1/openapi.json"))
    status, headers, body = send(port, request("HEAD", "/v1/openapi.json"))
    assert (status, body) == (200, b"")
    assert headers["content-length"] == expected["content-length"] == str(len(content))


def test_two_keys_are_no_key(port):
    keys = [f"Authorization: Bearer {make_key()}"] * 2
    status, _, body = send(port, request("GET", "/v1/users", *keys))
    assert (status, json.loads(body)["reason"]) == (401, "invalid_api_key")


@pytest.mark.parametrize("trouble", [frozen, down])
def test_without_an_answer_of_the_database_the_api_is_unavailable(server, port, trouble):
    with trouble(server):
        for _ in range(3):
            status, headers, body = send(port, request("GET", "/v1/users", f"Authorization: Bearer {make_key()}"))
            assert (status, json.loads(body)["code"]) == (503, "unavailable")
            assert int(headers["retry-after"]) > 0


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_a_body_in_chunks_does_not_disturb_the_answer(port, size):
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (size, b"x" * size)
    status, _, body = send(port, request("POST", "/v1/users", "Transfer-Encoding: chunked", body=chunks))
    assert (status, json.loads(body)["code"]) == (401, "not_authorized")


@pytest.mark.parametrize("headers", [["X-Long: " + "x" * 1_000_000], [f"X-{number}: x" for number in range(300)]])
def test_too_many_headers_are_refused_and_the_server_lives_on(port, headers):
    assert 400 <= send(port, request("GET", "/v1/openapi.json", *headers))[0] < 500
    assert send(port, request("GET", "/v1/openapi.json"))[0] == 200
