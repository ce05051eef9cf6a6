"""The endpoints of incidents (contract sections 6 and 7)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from incidents import services
from incidents.api import reads
from incidents.api.bodies import (
    Body,
    escalation_body,
    event_body,
    incident_body,
    is_paging,
    status_history,
)
from incidents.api.serializers import (
    Acknowledgement,
    Handoff,
    IncidentQuery,
    IncidentReply,
    IncidentsReply,
    IncidentWithEscalationReply,
    NewIncident,
    StatusChange,
    TimelineReply,
    WholeIncidentReply,
)
from incidents.errors import (
    DuplicateComponentId,
    EscalationMoved,
    IncidentResolved,
    InvalidComponentId,
    InvalidStatusTransition,
    InvalidTargetUser,
    OwnerRequired,
)
from incidents.names import load_names
from incidents.summaries import ids_in
from scaling import clock
from scaling.api.preconditions import etag
from scaling.api.schema import operation
from scaling.api.views import TenantViewSet, data
from scaling.errors import NotFound


class IncidentViewSet(TenantViewSet):
    """What went wrong, who has it, and what became of the pages.

    A key of scope ``trigger`` opens, reads, acknowledges and resolves incidents. The way to ``resolved`` leads
    through every status, so it may take each of those steps; it may not hand off.
    """

    trigger_actions = frozenset({"create", "list", "retrieve", "timeline", "change_status", "acknowledge"})

    @operation("listIncidents", query=IncidentQuery, gives=IncidentsReply)
    def list(self, request: Request) -> Response:
        """Incidents, newest first, a page at a time: send `nextCursor` back as `cursor` for the next one."""
        page = reads.newest_incidents(self.organization_id, **self.query(IncidentQuery))
        return data({"incidents": [incident_body(row) for row in page.rows], "nextCursor": page.next_cursor})

    @operation(
        "createIncident",
        takes=NewIncident,
        gives=IncidentReply,
        status=201,
        raises=[OwnerRequired, NotFound, InvalidComponentId, DuplicateComponentId],
    )
    def create(self, request: Request) -> Response:
        """Open an incident and page the first layer of its policy at once.

        It names an owner, a policy, or an on-call schedule. The schedule gives its owner of the moment, and the
        policy that targets it: at the smallest position, then the oldest. A policy alone gives the first person of
        its first layer as the owner. Without any layer the owner is paged, and then the organization's fallback.
        """
        incident = services.trigger_incident(
            organization_id=self.organization_id, actor_id=self.actor_id, now=clock.now(), **self.body(NewIncident)
        )
        return data(incident_body(reads.IncidentRow.of(incident)), status=201)

    @operation("getIncident", gives=WholeIncidentReply, tagged=True)
    def retrieve(self, request: Request, incident_id: UUID) -> Response:
        """An incident, the statuses it took, where its paging stands, and every event of the paging."""
        incident, escalation = self._find(incident_id)
        events = reads.timeline(self.organization_id, incident_id)
        body = {
            **incident_body(incident),
            "statusHistory": status_history(events),
            "escalation": escalation_body(escalation),
            "pagingEvents": self._told([event for event in events if is_paging(event)]),
        }
        return data(body, etag=etag(incident.id, escalation.version))

    @operation("getIncidentTimeline", gives=TimelineReply)
    def timeline(self, request: Request, incident_id: UUID) -> Response:
        """All that happened to an incident, oldest first."""
        events = reads.timeline(self.organization_id, incident_id)
        if not events:
            # The first event is written together with its incident.
            raise NotFound.of("incident")
        return data({"events": self._told(events)})

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
        incident = services.change_status(
            organization_id=self.organization_id,
            incident_id=incident_id,
            actor_id=self.actor_id,
            if_match=self.if_match,
            now=clock.now(),
            **self.body(StatusChange),
        )
        return data(incident_body(reads.IncidentRow.of(incident)))

    @operation(
        "acknowledgeIncident", takes=Acknowledgement, gives=IncidentWithEscalationReply, raises=[InvalidTargetUser]
    )
    def acknowledge(self, request: Request, incident_id: UUID) -> Response:
        """Stop the paging: somebody has it. The status stays. The body may be left out.

        Acknowledging again, or a resolved incident, changes nothing.
        """
        services.acknowledge_incident(
            organization_id=self.organization_id,
            incident_id=incident_id,
            actor_id=self.actor_id,
            now=clock.now(),
            **self.optional_body(Acknowledgement),
        )
        return data(self._with_escalation(incident_id))

    @operation(
        "handOffIncident",
        takes=Handoff,
        gives=IncidentWithEscalationReply,
        raises=[InvalidTargetUser, IncidentResolved, EscalationMoved],
    )
    def hand_off(self, request: Request, incident_id: UUID) -> Response:
        """Make somebody else the owner and page them now; the timer of the current layer starts again."""
        services.hand_off_incident(
            organization_id=self.organization_id,
            incident_id=incident_id,
            actor_id=self.actor_id,
            now=clock.now(),
            **self.body(Handoff),
        )
        return data(self._with_escalation(incident_id))

    def _find(self, incident_id: UUID) -> tuple[reads.IncidentRow, reads.EscalationRow]:
        found = reads.incident(self.organization_id, incident_id)
        if found is None:
            raise NotFound.of("incident")
        return found

    def _with_escalation(self, incident_id: UUID) -> Body:
        incident, escalation = self._find(incident_id)
        return {**incident_body(incident), "escalation": escalation_body(escalation)}

    def _told(self, events: Sequence[reads.EventRow]) -> Sequence[Body]:
        ids = [one for event in events for one in ids_in(event)]
        names = load_names({self.organization_id: ids}).get(self.organization_id, {})
        return [event_body(event, names) for event in events]
