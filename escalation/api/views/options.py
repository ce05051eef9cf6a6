"""How a policy goes on after its last layer and after an acknowledgement.

A resource of its own, because the policy stays exactly the documented one (contract section 6, "Additive").
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from escalation import services
from escalation.api.serializers.options import PolicyOptions, PolicyOptionsReply
from escalation.models import Policy
from scaling import clock
from scaling.api.preconditions import etag_of
from scaling.api.schema import operation
from scaling.api.views import TenantViewSet, data
from scaling.errors import NotFound


class PolicyOptionsViewSet(TenantViewSet):
    """The options of a policy; If-Match takes the ETag of the policy. Running escalations keep those they began with."""

    @operation("getPolicyOptions", gives=PolicyOptionsReply, tagged=True)
    def retrieve(self, request: Request, policy_id: UUID) -> Response:
        """How often the layers are paged again, and when an acknowledgement runs out."""
        policy: Policy | None = Policy.objects.for_organization(self.organization_id).filter(pk=policy_id).first()
        if policy is None:
            raise NotFound.of("policy")
        return data(_body(policy), etag=etag_of(policy))

    @operation("updatePolicyOptions", takes=PolicyOptions, gives=PolicyOptionsReply)
    def partial_update(self, request: Request, policy_id: UUID) -> Response:
        """Change what is sent."""
        policy = services.update_policy(
            organization_id=self.organization_id,
            policy_id=policy_id,
            now=clock.now(),
            if_match=self.if_match,
            **self.body(PolicyOptions, partial=True),
        )
        return data(_body(policy))


def _body(policy: Policy) -> dict[str, Any]:
    return {"repeatCount": policy.repeat_count, "repageAfterAckMinutes": policy.repage_after_ack_minutes}
