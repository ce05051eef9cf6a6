"""Further ways to reach a person: added, verified by a code that went over them, and removed.

These services keep the state; whoever sends the code does so between them, outside any transaction
(``incidents.verification``).
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from accounts.models import ContactMethod
from accounts.services.finding import find_member
from accounts.services.notification_rules import drop_rules_of_method
from accounts.validation import checked_address, checked_choice
from scaling.api.preconditions import require_match
from scaling.errors import InvalidInput, NotFound
from scaling.outbound import masked_url
from scaling.outbound.signing import new_secret

CODE_LIFETIME: Final = timedelta(minutes=15)
MAX_TRIES: Final = 5
MAX_METHODS: Final = 20
"""How many ways to be reached one person may have, beside their account's address."""

_CODE_DIGITS: Final = 6
_UNIQUE_ADDRESS: Final = "accounts_contactmethod_unique_address"


@transaction.atomic
def add_contact_method(
    *, organization_id: str, membership_id: object, channel: str, address: str, now: datetime
) -> ContactMethod:
    """Add a way to reach a person; it does not page before it is verified. A webhook's ``secret`` is made here.

    ``address`` is an email address, the URL of a webhook, or the Apprise URL of a chat, SMS, voice or push service.
    Only its form is looked at.

    Raises:
        NotFound: no such member.
        InvalidInput: a value is unusable, the person is reached that way already, or in too many ways.
    """
    member = find_member(organization_id, membership_id)
    if member.contact_methods.filter(removed_at__isnull=True).count() >= MAX_METHODS:
        raise InvalidInput([("channel", f"a person has at most {MAX_METHODS} contact methods.")])
    channel = checked_choice("channel", channel, ContactMethod.Channel.values)
    address = checked_address("address", channel, address)
    method = ContactMethod(
        organization_id=organization_id,
        membership=member,
        channel=channel,
        address=address,
        shown=address if channel == ContactMethod.Channel.EMAIL else masked_url(address),
        secret=new_secret() if channel == ContactMethod.Channel.WEBHOOK else "",
        created_at=now,
    )
    _save_new(method)
    return method


@transaction.atomic
def remove_contact_method(
    *, organization_id: str, membership_id: object, method_id: object, now: datetime, if_match: str | None = None
) -> ContactMethod:
    """Stop paging a person that way; address and secret are erased, its rules go along. Removed already: no change.

    History keeps naming the method, and pages on their way over it end.

    Raises:
        NotFound: the person has no such method.
        PreconditionFailed: ``if_match`` does not name its one version.
    """
    method = _locked_method(organization_id, membership_id, method_id)
    require_match(if_match, method)
    if method.removed_at is None:
        drop_rules_of_method(method)
        method.removed_at = now
        method.address = method.secret = ""
        method.verified_at = None
        _forget_code(method)
        method.save()
    return method


@transaction.atomic(durable=True)
def start_verification(
    *, organization_id: str, membership_id: object, method_id: object, now: datetime
) -> tuple[ContactMethod, str]:
    """Draw a code of six digits and return it with the method it is to be sent over; earlier ones end.

    The code is kept as a hash. Refused inside a transaction: what is sent next cannot be taken back.

    Raises:
        NotFound: the person has no such method.
        InvalidInput: it is verified already.
    """
    method = _living_method(organization_id, membership_id, method_id)
    if method.verified_at is not None:
        raise InvalidInput([("", "This contact method is verified already.")])
    code = f"{secrets.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}}"
    method.code_digest = _digest(method, code)
    method.code_expires_at = now + CODE_LIFETIME
    method.code_tries = 0
    method.save(update_fields=["code_digest", "code_expires_at", "code_tries"])
    return method, code


def confirm_contact_method(
    *, organization_id: str, membership_id: object, method_id: object, code: str, now: datetime
) -> ContactMethod:
    """Verify a method by the code that went over it: from now on it pages. Verified already: no change.

    Refused inside a transaction, because a wrong code counts although it is refused.

    Raises:
        NotFound: the person has no such method.
        InvalidInput: the code is wrong, too old, or was tried too often; the message says which.
    """
    method, complaint = _try_code(organization_id, membership_id, method_id, code.strip(), now)
    if complaint:
        raise InvalidInput([("code", complaint)])
    return method


@transaction.atomic(durable=True)
def _try_code(
    organization_id: str, membership_id: object, method_id: object, code: str, now: datetime
) -> tuple[ContactMethod, str]:
    method = _living_method(organization_id, membership_id, method_id)
    if method.verified_at is not None:
        return method, ""
    if method.code_expires_at is None or now >= method.code_expires_at:
        return method, "there is no code that is still valid: ask for a new one."
    if method.code_tries >= MAX_TRIES:
        return method, "was tried too often: ask for a new one."
    method.code_tries += 1
    is_right = hmac.compare_digest(_digest(method, code), method.code_digest)
    if is_right:
        method.verified_at = now
        _forget_code(method)
    method.save(update_fields=["verified_at", "code_digest", "code_expires_at", "code_tries"])
    return method, "" if is_right else "is not the one that was sent."


def _living_method(organization_id: str, membership_id: object, method_id: object) -> ContactMethod:
    find_member(organization_id, membership_id)
    method = _locked_method(organization_id, membership_id, method_id)
    if method.removed_at is not None:
        raise NotFound.of("contact method")
    return method


def _locked_method(organization_id: str, membership_id: object, method_id: object) -> ContactMethod:
    found: ContactMethod | None = (
        ContactMethod.objects.for_organization(organization_id)
        .select_for_update(no_key=True)
        .filter(membership_id=membership_id, id=method_id)
        .first()
    )
    if found is None:
        raise NotFound.of("contact method")
    return found


def _save_new(method: ContactMethod) -> None:
    try:
        with transaction.atomic():
            method.save(force_insert=True)
    except IntegrityError as error:
        if _UNIQUE_ADDRESS not in str(error):
            raise
        raise InvalidInput([("address", "is a contact method of this person already.")]) from error


def _forget_code(method: ContactMethod) -> None:
    method.code_digest = ""
    method.code_expires_at = None
    method.code_tries = 0


def _digest(method: ContactMethod, code: str) -> str:
    """Return the hash of a code, by this installation's key: a million codes are soon tried without one."""
    return salted_hmac(f"accounts.contact_method.{method.pk}", code, algorithm="sha256").hexdigest()
