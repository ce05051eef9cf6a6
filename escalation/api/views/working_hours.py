"""The endpoints of working hours (contract section 9)."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from escalation import services
from escalation.api.bodies import working_hours_body
from escalation.api.serializers.working_hours import WorkingHoursInput, WorkingHoursReply
from escalation.errors import WorkingHoursInUse
from escalation.models import WorkingHours
from scaling.api.preconditions import etag_of
from scaling.api.schema import operation
from scaling.api.views import TenantViewSet, data, gone
from scaling.clock import now
from scaling.errors import NameConflict, NotFound


class WorkingHoursViewSet(TenantViewSet):
    """Weekly windows, in a time zone of their own, during or outside which the steps of policies count."""

    @operation("listWorkingHours", gives=WorkingHoursReply(many=True))
    def list(self, request: Request) -> Response:
        """All working hours, whole, oldest first."""
        found = WorkingHours.objects.for_organization(self.organization_id)
        return data([working_hours_body(hours) for hours in found])

    @operation(
        "createWorkingHours", takes=WorkingHoursInput, gives=WorkingHoursReply, status=201, raises=[NameConflict]
    )
    def create(self, request: Request) -> Response:
        """Create working hours."""
        hours = services.create_working_hours(
            organization_id=self.organization_id, actor_id=self.actor_id, now=now(), **self.body(WorkingHoursInput)
        )
        return data(working_hours_body(hours), status=201)

    @operation("getWorkingHours", gives=WorkingHoursReply, tagged=True)
    def retrieve(self, request: Request, hours_id: UUID) -> Response:
        """One set of working hours."""
        hours = WorkingHours.objects.for_organization(self.organization_id).filter(id=hours_id).first()
        if hours is None:
            raise NotFound.of("working hours")
        return data(working_hours_body(hours), etag=etag_of(hours))

    @operation("updateWorkingHours", takes=WorkingHoursInput, gives=WorkingHoursReply, raises=[NameConflict])
    def partial_update(self, request: Request, hours_id: UUID) -> Response:
        """Change what is sent; windows replace all there were."""
        hours = services.update_working_hours(
            organization_id=self.organization_id,
            hours_id=hours_id,
            now=now(),
            if_match=self.if_match,
            **self.body(WorkingHoursInput, partial=True),
        )
        return data(working_hours_body(hours))

    @operation("deleteWorkingHours", status=204, raises=[WorkingHoursInUse])
    def destroy(self, request: Request, hours_id: UUID) -> Response:
        """Delete working hours, unless a policy or an incident that is not resolved uses them."""
        services.delete_working_hours(organization_id=self.organization_id, hours_id=hours_id, if_match=self.if_match)
        return gone()
