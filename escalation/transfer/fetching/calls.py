"""Calling a product: patient with it, and close with the token.

Where a product wants to be left alone, by 429 or because it says that no more requests are allowed, it is, for as long as
it says. Broken lines, halves of answers and 5xx are tried again after 1, 2, 4 … seconds, jittered. What no patience mends,
above all 401 and 403, ends at once. The token goes to the one address that was given, and nowhere else: redirects are not
followed, and what a product says is shown without it.
"""

from __future__ import annotations

import math
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from escalation.transfer.fetching.errors import FetchFailed
from escalation.transfer.fetching.requests import Product, Request
from scaling import __version__
from scaling.outbound import (
    Answer,
    Refused,
    Unavailable,
    exchange,
    parse_url,
    resolve_for_operator,
    retry_after,
)

CALL_SECONDS: Final = 60.0
"""How long one call may take, from looking up the name to the end of the page."""
MAX_PAGE: Final = 20_000_000
"""How many bytes a page may have."""
TRIES: Final = 8
"""How often in a row a call may fail that is worth another try; about two minutes."""
MOST_WAITS: Final = 40
"""How often in a row a product may ask to be left alone."""
LONGEST_WAIT_SECONDS: Final = 900
"""What is longer than this the operator waits for, not the program."""

_SLOWEST_SECONDS: Final = 60.0
_TOKEN: Final = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")
_NUMBER: Final = re.compile(r"[0-9]{1,12}")
_FIRST_DATE: Final = 1_000_000_000
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How waiting is done. ``note`` tells people what is waited for, ``jitter`` is between 0 and 1."""

    note: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random


class Caller:
    """Asks one product, at one address, with one token."""

    def __init__(self, product: Product, base_url: str, token: str, patience: Patience) -> None:
        if not _TOKEN.fullmatch(token):
            raise FetchFailed("The token holds characters that no token has.")
        self._product = product
        self._base_url = base_url
        self._token = token
        self._headers = {**product.headers(token), "User-Agent": f"Scaling/{__version__}"}
        self._patience = patience
        self._rest_seconds = 0.0

    def ask(self, request: Request) -> Answer:
        """Return the whole answer to a request: a success, a 4xx that says it was not understood, or one it foresees.

        Raises:
            FetchFailed: there is none to go on with.
        """
        failures = waits = 0
        while True:
            self._rest()
            answer = self._exchange(request)
            if isinstance(answer, Answer) and answer.status == 429:
                waits += 1
                self._leave_alone(answer, waits)
            elif isinstance(answer, Unavailable) or answer.status >= 500 or not answer.is_whole:
                failures += 1
                self._back_off(request, answer, failures)
            else:
                self._check(request, answer)
                return answer

    def shown(self, text: str) -> str:
        """Return the beginning of what the product says as it may be shown: in one line, and without the token."""
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return line.replace(self._token, "…")[:_SHOWN]

    def _exchange(self, request: Request) -> Answer | Unavailable:
        headers = {**self._headers, "Content-Type": "application/json"} if request.body else self._headers
        try:
            answer = exchange(
                "POST" if request.body else "GET",
                self._base_url + request.target,
                body=request.body,
                headers=headers,
                limit_seconds=CALL_SECONDS,
                most_bytes=MAX_PAGE + 1,
                find=resolve_for_operator,
            )
        except Refused as error:
            raise FetchFailed(f"--base-url: {error.reason}") from error
        except Unavailable as error:
            return error
        if len(answer.body) > MAX_PAGE:
            raise FetchFailed(f"{request.name} is larger than {MAX_PAGE // 1_000_000} MB.")
        self._rest_seconds = self._asked_to_rest(answer)
        return answer

    def _asked_to_rest(self, answer: Answer) -> float:
        is_out = answer.status != 429 and answer.headers.get(self._product.remaining) == "0"
        return (_told_seconds(answer, self._product) or 0.0) if is_out else 0.0

    def _rest(self) -> None:
        seconds, self._rest_seconds = self._rest_seconds, 0.0
        if seconds:
            self._wait(seconds + self._patience.jitter(), "allows no more requests for now")

    def _leave_alone(self, answer: Answer, waits: int) -> None:
        if waits > MOST_WAITS:
            raise FetchFailed(
                f"{self._product.title} still says that there are too many requests (429). Try again later."
            )
        told = _told_seconds(answer, self._product)
        seconds = self._slower(waits + 2) if told is None else max(1.0, told) + self._patience.jitter()
        self._wait(seconds, "says that there are too many requests (429)")

    def _back_off(self, request: Request, answer: Answer | Unavailable, failures: int) -> None:
        reason = f"{request.name}: {_reason(answer)}"
        if failures == TRIES:
            raise FetchFailed(f"{reason} Tried {TRIES} times; try again later.")
        told = retry_after(answer) if isinstance(answer, Answer) else None
        seconds = max(float(told or 0), self._slower(failures))
        self._wait(seconds, f"is not well. {reason}")

    def _wait(self, seconds: float, why: str) -> None:
        title = self._product.title
        if seconds > LONGEST_WAIT_SECONDS:
            minutes = math.ceil(seconds / 60)
            raise FetchFailed(f"{title} wants to be left alone for {minutes} minutes. Try again then.")
        self._patience.note(f"{title} {why.rstrip('.')}. Going on in {math.ceil(seconds)} s.")
        self._patience.sleep(seconds)

    def _slower(self, attempt: int) -> float:
        """Return 1, 2, 4 … seconds, less a random part of up to a half, so that many do not come back together."""
        return min(_SLOWEST_SECONDS, 2.0 ** (attempt - 1)) * (1 - self._patience.jitter() / 2)

    def _check(self, request: Request, answer: Answer) -> None:
        title = self._product.title
        if answer.status in request.absent:
            return
        if answer.status == 401:
            raise FetchFailed(f"{title} does not accept the token (401): it is wrong, or has expired.")
        if answer.status == 403:
            raise FetchFailed(f"{title} does not let the token read {request.path} (403): it needs more permissions.")
        if 300 <= answer.status < 400:
            where = self.shown(_host_of(answer.headers.get("location", ""))) or "another place"
            raise FetchFailed(
                f"{title} answered {answer.status} and points to {where}, where the token does not go. If that is the "
                "right address, give it with --base-url."
            )


def checked_url(option: str, url: str) -> str:
    """Return the address that was given with ``option``, without a slash at its end; asks nobody.

    Raises:
        FetchFailed: it is none.
    """
    try:
        parse_url(url)
    except Refused as error:
        raise FetchFailed(f"{option}: {error.reason}") from error
    if "?" in url or "#" in url:
        raise FetchFailed(f"{option}: must end before any ? or #.")
    return url.rstrip("/")


def _told_seconds(answer: Answer, product: Product) -> float | None:
    """Return how many seconds the product wants to be left alone; some say until when instead."""
    told = retry_after(answer)
    if told is not None:
        return float(told)
    said = [answer.headers.get(name, "") for name in product.resets]
    for text in said:
        if _NUMBER.fullmatch(text):
            number = float(text)
            return max(0.0, number - time.time()) if number >= _FIRST_DATE else number
    return None


def _reason(answer: Answer | Unavailable) -> str:
    if isinstance(answer, Unavailable):
        return answer.reason
    return f"it answered {answer.status}." if answer.status >= 500 else "the answer broke off."


def _host_of(location: str) -> str:
    try:
        return urlsplit(location).netloc.rpartition("@")[2]
    except ValueError:
        return ""
