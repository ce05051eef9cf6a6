"""Weekly windows, in rotations and in working hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from escalation.domain.model import Window
from scaling.api.fields import StrictInteger, StrictList, TimeOfDayField
from scaling.api.serializers import StrictSerializer


class WindowInput(StrictSerializer):
    """A span of local time in each week; an end at or before the start lies on the next day."""

    days = StrictList(
        child=StrictInteger(min_value=1, max_value=7),
        min_length=1,
        max_length=7,
        help_text="The days on which it starts: 1 is Monday, 7 is Sunday.",
    )
    start = TimeOfDayField()
    end = TimeOfDayField(help_text="Where it equals the start, the window is a whole day.")

    def validate_days(self, days: list[int]) -> frozenset[int]:
        """Return the days, of which none is named twice."""
        if len(set(days)) < len(days):
            raise serializers.ValidationError("A day is named more than once.")
        return frozenset(days)

    def validate(self, attrs: Mapping[str, Any]) -> Window:
        """Return the window."""
        return Window(**attrs)


class WindowReply(serializers.Serializer[Any]):
    """A span of local time in each week."""

    days = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=7))
    start = TimeOfDayField()
    end = TimeOfDayField()
