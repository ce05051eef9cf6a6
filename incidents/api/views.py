"""Incidents: opening and reading them (contract sections 6 and 7)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from incidents import services
from incidents.api import reads
from incidents.api.bodies import event_body, history_body, incident_body
from incidents.api.serializers import (
    IncidentQuery,
    IncidentReply,
    IncidentsReply,
    NewIncident,
    TimelineReply,
    WholeIncidentReply,
)
from incidents.errors import DuplicateComponentId, InvalidComponentId, OwnerRequired
from incidents.names import Names, load_names
from incidents.summaries import ids_in
from scaling import clock
from scaling.api.preconditions import etag
from scaling.api.schema import operation
from scaling.api.views import TenantViewSet, data
from scaling.errors import NotFound


class IncidentViewSet(TenantViewSet):
    """What went wrong, who has it, and what became of the pages.

    A key of scope ``trigger`` opens, reads, acknowledges and resolves incidents.
    """

    trigger_actions = frozenset({"create", "list", "retrieve", "timeline"})

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
        also=[200],
        raises=[OwnerRequired, NotFound, InvalidComponentId, DuplicateComponentId],
    )
    def create(self, request: Request) -> Response:
        """Open an incident and page the first layer of its policy at once.

        It names an owner, a policy, or an on-call schedule. The schedule gives its owner of the moment, and the
        policy that targets it: at the smallest position, then the oldest. A policy alone gives the first person of
        its first layer as the owner. Without any layer the owner is paged, and then the organization's fallback.

        While an incident with the same `dedupKey` is open, that one is the answer, with status 200: the call is
        counted, and nobody is paged anew.
        """
        triggered = services.trigger_or_repeat(
            organization_id=self.organization_id, actor_id=self.actor_id, now=clock.now(), **self.body(NewIncident)
        )
        body = incident_body(reads.IncidentRow.of(triggered.incident))
        return data(body, status=201 if triggered.is_new else 200)

    @operation("getIncident", gives=WholeIncidentReply, tagged=True)
    def retrieve(self, request: Request, incident_id: UUID) -> Response:
        """An incident, the statuses it took, where its paging stands, and every event of the paging."""
        found = reads.incident(self.organization_id, incident_id)
        if found is None:
            raise NotFound.of("incident")
        events = reads.timeline(self.organization_id, incident_id)
        notes = reads.notes(self.organization_id, incident_id)
        body = history_body(found, events, notes, self._names(events))
        return data(body, etag=etag(incident_id, found.escalation.version))

    @operation("getIncidentTimeline", gives=TimelineReply)
    def timeline(self, request: Request, incident_id: UUID) -> Response:
        """All that happened to an incident, oldest first."""
        events = reads.timeline(self.organization_id, incident_id)
        if not events:
            # The first event is written together with its incident.
            raise NotFound.of("incident")
        names = self._names(events)
        return data({"events": [event_body(event, names) for event in events]})

    def _names(self, events: Sequence[reads.EventRow]) -> Names:
        ids = [one for event in events for one in ids_in(event)]
        return load_names({self.organization_id: ids}).get(self.organization_id, {})
