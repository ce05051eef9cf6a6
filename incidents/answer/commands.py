"""What somebody may tell an incident from the answer page, and how a form says it.

Everything but an acknowledgement carries the number of the firing its page showed, and is refused if the escalation has
fired since: so nobody undoes what they have not seen. An acknowledgement always counts.

A mailbox has no name, and nobody knows who reads it. It may take an incident, give it back, page more people and
resolve. It may not snooze, which silences an incident that nobody has, nor hand off, which would show it who everybody is.
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
from incidents.models import Page
from incidents.names import actor_of
from incidents.services import (
    acknowledge_incident,
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

_OF_MAILBOXES: Final = frozenset(
    {CommandKind.ACKNOWLEDGE, CommandKind.UNACKNOWLEDGE, CommandKind.ESCALATE, CommandKind.RESOLVE}
)
_OF_PEOPLE: Final = _OF_MAILBOXES | {CommandKind.HANDOFF, CommandKind.SNOOZE}


def allowed_to(page: Page) -> frozenset[CommandKind]:
    """Return what the recipient of ``page`` may do at all."""
    return _OF_MAILBOXES if page.membership is None else _OF_PEOPLE


def carry_out(page: Page, form: QueryDict, now: datetime) -> None:
    """Do what ``form`` says in the name of the recipient of ``page``; a form that says nothing acknowledges.

    ``command`` names it; beside it stand ``firing`` and what the command needs: ``user``, ``note``, or ``minutes`` or
    ``until``.

    Raises:
        InvalidInput: a value is missing or wrong, or the recipient may not do this; the message is for people.
        InvalidTargetUser: nobody is paged under the id of ``user``.
        EscalationMoved, IncidentResolved, NotAcknowledged: the command does not apply any more.
    """
    if any("\x00" in text for _, texts in form.lists() for text in texts):
        raise InvalidInput([("", "The form holds a character that cannot be kept.")])
    kind = form.get("command", CommandKind.ACKNOWLEDGE)
    if kind not in allowed_to(page):
        raise InvalidInput([("command", _refused(kind))])
    _COMMANDS[CommandKind(kind)](_Order(page=page, form=form, now=now))


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


class _Addressed(TypedDict):
    organization_id: str
    incident_id: UUID
    actor_id: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """A form sent from the answer page of ``page``."""

    page: Page
    form: QueryDict
    now: datetime

    @property
    def addressed(self) -> _Addressed:
        """About what, and by whom, as every service takes it."""
        return {
            "organization_id": self.page.organization_id,
            "incident_id": self.page.escalation_id,
            "actor_id": actor_of(self.page),
            "now": self.now,
        }

    @property
    def firing(self) -> int:
        return shown_firing(self.form)


def _acknowledge(order: _Order) -> None:
    """Acknowledge in the name of the page's recipient; somebody who is not paged any more takes nothing on."""
    person = order.page.membership
    holder = person.user_id if person is not None and person.is_active else None
    # Somebody who left between the look at their membership and here finds the link closed on the next page.
    with suppress(InvalidTargetUser):
        acknowledge_incident(**order.addressed, user_id=holder)


def _take_back(order: _Order) -> None:
    unacknowledge_incident(**order.addressed, firing=order.firing)


def _hand_off(order: _Order) -> None:
    target = order.form.get("user", "")
    if not target:
        raise InvalidInput([("user", "Choose whom to hand this to.")])
    hand_off_incident(**order.addressed, firing=order.firing, target_user_id=target)


def _escalate(order: _Order) -> None:
    escalate_incident(**order.addressed, firing=order.firing)


def _snooze(order: _Order) -> None:
    snooze_incident(**order.addressed, firing=order.firing, until=_until(order))


def _resolve(order: _Order) -> None:
    note = order.form.get("note", "").strip()
    if len(note) > DESCRIPTION_LENGTH:
        raise InvalidInput([("note", f"The note is longer than {DESCRIPTION_LENGTH:,} characters.")])
    resolve_incident(**order.addressed, firing=order.firing, resolution_note=note or None)


def _until(order: _Order) -> datetime:
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


def _refused(kind: str) -> str:
    if kind in _OF_PEOPLE:
        return "A mailbox can neither snooze an incident nor hand it off. Somebody who was paged by name can."
    return "That is nothing this page can do. Please choose again."


_COMMANDS: Final[Mapping[CommandKind, Callable[[_Order], None]]] = {
    CommandKind.ACKNOWLEDGE: _acknowledge,
    CommandKind.UNACKNOWLEDGE: _take_back,
    CommandKind.HANDOFF: _hand_off,
    CommandKind.ESCALATE: _escalate,
    CommandKind.SNOOZE: _snooze,
    CommandKind.RESOLVE: _resolve,
}
