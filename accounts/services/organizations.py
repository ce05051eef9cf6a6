"""Organizations and their settings."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import Organization
from accounts.models.organization import MAX_ACK_TIMEOUT_MINUTES
from accounts.services.finding import locked_organization
from accounts.validation import checked_minutes, checked_name, checked_optional_email
from scaling.errors import NameConflict

_ORGANIZATION_NAME = "accounts_organization_name"


@transaction.atomic
def create_organization(*, name: str, fallback_email: str = "", now: datetime) -> Organization:
    """Create a tenant without members or keys. Without ``fallback_email`` its admins are the fallback.

    Raises:
        InvalidInput: the name or the address is unusable.
        NameConflict: another organization of the installation bears the name.
    """
    organization = Organization(
        name=checked_name("name", name),
        fallback_email=checked_optional_email("fallback_email", fallback_email),
        created_at=now,
    )
    _save_organization(organization)
    return organization


@transaction.atomic
def update_organization(
    *, organization_id: str, name: str, fallback_email: str, default_ack_timeout_minutes: int, is_active: bool
) -> Organization:
    """Change an organization's settings. The keys of an inactive one are refused from the next request on.

    Raises:
        NotFound: there is no such organization.
        InvalidInput: a value is unusable.
        NameConflict: another organization of the installation bears the name.
    """
    organization = locked_organization(organization_id)
    organization.name = checked_name("name", name)
    organization.fallback_email = checked_optional_email("fallback_email", fallback_email)
    organization.default_ack_timeout_minutes = checked_minutes(
        "default_ack_timeout_minutes", default_ack_timeout_minutes, most=MAX_ACK_TIMEOUT_MINUTES
    )
    organization.is_active = is_active
    _save_organization(organization)
    return organization


def _save_organization(organization: Organization) -> None:
    try:
        with transaction.atomic():
            organization.save()
    except IntegrityError as error:
        if _ORGANIZATION_NAME not in str(error):
            raise
        raise NameConflict(f"An organization named {organization.name} exists already.") from error
