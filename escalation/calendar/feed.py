"""What a feed shows: the shifts of the last 30 days and the next 180, with the names of all in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from escalation.calendar.tokens import digest, is_well_formed
from escalation.domain.model import Shift, UserId
from escalation.loaders import load_schedules
from escalation.models import CalendarFeed, Override, RotationParticipant, Schedule
from escalation.oncall import People, first_shifts, is_reachable, load_people, name_of

PAST: Final = timedelta(days=30)
AHEAD: Final = timedelta(days=180)
MOST_SHIFTS: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A shift, and what it and its surroundings are called.

    ``rotation`` is the name of the rotation, empty in a schedule without any; ``changed_at`` is when the schedule was
    last changed, its rotations and overrides included.
    """

    shift: Shift
    schedule_id: UUID
    schedule: str
    timezone: str
    rotation: str
    person: str
    reachable: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A feed's content. Where there is too much to show, ``ends_at`` is from when on nothing is; else None."""

    title: str
    is_personal: bool
    entries: tuple[Entry, ...]
    ends_at: datetime | None


def find_feed(token: str) -> CalendarFeed | None:
    """Return the feed a token opens, with all it names; None for a token that opens none, whatever the reason.

    A feed is closed while its organization is inactive, and once its person has left or lost the login. One
    statement, none for what cannot be a token.
    """
    if not is_well_formed(token):
        return None
    there = Q(membership=None) | Q(membership__ended_at=None, membership__user__is_active=True)
    open_feeds = CalendarFeed.objects.filter(there, organization__is_active=True)
    found: CalendarFeed | None = (
        open_feeds.select_related("organization", "schedule", "membership__user").filter(digest=digest(token)).first()
    )
    return found


def load_shown(feed: CalendarFeed, now: datetime) -> Shown:
    """Return what ``feed`` shows at ``now``. At most five statements, whatever the number of schedules and shifts."""
    member = feed.membership
    schedules = load_schedules(feed.organization_id, _schedule_ids(feed))
    user = None if member is None else UserId(member.user_id)
    found = first_shifts(schedules.values(), now - PAST, now + AHEAD, most=MOST_SHIFTS + 1, user=user)
    shown = found[:MOST_SHIFTS]
    people = load_people(feed.organization_id, (shift for _, shift in shown))
    rows = _load_names(feed.organization_id, schedules)
    return Shown(
        title=_title(feed),
        is_personal=member is not None,
        # A schedule deleted this moment has no name any more.
        entries=tuple(_entry(rows[there.id], shift, people) for there, shift in shown if there.id in rows),
        ends_at=found[MOST_SHIFTS][1].starts_at if len(found) > MOST_SHIFTS else None,
    )


def _schedule_ids(feed: CalendarFeed) -> Collection[UUID]:
    if feed.schedule_id is not None:
        return [feed.schedule_id]
    theirs = {"organization_id": feed.organization_id, "membership_id": feed.membership_id}
    by_turn = RotationParticipant.objects.filter(**theirs).values_list("rotation__schedule_id", flat=True)
    by_override = Override.objects.filter(**theirs).values_list("schedule_id", flat=True)
    return set(by_turn.order_by().union(by_override.order_by()))


def _load_names(organization_id: str, schedule_ids: Iterable[UUID]) -> Mapping[UUID, Schedule]:
    rows = Schedule.objects.for_organization(organization_id).prefetch_related("rotations")
    found: Mapping[UUID, Schedule] = rows.in_bulk(list(schedule_ids))
    return found


def _title(feed: CalendarFeed) -> str:
    names = [named.name for named in (feed.membership, feed.schedule) if named is not None]
    return f"On call: {', '.join(name for name in names if name) or feed.organization.name}"


def _entry(row: Schedule, shift: Shift, people: People) -> Entry:
    rotations = {rotation.id: rotation.name for rotation in row.rotations.all()}
    return Entry(
        shift=shift,
        schedule_id=row.id,
        schedule=row.name,
        timezone=row.timezone,
        rotation="" if shift.rotation is None else rotations.get(shift.rotation, ""),
        person=name_of(shift.user, people),
        reachable=is_reachable(shift.user, people),
        changed_at=row.updated_at,
    )
