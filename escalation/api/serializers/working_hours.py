"""The bodies of requests and replies about working hours (contract section 9)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from escalation.api.serializers.windows import WindowInput, WindowReply
from escalation.models.working_hours import MAX_WINDOWS
from scaling.api.fields import InstantField, NameField, StrictText
from scaling.api.serializers import StrictSerializer


class WorkingHoursInput(StrictSerializer):
    """Weekly windows in a time zone of their own."""

    name = NameField()
    timezone = StrictText(max_length=64, help_text="A place in the IANA time zone database, such as `Europe/Berlin`.")
    windows: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=WindowInput(), allow_empty=False, max_length=MAX_WINDOWS
    )


class WorkingHoursReply(serializers.Serializer[Any]):
    """Working hours."""

    id = serializers.UUIDField()
    orgId = serializers.CharField()
    name = serializers.CharField()
    timezone = serializers.CharField()
    windows = WindowReply(many=True)
    createdBy = serializers.CharField(help_text="The user or API key that created them.")
    createdAt = InstantField()
    updatedAt = InstantField()
