"""What people and programs tell an incident (contract section 6, "Commands")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from incidents import services
from incidents.api import reads
from incidents.api.bodies import incident_body, whole_body
from incidents.api.serializers import (
    Acknowledgement,
    Command,
    Components,
    Handoff,
    IncidentReply,
    IncidentWithEscalationReply,
    Nothing,
    Resolution,
    Snooze,
    StatusChange,
)
from incidents.errors import (
    DuplicateComponentId,
    EscalationMoved,
    IncidentResolved,
    InvalidComponentId,
    InvalidStatusTransition,
    InvalidTargetUser,
    NotAcknowledged,
)
from incidents.models import Incident
from scaling import clock
from scaling.api.schema import operation
from scaling.api.views import TenantViewSet, data
from scaling.errors import NotFound


class IncidentCommandViewSet(TenantViewSet):
    """Who has an incident, how its paging goes on, and how it ends.

    A key of scope ``trigger`` acknowledges and resolves. The way to ``resolved`` leads through every status, so it may
    take each of those steps; it moves no page from one person to another.
    """

    trigger_actions = frozenset({"acknowledge", "change_status", "resolve"})

    @operation(
        "changeIncidentStatus",
        takes=StatusChange,
        whole=True,
        gives=IncidentReply,
        raises=[InvalidStatusTransition],
    )
    def change_status(self, request: Request, incident_id: UUID) -> Response:
        """Take an incident one step forward: investigating, identified, monitoring, resolved.

        There is no skipping and no going back. Resolving it ends its paging.
        """
        fields = {**self.body(StatusChange), "if_match": self.if_match}
        return data(incident_body(self._told(services.change_status, incident_id, fields).incident))

    @operation("resolveIncident", takes=Resolution, gives=IncidentWithEscalationReply)
    def resolve(self, request: Request, incident_id: UUID) -> Response:
        """Take an incident through every status left to `resolved`, which ends its paging. The body may be left out.

        The note goes with the last status. A resolved incident stays as it is.
        """
        return self._tell(services.resolve_incident, incident_id, self.optional_body(Resolution))

    @operation(
        "acknowledgeIncident", takes=Acknowledgement, gives=IncidentWithEscalationReply, raises=[InvalidTargetUser]
    )
    def acknowledge(self, request: Request, incident_id: UUID) -> Response:
        """Stop the paging: somebody has it. The status stays. The body may be left out.

        Acknowledging again, or a resolved incident, changes nothing.
        """
        return self._tell(services.acknowledge_incident, incident_id, self.optional_body(Acknowledgement))

    @operation(
        "unacknowledgeIncident",
        takes=Nothing,
        gives=IncidentWithEscalationReply,
        raises=[IncidentResolved, NotAcknowledged],
    )
    def unacknowledge(self, request: Request, incident_id: UUID) -> Response:
        """Take the acknowledgement back: the current layer is paged again, with its full time. It takes no body."""
        return self._tell(services.unacknowledge_incident, incident_id, self.optional_body(Nothing))

    @operation(
        "handOffIncident",
        takes=Handoff,
        gives=IncidentWithEscalationReply,
        raises=[InvalidTargetUser, IncidentResolved, EscalationMoved],
    )
    def hand_off(self, request: Request, incident_id: UUID) -> Response:
        """Make somebody else the owner and page them now; the timer of the current layer starts again."""
        return self._tell(services.hand_off_incident, incident_id, self.body(Handoff))

    @operation(
        "escalateIncident",
        takes=Command,
        gives=IncidentWithEscalationReply,
        raises=[IncidentResolved, EscalationMoved],
    )
    def escalate(self, request: Request, incident_id: UUID) -> Response:
        """Page the next layer now. The body may be left out.

        After the last layer the first is paged again while the policy has repeats left, else the organization's
        fallback; once that was paged, the layers begin anew.
        """
        return self._tell(services.escalate_incident, incident_id, self.optional_body(Command))

    @operation(
        "snoozeIncident", takes=Snooze, gives=IncidentWithEscalationReply, raises=[IncidentResolved, EscalationMoved]
    )
    def snooze(self, request: Request, incident_id: UUID) -> Response:
        """Page nobody until an instant in the future; then the current layer is paged again."""
        return self._tell(services.snooze_incident, incident_id, self.body(Snooze))

    @operation(
        "applyPlan", takes=Command, gives=IncidentWithEscalationReply, raises=[IncidentResolved, EscalationMoved]
    )
    def apply_plan(self, request: Request, incident_id: UUID) -> Response:
        """Go over to the policy as it is now. The body may be left out.

        A running escalation keeps the policy it was triggered with; this takes up what was changed since. It goes on
        from the layer it stands at, and nobody is paged for it; if everybody was paged in vain, the new layers are
        paged from the first. An incident without a policy pages its owner.
        """
        return self._tell(services.apply_plan, incident_id, self.optional_body(Command))

    @operation(
        "setIncidentComponents",
        takes=Components,
        gives=IncidentReply,
        raises=[InvalidComponentId, DuplicateComponentId],
    )
    def set_components(self, request: Request, incident_id: UUID) -> Response:
        """Make these the components the incident affects; an empty list clears them. It changes nobody's paging.

        A resolved incident takes them too. A component deleted since may stay where it is.
        """
        fields = {**self.body(Components), "if_match": self.if_match}
        return data(incident_body(self._told(services.set_components, incident_id, fields).incident))

    def _tell(self, service: Callable[..., Incident], incident_id: UUID, fields: Mapping[str, Any]) -> Response:
        return data(whole_body(self._told(service, incident_id, fields)))

    def _told(self, service: Callable[..., Incident], incident_id: UUID, fields: Mapping[str, Any]) -> reads.WholeRow:
        """Carry out a command; return the incident as it is then, and where its paging stands."""
        service(
            organization_id=self.organization_id,
            incident_id=incident_id,
            actor_id=self.actor_id,
            now=clock.now(),
            **fields,
        )
        found = reads.incident(self.organization_id, incident_id)
        if found is None:
            raise NotFound.of("incident")
        return found
