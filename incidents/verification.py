"""A person shows that a contact method reaches them: a code goes out over it, and comes back.

``accounts.services`` keeps the state; the code travels by the same channels as pages, so a method that is verified is
one that pages can take. Nothing here may be called inside a transaction.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from accounts.models import ContactMethod
from accounts.services import CODE_LIFETIME, add_contact_method, start_verification
from incidents.channels import sender_for
from incidents.channels.base import Message, SendFailed
from incidents.letters import Letter, headers_for, write_letter
from scaling import ratelimit
from scaling.api.timestamps import timestamp
from scaling.errors import InvalidInput
from scaling.ids import new_uuid
from scaling.messengers import server_url
from scaling.outbound import Refused, check_url

_WINDOW: Final = timedelta(hours=1)
_CODES_TO_A_PERSON: Final = 10
_CODES_OF_AN_ORGANIZATION: Final = 100


def add_checked_method(
    *, organization_id: str, membership_id: object, channel: str, address: str, now: datetime
) -> ContactMethod:
    """Add a contact method as ``add_contact_method`` does, once its server has been looked up and may be called.

    Raises:
        NotFound: no such member.
        InvalidInput: a value is unusable, or the server of the URL cannot be called.
    """
    _refuse_transaction()
    server = _server(channel, address.strip())
    if server is not None:
        try:
            check_url(server)
        except Refused as error:
            raise InvalidInput([("address", error.reason)]) from error
    return add_contact_method(
        organization_id=organization_id, membership_id=membership_id, channel=channel, address=address, now=now
    )


def send_code(*, organization_id: str, membership_id: object, method_id: object, now: datetime) -> ContactMethod:
    """Send a fresh code over a method; ``accounts.services.confirm_contact_method`` takes it back.

    Raises:
        NotFound: the person has no such method.
        InvalidInput: it is verified already, or its provider did not take the code; the message says why.
        RateLimited: a person gets ten codes an hour, the people of an organization a hundred.
    """
    _refuse_transaction()
    ratelimit.count(f"code:{organization_id}", limit=_CODES_OF_AN_ORGANIZATION, window=_WINDOW, now=now)
    ratelimit.count(f"code:{membership_id}", limit=_CODES_TO_A_PERSON, window=_WINDOW, now=now)
    method, code = start_verification(
        organization_id=organization_id, membership_id=membership_id, method_id=method_id, now=now
    )
    try:
        sender_for(method.channel).send(_code_message(method, code, now))
    except SendFailed as failed:
        raise InvalidInput([("", f"The code could not be sent. {failed.reason}")]) from failed
    return method


def _server(channel: str, address: str) -> str | None:
    """Return the URL whose server is the user's own choice; None for mail and for services everybody knows."""
    if channel == ContactMethod.Channel.WEBHOOK:
        return address
    return None if channel == ContactMethod.Channel.EMAIL else server_url(address)


def _code_message(method: ContactMethod, code: str, now: datetime) -> Message:
    minutes = int(CODE_LIFETIME.total_seconds() // 60)
    subject, key = f"Your code for Scaling is {code}", new_uuid()
    letter = Letter(
        heading=subject,
        paragraphs=(
            f"It proves that pages of {method.organization.name} reach you here, and ends in {minutes} minutes.",
            "You did not ask for it? Then you need do nothing.",
        ),
        footer=method.organization.name,
    )
    headers = headers_for(method.organization, key)
    return replace(
        write_letter(letter, key=key, destination=method.address, subject=subject, headers=headers),
        short=f"{subject}. It ends in {minutes} minutes.",
        event={
            "type": "contact_method.verification",
            "timestamp": timestamp(now),
            "data": {"organizationId": method.organization_id, "contactMethodId": str(method.pk), "code": code},
        },
        secret=method.secret,
    )


def _refuse_transaction() -> None:
    try:
        with transaction.atomic(durable=True):
            pass
    except RuntimeError as nested:
        message = "a name server or a provider may keep us waiting: call this outside any transaction"
        raise RuntimeError(message) from nested
