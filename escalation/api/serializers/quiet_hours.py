"""The bodies of requests and replies about people's quiet hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from escalation.api.serializers.windows import WindowInput, WindowReply
from escalation.models.working_hours import MAX_WINDOWS
from escalation.services import QuietDraft
from scaling.api.fields import StrictText
from scaling.api.serializers import StrictSerializer


class HoursInput(StrictSerializer):
    """Weekly windows in the person's own time zone."""

    timezone = StrictText(max_length=64, help_text="A place in the IANA time zone database, such as `Europe/Berlin`.")
    windows: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=WindowInput(), allow_empty=False, max_length=MAX_WINDOWS
    )

    def validate(self, attrs: Mapping[str, Any]) -> QuietDraft:
        """Return the hours."""
        return QuietDraft(**attrs)


class QuietHoursInput(StrictSerializer):
    """When a person's phone is to stay silent; null for never."""

    quietHours = HoursInput(source="hours", allow_null=True)


class HoursReply(serializers.Serializer[Any]):
    """Weekly windows in the person's own time zone."""

    timezone = serializers.CharField()
    windows = WindowReply(many=True)


class QuietHoursReply(serializers.Serializer[Any]):
    """When a person's phone is to stay silent."""

    quietHours = HoursReply(allow_null=True, help_text="Null: at no time.")
