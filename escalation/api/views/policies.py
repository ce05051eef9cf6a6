"""The endpoints of policies and their layers (contract sections 2, 3 and 11)."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from escalation import services
from escalation.api import reads
from escalation.api.bodies import Body, layer_body, policy_body, step_body
from escalation.api.serializers.policies import (
    CreatedPolicyReply,
    LayerInput,
    LayerOrder,
    LayerReply,
    PolicyChanges,
    PolicyInput,
    PolicyReply,
    PolicyWithLayersReply,
    PolicyWithStepsReply,
)
from escalation.errors import InvalidLayerOrder, InvalidTarget, PolicyInUse
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


def _with_steps(policy: Policy) -> Body:
    return {**policy_body(policy), "steps": [step_body(layer) for layer in policy.layers.all()]}
