"""The endpoints of schedules, their rotations and overrides (contract sections 4 and 5)."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from escalation import services
from escalation.api import reads
from escalation.api.bodies import override_body, rotation_body, schedule_body
from escalation.api.serializers.schedules import (
    OverrideInput,
    OverrideQuery,
    OverrideReply,
    RotationInput,
    RotationOrder,
    RotationReply,
    ScheduleInput,
    ScheduleReply,
    ScheduleWithLayersReply,
)
from escalation.errors import InvalidLayerOrder, OverrideConflict, ScheduleInUse
from escalation.models import Override, Schedule
from scaling.api.preconditions import etag
from scaling.api.schema import operation
from scaling.api.views import TenantViewSet, data, deleted
from scaling.clock import now
from scaling.errors import NameConflict, NotFound


class ScheduleViewSet(TenantViewSet):
    """On-call schedules."""

    @operation("listSchedules", gives=ScheduleReply(many=True))
    def list(self, request: Request) -> Response:
        """All schedules, whole, without their layers, oldest first."""
        return data([schedule_body(schedule) for schedule in reads.schedules(self.organization_id)])

    @operation("createSchedule", takes=ScheduleInput, gives=ScheduleReply, status=201, raises=[NameConflict])
    def create(self, request: Request) -> Response:
        """Create a schedule without layers."""
        schedule = services.create_schedule(
            organization_id=self.organization_id, actor_id=self.actor_id, now=now(), **self.body(ScheduleInput)
        )
        return data(schedule_body(schedule), status=201)

    @operation("getSchedule", gives=ScheduleWithLayersReply, tagged=True)
    def retrieve(self, request: Request, schedule_id: UUID) -> Response:
        """A schedule with its rotation layers in order."""
        found = reads.schedule_with_rotations(self.organization_id, schedule_id)
        if found is None:
            raise NotFound.of("schedule")
        schedule, rotations = found
        body = {**schedule_body(schedule), "layers": [rotation_body(rotation) for rotation in rotations]}
        return data(body, etag=etag(schedule.id, schedule.version))

    @operation("updateSchedule", takes=ScheduleInput, gives=ScheduleReply, raises=[NameConflict])
    def partial_update(self, request: Request, schedule_id: UUID) -> Response:
        """Change what is sent; a null description clears it."""
        schedule = services.update_schedule(
            organization_id=self.organization_id,
            schedule_id=schedule_id,
            now=now(),
            if_match=self.if_match,
            **self.body(ScheduleInput, partial=True),
        )
        return data(schedule_body(schedule))

    @operation("replaceSchedule", takes=ScheduleInput, gives=ScheduleReply, raises=[NameConflict])
    def update(self, request: Request, schedule_id: UUID) -> Response:
        """Replace all fields; a description that is not sent is cleared, a paging mode that is not sent stays."""
        schedule = services.update_schedule(
            organization_id=self.organization_id,
            schedule_id=schedule_id,
            now=now(),
            if_match=self.if_match,
            **{"description": None, **self.body(ScheduleInput)},
        )
        return data(schedule_body(schedule))

    @operation("deleteSchedule", raises=[ScheduleInUse])
    def destroy(self, request: Request, schedule_id: UUID) -> Response:
        """Delete a schedule with its layers, unless a policy or an incident that is not resolved uses it."""
        services.delete_schedule(organization_id=self.organization_id, schedule_id=schedule_id, if_match=self.if_match)
        return deleted()


class RotationViewSet(TenantViewSet):
    """The rotation layers of a schedule. Their positions are always 0…n-1; If-Match takes the schedule's ETag."""

    @operation("addRotation", takes=RotationInput, gives=RotationReply, status=201, raises=[NameConflict])
    def create(self, request: Request, schedule_id: UUID) -> Response:
        """Add a layer at the end."""
        rotation = services.add_rotation(
            organization_id=self.organization_id, schedule_id=schedule_id, now=now(), **self.body(RotationInput)
        )
        return data(rotation_body(rotation), status=201)

    @operation("updateRotation", takes=RotationInput, gives=RotationReply, raises=[NameConflict])
    def partial_update(self, request: Request, schedule_id: UUID, layer_id: UUID) -> Response:
        """Change what is sent; a null effectiveUntil means for ever."""
        rotation = services.update_rotation(
            organization_id=self.organization_id,
            schedule_id=schedule_id,
            rotation_id=layer_id,
            now=now(),
            if_match=self.if_match,
            **self.body(RotationInput, partial=True),
        )
        return data(rotation_body(rotation))

    @operation("replaceRotation", takes=RotationInput, gives=RotationReply, raises=[NameConflict])
    def update(self, request: Request, schedule_id: UUID, layer_id: UUID) -> Response:
        """Replace all fields; without effectiveUntil the layer has no end, without restrictions those it has stay."""
        rotation = services.update_rotation(
            organization_id=self.organization_id,
            schedule_id=schedule_id,
            rotation_id=layer_id,
            now=now(),
            if_match=self.if_match,
            **{"effective_until": None, **self.body(RotationInput)},
        )
        return data(rotation_body(rotation))

    @operation("reorderRotations", takes=RotationOrder, gives=RotationReply(many=True), raises=[InvalidLayerOrder])
    def reorder(self, request: Request, schedule_id: UUID) -> Response:
        """Put all layers into the order of the list, which names each exactly once."""
        rotations = services.reorder_rotations(
            organization_id=self.organization_id,
            schedule_id=schedule_id,
            rotation_ids=self.body(RotationOrder)["layerIds"],
            now=now(),
            if_match=self.if_match,
        )
        return data([rotation_body(rotation) for rotation in rotations])

    @operation("deleteRotation")
    def destroy(self, request: Request, schedule_id: UUID, layer_id: UUID) -> Response:
        """Delete a layer and the overrides that name it; those behind close the gap."""
        services.delete_rotation(
            organization_id=self.organization_id,
            schedule_id=schedule_id,
            rotation_id=layer_id,
            now=now(),
            if_match=self.if_match,
        )
        return deleted()


class OverrideViewSet(TenantViewSet):
    """Who serves instead of a layer's participant, for a limited time. If-Match takes the ETag of the schedule."""

    @operation("listOverrides", query=OverrideQuery, gives=OverrideReply(many=True))
    def list(self, request: Request, schedule_id: UUID) -> Response:
        """The schedule's overrides by their start, past ones too; all, or those that reach into a span of time."""
        span = self.query(OverrideQuery)
        if not Schedule.objects.for_organization(self.organization_id).filter(id=schedule_id).exists():
            raise NotFound.of("schedule")
        overrides = Override.objects.for_organization(self.organization_id).filter(schedule_id=schedule_id)
        found = overrides.reaching_into(span.get("from"), span.get("to")).select_related("membership")
        return data([override_body(override) for override in found])

    @operation("addOverride", takes=OverrideInput, gives=OverrideReply, status=201, raises=[OverrideConflict])
    def create(self, request: Request, schedule_id: UUID) -> Response:
        """Have somebody serve for a layer, the first unless another is named."""
        override = services.add_override(
            organization_id=self.organization_id,
            schedule_id=schedule_id,
            actor_id=self.actor_id,
            now=now(),
            **self.body(OverrideInput),
        )
        return data(override_body(override), status=201)

    @operation("updateOverride", takes=OverrideInput, gives=OverrideReply, raises=[OverrideConflict])
    def partial_update(self, request: Request, schedule_id: UUID, override_id: UUID) -> Response:
        """Change what is sent; a null rotationLayerId means the first layer."""
        override = services.update_override(
            organization_id=self.organization_id,
            schedule_id=schedule_id,
            override_id=override_id,
            now=now(),
            if_match=self.if_match,
            **self.body(OverrideInput, partial=True),
        )
        return data(override_body(override))

    @operation("deleteOverride")
    def destroy(self, request: Request, schedule_id: UUID, override_id: UUID) -> Response:
        """Delete an override: the layer counts again."""
        services.delete_override(
            organization_id=self.organization_id,
            schedule_id=schedule_id,
            override_id=override_id,
            now=now(),
            if_match=self.if_match,
        )
        return deleted()
