"""Errors of incidents, by their codes in contract 1.2."""

from __future__ import annotations

from scaling.errors import DomainError


class OwnerRequired(DomainError):
    """An incident names nobody who could be paged."""

    status = 400
    code = "owner_required"


class InvalidComponentId(DomainError):
    """A component is not in the organization."""

    status = 400
    code = "invalid_component_id"


class DuplicateComponentId(DomainError):
    """A component is named twice."""

    status = 400
    code = "duplicate_component_id"


class InvalidStatusTransition(DomainError):
    """The status is not the one that follows."""

    status = 400
    code = "invalid_status_transition"


class IncidentResolved(DomainError):
    """The command means nothing for a resolved incident."""

    status = 400
    code = "incident_resolved"


class NotAcknowledged(DomainError):
    """There is no acknowledgement to take back."""

    status = 400
    code = "not_acknowledged"


class InvalidTargetUser(DomainError):
    """The person is not an active member of the organization."""

    status = 400
    code = "invalid_target_user"


class EscalationMoved(DomainError):
    """The escalation has fired since the caller looked."""

    status = 409
    code = "escalation_moved"


class NoPublicSurface(DomainError):
    """A public update would be seen by nobody: no published status page covers an affected component."""

    status = 400
    code = "no_public_surface"


class RedactionNotPermitted(DomainError):
    """Whoever asks is neither an admin nor the author within the first minutes."""

    status = 403
    code = "redaction_not_permitted"
