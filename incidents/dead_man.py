"""The dead man's switch: a service elsewhere calls the operator once we stop calling it.

Everything here can fail together: machine, network, power. Then nobody in here is left to say so. So each worker calls
the operator's URL (``SCALING_DEAD_MAN_URL``) once a minute while the engine does its work, and keeps quiet while it does
not. The call has a thread of its own: the loop waits for nothing outside, and no failure of it reaches a page.
"""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Final

import structlog
from django.conf import settings

from incidents.lag import MOST_LATE, oldest_due
from scaling.outbound import OutboundFailed, exchange, masked_url

EVERY_SECONDS: Final = 60
_LIMIT_SECONDS: Final = 10.0

_log = structlog.get_logger(__name__)


class DeadManSwitch:
    """Says "alive" to the operator's URL, one call at a time."""

    def __init__(self) -> None:
        self._calling: threading.Thread | None = None

    def report(self, now: datetime) -> None:
        """Call the URL, unless none is set, a call is still under way, or the engine leaves due rows lying.

        Returns at once. One statement, none without a URL.
        """
        url = settings.DEAD_MAN_URL
        if not url or (self._calling is not None and self._calling.is_alive()):
            return
        late = oldest_due(now)
        if late > MOST_LATE:
            _log.warning("dead_man_not_called", reason=f"a row has been due for {late.total_seconds():.0f} s")
            return
        self._calling = threading.Thread(target=_call, args=(url,), name="dead-man", daemon=True)
        self._calling.start()

    def wait(self) -> None:
        """Wait until the call under way, if there is one, has ended."""
        if self._calling is not None:
            self._calling.join()


def _call(url: str) -> None:
    try:
        answer = exchange("GET", url, body=b"", headers={}, limit_seconds=_LIMIT_SECONDS)
    except OutboundFailed as failed:
        _log.warning("dead_man_not_called", url=masked_url(url), reason=failed.reason)
        return
    if not 200 <= answer.status < 300:
        _log.warning("dead_man_not_called", url=masked_url(url), reason=f"answered {answer.status}")
