"""The bodies of requests and replies about schedules, their rotations and overrides (contract sections 4 and 5)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from escalation.api.serializers.orders import OrderedIdField
from escalation.api.serializers.windows import WindowInput, WindowReply
from escalation.models import Rotation, Schedule
from escalation.models.rotation import MAX_LENGTH_DAYS, MAX_PARTICIPANTS
from escalation.models.working_hours import MAX_WINDOWS
from scaling.api.fields import (
    DescriptionField,
    InstantField,
    NameField,
    StrictChoice,
    StrictInteger,
    StrictList,
    StrictText,
    StrictUUID,
    TimeOfDayField,
)
from scaling.api.serializers import QuerySerializer, StrictSerializer

ROTATIONS_ELSEWHERE = "The layers of a schedule are written one by one at …/layers."
ORDERED_ELSEWHERE = "Layers are put in order at …/layers/order."

_USER_ID_LENGTH = 255


class ScheduleInput(StrictSerializer):
    """A schedule's own fields."""

    refused = {"layers": ROTATIONS_ELSEWHERE}

    name = NameField()
    description = DescriptionField()
    timezone = StrictText(max_length=64, help_text="A place in the IANA time zone database, such as `Europe/Berlin`.")
    pagingMode = StrictChoice(
        source="paging_mode",
        choices=Schedule.PagingMode.values,
        required=False,
        help_text="Whether all who are on call are paged, or only who serves for the first layer with somebody.",
    )


class RotationInput(StrictSerializer):
    """A rotation layer of a schedule."""

    parent_id = "scheduleId"
    refused = {"position": ORDERED_ELSEWHERE}

    name = NameField()
    rotationType = StrictChoice(source="rotation_type", choices=Rotation.RotationType.values)
    rotationLengthDays = StrictInteger(
        source="length_days", min_value=1, max_value=MAX_LENGTH_DAYS, help_text="1 for daily, 7 for weekly."
    )
    handoffTime = TimeOfDayField(source="handoff_time", help_text="In the time zone of the schedule.")
    effectiveFrom = InstantField(source="effective_from", help_text="The turn of the first participant begins.")
    effectiveUntil = InstantField(
        source="effective_until", required=False, allow_null=True, help_text="Null: for ever."
    )
    participantIds = StrictList(
        source="user_ids",
        child=StrictText(max_length=_USER_ID_LENGTH),
        min_length=1,
        max_length=MAX_PARTICIPANTS,
        help_text="Who take turns, in this order; somebody may be named more than once.",
    )
    restrictions: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=WindowInput(),
        required=False,
        max_length=MAX_WINDOWS,
        help_text="Nobody serves outside these windows; empty: always.",
    )


class RotationOrder(StrictSerializer):
    """All rotation layers of a schedule in their new order."""

    parent_id = "scheduleId"

    layerIds = StrictList(child=OrderedIdField(), help_text="Each layer of the schedule exactly once.")


class OverrideInput(StrictSerializer):
    """Somebody who serves instead of a participant, for a limited time."""

    parent_id = "scheduleId"

    userId = StrictText(source="user_id", max_length=_USER_ID_LENGTH)
    startsAt = InstantField(source="starts_at")
    endsAt = InstantField(source="ends_at", help_text="From this instant on the layer counts again.")
    rotationLayerId = StrictUUID(
        source="rotation_id",
        required=False,
        allow_null=True,
        help_text="Whose participant is displaced. Null: whichever layer is first.",
    )


class OverrideQuery(QuerySerializer):
    """Which overrides."""

    to = InstantField(required=False, help_text="Only those that start before.")

    def get_fields(self) -> dict[str, Any]:
        """Return the fields; ``from`` is no name in Python."""
        after = InstantField(required=False, help_text="Only those that end after.")
        return {"from": after, **super().get_fields()}


class ScheduleReply(serializers.Serializer[Any]):
    """A schedule without its rotations."""

    id = serializers.UUIDField()
    orgId = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_null=True)
    timezone = serializers.CharField()
    pagingMode = serializers.ChoiceField(choices=Schedule.PagingMode.values)
    createdBy = serializers.CharField(help_text="The user or API key that created it.")
    createdAt = InstantField()
    updatedAt = InstantField(help_text="Changes of its layers and overrides count.")


class RotationReply(serializers.Serializer[Any]):
    """A rotation layer of a schedule."""

    id = serializers.UUIDField()
    scheduleId = serializers.UUIDField()
    name = serializers.CharField()
    position = serializers.IntegerField(min_value=0)
    rotationType = serializers.ChoiceField(choices=Rotation.RotationType.values)
    rotationLengthDays = serializers.IntegerField(min_value=1)
    handoffTime = TimeOfDayField()
    effectiveFrom = InstantField()
    effectiveUntil = InstantField(allow_null=True)
    participantIds = serializers.ListField(child=serializers.CharField())
    restrictions = WindowReply(many=True)
    createdAt = InstantField()
    updatedAt = InstantField()


class ScheduleWithLayersReply(ScheduleReply):
    """A schedule with its rotation layers in order."""

    layers = RotationReply(many=True)


class OverrideReply(serializers.Serializer[Any]):
    """An override of a schedule."""

    id = serializers.UUIDField()
    scheduleId = serializers.UUIDField()
    orgId = serializers.CharField()
    rotationLayerId = serializers.UUIDField(allow_null=True)
    userId = serializers.CharField()
    startsAt = InstantField()
    endsAt = InstantField()
    createdBy = serializers.CharField(help_text="The user or API key that created it.")
    createdAt = InstantField()
    updatedAt = InstantField()
