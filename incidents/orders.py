"""What somebody may tell an incident by a form, on the answer page and in the admin, and how a form says it.

Everything but an acknowledgement carries the number of the firing its page showed, and is refused if the escalation has
fired since: so nobody undoes what they have not seen. An acknowledgement always counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypedDict
from uuid import UUID

from django.http import QueryDict

from incidents.domain.model import CommandKind
from incidents.errors import InvalidTargetUser
from incidents.services import (
    acknowledge_incident,
    apply_plan,
    escalate_incident,
    hand_off_incident,
    resolve_incident,
    snooze_incident,
    unacknowledge_incident,
)
from scaling.api.fields import DESCRIPTION_LENGTH, MAX_INTEGER, parse_instant
from scaling.errors import InvalidInput

SNOOZES: Final = (timedelta(minutes=30), timedelta(hours=1), timedelta(hours=4))
"""For how long an incident can be snoozed, beside until the morning."""

LONGEST_SNOOZE: Final = timedelta(hours=26)
"""No morning that the page offers is further off: it is at least an hour away, and a day may have 25 hours."""

UNKNOWN: Final = "That is nothing this page can do. Please choose again."


class Addressed(TypedDict):
    """About what, by whom and when, as every service takes it."""

    organization_id: str
    incident_id: UUID
    actor_id: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A form about an incident, sent by ``actor_id``; ``holder_id`` is the person who takes it on by acknowledging."""

    organization_id: str
    incident_id: UUID
    actor_id: str
    holder_id: str | None
    form: QueryDict
    now: datetime

    @property
    def addressed(self) -> Addressed:
        """What every service is told."""
        return {
            "organization_id": self.organization_id,
            "incident_id": self.incident_id,
            "actor_id": self.actor_id,
            "now": self.now,
        }

    @property
    def kind(self) -> str:
        """What the form says is to be done; one that says nothing acknowledges."""
        return self.form.get("command", CommandKind.ACKNOWLEDGE)

    @property
    def firing(self) -> int:
        """The number of the firing that the page showed."""
        return shown_firing(self.form)


def carry_out(order: Order) -> None:
    """Do what the form says by calling one service.

    ``command`` names it; beside it stand ``firing`` and what the command needs: ``user``, ``note``, or ``minutes`` or
    ``until``.

    Raises:
        InvalidInput: a value is missing or wrong; the message is for people.
        NotFound: the organization has no such incident.
        InvalidTargetUser: nobody is paged under the id of ``user``.
        EscalationMoved, IncidentResolved, NotAcknowledged: the command does not apply any more.
    """
    if any("\x00" in text for _, texts in order.form.lists() for text in texts):
        raise InvalidInput([("", "The form holds a character that cannot be kept.")])
    command = _COMMANDS.get(order.kind)
    if command is None:
        raise InvalidInput([("command", UNKNOWN)])
    command(order)


def shown_firing(form: QueryDict) -> int:
    """Return the number of the firing that the page showed when its form was sent.

    Raises:
        InvalidInput: the form names none.
    """
    text = form.get("firing", "")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < len(str(MAX_INTEGER)) else None
    if number is None:
        raise InvalidInput([("firing", "The form was not complete. Please choose again.")])
    return number


def _acknowledge(order: Order) -> None:
    """Acknowledge; somebody who is not paged any more takes nothing on."""
    # Somebody who left between the look at their membership and here finds the page closed the next time.
    with suppress(InvalidTargetUser):
        acknowledge_incident(**order.addressed, user_id=order.holder_id)


def _take_back(order: Order) -> None:
    unacknowledge_incident(**order.addressed, firing=order.firing)


def _hand_off(order: Order) -> None:
    target = order.form.get("user", "")
    if not target:
        raise InvalidInput([("user", "Choose whom to hand this to.")])
    hand_off_incident(**order.addressed, firing=order.firing, target_user_id=target)


def _escalate(order: Order) -> None:
    escalate_incident(**order.addressed, firing=order.firing)


def _snooze(order: Order) -> None:
    snooze_incident(**order.addressed, firing=order.firing, until=_until(order))


def _apply_plan(order: Order) -> None:
    apply_plan(**order.addressed, firing=order.firing)


def _resolve(order: Order) -> None:
    note = order.form.get("note", "").strip()
    if len(note) > DESCRIPTION_LENGTH:
        raise InvalidInput([("note", f"The note is longer than {DESCRIPTION_LENGTH:,} characters.")])
    resolve_incident(**order.addressed, firing=order.firing, resolution_note=note or None)


def _until(order: Order) -> datetime:
    minutes = order.form.get("minutes")
    if minutes is not None:
        waits = {str(wait // timedelta(minutes=1)): wait for wait in SNOOZES}
        until = order.now + waits[minutes] if minutes in waits else None
    else:
        until = parse_instant(order.form.get("until", ""))
    if until is None or until > order.now + LONGEST_SNOOZE:
        raise InvalidInput([("until", "Choose how long to snooze from the list.")])
    if until <= order.now:
        raise InvalidInput([("until", "That time has passed. Choose again how long to snooze.")])
    return until


_COMMANDS: Final[Mapping[str, Callable[[Order], None]]] = {
    CommandKind.ACKNOWLEDGE: _acknowledge,
    CommandKind.UNACKNOWLEDGE: _take_back,
    CommandKind.HANDOFF: _hand_off,
    CommandKind.ESCALATE: _escalate,
    CommandKind.SNOOZE: _snooze,
    CommandKind.APPLY_PLAN: _apply_plan,
    CommandKind.RESOLVE: _resolve,
}
