"""Pages over chat, SMS, voice and push services, through Apprise.

Apprise knows the services; this module holds it to our rules, whatever a URL may say. One object sends to one method, and
is asked itself: Apprise's own dispatch would retry (``retry=``), call a failure a success (``optional=``), and share
six threads among all senders. Its calls go through ``scaling.outbound`` (``incidents.channels.transport``).
"""

from __future__ import annotations

import logging
import time
from typing import Final

from apprise import Apprise, AppriseAsset, AppriseAttachment, NotifyFormat, NotifyType
from apprise.manager_plugins import NotificationManager
from apprise.plugins.base import NotifyBase

from incidents.channels.base import Failure, Message, SendFailed, failure_of_call
from incidents.channels.transport import Calls, conversation, install
from scaling.messengers import kind_of, scheme_of
from scaling.outbound import PAGE_LIMIT_SECONDS, Refused, masked_url
from scaling.outbound.line import within

# Its messages hold whatever the URLs hold. What went wrong is told by us.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
install()
# A second for two hundred services, which no page should lose of its eight.
NotificationManager().load_modules()

_ASSET: Final = AppriseAsset(
    app_id="Scaling",
    app_desc="Scaling",
    app_url="",
    image_url_mask="",  # pictures would come from somebody else's site
    image_url_logo="",
    http_redirects=False,
    allow_templates=False,
)
_DEFANGED: Final = str.maketrans({"@": "@\u200b", "<": "<\u200b", "]": "]\u200b", "`": "'"})


class AppriseSender:
    """Sends messages over the service their destination names. Keeps nothing between messages."""

    def __init__(self, limit_seconds: float = PAGE_LIMIT_SECONDS) -> None:
        self._limit_seconds = limit_seconds

    def send(self, message: Message) -> None:
        """Hand ``message`` over to the service: the whole of it within the limit, however many calls that takes.

        Raises:
            SendFailed: the service did not take it. 404 and 410 end the method for this page; a service this
                installation does not use (any more) is ours.
        """
        calls = Calls(deadline=time.monotonic() + self._limit_seconds)
        try:
            taken = within(self._limit_seconds, lambda _: _notify(message, calls), name=f"apprise-{message.key}")
        except TimeoutError as error:
            raise SendFailed(Failure.TEMPORARY, f"{masked_url(message.destination)} did not answer in time.") from error
        if not taken:
            raise _failure(message, calls)


def _notify(message: Message, calls: Calls) -> bool:
    kind = _kind(message)
    target = _target(message)
    title, body = _words(message, kind)
    with conversation(calls):
        return bool(
            target.notify(title=title, body=body, notify_type=NotifyType.FAILURE, body_format=NotifyFormat.TEXT)
        )


def _kind(message: Message) -> str:
    try:
        return kind_of(message.destination)
    except Refused as error:
        raise SendFailed(Failure.OURS, error.reason) from error


def _target(message: Message) -> NotifyBase:
    """Return the object that sends to the message's destination, held to our rules whatever its URL says."""
    target = Apprise.instantiate(message.destination, asset=_ASSET, suppress_exceptions=True)
    if not isinstance(target, NotifyBase) or any(_is_file(value) for value in vars(target).values()):
        raise SendFailed(Failure.OURS, f"{masked_url(message.destination)} cannot be used by this release.")
    target.redirects = False
    target.verify_certificate = True
    target.request_rate_per_sec = 0  # a pause between several recipients of one URL would outlast the limit
    return target


def _is_file(value: object) -> bool:
    return isinstance(value, AppriseAttachment) and len(value) > 0


def _words(message: Message, kind: str) -> tuple[str, str]:
    """Return title and body. What a chat might take for a mention or a link's label is none any more (B122)."""
    if kind == "voice":  # nobody writes down a link that is read to them
        return "", message.spoken or message.subject
    if kind == "sms":
        return "", message.short or message.text
    title, body = message.subject, message.brief or message.text
    return (defanged(title), defanged(body)) if kind == "chat" else (title, body)


def defanged(text: str) -> str:
    """Return ``text`` with an invisible blank where a chat would begin a mention (``@channel``, ``<!here>``) or a link."""
    return text.translate(_DEFANGED)


def _failure(message: Message, calls: Calls) -> SendFailed:
    if calls.failed is not None:
        return failure_of_call(calls.failed)
    return SendFailed(Failure.TEMPORARY, f"{scheme_of(message.destination)} did not take the message.")
