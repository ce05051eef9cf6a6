"""Mails about shifts: one is offered, one was taken, one begins. What they say is laid down with them.

An offer and its mails are one transaction of whoever calls. That a shift begins is nobody's command: workers look, and
the id of the mail is made of the shift, so whatever looks twice, or at the same time, lays it out once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

import structlog
from django.db.models import Q

from accounts.models import Membership
from escalation.domain.model import Schedule, Shift, UserId
from escalation.domain.schedule import current_shifts
from escalation.loaders import load_wanted_schedules
from escalation.models import Override, RotationParticipant, ShiftOffer
from escalation.models import Schedule as ScheduleRow
from escalation.oncall import People, name_of
from incidents.models import Notice
from incidents.wording import listing, moment_in, time_in
from scaling.rows import insert_rows
from scaling.text import single_line

MOST_TOLD: Final = 100
"""How many people hear of a shift that is offered to everybody: those who joined first."""

LATEST: Final = timedelta(hours=2)
"""How long after it began a shift is still told of."""

_INSTANT: Final = timedelta(microseconds=1)
_BEGINNINGS: Final = UUID("5c6b4a0e-93f1-4d0c-8a55-3a0d6d1f7c21")

_log = structlog.get_logger(__name__)

_Begun = tuple[ScheduleRow, Shift, tuple[Shift, ...]]
_Told = Mapping[tuple[str, str], Membership]


# Offers


def tell_offered(offer: ShiftOffer, now: datetime) -> None:
    """Lay out a mail about ``offer`` for whom it is made to: a person, or everybody reachable but who offers it.

    Two statements. Needs ``schedule`` and ``membership`` with its login.
    """
    colleagues = Membership.objects.reachable().for_organization(offer.organization_id).exclude(pk=offer.membership_id)
    if offer.offered_to_id is not None:
        colleagues = colleagues.filter(pk=offer.offered_to_id)
    who = _name(offer.membership)
    heading = f"{who} offers a shift: {offer.schedule.name}"
    said = (f"{_when(offer)}.", f"It stays with {who} until somebody takes it on their own page.")
    insert_rows(
        [
            _mail(one, Notice.Kind.SHIFT_OFFERED, heading, said, now)
            for one in colleagues.select_related("user")[:MOST_TOLD]
        ]
    )


def tell_taken(offer: ShiftOffer, taker: Membership, now: datetime) -> None:
    """Lay out a mail for who offered the shift that ``taker`` took, unless they are not reachable any more.

    One statement. Needs ``schedule``, and the logins of both.
    """
    if offer.membership.is_reachable:
        heading = f"{_name(taker)} took your shift: {offer.schedule.name}"
        said = (f"{_when(offer)}.", "You are not on call there for that time any more.")
        insert_rows([_mail(offer.membership, Notice.Kind.SHIFT_TAKEN, heading, said, now)])


def _when(offer: ShiftOffer) -> str:
    return time_in(offer.schedule.timezone, offer.starts_at, offer.ends_at)


# Shifts that begin


def tell_begun(now: datetime) -> None:
    """Lay out a mail for everybody who wants to hear of it, and is on call since at most two hours; once for each shift.

    Shifts that began before they asked for it are not told of. One statement if nobody has asked, else at most five,
    whatever the number of organizations, people and schedules.
    """
    wanting = Membership.objects.reachable().filter(shift_notices_since__isnull=False).select_related("user")
    told = {(one.organization_id, one.user_id): one for one in wanting}
    begun = list(_begun(told, now)) if told else []
    people = _load_people(begun)
    mails = [_mail_of_beginning(told[_whose(one)], one, people[one[0].organization_id], now) for one in begun]
    # Whoever laid it out before, or does so at this moment, has used its id.
    Notice.objects.bulk_create(mails, ignore_conflicts=True)


def _begun(told: _Told, now: datetime) -> Iterator[_Begun]:
    rows = _schedules_of([one.pk for one in told.values()], now)
    planned = load_wanted_schedules([(row.organization_id, row.pk) for row in rows], now - LATEST - _INSTANT)
    for row in rows:
        try:
            # A schedule deleted this moment has no plan any more.
            schedule = planned.get(row.organization_id, {}).get(row.pk)
            yield from [] if schedule is None else _begun_in(row, schedule, told, now)
        except Exception:
            # The item boundary: the people of other schedules hear of theirs.
            _log.exception("shift_notices_failed", schedule_id=str(row.pk))


def _schedules_of(member_ids: Sequence[UUID], now: datetime) -> Sequence[ScheduleRow]:
    by_turn = RotationParticipant.objects.filter(membership__in=member_ids).values("rotation__schedule")
    standing_in = Override.objects.filter(membership__in=member_ids, ends_at__gt=now).values("schedule")
    return list(ScheduleRow.objects.filter(Q(pk__in=by_turn) | Q(pk__in=standing_in)))


def _begun_in(row: ScheduleRow, schedule: Schedule, told: _Told, now: datetime) -> list[_Begun]:
    found = []
    for shift in current_shifts(schedule, now):
        member = told.get((row.organization_id, shift.user))
        since = None if member is None else member.shift_notices_since
        if since is not None and shift.starts_at >= max(since, now - LATEST):
            before = current_shifts(schedule, shift.starts_at - _INSTANT)
            found.append((row, shift, tuple(one for one in before if one.rotation == shift.rotation)))
    return found


def _whose(begun: _Begun) -> tuple[str, str]:
    return begun[0].organization_id, begun[1].user


def _load_people(begun: Sequence[_Begun]) -> Mapping[str, People]:
    """Return who served before, by organization. One statement, none if nothing has begun."""
    people: dict[str, dict[UserId, Membership]] = {row.organization_id: {} for row, _, _ in begun}
    users = {one.user for _, _, before in begun for one in before}
    if users:
        found = Membership.objects.filter(organization_id__in=people, user_id__in=users).select_related("user")
        for member in found:
            people[member.organization_id][UserId(member.user_id)] = member
    return people


def _mail_of_beginning(member: Membership, begun: _Begun, people: People, now: datetime) -> Notice:
    row, shift, before = begun
    until = "from now on" if shift.ends_at is None else f"until {moment_in(row.timezone, shift.ends_at)}"
    said = (
        f"You are on call for {row.name} {until} ({row.timezone}).",
        f"Before you: {listing([name_of(one.user, people) for one in before]) or 'nobody'}.",
    )
    mail = _mail(member, Notice.Kind.SHIFT_BEGUN, f"Your shift has begun: {row.name}", said, now)
    mail.id = uuid5(_BEGINNINGS, f"{member.pk} {row.pk} {shift.rotation} {shift.starts_at.timestamp()}")
    return mail


# Both


def _mail(member: Membership, kind: Notice.Kind, heading: str, said: Sequence[str], now: datetime) -> Notice:
    return Notice(
        organization_id=member.organization_id,
        kind=kind,
        membership_id=member.pk,
        channel="email",
        destination=member.user.email,
        lane=f"{member.organization_id}:email",
        heading=single_line(heading),
        body="\n".join(map(single_line, said)),
        created_at=now,
        next_at=now,
    )


def _name(member: Membership) -> str:
    return member.name or member.user.email
