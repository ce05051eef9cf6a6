"""What a person's own page shows: their shifts, who is on call, how they are reached, what waits for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from accounts.models import ContactMethod, Membership
from escalation.domain.model import Schedule, Shift, UserId
from escalation.domain.schedule import current_shifts
from escalation.loaders import load_schedules
from escalation.models import Schedule as ScheduleRow
from escalation.models import ShiftOffer
from escalation.oncall import OnCall, People, first_shifts, is_reachable, load_people, name_of, on_call_in
from incidents.me.mine import Mine, load_mine
from incidents.me.quiet import Quiet, show_quiet
from incidents.me.rules import Rules, show_rules
from incidents.wording import listing, moment_in, time_in

AHEAD: Final = timedelta(days=30)
_MOST_SHIFTS: Final = 50
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnShift:
    """A shift of the person, in the schedule's time, and who serves before and after; empty for nobody."""

    shift: Shift
    schedule: str
    schedule_id: UUID
    timezone: str
    when: str
    before: str
    after: str
    is_now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Who is on call in a schedule now; empty for nobody."""

    schedule: str
    people: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A shift that is offered, and by or to whom."""

    id: UUID
    schedule: str
    when: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The page's content, for one member of one organization."""

    member: Membership
    shifts: tuple[OwnShift, ...]
    on_call: tuple[Post, ...]
    made: tuple[Offered, ...]
    for_me: tuple[Offered, ...]
    colleagues: tuple[tuple[str, str], ...]
    methods: tuple[ContactMethod, ...]
    channels: Sequence[tuple[str, str]]
    rules: Rules
    quiet: Quiet
    incidents: tuple[Mine, ...]


def load_board(member: Membership, now: datetime) -> Board:
    """Return what ``member`` is to see. Needs ``user`` and ``organization`` loaded.

    At most twelve statements, whatever the number of schedules, people and incidents.
    """
    organization_id, user = member.organization_id, UserId(member.user_id)
    planned = load_schedules(organization_id)
    rows: Mapping[UUID, ScheduleRow] = ScheduleRow.objects.for_organization(organization_id).in_bulk(list(planned))
    # A schedule deleted this moment has no name any more.
    schedules = {schedule.id: schedule for schedule in planned.values() if schedule.id in rows}
    own = [schedule for schedule in schedules.values() if _may_serve(schedule, user)]
    mine = first_shifts(own, now, now + AHEAD, most=_MOST_SHIFTS, user=user)
    around = {shift: _neighbours(schedule, shift) for schedule, shift in mine}
    here = {schedule_id: on_call_in(schedule, now) for schedule_id, schedule in schedules.items()}
    shown = [shift for one in here.values() for shift in one.shifts]
    people = load_people(organization_id, [*shown, *(one for pair in around.values() for side in pair for one in side)])
    colleagues = [*Membership.objects.reachable().for_organization(organization_id).select_related("user")]
    made, for_me = _offers(member, rows, now)
    methods = tuple(member.contact_methods.filter(removed_at__isnull=True))
    return Board(
        member=member,
        shifts=tuple(_own_shift(rows[there.id], shift, around[shift], people, now) for there, shift in mine),
        on_call=tuple(_post(rows[schedule_id], one, people, now) for schedule_id, one in here.items()),
        made=made,
        for_me=for_me,
        colleagues=_named([one for one in colleagues if one.pk != member.pk]),
        methods=methods,
        channels=ContactMethod.Channel.choices,
        rules=show_rules(member, methods),
        quiet=show_quiet(member),
        incidents=load_mine(member, now),
    )


_Sides = tuple[tuple[Shift, ...], tuple[Shift, ...]]


def _may_serve(schedule: Schedule, user: UserId) -> bool:
    by_turn = any(user in rotation.participants for rotation in schedule.rotations)
    return by_turn or any(override.user == user for override in schedule.overrides)


def _neighbours(schedule: Schedule, shift: Shift) -> _Sides:
    """Return who serves for the same rotation just before ``shift`` and just after it."""
    before = current_shifts(schedule, shift.starts_at - _INSTANT)
    after = () if shift.ends_at is None else current_shifts(schedule, shift.ends_at)
    return _beside(before, shift), _beside(after, shift)


def _beside(there: Sequence[Shift], shift: Shift) -> tuple[Shift, ...]:
    return tuple(one for one in there if one.rotation == shift.rotation)


def _own_shift(row: ScheduleRow, shift: Shift, around: _Sides, people: People, now: datetime) -> OwnShift:
    before, after = (listing([name_of(one.user, people) for one in side]) for side in around)
    return OwnShift(
        shift=shift,
        schedule=row.name,
        schedule_id=row.pk,
        timezone=row.timezone,
        when=time_in(row.timezone, shift.starts_at, shift.ends_at),
        before=before,
        after=after,
        is_now=shift.starts_at <= now,
    )


def _post(row: ScheduleRow, there: OnCall, people: People, now: datetime) -> Post:
    names = [
        name_of(one.user, people) + ("" if is_reachable(one.user, people) else " (cannot be paged)")
        for one in there.shifts
    ]
    until = "" if there.until is None else moment_in(row.timezone, there.until)
    return Post(schedule=row.name, people=listing(names), until=until)


def _offers(
    member: Membership, rows: Mapping[UUID, ScheduleRow], now: datetime
) -> tuple[tuple[Offered, ...], tuple[Offered, ...]]:
    """Return the open offers the person made, and those they may take. One statement."""
    theirs = Q(membership=member) | Q(offered_to=member) | Q(offered_to=None)
    offers = ShiftOffer.objects.for_organization(member.organization_id).open_at(now).filter(theirs)
    found = [*offers.select_related("membership__user", "offered_to__user")]
    made = [_offered(one, rows, one.offered_to) for one in found if one.membership_id == member.pk]
    for_me = [_offered(one, rows, one.membership) for one in found if one.membership_id != member.pk]
    return tuple(filter(None, made)), tuple(filter(None, for_me))


def _offered(offer: ShiftOffer, rows: Mapping[UUID, ScheduleRow], who: Membership | None) -> Offered | None:
    row = rows.get(offer.schedule_id)
    if row is None:
        return None
    name = "everybody" if who is None else who.name or who.user.email
    return Offered(id=offer.pk, schedule=row.name, when=time_in(row.timezone, offer.starts_at, offer.ends_at), who=name)


def _named(people: Sequence[Membership]) -> tuple[tuple[str, str], ...]:
    named = [(person.user_id, person.name or person.user.email) for person in people]
    return tuple(sorted(named, key=lambda one: (one[1].casefold(), one[0])))
