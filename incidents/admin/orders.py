"""The buttons of the admin's incidents: each is one order, given to one service by whoever is signed in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.contrib import messages
from django.http import HttpRequest

from accounts.acting import acting
from accounts.models import Membership
from incidents.answer.happened import load_since
from incidents.domain.model import CommandKind
from incidents.errors import EscalationMoved, InvalidTargetUser
from incidents.models import Escalation, Incident, IncidentUpdate
from incidents.names import load_names, named
from incidents.orders import Order, carry_out, shown_firing
from incidents.services import post_update
from scaling.api.fields import DESCRIPTION_LENGTH
from scaling.errors import DomainError, InvalidInput
from scaling.text import is_invisible

UPDATE: Final = "update"
"""What a form says that is to post an update, beside the commands of ``incidents.orders``."""

_DONE: Final[Mapping[str, str]] = {
    CommandKind.UNACKNOWLEDGE: "The acknowledgement is taken back: the current layer is paged again.",
    CommandKind.HANDOFF: "It is handed off, and who is to have it is paged now.",
    CommandKind.ESCALATE: "It is escalated: whoever comes next is paged now.",
    CommandKind.SNOOZE: "It is snoozed: nobody is paged until then.",
    CommandKind.APPLY_PLAN: "It runs by the policy as it is now.",
    CommandKind.RESOLVE: "It is resolved.",
    UPDATE: "The update is posted.",
}

_TOO_LATE: Final = (
    messages.WARNING,
    "It has gone on meanwhile, so there is nothing to acknowledge. See where it stands.",
)


def give_order(request: HttpRequest, incident: Incident, now: datetime) -> None:
    """Do what the form of ``request`` says about ``incident``, and leave a message about what came of it.

    What is refused changes nothing. Three statements around the service, six more where it has moved on meanwhile.
    """
    here = acting(request)
    member = Membership.objects.reachable().for_organization(incident.organization_id).filter(user_id=here.user_id)
    order = Order(
        organization_id=incident.organization_id,
        incident_id=incident.pk,
        actor_id=here.user_id,
        holder_id=here.user_id if member.exists() else None,
        form=request.POST,
        now=now,
    )
    try:
        _post_update(order) if order.kind == UPDATE else carry_out(order)
    except DomainError as refusal:
        messages.error(request, _problem(order, refusal))
    else:
        _tell(request, order)


def _post_update(order: Order) -> None:
    body = order.form.get("body", "").strip()
    status = order.form.get("status") or None
    if len(body) > DESCRIPTION_LENGTH:
        raise InvalidInput([("body", f"The update is longer than {DESCRIPTION_LENGTH:,} characters.")])
    if is_invisible(body) and status is None:
        raise InvalidInput([("body", "Write something, or go on to the next status.")])
    post_update(
        **order.addressed,
        visibility=IncidentUpdate.Visibility.INTERNAL,
        body=None if is_invisible(body) else body,
        status_change=status,
    )


def _tell(request: HttpRequest, order: Order) -> None:
    if order.kind != CommandKind.ACKNOWLEDGE:
        messages.success(request, _DONE[order.kind])
        return
    row = Escalation.objects.for_organization(order.organization_id).select_related("holder").get(pk=order.incident_id)
    level, text = _taken(row, order) if row.state == Escalation.State.ACKNOWLEDGED else _TOO_LATE
    messages.add_message(request, level, text)


def _taken(row: Escalation, order: Order) -> tuple[int, str]:
    """Tell who has it: an acknowledgement of what somebody else has acknowledged changes nothing."""
    holder = row.acknowledged_by if row.holder is None else str(row.holder.user_id)
    if order.actor_id in {holder, row.acknowledged_by}:
        return messages.SUCCESS, "You have it, and the paging stops. Everybody sees that."
    names = load_names({row.organization_id: [holder]}).get(row.organization_id, {})
    who = named(holder, names)
    return messages.WARNING, f"{who} has it already, so nothing changed. To take it over, hand it off to yourself."


def _problem(order: Order, refusal: DomainError) -> str:
    if isinstance(refusal, InvalidInput):
        field, text = refusal.errors[0]
        return text if text[:1].isupper() else f"{field.capitalize()}: {text}"
    if isinstance(refusal, InvalidTargetUser):
        return "Nobody can be paged under that name. Choose somebody from the list."
    if isinstance(refusal, EscalationMoved):
        return f"It moved on meanwhile, so nothing was changed.{_since(order)} If you still want to, choose again."
    return refusal.message


def _since(order: Order) -> str:
    row = Escalation.objects.for_organization(order.organization_id).get(pk=order.incident_id)
    happened = load_since(row, shown_firing(order.form), order.now)
    return f" Since then: {' '.join(happened)}" if happened else ""
