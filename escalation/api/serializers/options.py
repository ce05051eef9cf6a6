"""The bodies of a policy's options."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from escalation.models.policy import MAX_REPAGE_MINUTES, MAX_REPEATS
from scaling.api.fields import StrictInteger
from scaling.api.serializers import StrictSerializer


class PolicyOptions(StrictSerializer):
    """The options of a policy."""

    parent_id = "policyId"

    repeatCount = StrictInteger(
        source="repeat_count", max_value=MAX_REPEATS, help_text="How often all layers are paged again."
    )
    repageAfterAckMinutes = StrictInteger(
        source="repage_after_ack_minutes",
        min_value=1,
        max_value=MAX_REPAGE_MINUTES,
        allow_null=True,
        help_text="The holder is paged again this long after an acknowledgement; null: never.",
    )


class PolicyOptionsReply(serializers.Serializer[Any]):
    """The options of a policy."""

    repeatCount = serializers.IntegerField()
    repageAfterAckMinutes = serializers.IntegerField(allow_null=True)
