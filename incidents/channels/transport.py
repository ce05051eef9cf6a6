"""How libraries that call HTTP by ``requests`` call it through ``scaling.outbound``.

``requests`` asks an adapter to carry each request. ``install`` makes ours the one that every session of this process
begins with, so that nothing calls past the rules: addresses are judged and pinned, proxies, certificates and logins of
the environment are not looked at, redirects are not followed, and answers end after 64 KiB.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

from scaling.outbound import PAGE_LIMIT_SECONDS, Answer, OutboundFailed, exchange, failure_of_answer

_LEAST_SECONDS: Final = 0.01


@dataclass(slots=True, kw_only=True)
class Calls:
    """The calls of one conversation: they share a ``deadline`` (monotonic); ``failed`` is how the last one failed."""

    deadline: float
    failed: OutboundFailed | None = None


_calls: ContextVar[Calls | None] = ContextVar("calls", default=None)


@contextmanager
def conversation(calls: Calls) -> Iterator[None]:
    """Count the requests made within, in this thread, to ``calls``."""
    token = _calls.set(calls)
    try:
        yield
    finally:
        _calls.reset(token)


def install() -> None:
    """Carry all that ``requests`` sends in this process through the rules of calls outside."""
    setattr(requests.sessions, "HTTPAdapter", OutboundAdapter)  # noqa: B010 - a name its stubs do not let one assign
    setattr(requests.sessions, "get_netrc_auth", lambda *_args, **_options: None)  # noqa: B010


class OutboundAdapter(BaseAdapter):
    """Carries the requests of a session by ``scaling.outbound.exchange``."""

    def __init__(self, *_args: Any, **_options: Any) -> None:
        super().__init__()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send ``request``; all else that may be asked for is decided by our own rules.

        Raises:
            requests.ConnectionError: there was no answer, or our rules forbid the call.
        """
        calls = _calls.get() or Calls(deadline=time.monotonic() + PAGE_LIMIT_SECONDS)
        try:
            answer = exchange(
                request.method or "GET",
                request.url or "",
                body=_body(request),
                headers={_text(name): _text(value) for name, value in request.headers.items()},
                limit_seconds=max(_LEAST_SECONDS, calls.deadline - time.monotonic()),
            )
        except OutboundFailed as error:
            calls.failed = error
            raise requests.ConnectionError(error.reason) from error
        calls.failed = failure_of_answer(request.url or "", answer)
        return _response(request, answer)

    def close(self) -> None:
        """Keep no connections, so there is nothing to close."""


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.reason = answer.phrase
    # Without a location there is nothing to follow.
    headers = {name: value for name, value in answer.headers.items() if name != "location"}
    response.headers = CaseInsensitiveDict(headers)
    response.encoding = get_encoding_from_headers(response.headers)
    response.raw = io.BytesIO(answer.body)
    response.url = request.url or ""
    response.request = request
    return response


def _body(request: requests.PreparedRequest) -> bytes:
    if isinstance(request.body, str):
        return request.body.encode()
    if request.body is None or isinstance(request.body, bytes):
        return request.body or b""
    raise requests.exceptions.InvalidSchema("Only whole bodies can be sent.")


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
