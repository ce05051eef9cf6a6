"""The closed table of error codes (contract 1.2): what is not in it is not sent.

``type`` follows the status, so a code needs nothing but its status. A code enters the table together with the
behaviour that sends it and the test that reaches it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

STATUS_OF_CODE: Mapping[str, int] = MappingProxyType(
    {
        "not_authorized": 401,
        "insufficient_scope": 403,
        "redaction_not_permitted": 403,
        "not_found": 404,
        "method_not_allowed": 405,
        "not_acceptable": 406,
        "unsupported_media_type": 415,
        "payload_too_large": 413,
        "invalid_json": 400,
        "validation_error": 422,
        "name_conflict": 409,
        "override_conflict": 409,
        "idempotency_in_progress": 409,
        "escalation_moved": 409,
        "idempotency_key_reused": 422,
        "precondition_failed": 412,
        "rate_limited": 429,
        "policy_in_use": 400,
        "schedule_in_use": 400,
        "working_hours_in_use": 400,
        "invalid_target": 400,
        "invalid_layer_order": 400,
        "owner_required": 400,
        "invalid_status_transition": 400,
        "incident_resolved": 400,
        "not_acknowledged": 400,
        "no_public_surface": 400,
        "invalid_component_id": 400,
        "duplicate_component_id": 400,
        "invalid_target_user": 400,
        "cannot_change_own_role": 400,
        "last_admin": 400,
        "invalid_request_error": 400,
        "server_error": 500,
        "unavailable": 503,
    }
)

_TYPE_OF_STATUS: Mapping[int, str] = MappingProxyType(
    {401: "not_authorized_error", 422: "validation_error", 500: "internal_error", 503: "internal_error"}
)


def type_of_status(status: int) -> str:
    """Return the error ``type`` that goes with an HTTP status."""
    return _TYPE_OF_STATUS.get(status, "invalid_request_error")
