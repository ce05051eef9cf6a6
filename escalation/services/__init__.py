"""The only writer of plans: policies with layers, schedules with all that hangs on them, working and quiet hours.

Every service takes keyword arguments only, opens its transaction, and finds nothing outside ``organization_id``.
``if_match`` is the client's ``If-Match`` header, compared after the row is locked. A change that changes nothing
leaves ``version`` and ``updated_at`` alone.
"""

from __future__ import annotations

from escalation.services.calendars import create_calendar_feed, delete_calendar_feed
from escalation.services.intended_gaps import (
    GapDraft,
    declare_policy_gap,
    declare_schedule_gap,
    withdraw_policy_gap,
    withdraw_schedule_gap,
)
from escalation.services.layers import add_layer, delete_layer, reorder_layers, update_layer
from escalation.services.offers import offer_shift, take_offer, withdraw_offer
from escalation.services.overrides import add_override, delete_override, update_override
from escalation.services.policies import (
    create_policy,
    delete_policy,
    duplicate_policy,
    replace_policy,
    revise_policy,
    update_policy,
)
from escalation.services.quiet_hours import QuietDraft, quiet_content, set_quiet_hours
from escalation.services.rotations import (
    RotationChanges,
    RotationRevision,
    add_rotation,
    delete_rotation,
    reorder_rotations,
    update_rotation,
)
from escalation.services.schedules import create_schedule, delete_schedule, revise_schedule, update_schedule
from escalation.services.working_hours import create_working_hours, delete_working_hours, update_working_hours

__all__ = [
    "GapDraft",
    "QuietDraft",
    "RotationChanges",
    "RotationRevision",
    "add_layer",
    "add_override",
    "add_rotation",
    "create_calendar_feed",
    "create_policy",
    "create_schedule",
    "create_working_hours",
    "declare_policy_gap",
    "declare_schedule_gap",
    "delete_calendar_feed",
    "delete_layer",
    "delete_override",
    "delete_policy",
    "delete_rotation",
    "delete_schedule",
    "delete_working_hours",
    "duplicate_policy",
    "offer_shift",
    "quiet_content",
    "reorder_layers",
    "reorder_rotations",
    "replace_policy",
    "revise_policy",
    "revise_schedule",
    "set_quiet_hours",
    "take_offer",
    "update_layer",
    "update_override",
    "update_policy",
    "update_rotation",
    "update_schedule",
    "update_working_hours",
    "withdraw_offer",
    "withdraw_policy_gap",
    "withdraw_schedule_gap",
]
