"""Calls to servers in the moods of the world (reliability B115, B116, B118, B123)."""

from __future__ import annotations

import socket
import ssl
import threading
from ipaddress import ip_network

import pytest
import trustme

from scaling.outbound import Gone, Refused, Unavailable, client, exchange, parse_url, post, resolve_for_operator
from scaling.outbound.client import LIMIT_SECONDS, MAX_ANSWER, PAGE_LIMIT_SECONDS
from tests.receiver import receiver
from tests.rogue import free_port, hang_up, rogue_server, stay_silent, trickle

NAME = "hook.example.org"
SECRET = "/services/s3cr3t"


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def resolves(monkeypatch):
    """Let the name stand for the addresses given, and count how often is asked."""

    def let(*addresses):
        asked, real = [], socket.getaddrinfo

        def getaddrinfo(host, port, *more, **options):
            if host != NAME:
                return real(host, port, *more, **options)
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

        monkeypatch.setattr("scaling.outbound.endpoint.socket.getaddrinfo", getaddrinfo)
        return asked

    return let


def send(url, limit_seconds=10.0, body=b"{}", headers=None):
    return post(url, body, headers or {}, limit_seconds)


def failure(url, kind=Unavailable, **options):
    with pytest.raises(kind) as caught:
        send(url, **options)
    assert "s3cr3t" not in str(caught.value)
    return caught.value


def test_what_is_sent_arrives():
    with receiver() as hook:
        answer = send(hook.url("/a?b=c"), body=b'{"a":1}', headers={"Content-Type": "application/json", "host": "evil"})
    (got,) = hook.received
    assert (got.method, got.path, got.body) == ("POST", "/a?b=c", b'{"a":1}')
    assert got.headers["host"] == f"127.0.0.1:{hook.port}"
    assert got.headers["content-type"] == "application/json"
    assert answer.status == 204


@pytest.mark.parametrize("status", [404, 410])
def test_nobody_there_is_permanent(status):
    with receiver() as hook:
        hook.answers[SECRET] = (status, {})
        assert f"answered {status}" in failure(hook.url(SECRET), Gone).reason


@pytest.mark.parametrize("status", [300, 301, 302, 307, 308, 400, 401, 403, 409, 413, 429, 500, 502, 503, 504])
def test_any_other_answer_is_temporary(status):
    with receiver() as hook:
        hook.answers[SECRET] = (status, {"Location": "/elsewhere"})
        failed = failure(hook.url(SECRET))
    assert failed.status == status
    assert [got.path for got in hook.received] == [SECRET]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2015", None),
        ("soon", None),
        ("9" * 5000, None),
    ],
)
def test_how_long_to_wait_is_told_along(text, seconds):
    with receiver() as hook:
        hook.answers[SECRET] = (429, {"Retry-After": text})
        assert failure(hook.url(SECRET)).retry_after_seconds == seconds


def test_a_call_goes_to_the_address_that_was_judged_under_its_own_name(resolves):
    asked = resolves("127.0.0.1")
    with receiver() as hook:
        send(f"http://hook.example.org:{hook.port}/")
    assert asked == [NAME]
    assert hook.received[0].headers["host"] == f"hook.example.org:{hook.port}"


def test_one_private_address_among_several_stops_the_call(resolves):
    resolves("127.0.0.1", "10.0.0.1")
    with receiver() as hook:
        failed = failure(f"http://hook.example.org:{hook.port}/", Refused)
    assert "10.0.0.1" in failed.reason
    assert hook.received == []


def test_an_address_that_does_not_answer_gives_way_to_the_next(resolves):
    resolves("127.0.0.2", "127.0.0.1")
    with receiver() as hook:
        send(f"http://hook.example.org:{hook.port}/")
    assert len(hook.received) == 1


def test_a_name_server_that_hangs_is_waited_for_no_longer(monkeypatch):
    answered = threading.Event()

    def hang(*_args, **_options):
        answered.wait(10)
        raise OSError("too late")

    monkeypatch.setattr("scaling.outbound.endpoint.socket.getaddrinfo", hang)
    assert "no answer in time" in failure("http://hook.example.org/", limit_seconds=0.2).reason
    answered.set()


@pytest.mark.parametrize(
    "behave",
    [stay_silent, trickle(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 90), trickle(b"HTTP/1.1 100 Continue\r\n\r\n")],
    ids=["silent", "head trickles", "goes on and on"],
)
def test_a_server_that_takes_its_time_is_hung_up_on(behave):
    with rogue_server(behave) as server:
        failed = failure(f"http://127.0.0.1:{server.port}{SECRET}", limit_seconds=0.3)
        assert "no answer in time" in failed.reason
        assert server.hung_up.wait(timeout=10)


def test_a_handshake_that_trickles_is_hung_up_on():
    with rogue_server(trickle(b"\x16\x03\x03\x40\x00" + bytes(64))) as server:
        failure(f"https://127.0.0.1:{server.port}/", limit_seconds=0.3)
        assert server.hung_up.wait(timeout=10)


def test_a_server_that_never_reads_is_hung_up_on():
    release = threading.Event()
    with rogue_server(lambda connection: release.wait(10)) as server:
        failed = failure(f"http://127.0.0.1:{server.port}/", limit_seconds=0.3, body=b"x" * 20_000_000)
        release.set()
    assert "no answer in time" in failed.reason


def test_an_answer_whose_head_arrived_has_arrived():
    def behave(connection):
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        trickle(b"x")(connection)

    with rogue_server(behave) as server:
        answer = send(f"http://127.0.0.1:{server.port}/", limit_seconds=2)
        assert server.hung_up.wait(timeout=10)
    assert answer.status == 200
    assert 0 < len(answer.body) < 1000
    assert not answer.is_whole


def test_of_a_large_answer_the_beginning_is_read():
    def behave(connection):
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
        for _ in range(50):
            connection.sendall(b"x" * 1_000_000)

    with rogue_server(behave) as server:
        answer = send(f"http://127.0.0.1:{server.port}/")
        assert server.hung_up.wait(timeout=10)
    assert len(answer.body) == MAX_ANSWER
    assert not answer.is_whole


def test_a_caller_may_want_more_of_an_answer():
    with receiver() as hook:
        hook.answers["/"], hook.bodies["/"] = (200, {}), b"x" * (MAX_ANSWER + 1)
        cut, whole = (
            exchange("GET", hook.url("/"), body=b"", headers={}, limit_seconds=10, most_bytes=MAX_ANSWER + more)
            for more in (0, 1)
        )
    assert (len(cut.body), cut.is_whole) == (MAX_ANSWER, False)
    assert (len(whole.body), whole.is_whole) == (MAX_ANSWER + 1, True)


@pytest.mark.parametrize(
    ("sent", "is_whole"),
    [
        (b"Content-Length: 4\r\n\r\nbody", True),
        (b"Content-Length: 5\r\n\r\nbody", False),
        (b"Content-Length: 0\r\n\r\n", True),
        (b"\r\nbody", True),
        (b"Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", True),
        (b"Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n", False),
        (b"Transfer-Encoding: chunked\r\n\r\n4\r\nbo", False),
    ],
)
def test_an_answer_that_breaks_off_is_not_whole(sent, is_whole):
    def behave(connection):
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + sent)
        hang_up(connection)

    with rogue_server(behave) as server:
        assert send(f"http://127.0.0.1:{server.port}/").is_whole is is_whole


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "::1", "fd00::1"])
def test_the_operator_may_call_what_is_private_in_the_clear(settings, resolves, address):
    settings.OUTBOUND_ALLOWED_NETWORKS = ()
    resolves(address)
    assert [str(found) for found in resolve_for_operator(parse_url(f"http://{NAME}/"))] == [address]


@pytest.mark.parametrize("address", ["93.184.215.14", "169.254.169.254", "0.0.0.0", "2600::1", "fe80::1"])  # noqa: S104
def test_the_operator_may_call_what_is_not_private_with_tls_alone(resolves, address):
    resolves("127.0.0.1", address)
    with pytest.raises(Refused, match=f"{NAME} is at {address}, a public address: use https://."):
        resolve_for_operator(parse_url(f"http://{NAME}/"))
    assert len(resolve_for_operator(parse_url(f"https://{NAME}/"))) == 2


@pytest.mark.parametrize(
    "answer",
    [b"garbage s3cr3t\r\n\r\n", b"<html>HTTP/0.9</html>", b"\x00\xff" * 500, b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\n"],
    ids=["garbage", "HTTP/0.9", "binary", "no status", "200 headers", "a long header"],
)  # fmt: skip
def test_what_is_no_http_is_temporary(answer):
    def behave(connection):
        connection.recv(4096)
        connection.sendall(answer)
        hang_up(connection)

    with rogue_server(behave) as server:
        assert "no HTTP" in failure(f"http://127.0.0.1:{server.port}{SECRET}").reason


def test_a_closed_connection_is_temporary():
    with rogue_server(hang_up) as server:
        failure(f"http://127.0.0.1:{server.port}/")


def test_a_server_that_refuses_connections_is_temporary():
    assert "ConnectionRefusedError" in failure(f"http://127.0.0.1:{free_port()}/").reason


def test_nothing_of_the_environment_is_used(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password hunter2\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    with receiver() as hook:
        send(hook.url())
    assert "authorization" not in hook.received[0].headers


# Certificates


@pytest.fixture
def authority(monkeypatch):
    """An authority that the program trusts, for this test."""
    made = trustme.CA()
    context = ssl.create_default_context()
    made.configure_trust(context)
    monkeypatch.setattr(client, "tls_context", lambda: context)
    return made


def server_of(issuer, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert(name).configure_cert(context)
    return lambda listener: context.wrap_socket(listener, server_side=True)


def test_a_certificate_of_the_name_lets_a_call_through(resolves, authority):
    resolves("127.0.0.1")
    with receiver(server_of(authority, "hook.example.org")) as hook:
        send(f"https://hook.example.org:{hook.port}/")
    assert len(hook.received) == 1


def test_a_certificate_of_the_address_lets_a_call_through(authority):
    with receiver(server_of(authority, "127.0.0.1")) as hook:
        send(hook.url())
    assert len(hook.received) == 1


def test_a_certificate_of_another_name_is_refused(resolves, authority):
    resolves("127.0.0.1")
    with receiver(server_of(authority, "evil.example.org")) as hook:
        failed = failure(f"https://hook.example.org:{hook.port}{SECRET}")
    assert "certificate is not valid" in failed.reason
    assert hook.received == []


def test_a_certificate_nobody_vouches_for_is_refused(resolves):
    resolves("127.0.0.1")
    with receiver(server_of(trustme.CA(), "hook.example.org")) as hook:
        assert "certificate is not valid" in failure(f"https://hook.example.org:{hook.port}/").reason
    assert hook.received == []


def test_servers_are_verified_by_name_and_by_more_than_the_hosts_authorities():
    context = client.tls_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.cert_store_stats()["x509_ca"] > 100


def test_other_methods_can_be_used_and_any_status_is_an_answer():
    with receiver() as hook:
        hook.answers["/x"] = (404, {"X-Why": "gone"})
        answer = exchange("PUT", hook.url("/x"), body=b"", headers={}, limit_seconds=10)
    assert (hook.received[0].method, answer.status, answer.headers["x-why"]) == ("PUT", 404, "gone")


def test_limits_are_what_is_promised():
    assert (PAGE_LIMIT_SECONDS, LIMIT_SECONDS, MAX_ANSWER) == (8, 15, 65536)
