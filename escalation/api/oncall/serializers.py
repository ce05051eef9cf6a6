"""The queries and replies about who is on call."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from scaling.api.fields import InstantField
from scaling.api.serializers import QuerySerializer

SOURCES = ["rotation", "override"]


class AtQuery(QuerySerializer):
    """At which instant."""

    at = InstantField(required=False, help_text="The instant asked about; now, if it is not sent.")


class SpanQuery(QuerySerializer):
    """Which span of time."""

    to = InstantField(required=False, help_text="Its end, at most 366 days later; 14 days later, if it is not sent.")

    def get_fields(self) -> dict[str, Any]:
        """Return the fields; ``from`` is no name in Python."""
        start = InstantField(required=False, help_text="Its beginning; now, if it is not sent.")
        return {"from": start, **super().get_fields()}


class OwnerReply(serializers.Serializer[Any]):
    """Who owns an incident that names the schedule."""

    userId = serializers.CharField()
    layerId = serializers.UUIDField(allow_null=True, help_text="Null in a schedule without layers.")
    source = serializers.ChoiceField(choices=SOURCES)  # type: ignore[assignment]  # a field, as the body says


class PagingTargetReply(serializers.Serializer[Any]):
    """Somebody on call."""

    userId = serializers.CharField()
    layerId = serializers.UUIDField(allow_null=True, help_text="Null in a schedule without layers.")
    position = serializers.IntegerField(min_value=0)
    source = serializers.ChoiceField(choices=SOURCES)  # type: ignore[assignment]  # a field, as the body says
    reachable = serializers.BooleanField(
        help_text="False: on call by the plan, but not paged, being inactive or gone from the organization."
    )


class WhoReply(serializers.Serializer[Any]):
    """Who is on call."""

    scheduleOwner = OwnerReply(allow_null=True)
    pagingTargets = PagingTargetReply(many=True)
    currentOncallUserId = serializers.CharField(allow_null=True, help_text="The owner.")


class ResolvedReply(WhoReply):
    """Who is on call in a schedule at an instant."""

    def get_fields(self) -> dict[str, Any]:
        """Return the fields in the order of the reply."""
        return {"scheduleId": serializers.UUIDField(), "at": InstantField(), **super().get_fields()}


class ScheduleOnCallReply(WhoReply):
    """Who is on call in one of the schedules."""

    def get_fields(self) -> dict[str, Any]:
        """Return the fields in the order of the reply."""
        named = {"id": serializers.UUIDField(), "name": serializers.CharField(), "timezone": serializers.CharField()}
        until = InstantField(allow_null=True, help_text="When the answer may change next; null for never.")
        return {**named, **super().get_fields(), "until": until}


class OnCallReply(serializers.Serializer[Any]):
    """Who is on call in every schedule."""

    at = InstantField()
    schedules = ScheduleOnCallReply(many=True)


class ShiftReply(PagingTargetReply):
    """One person's time on call."""

    def get_fields(self) -> dict[str, Any]:
        """Return the fields; ``from`` is no name in Python."""
        end = InstantField(
            allow_null=True, help_text="From this instant on it is somebody else's or nobody's; null: never."
        )
        override = serializers.UUIDField(allow_null=True, help_text="The override that makes it theirs.")
        return {**super().get_fields(), "from": InstantField(), "to": end, "overrideId": override}


class ShiftsReply(serializers.Serializer[Any]):
    """The shifts of a schedule that reach into a span of time."""

    def get_fields(self) -> dict[str, Any]:
        """Return the fields; ``from`` is no name in Python."""
        return {
            "scheduleId": serializers.UUIDField(),
            "from": InstantField(),
            "to": InstantField(),
            "shifts": ShiftReply(many=True),
        }
