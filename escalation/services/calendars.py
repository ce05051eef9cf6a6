"""Calendar feeds. Errors name fields as the API does."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Membership
from accounts.services import current_member
from escalation.calendar.tokens import digest, make_token
from escalation.models import CalendarFeed, Schedule
from scaling.api.preconditions import require_match
from scaling.errors import InvalidInput, NotFound


@transaction.atomic
def create_calendar_feed(
    *,
    organization_id: str,
    actor_id: str,
    now: datetime,
    schedule_id: UUID | None = None,
    user_id: str | None = None,
) -> tuple[CalendarFeed, str]:
    """Create a feed of a schedule, of a person's shifts, or of their shifts in a schedule.

    Return it with its token, which is stored nowhere and cannot be had again. The feed comes with its ``membership``.

    Raises:
        InvalidInput: neither a schedule nor a person is named, or the organization does not have one that is.
    """
    if schedule_id is None and user_id is None:
        raise InvalidInput([("scheduleId", "Name a schedule, a user, or both.")])
    token = make_token()
    feed = CalendarFeed.objects.create(
        organization_id=organization_id,
        schedule=None if schedule_id is None else _schedule(organization_id, schedule_id),
        membership=None if user_id is None else _member(organization_id, user_id),
        digest=digest(token),
        created_by=actor_id,
        created_at=now,
    )
    return feed, token


@transaction.atomic
def delete_calendar_feed(*, organization_id: str, feed_id: UUID, if_match: str | None = None) -> None:
    """Revoke a feed: from now on its link leads nowhere.

    Raises:
        NotFound: the organization has no such feed.
        PreconditionFailed: ``if_match`` does not name its one version.
    """
    found: CalendarFeed | None = (
        CalendarFeed.objects.for_organization(organization_id).select_for_update().filter(id=feed_id).first()
    )
    if found is None:
        raise NotFound.of("calendar")
    require_match(if_match, found)
    found.delete()


def _schedule(organization_id: str, schedule_id: UUID) -> Schedule:
    """Return the schedule, which is not deleted before the transaction ends."""
    rows = Schedule.objects.for_organization(organization_id).select_for_update(no_key=True)
    found: Schedule | None = rows.filter(id=schedule_id).first()
    if found is None:
        raise InvalidInput([("scheduleId", "No schedule with that id in this organization.")])
    return found


def _member(organization_id: str, user_id: str) -> Membership:
    found = current_member(organization_id, user_id)
    if found is None:
        raise InvalidInput([("userId", "No user with that id in this organization.")])
    return found
