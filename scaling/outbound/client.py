"""Calling an endpoint: resolve, judge, connect to what was judged, speak HTTP, hang up in time."""

from __future__ import annotations

import http.client
import math
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cache, partial
from typing import Final

import certifi

from scaling.outbound.addresses import Address
from scaling.outbound.endpoint import Endpoint, masked_url, parse_url, resolve
from scaling.outbound.errors import Gone, OutboundFailed, Refused, Unavailable
from scaling.outbound.line import Line, within

PAGE_LIMIT_SECONDS: Final = 8.0
"""How long one attempt to send a page may take in all (design D8)."""

LIMIT_SECONDS: Final = 15.0
"""How long any other call may take in all, from looking up the name to the end of the answer."""

MAX_ANSWER: Final = 64 * 1024
"""How many bytes of an answer are read, unless the caller wants more."""

_CHECK_LIMIT_SECONDS: Final = 3.0
_SECONDS: Final = re.compile("[0-9]{1,6}")
_GONE: Final = frozenset({404, 410})

Finder = Callable[[Endpoint], tuple[Address, ...]]
"""Finds the addresses behind an endpoint, and judges them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the other side said, whatever it said. Header names are lower case.

    ``body`` is what of it was read. ``is_whole`` says whether that is all: not where the line broke off, or where there
    is more than the caller reads.
    """

    status: int
    phrase: str
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool


@dataclass(slots=True, kw_only=True)
class _Call:
    method: str
    endpoint: Endpoint
    body: bytes
    headers: Mapping[str, str]
    limit_seconds: float
    most_bytes: int
    find: Finder
    head: http.client.HTTPResponse | None = None
    received: bytearray = field(default_factory=bytearray)
    is_whole: bool = False


def check_url(url: str) -> None:
    """Tell before it is stored whether ``url`` can be called; asks a name server, for three seconds at most.

    Raises:
        Refused: it cannot: by its form, by an address behind its name, or because there is none.
    """
    endpoint = parse_url(url)
    try:
        within(_CHECK_LIMIT_SECONDS, lambda _: resolve(endpoint), name="outbound-check")
    except Unavailable as error:
        raise Refused(error.reason) from error
    except TimeoutError as error:
        raise Refused(f"{endpoint.host} could not be looked up in time; try again.") from error


def post(url: str, body: bytes, headers: Mapping[str, str], limit_seconds: float = LIMIT_SECONDS) -> Answer:
    """POST ``body`` to ``url`` and return the answer, which is a success (2xx).

    Raises:
        Refused: our own rules forbid the call; nothing was sent.
        Gone: 404 or 410.
        Unavailable: anything else. A redirect is no success, and is not followed.
    """
    answer = exchange("POST", url, body=body, headers=headers, limit_seconds=limit_seconds)
    failed = failure_of_answer(url, answer)
    if failed is not None:
        raise failed
    return answer


def failure_of_answer(url: str, answer: Answer) -> OutboundFailed | None:
    """Return what it means that ``url`` answered thus: ``Gone``, ``Unavailable``, or None for a success (2xx)."""
    if 200 <= answer.status < 300:
        return None
    reason = f"{masked_url(url)} answered {answer.status} {answer.phrase[:40]}".rstrip() + "."
    if answer.status in _GONE:
        return Gone(reason, status=answer.status)
    return Unavailable(reason, status=answer.status, retry_after_seconds=retry_after(answer))


def retry_after(answer: Answer) -> int | None:
    """Return the seconds of ``Retry-After``, which may be a date, too; what cannot be read was not said."""
    wait = answer.headers.get("retry-after", "")
    if _SECONDS.fullmatch(wait):
        return int(wait)
    try:
        until = parsedate_to_datetime(wait)
    except ValueError:
        return None
    return max(0, math.ceil(until.timestamp() - time.time()))


def exchange(
    method: str,
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    limit_seconds: float,
    most_bytes: int = MAX_ANSWER,
    find: Finder = resolve,
) -> Answer:
    """Make one request and return its answer, whatever its status; calling ``url`` takes ``limit_seconds`` at most.

    An answer whose head has arrived has arrived: of its body is returned what came in time, at most ``most_bytes``.
    ``find`` is by which rule addresses are judged.

    Raises:
        Refused: our own rules forbid the call; nothing was sent.
        Unavailable: there was no answer.
    """
    call = _Call(
        method=method,
        endpoint=parse_url(url),
        body=body,
        headers=headers,
        limit_seconds=limit_seconds,
        most_bytes=most_bytes,
        find=find,
    )
    try:
        within(limit_seconds, partial(_converse, call), name="outbound")
    except OutboundFailed:
        raise
    except (OSError, http.client.HTTPException) as error:
        if call.head is None:
            raise Unavailable(f"{masked_url(url)}: {_told(error)}.") from error
    return _answer(call)


def _converse(call: _Call, line: Line) -> None:
    connection = http.client.HTTPConnection(call.endpoint.host, call.endpoint.port)
    connection.auto_open = 0  # it has the one socket given here, and never makes another
    connection.sock = _connect(call, line)
    try:
        connection.request(call.method, call.endpoint.target, body=call.body or None, headers=_headers(call))
        with connection.getresponse() as response:
            if line.is_cut:  # the head would seem to end where the line was cut
                raise TimeoutError
            call.head = response
            ended = _receive(call, response)
            call.is_whole = ended and not line.is_cut
    finally:
        line.cut()
        connection.close()


def _receive(call: _Call, response: http.client.HTTPResponse) -> bool:
    """Read the body, as far as the caller wants it; return whether its end was seen."""
    while len(call.received) < call.most_bytes:
        chunk = response.read1(call.most_bytes - len(call.received))
        if not chunk:
            return not response.length  # what a length announced and nobody sent
        call.received += chunk
    return response.length == 0


def _headers(call: _Call) -> dict[str, str]:
    fixed = {"Host": call.endpoint.authority, "Connection": "close", "Accept-Encoding": "identity"}
    ours = {name.lower() for name in fixed}
    return {**fixed, **{name: value for name, value in call.headers.items() if name.lower() not in ours}}


def _connect(call: _Call, line: Line) -> socket.socket:
    endpoint = call.endpoint
    connected = _connected(call.find(endpoint), endpoint.port, call.limit_seconds)
    line.hold(connected)
    if endpoint.scheme == "http":
        return connected
    return tls_context().wrap_socket(connected, server_hostname=endpoint.host)


def _connected(addresses: tuple[Address, ...], port: int, limit_seconds: float) -> socket.socket:
    """Connect to the first address that lets us. Each has its share of the time, so a dead one spoils no attempt."""
    failed: OSError | None = None
    for address in addresses:
        try:
            connected = socket.create_connection((str(address), port), timeout=limit_seconds / len(addresses))
        except OSError as error:
            failed = error
            continue
        # The line is cut at the limit; a single read needs none of its own.
        connected.settimeout(2 * limit_seconds)
        return connected
    raise failed or OSError("no address")


@cache
def tls_context() -> ssl.SSLContext:
    """Return how servers are verified: by the host's certificate authorities and by those of ``certifi``.

    A private authority is added to the host's; where the host has none, as in small containers, the others do.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=certifi.where())
    return context


def _answer(call: _Call) -> Answer:
    head = call.head
    if head is None:
        raise Unavailable(f"{call.endpoint.host} gave no answer.")
    return Answer(
        status=head.status,
        phrase=head.reason,
        headers={name.lower(): value for name, value in head.headers.items()},
        body=bytes(call.received),
        is_whole=call.is_whole,
    )


def _told(error: Exception) -> str:
    """Return what went wrong, in words of ours: those of a foreign server may hold anything."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return "no encrypted connection could be made"
    if isinstance(error, http.client.HTTPException | ConnectionResetError | BrokenPipeError):
        return "the answer was no HTTP, or broke off"
    return f"no connection ({type(error).__name__})"
