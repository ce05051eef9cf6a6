"""The only place from which the program calls other people's HTTP (reliability B112-B118, B123).

A name is resolved once; every address behind it is judged; the call goes to an address that was judged, under the
name's own Host and certificate. There are no redirects and no proxies, and nothing is read from the environment. A
call has one limit for all of it, and of an answer 64 KiB are read, unless the caller wants more. URLs are secrets:
errors, logs and rows show them as ``masked_url`` does.
"""

from __future__ import annotations

from scaling.outbound.client import (
    PAGE_LIMIT_SECONDS,
    Answer,
    check_url,
    exchange,
    failure_of_answer,
    post,
    retry_after,
)
from scaling.outbound.endpoint import fingerprint, masked_url, parse_url, resolve_for_operator
from scaling.outbound.errors import Gone, OutboundFailed, Refused, Unavailable

__all__ = [
    "PAGE_LIMIT_SECONDS",
    "Answer",
    "Gone",
    "OutboundFailed",
    "Refused",
    "Unavailable",
    "check_url",
    "exchange",
    "failure_of_answer",
    "fingerprint",
    "masked_url",
    "parse_url",
    "post",
    "resolve_for_operator",
    "retry_after",
]
