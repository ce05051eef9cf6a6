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


class WorkingHoursInUse(DomainError):
    """A layer, or a running escalation, names the working hours."""

    status = 400
    code = "working_hours_in_use"


class OverrideConflict(DomainError):
    """Another override displaces the same rotation at the same time."""

    status = 409
    code = "override_conflict"


class InvalidTarget(DomainError):
    """A layer's target is malformed, or names what the organization does not have.

    Where a request is about several layers, ``position`` tells which one; ``reason`` is the message without it.
    """

    status = 400
    code = "invalid_target"

    def __init__(self, reason: str, *, position: int | None = None) -> None:
        super().__init__(reason if position is None else f"Layer {position}: {reason}")
        self.reason = reason
        self.position = position


class InvalidLayerOrder(DomainError):
    """The list is not exactly the layers of the policy, or of the schedule, each once."""

    status = 400
    code = "invalid_layer_order"
