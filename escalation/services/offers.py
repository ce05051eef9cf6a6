"""Shifts change hands: somebody offers time on call, and whoever takes it serves by an override.

All of it happens under the schedule's lock, so an offer is taken once, and only while the time is still the offerer's.
Errors name fields as forms do.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Membership
from accounts.services import current_member
from escalation.domain.model import Shift, UserId
from escalation.domain.schedule import shifts
from escalation.loaders import load_schedules
from escalation.models import Override, Schedule, ShiftOffer
from escalation.services.locking import lock_to_change
from escalation.services.overrides import add_override, delete_override
from escalation.services.people import reachable_people
from scaling.errors import InvalidInput, NotFound


@transaction.atomic
def offer_shift(
    *,
    organization_id: str,
    schedule_id: UUID,
    rotation_id: UUID | None,
    user_id: UserId,
    offered_to: UserId | None,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> ShiftOffer:
    """Offer a time in which ``user_id`` serves, all or part of one shift, to somebody or (None) to everybody.

    Raises:
        NotFound: the organization has no such schedule.
        InvalidInput: the time has begun, is not within one shift of the person, or is offered already; or there is
            nobody reachable to offer it to.
    """
    schedule = lock_to_change(Schedule, organization_id=organization_id, row_id=schedule_id, if_match=None)
    if not now < starts_at < ends_at:
        raise InvalidInput([("from", "Choose a time that is still to come, and an end after its start.")])
    if offered_to == user_id:
        raise InvalidInput([("to", "Offer it to somebody else.")])
    (person,) = reachable_people(organization_id, [("", user_id)])
    other = None if offered_to is None else reachable_people(organization_id, [("to", offered_to)])[0]
    if _shift_over(schedule, user_id, rotation_id, starts_at, ends_at) is None:
        raise InvalidInput([("from", "You are not on call there for all of that time.")])
    _refuse_offered_already(schedule, person, rotation_id, starts_at, ends_at)
    return ShiftOffer.objects.create(
        organization_id=organization_id,
        schedule=schedule,
        rotation_id=rotation_id,
        membership=person,
        offered_to=other,
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=now,
    )


@transaction.atomic
def withdraw_offer(*, organization_id: str, offer_id: UUID, user_id: UserId, now: datetime) -> ShiftOffer:
    """Take an offer of one's own back. Withdrawn already: no change.

    Raises:
        NotFound: the person has made no such offer.
        InvalidInput: somebody has taken it.
    """
    offer = _locked_offer(organization_id, offer_id)
    if offer.membership.user_id != user_id:
        raise NotFound.of("offer")
    if offer.state == ShiftOffer.State.TAKEN:
        raise InvalidInput([("", "Somebody has taken this shift already.")])
    if offer.state == ShiftOffer.State.OPEN:
        _settle(offer, ShiftOffer.State.WITHDRAWN, now)
    return offer


@transaction.atomic
def take_offer(*, organization_id: str, offer_id: UUID, user_id: UserId, now: datetime) -> ShiftOffer:
    """Serve in the time that somebody else has offered: an override from now on names ``user_id``.

    Raises:
        NotFound: nothing of the kind is offered to the person.
        InvalidInput: it is taken, withdrawn, begun, or not the offerer's time any more; or the person cannot be paged.
        OverrideConflict: another override lies in that time.
    """
    offer = _locked_offer(organization_id, offer_id)
    if user_id == offer.membership.user_id or offer.offered_to not in {None, current_member(organization_id, user_id)}:
        raise NotFound.of("offer")
    if offer.state != ShiftOffer.State.OPEN or offer.starts_at <= now:
        raise InvalidInput([("", "This shift is not offered any more.")])
    owner = UserId(offer.membership.user_id)
    shift = _shift_over(offer.schedule, owner, offer.rotation_id, offer.starts_at, offer.ends_at)
    if shift is None:
        raise InvalidInput(
            [("", "The schedule has changed since: this is not the shift of whoever offered it any more.")]
        )
    _replace(offer, shift, user_id, now)
    _settle(offer, ShiftOffer.State.TAKEN, now, taken_by=user_id)
    return offer


def _replace(offer: ShiftOffer, shift: Shift, user_id: UserId, now: datetime) -> None:
    """Have ``user_id`` serve in the time of the offer; who stood in by an override does so no longer than around it."""
    schedule = offer.schedule
    rotation_id, pieces = offer.rotation_id, [(user_id, offer.starts_at, offer.ends_at)]
    if shift.override is not None:
        there = Override.objects.for_organization(offer.organization_id).get(id=shift.override)
        rotation_id, owner = there.rotation_id, UserId(offer.membership.user_id)
        pieces += [(owner, there.starts_at, offer.starts_at), (owner, offer.ends_at, there.ends_at)]
        delete_override(
            organization_id=offer.organization_id, schedule_id=schedule.pk, override_id=shift.override, now=now
        )
    for person, starts_at, ends_at in pieces:
        if starts_at < ends_at:
            add_override(
                organization_id=offer.organization_id,
                schedule_id=schedule.pk,
                actor_id=user_id,
                user_id=person,
                rotation_id=rotation_id,
                starts_at=starts_at,
                ends_at=ends_at,
                now=now,
            )


def _locked_offer(organization_id: str, offer_id: UUID) -> ShiftOffer:
    """Return the offer, under the lock of its schedule, which every change of one takes first."""
    offers = ShiftOffer.objects.for_organization(organization_id).filter(id=offer_id)
    schedule_id = offers.values_list("schedule_id", flat=True).first()
    if schedule_id is None:
        raise NotFound.of("offer")
    schedule = lock_to_change(Schedule, organization_id=organization_id, row_id=schedule_id, if_match=None)
    offer: ShiftOffer = offers.select_related("membership__user", "offered_to").get()
    offer.schedule = schedule
    return offer


def _shift_over(
    schedule: Schedule, user_id: UserId, rotation_id: UUID | None, starts_at: datetime, ends_at: datetime
) -> Shift | None:
    """Return the shift in which ``user_id`` serves for the rotation all the time from ``starts_at`` to ``ends_at``."""
    planned = load_schedules(schedule.organization_id, [schedule.pk])[schedule.pk]
    for shift in shifts(planned, starts_at, ends_at):
        is_theirs = (shift.user, shift.rotation) == (user_id, rotation_id)
        if is_theirs and shift.starts_at <= starts_at and (shift.ends_at is None or ends_at <= shift.ends_at):
            return shift
    return None


def _refuse_offered_already(
    schedule: Schedule, person: Membership, rotation_id: UUID | None, starts_at: datetime, ends_at: datetime
) -> None:
    offers = ShiftOffer.objects.filter(schedule=schedule, membership=person, state=ShiftOffer.State.OPEN)
    offers = offers.filter(rotation=None) if rotation_id is None else offers.filter(rotation=rotation_id)
    if offers.filter(starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
        raise InvalidInput([("from", "You have offered some of that time already.")])


def _settle(offer: ShiftOffer, state: str, now: datetime, *, taken_by: UserId | None = None) -> None:
    offer.state = state
    offer.settled_at = now
    offer.taken_by = taken_by
    offer.save(update_fields=["state", "settled_at", "taken_by"])
