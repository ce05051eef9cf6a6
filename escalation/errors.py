"""What can be refused about a plan (contract 1.2)."""

from __future__ import annotations

from scaling.errors import DomainError


class PolicyInUse(DomainError):
    """A running escalation holds on to the policy."""

    status = 400
    code = "policy_in_use"


class ScheduleInUse(DomainError):
    """A layer, or a running escalation, names the schedule."""

    status = 400
    code = "schedule_in_use"


class InvalidTarget(DomainError):
    """A layer's target is malformed, or names what the organization does not have."""

    status = 400
    code = "invalid_target"


class InvalidLayerOrder(DomainError):
    """The list is not exactly the policy's layers, each once."""

    status = 400
    code = "invalid_layer_order"
