"""The answer to "why me, and why not me" on the page of an incident, for a person chosen there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Membership
from incidents.models import Incident
from incidents.why import Why, load_why
from scaling.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Whom one may ask about, who was chosen ("" for nobody), and what is told of them."""

    people: Sequence[Membership]
    chosen: str
    told: Why | None


def load_panel(incident: Incident, chosen: str, now: datetime) -> Panel:
    """Return the panel of an incident; somebody the organization never had is nobody.

    One statement, and those of ``load_why`` where somebody is chosen.
    """
    people = Membership.objects.for_organization(incident.organization_id).current().select_related("user")
    return Panel(
        people=list(people.order_by("first_name", "last_name", "id")),
        chosen=chosen,
        told=_told(incident, chosen, now) if chosen else None,
    )


def _told(incident: Incident, chosen: str, now: datetime) -> Why | None:
    try:
        return load_why(incident.organization_id, incident.pk, chosen, now)
    except InvalidInput:
        return None
