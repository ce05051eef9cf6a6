"""The one lock of an incident (design D7)."""

from __future__ import annotations

from uuid import UUID

from incidents.models import Escalation
from scaling.errors import NotFound


def lock_escalation(organization_id: str, incident_id: UUID) -> Escalation:
    """Return the incident's escalation under the incident's one lock, with incident, owner and holder loaded.

    Locked first and read afterwards: a statement that waited for the lock sees the locked row as it is now, but the
    rows joined to it as they were before it waited.
    """
    rows = Escalation.objects.for_organization(organization_id).filter(pk=incident_id)
    if not rows.select_for_update(no_key=True).values_list("pk", flat=True):
        raise NotFound.of("incident")
    row: Escalation = rows.select_related("incident__owner", "holder").get()
    return row
