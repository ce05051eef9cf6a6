"""The only writer of plans: policies, their layers, and schedules.

Every service takes keyword arguments only, opens its transaction, and finds nothing outside ``organization_id``.
``if_match`` is the client's ``If-Match`` header, compared after the row is locked. A change that changes nothing
leaves ``version`` and ``updated_at`` alone.
"""

from __future__ import annotations

from escalation.services.layers import add_layer, delete_layer, reorder_layers, update_layer
from escalation.services.policies import create_policy, delete_policy, replace_policy, revise_policy, update_policy
from escalation.services.schedules import create_schedule, delete_schedule, update_schedule

__all__ = [
    "add_layer",
    "create_policy",
    "create_schedule",
    "delete_layer",
    "delete_policy",
    "delete_schedule",
    "reorder_layers",
    "replace_policy",
    "revise_policy",
    "update_layer",
    "update_policy",
    "update_schedule",
]
