"""What a person may do on their own page, and how a form says it.

A person acts on what is theirs alone: every service takes their own membership, so an id of somebody else's, or of
another organization's, is one that does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import QueryDict

from accounts.models import ContactMethod, Membership
from accounts.services import confirm_contact_method, remove_contact_method, set_shift_notices
from escalation.domain.local_time import instant_of, zone_named
from escalation.domain.model import UserId
from escalation.errors import OverrideConflict
from escalation.models import Schedule
from escalation.services import offer_shift, take_offer, withdraw_offer
from incidents.me.order import Order
from incidents.me.quiet import set_hours, turn_off_hours
from incidents.me.rules import add_rule, move_rule_down, move_rule_up, remove_rule
from incidents.notices.shifts import tell_offered, tell_taken
from incidents.trial import send_trial
from incidents.verification import add_checked_method, send_code
from scaling import ratelimit
from scaling.api.fields import parse_instant
from scaling.api.paths import parse_uuid
from scaling.errors import InvalidInput, NotFound

_OFFERS: Final = 30
_WINDOW: Final = timedelta(hours=1)
_DISPLACED: Final = "Somebody else already stands in during some of that time. Ask whoever keeps the schedule."


def carry_out(member: Membership, form: QueryDict, now: datetime) -> str:
    """Do what ``form`` says for ``member``, and return what was done, as a sentence.

    Needs ``user`` and ``organization`` loaded. Nothing may be open around it: providers may keep us waiting.

    Raises:
        InvalidInput, NotFound, OverrideConflict, RateLimited: it was not done; the message is for people.
    """
    if any("\x00" in text for _, texts in form.lists() for text in texts):
        raise InvalidInput([("", "The form holds a character that cannot be kept.")])
    command = _COMMANDS.get(form.get("command", ""))
    if command is None:
        raise InvalidInput([("command", "That is nothing this page can do. Please choose again.")])
    return command(Order(member=member, form=form, now=now))


# How the person is reached


def _add_method(order: Order) -> str:
    method = add_checked_method(
        organization_id=order.organization_id,
        membership_id=order.member.pk,
        channel=order.text("channel"),
        address=order.text("address"),
        now=order.now,
    )
    return _send_code(order, method.pk)


def _send_code_again(order: Order) -> str:
    return _send_code(order, order.uuid("method", "contact method"))


def _send_code(order: Order, method_id: UUID) -> str:
    method = send_code(
        organization_id=order.organization_id, membership_id=order.member.pk, method_id=method_id, now=order.now
    )
    return f"A code is on its way to {method.shown}. Once you have entered it below, pages go there too."


def _confirm_method(order: Order) -> str:
    method = confirm_contact_method(
        organization_id=order.organization_id,
        membership_id=order.member.pk,
        method_id=order.uuid("method", "contact method"),
        code=order.text("code"),
        now=order.now,
    )
    return f"Pages go to {method.shown} from now on."


def _remove_method(order: Order) -> str:
    method: ContactMethod = remove_contact_method(
        organization_id=order.organization_id,
        membership_id=order.member.pk,
        method_id=order.uuid("method", "contact method"),
        now=order.now,
    )
    return f"Pages do not go to {method.shown} any more."


def _send_test_page(order: Order) -> str:
    return f"A test page is on its way to {send_trial(order.member, None, order.now)}."


# When the person is on call


def _offer(order: Order) -> str:
    schedule_id = order.uuid("schedule", "schedule")
    zone = _zone_of(order.organization_id, schedule_id)
    ratelimit.count(f"offer:{order.member.pk}", limit=_OFFERS, window=_WINDOW, now=order.now)
    with transaction.atomic():
        offer = offer_shift(
            organization_id=order.organization_id,
            schedule_id=schedule_id,
            rotation_id=parse_uuid(order.text("rotation")) if order.text("rotation") else None,
            user_id=order.user_id,
            offered_to=UserId(order.text("to")) if order.text("to") else None,
            starts_at=_instant(order, "from", "starts", zone),
            ends_at=_instant(order, "until", "ends", zone),
            now=order.now,
        )
        tell_offered(offer, order.now)
    to = "everybody" if offer.offered_to is None else str(offer.offered_to)
    return f"The shift is offered to {to}. It stays yours until somebody takes it."


def _take(order: Order) -> str:
    try:
        with transaction.atomic():
            offer = take_offer(
                organization_id=order.organization_id,
                offer_id=order.uuid("offer", "offer"),
                user_id=order.user_id,
                now=order.now,
            )
            tell_taken(offer, order.member, order.now)
    except OverrideConflict as conflict:
        raise InvalidInput([("", _DISPLACED)]) from conflict
    return f"You took the shift of {offer.membership}. You are on call then."


def _withdraw(order: Order) -> str:
    withdraw_offer(
        organization_id=order.organization_id,
        offer_id=order.uuid("offer", "offer"),
        user_id=order.user_id,
        now=order.now,
    )
    return "The shift is not offered any more. It stays yours."


def _set_shift_notice(order: Order) -> str:
    is_wanted = bool(order.text("wanted"))
    set_shift_notices(
        organization_id=order.organization_id, membership_id=order.member.pk, is_wanted=is_wanted, now=order.now
    )
    return f"You get {'a' if is_wanted else 'no'} mail when a shift of yours begins."


def _zone_of(organization_id: str, schedule_id: UUID) -> ZoneInfo:
    names = Schedule.objects.for_organization(organization_id).filter(id=schedule_id).values_list("timezone", flat=True)
    name = names.first()
    if name is None:
        raise NotFound.of("schedule")
    return zone_named(name) or ZoneInfo("UTC")


def _instant(order: Order, chosen: str, whole: str, zone: ZoneInfo) -> datetime:
    """Return the local time that was chosen in the schedule's zone, else the bound of the whole shift."""
    text = order.text(chosen)
    if not text:
        bound = parse_instant(order.text(whole))
        if bound is None:
            raise InvalidInput([(chosen, "Choose a date and a time.")])
        return bound
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        wall = None
    # Near the ends of the calendar arithmetic fails.
    if wall is None or wall.tzinfo is not None or not 1970 < wall.year < 2200:
        raise InvalidInput([(chosen, "Choose a date and a time, such as 2026-05-04 09:00.")])
    return instant_of(wall.replace(tzinfo=zone))


_COMMANDS: Final[Mapping[str, Callable[[Order], str]]] = {
    "add_method": _add_method,
    "send_code": _send_code_again,
    "confirm_method": _confirm_method,
    "remove_method": _remove_method,
    "send_test_page": _send_test_page,
    "offer_shift": _offer,
    "take_shift": _take,
    "withdraw_shift": _withdraw,
    "add_rule": add_rule,
    "remove_rule": remove_rule,
    "move_rule_up": move_rule_up,
    "move_rule_down": move_rule_down,
    "set_quiet_hours": set_hours,
    "turn_off_quiet_hours": turn_off_hours,
    "set_shift_notice": _set_shift_notice,
}
