"""What the recipient of a page may tell the incident from the answer page.

A mailbox has no name, and nobody knows who reads it. It may take an incident, give it back, page more people and
resolve. It may not snooze, which silences an incident that nobody has, nor hand off, which would show it who everybody is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.http import QueryDict

from incidents import orders
from incidents.domain.model import CommandKind
from incidents.models import Page
from incidents.names import actor_of
from scaling.errors import InvalidInput

_OF_MAILBOXES: Final = frozenset(
    {CommandKind.ACKNOWLEDGE, CommandKind.UNACKNOWLEDGE, CommandKind.ESCALATE, CommandKind.RESOLVE}
)
_OF_PEOPLE: Final = _OF_MAILBOXES | {CommandKind.HANDOFF, CommandKind.SNOOZE}


def allowed_to(page: Page) -> frozenset[CommandKind]:
    """Return what the recipient of ``page`` may do at all."""
    return _OF_MAILBOXES if page.membership is None else _OF_PEOPLE


def carry_out(page: Page, form: QueryDict, now: datetime) -> None:
    """Do what ``form`` says in the name of the recipient of ``page``; a form that says nothing acknowledges.

    Raises:
        InvalidInput: the recipient may not do this.
        DomainError: as ``incidents.orders.carry_out``.
    """
    person = page.membership
    order = orders.Order(
        organization_id=page.organization_id,
        incident_id=page.escalation_id,
        actor_id=actor_of(page),
        holder_id=person.user_id if person is not None and person.is_active else None,
        form=form,
        now=now,
    )
    if order.kind not in allowed_to(page):
        raise InvalidInput([("command", _refused(order.kind))])
    orders.carry_out(order)


def _refused(kind: str) -> str:
    if kind in _OF_PEOPLE:
        return "A mailbox can neither snooze an incident nor hand it off. Somebody who was paged by name can."
    return orders.UNKNOWN
