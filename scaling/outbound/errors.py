"""How a call to somebody else's HTTP fails. Texts are free of secrets: they name a host, never a path."""

from __future__ import annotations


class OutboundFailed(Exception):
    """A call that did not succeed; ``reason`` is one sentence for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(OutboundFailed):
    """Our own rules forbid the call: the URL cannot be called, or leads where nobody outside may point us."""


class Unavailable(OutboundFailed):
    """Temporary: no answer in time, no connection, no valid certificate, no HTTP, or an answer that is no success.

    ``retry_after_seconds`` is how long the other side asks to be left alone, if it says so.
    """

    def __init__(self, reason: str, *, status: int | None = None, retry_after_seconds: int | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.retry_after_seconds = retry_after_seconds


class Gone(OutboundFailed):
    """Permanent: there is nobody at this URL. ``status`` is 404 or 410, which the other side means for ever."""

    def __init__(self, reason: str, *, status: int) -> None:
        super().__init__(reason)
        self.status = status
