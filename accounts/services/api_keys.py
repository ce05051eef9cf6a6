"""Keys by which programs act for an organization."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts import keys
from accounts.models import ApiKey
from accounts.services.finding import locked_organization
from accounts.validation import checked_choice, checked_name
from scaling.errors import InvalidInput, NotFound

LAST_USED_RESOLUTION = timedelta(minutes=1)


@transaction.atomic
def create_api_key(
    *,
    organization_id: str,
    name: str,
    scope: str = ApiKey.Scope.WRITE,
    expires_at: datetime | None = None,
    by_user_id: str | None = None,
    now: datetime,
) -> tuple[ApiKey, str]:
    """Create a key and return it with its full text, which is stored nowhere and cannot be had again.

    ``by_user_id`` is whoever makes it, if a person does: the key cannot change that person's role either.

    Raises:
        NotFound: there is no such organization.
        InvalidInput: a value is unusable, or the expiry is not in the future.
    """
    locked_organization(organization_id)
    if expires_at is not None and expires_at <= now:
        raise InvalidInput([("expires_at", "must be in the future.")])
    text = keys.make_key()
    key = ApiKey.objects.create(
        organization_id=organization_id,
        name=checked_name("name", name),
        digest=keys.digest(text),
        prefix=keys.shown_prefix(text),
        scope=checked_choice("scope", scope, ApiKey.Scope.values),
        created_by=by_user_id,
        created_at=now,
        expires_at=expires_at,
    )
    return key, text


@transaction.atomic
def revoke_api_key(*, organization_id: str, key_id: str, now: datetime) -> ApiKey:
    """Make a key fail from the very next request on. Revoked already: no change.

    Raises:
        NotFound: the organization has no such key.
    """
    key = ApiKey.objects.select_for_update(no_key=True).filter(organization_id=organization_id, id=key_id).first()
    if key is None:
        raise NotFound("No API key with that id in this organization.")
    if key.revoked_at is None:
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
    return key


@transaction.atomic
def mark_key_used(*, key_id: str, now: datetime) -> None:
    """Note that a key was used, at most once a minute; whoever finds the row locked leaves it to the holder.

    Best effort, after the answer was made: nothing waits for it and no page depends on it. One statement.
    """
    stale = ApiKey.objects.unused_since(now - LAST_USED_RESOLUTION).filter(id=key_id)
    ApiKey.objects.filter(id__in=stale.select_for_update(skip_locked=True, no_key=True).values("id")).update(
        last_used_at=now
    )
