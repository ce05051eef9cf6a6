"""The endpoints of policies, their layers, and schedules (contract sections 2, 3, 4 and 11)."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from escalation import services
from escalation.api import reads
from escalation.api.bodies import Body, layer_body, policy_body, schedule_body, step_body
from escalation.api.serializers import (
    CreatedPolicyReply,
    LayerInput,
    LayerOrder,
    LayerReply,
    PolicyChanges,
    PolicyInput,
    PolicyReply,
    PolicyWithLayersReply,
    PolicyWithStepsReply,
    ScheduleInput,
    ScheduleReply,
    ScheduleWithLayersReply,
)
from escalation.errors import InvalidLayerOrder, InvalidTarget, PolicyInUse, ScheduleInUse
from escalation.models import Policy
from scaling.api.preconditions import etag
from scaling.api.schema import operation
from scaling.api.views import TenantViewSet, data, deleted
from scaling.clock import now
from scaling.errors import NameConflict, NotFound


class PolicyViewSet(TenantViewSet):
    """Escalation policies: whom an incident pages, layer after layer."""

    @operation("listPolicies", gives=PolicyReply(many=True))
    def list(self, request: Request) -> Response:
        """All policies, whole, without their layers, oldest first."""
        return data([policy_body(policy) for policy in reads.policies(self.organization_id)])

    @operation(
        "createPolicy", takes=PolicyInput, gives=CreatedPolicyReply, status=201, raises=[InvalidTarget, NameConflict]
    )
    def create(self, request: Request) -> Response:
        """Create a policy; the answer has steps only if the request had them."""
        fields = self.body(PolicyInput)
        policy = services.create_policy(
            organization_id=self.organization_id,
            actor_id=self.actor_id,
            now=now(),
            name=fields["name"],
            description=fields.get("description"),
            layers=fields.get("steps", ()),
        )
        return data(_with_steps(policy) if "steps" in fields else policy_body(policy), status=201)

    @operation("getPolicy", gives=PolicyWithLayersReply, tagged=True)
    def retrieve(self, request: Request, policy_id: UUID) -> Response:
        """A policy with its layers, which its steps tell once more in the words of the newer generation."""
        found = reads.policy_with_layers(self.organization_id, policy_id)
        if found is None:
            raise NotFound.of("policy")
        policy, layers = found
        body = {
            **policy_body(policy),
            "layers": [layer_body(layer) for layer in layers],
            "steps": [step_body(layer) for layer in layers],
        }
        return data(body, etag=etag(policy.id, policy.version))

    @operation("updatePolicy", takes=PolicyChanges, gives=PolicyReply, raises=[NameConflict])
    def partial_update(self, request: Request, policy_id: UUID) -> Response:
        """Change what is sent; a null description clears it."""
        policy = services.update_policy(
            organization_id=self.organization_id,
            policy_id=policy_id,
            now=now(),
            if_match=self.if_match,
            **self.body(PolicyChanges, partial=True),
        )
        return data(policy_body(policy))

    @operation("replacePolicy", takes=PolicyInput, gives=PolicyWithStepsReply, raises=[InvalidTarget, NameConflict])
    def update(self, request: Request, policy_id: UUID) -> Response:
        """Replace everything, all or nothing; without steps the layers stay. Steps are renumbered by position."""
        fields = self.body(PolicyInput)
        policy = services.replace_policy(
            organization_id=self.organization_id,
            policy_id=policy_id,
            now=now(),
            if_match=self.if_match,
            name=fields["name"],
            description=fields.get("description"),
            layers=fields.get("steps"),
        )
        return data(_with_steps(policy))

    @operation("deletePolicy", raises=[PolicyInUse])
    def destroy(self, request: Request, policy_id: UUID) -> Response:
        """Delete a policy and its layers, unless an incident that is not resolved uses it."""
        services.delete_policy(organization_id=self.organization_id, policy_id=policy_id, if_match=self.if_match)
        return deleted()


class LayerViewSet(TenantViewSet):
    """The layers of a policy. Their positions are always 1…n; If-Match takes the ETag of the policy."""

    @operation("addLayer", takes=LayerInput, gives=LayerReply, status=201, raises=[InvalidTarget])
    def create(self, request: Request, policy_id: UUID) -> Response:
        """Insert a layer at its position; those from there on move down by one."""
        layer = services.add_layer(
            organization_id=self.organization_id, policy_id=policy_id, now=now(), **self.body(LayerInput)
        )
        return data(layer_body(layer), status=201)

    @operation("updateLayer", takes=LayerInput, gives=LayerReply, raises=[InvalidTarget])
    def partial_update(self, request: Request, policy_id: UUID, layer_id: UUID) -> Response:
        """Change what is sent; a new position moves the layer, and those in between shift."""
        layer = services.update_layer(
            organization_id=self.organization_id,
            policy_id=policy_id,
            layer_id=layer_id,
            now=now(),
            if_match=self.if_match,
            **self.body(LayerInput, partial=True),
        )
        return data(layer_body(layer))

    @operation("reorderLayers", takes=LayerOrder, gives=LayerReply(many=True), raises=[InvalidLayerOrder])
    def reorder(self, request: Request, policy_id: UUID) -> Response:
        """Put all layers into the order of the list, which names each exactly once."""
        layers = services.reorder_layers(
            organization_id=self.organization_id,
            policy_id=policy_id,
            layer_ids=self.body(LayerOrder)["layerIds"],
            now=now(),
            if_match=self.if_match,
        )
        return data([layer_body(layer) for layer in layers])

    @operation("deleteLayer")
    def destroy(self, request: Request, policy_id: UUID, layer_id: UUID) -> Response:
        """Delete a layer; those behind close the gap. Running escalations keep the plan they were triggered with."""
        services.delete_layer(
            organization_id=self.organization_id,
            policy_id=policy_id,
            layer_id=layer_id,
            now=now(),
            if_match=self.if_match,
        )
        return deleted()


class ScheduleViewSet(TenantViewSet):
    """On-call schedules."""

    @operation("listSchedules", gives=ScheduleReply(many=True))
    def list(self, request: Request) -> Response:
        """All schedules, whole, oldest first."""
        return data([schedule_body(schedule) for schedule in reads.schedules(self.organization_id)])

    @operation("createSchedule", takes=ScheduleInput, gives=ScheduleReply, status=201, raises=[NameConflict])
    def create(self, request: Request) -> Response:
        """Create a schedule."""
        schedule = services.create_schedule(
            organization_id=self.organization_id, actor_id=self.actor_id, now=now(), **self.body(ScheduleInput)
        )
        return data(schedule_body(schedule), status=201)

    @operation("getSchedule", gives=ScheduleWithLayersReply, tagged=True)
    def retrieve(self, request: Request, schedule_id: UUID) -> Response:
        """A schedule with its rotation layers."""
        schedule = reads.schedule(self.organization_id, schedule_id)
        if schedule is None:
            raise NotFound.of("schedule")
        return data({**schedule_body(schedule), "layers": []}, etag=etag(schedule.id, schedule.version))

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
        """Replace all fields; a description that is not sent is cleared."""
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
        """Delete a schedule, unless a layer or an incident that is not resolved uses it."""
        services.delete_schedule(organization_id=self.organization_id, schedule_id=schedule_id, if_match=self.if_match)
        return deleted()


def _with_steps(policy: Policy) -> Body:
    return {**policy_body(policy), "steps": [step_body(layer) for layer in policy.layers.all()]}
