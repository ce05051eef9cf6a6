"""The bodies of requests and replies about coverage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from escalation.api.serializers.windows import WindowInput, WindowReply
from escalation.coverage import DEFAULT_DAYS, LONGEST_DAYS
from escalation.models.intended_gap import REASON_LENGTH
from escalation.models.working_hours import MAX_WINDOWS
from escalation.services import GapDraft
from scaling.api.fields import InstantField, StrictText, StrictUUID
from scaling.api.serializers import QuerySerializer, StrictSerializer

PROBLEMS = ["unknown", "inactive", "email_only"]
SEVERITIES = ["critical", "high", "medium", "low"]
_NO_WINDOWS = "At which times of the week; empty: at any time."
_ZONE = "Of the windows: a place in the IANA time zone database, such as `Europe/Berlin`."


class DaysQuery(QuerySerializer):
    """For how long."""

    days = serializers.IntegerField(
        required=False,
        default=DEFAULT_DAYS,
        min_value=1,
        max_value=LONGEST_DAYS,
        help_text="How many days from now on, of 24 hours each.",
    )


class ScheduleGapInput(StrictSerializer):
    """That nobody is on call in a schedule on purpose."""

    parent_id = "scheduleId"

    reason = StrictText(max_length=REASON_LENGTH, trim_whitespace=True, help_text="Why; people read it.")
    timezone = StrictText(max_length=64, required=False, allow_null=True, help_text=_ZONE)
    windows: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=WindowInput(), required=False, max_length=MAX_WINDOWS, help_text=_NO_WINDOWS
    )
    startsAt = InstantField(source="starts_at", required=False, allow_null=True, help_text="Null: since ever.")
    endsAt = InstantField(source="ends_at", required=False, allow_null=True, help_text="Null: for ever.")

    def validate(self, attrs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the draft, and beside it what it is for."""
        said = {name: value for name, value in attrs.items() if name != "layer_id"}
        place = {"layer_id": attrs["layer_id"]} if "layer_id" in attrs else {}
        return {"draft": GapDraft(**said), **place}


class PolicyGapInput(ScheduleGapInput):
    """That a layer of a policy, or all of it, reaches nobody on purpose."""

    parent_id = "policyId"

    layerId = StrictUUID(
        source="layer_id", required=False, allow_null=True, help_text="Null: the policy with all its layers."
    )


class IntendedGapReply(serializers.Serializer[Any]):
    """A gap that somebody has declared."""

    id = serializers.UUIDField()
    orgId = serializers.CharField()
    policyId = serializers.UUIDField(allow_null=True)
    scheduleId = serializers.UUIDField(allow_null=True)
    layerId = serializers.UUIDField(allow_null=True, help_text="Null: the policy with all its layers, or the schedule.")
    reason = serializers.CharField()
    timezone = serializers.CharField(allow_null=True)
    windows = WindowReply(many=True)
    startsAt = InstantField(allow_null=True)
    endsAt = InstantField(allow_null=True)
    createdBy = serializers.CharField(help_text="The user or API key that declared it.")
    createdAt = InstantField()


class GapReply(serializers.Serializer[Any]):
    """A time in which nobody is reached."""

    layerId = serializers.UUIDField(allow_null=True, help_text="The layer of a policy; null: all of it.")
    position = serializers.IntegerField(allow_null=True, min_value=1, help_text="The position of that layer.")

    def get_fields(self) -> dict[str, Any]:
        """Return the fields; ``from`` is no name in Python."""
        end = InstantField(help_text="From this instant on somebody is reached, or nothing more is told.")
        return {"from": InstantField(), "to": end, **super().get_fields()}


class DeclaredGapReply(GapReply):
    """A time in which nobody is reached on purpose."""

    intendedGapIds = serializers.ListField(child=serializers.UUIDField(), help_text="Who says so; at least one.")
    reasons = serializers.ListField(child=serializers.CharField())


class ConcernReply(serializers.Serializer[Any]):
    """Somebody whom a page does not reach as it should."""

    userId = serializers.CharField()
    problem = serializers.ChoiceField(
        choices=PROBLEMS,
        help_text="`unknown`, `inactive`: not paged at all; `email_only`: nothing beside the account's email is usable.",
    )
    severities = serializers.ListField(
        child=serializers.ChoiceField(choices=SEVERITIES), help_text="The severities at which that is so."
    )
    positions = serializers.ListField(
        child=serializers.IntegerField(min_value=0),
        help_text="The layers that lead to them: of a policy from 1, of a schedule from 0.",
    )


class CoverageReply(serializers.Serializer[Any]):
    """Where a policy or a schedule reaches nobody in the days to come."""

    def get_fields(self) -> dict[str, Any]:
        """Return the fields; ``from`` is no name in Python."""
        return {
            "policyId": serializers.UUIDField(allow_null=True),
            "scheduleId": serializers.UUIDField(allow_null=True),
            "from": InstantField(),
            "to": InstantField(),
            "gaps": GapReply(many=True),
            "intended": DeclaredGapReply(many=True),
            "people": ConcernReply(many=True),
        }
