"""Trying whether pages reach somebody, before they must: a page about nothing, over one way, sent at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from accounts.models import ContactMethod, Membership
from incidents.channels import SendFailed, sender_for
from incidents.channels.base import Message
from incidents.messages import compose_test_page
from scaling import ratelimit
from scaling.api.timestamps import timestamp
from scaling.errors import InvalidInput, NotFound

_MOST: Final = 10
_WINDOW: Final = timedelta(hours=1)


def send_trial(member: Membership, method_id: UUID | None, now: datetime) -> str:
    """Send a test page to the account's address, or over a contact method; return where to, as it may be shown.

    Needs ``user`` and ``organization`` of ``member`` loaded. Call it outside any transaction: a provider may keep us
    waiting for eight seconds.

    Raises:
        NotFound: the person has no such method.
        InvalidInput: it is not verified, so it does not page; or its provider did not take the message, and why.
        RateLimited: a person gets ten test pages an hour.
    """
    method = None if method_id is None else _method(member, method_id)
    if method is not None and method.verified_at is None:
        raise InvalidInput([("", f"{method.shown} is not verified, so it does not page.")])
    ratelimit.count(f"test-page:{member.pk}", limit=_MOST, window=_WINDOW, now=now)
    channel = ContactMethod.Channel.EMAIL if method is None else method.channel
    try:
        sender_for(channel).send(_message(member, method, now))
    except SendFailed as failed:
        raise InvalidInput([("", f"The test page could not be sent. {failed.reason}")]) from failed
    return member.user.email if method is None else method.shown


def _method(member: Membership, method_id: UUID) -> ContactMethod:
    found = ContactMethod.objects.for_organization(member.organization_id)
    method: ContactMethod | None = found.filter(membership=member, removed_at__isnull=True, pk=method_id).first()
    if method is None:
        raise NotFound.of("contact method")
    return method


def _message(member: Membership, method: ContactMethod | None, now: datetime) -> Message:
    """Return the page for the account's address, or as the method takes it."""
    page = compose_test_page(member, member.user.email if method is None else method.shown)
    if method is None:
        return page
    return replace(
        page,
        destination=method.address,
        short=f"{page.subject}.",
        event={
            "type": "page.test",
            "timestamp": timestamp(now),
            "data": {"organizationId": method.organization_id, "contactMethodId": str(method.pk)},
        },
        secret=method.secret,
    )
