"""Further ways to reach a person."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import ContactMethod
from accounts.services.finding import find_member
from accounts.validation import checked_email


@transaction.atomic
def set_contact_method(
    *, organization_id: str, membership_id: object, address: str, in_use: bool, now: datetime
) -> ContactMethod:
    """Page a person at one more email address, or no longer at it. The account's address always pages.

    An address set by an admin needs no other proof, so it counts as verified. History keeps naming a method that
    has been used, so none is ever deleted.

    Raises:
        NotFound: no such member.
        InvalidInput: the address is unusable.
    """
    membership = find_member(organization_id, membership_id)
    method, _ = ContactMethod.objects.get_or_create(
        organization_id=organization_id,
        membership=membership,
        channel=ContactMethod.Channel.EMAIL,
        address=checked_email("address", address),
        defaults={"created_at": now},
    )
    if in_use != (method.verified_at is not None):
        method.verified_at = now if in_use else None
        method.save(update_fields=["verified_at"])
    return method
