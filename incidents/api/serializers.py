"""The bodies of requests and replies about incidents (contract sections 6 and 7)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from rest_framework import serializers

from incidents.models import DEDUP_KEY_LENGTH, Escalation, Incident
from scaling.api.fields import (
    DescriptionField,
    InstantField,
    StrictChoice,
    StrictInteger,
    StrictList,
    StrictText,
    StrictUUID,
    parse_instant,
)
from scaling.api.pagination import PageQuery
from scaling.api.serializers import StrictSerializer
from scaling.text import is_invisible

TITLE_LENGTH = 100
ID_LENGTH = 255
MAX_COMPONENTS = 100

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


# Requests


class TitleField(StrictText):
    """A title: trimmed, 1 to 100 characters, at least one of them visible."""

    default_error_messages = {"invisible": "This field holds no visible character."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": TITLE_LENGTH, "trim_whitespace": True, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        """Return the trimmed title."""
        title = super().to_internal_value(data)
        if is_invisible(title):
            self.fail("invisible")
        return title


class UserIdField(StrictText):
    """The id of a person, or null for nobody; whether there is such a person, the service knows."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": ID_LENGTH, "allow_null": True, "default": None, **kwargs})


class ComponentIdsField(StrictList):
    """Ids of components; whether there are such components, the service knows."""

    def __init__(self, **kwargs: Any) -> None:
        child = StrictText(max_length=ID_LENGTH)
        super().__init__(**{"source": "component_ids", "child": child, "max_length": MAX_COMPONENTS, **kwargs})


class NewIncident(StrictSerializer):
    """What went wrong, and whom to call: a person, a policy, or an on-call schedule that brings both."""

    title = TitleField()
    description = DescriptionField(default=None)
    severity = StrictChoice(choices=Incident.Severity.values)
    ownerId = UserIdField(source="owner_user_id")
    ownerScheduleId = StrictUUID(source="owner_schedule_id", allow_null=True, default=None)
    escalationPolicyId = StrictUUID(source="policy_id", allow_null=True, default=None)
    componentIds = ComponentIdsField(default=list, help_text="What it affects; that never changes who is paged.")
    dedupKey = StrictText(
        source="dedup_key",
        max_length=DEDUP_KEY_LENGTH,
        allow_null=True,
        default=None,
        help_text="What makes two calls one incident: while one with this key is open, it takes them.",
    )


class Components(StrictSerializer):
    """What the incident affects, all of it."""

    parent_id = "incidentId"

    componentIds = ComponentIdsField()


class Command(StrictSerializer):
    """``firing`` is the number the caller saw: should it have moved on, nothing happens."""

    parent_id = "incidentId"

    firing = StrictInteger(allow_null=True, default=None)


class Snooze(Command):
    """Until when nobody is paged. ``firing`` is the number the caller saw: should it have moved on, nothing happens."""

    until = InstantField()


class Resolution(StrictSerializer):
    """A note for the record."""

    parent_id = "incidentId"

    resolutionNote = DescriptionField(source="resolution_note", default=None)


class Nothing(StrictSerializer):
    """A body without fields."""

    parent_id = "incidentId"


class StatusChange(Resolution):
    """The next status; a note for the record goes with it."""

    status = StrictChoice(choices=Incident.Status.values)


class Acknowledgement(StrictSerializer):
    """Who holds the incident, where the key speaks for a person."""

    parent_id = "incidentId"

    userId = UserIdField(source="user_id")


class Handoff(Command):
    """Who is to own the incident. ``firing`` is the number the caller saw: should it have moved on, nothing happens."""

    targetUserId = UserIdField(source="target_user_id", allow_null=False, default=serializers.empty)


class Span(NamedTuple):
    """The time from ``start`` up to but not including ``end``."""

    start: datetime
    end: datetime


class MomentField(serializers.CharField):
    """A day in UTC, or an instant to the millisecond, as this API shows instants; becomes the span of time it names."""

    default_error_messages = {"invalid": "Send a day such as 2026-05-04, or an instant such as 2026-05-04T07:00:00Z."}

    def to_internal_value(self, data: Any) -> Span:  # type: ignore[override]  # a text comes in, a span goes on
        """Return the day or the millisecond."""
        is_day = _DAY.fullmatch(data)
        start = parse_instant(f"{data}T00:00Z" if is_day else data)
        if start is None:
            self.fail("invalid")
        if is_day:
            return Span(start, start + timedelta(days=1))
        start = start.replace(microsecond=start.microsecond // 1000 * 1000)
        return Span(start, start + timedelta(milliseconds=1))


class IncidentQuery(PageQuery):
    """Which incidents a list shows. Both ends of the time are inclusive."""

    status = StrictChoice(choices=Incident.Status.values, default=None)
    severity = StrictChoice(choices=Incident.Severity.values, default=None)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields; two have a name that is a keyword of Python."""
        since = MomentField(default=None, help_text="Only incidents created on this day or at this instant, or later.")
        until = MomentField(
            default=None, help_text="Only incidents created on this day or at this instant, or earlier."
        )
        return {**super().get_fields(), "from": since, "to": until}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the query in the words of ``reads.newest_incidents``."""
        since, until = attrs.pop("from"), attrs.pop("to")
        return {**attrs, "since": since and since.start, "until": until and until.end}


# Replies


class ComponentReply(serializers.Serializer[Any]):
    """A component that an incident affects."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class IncidentReply(serializers.Serializer[Any]):
    """Something that went wrong, and whose it is."""

    id = serializers.UUIDField()
    orgId = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField(allow_null=True)
    severity = serializers.ChoiceField(choices=Incident.Severity.values)
    status = serializers.ChoiceField(choices=Incident.Status.values)
    ownerId = serializers.CharField(allow_null=True)
    escalationPolicyId = serializers.UUIDField(allow_null=True)
    affectedComponents = ComponentReply(many=True)
    createdBy = serializers.CharField(help_text="The user or the key that opened it.")
    createdAt = InstantField()
    updatedAt = InstantField()


class IncidentsReply(serializers.Serializer[Any]):
    """A page of incidents, newest first."""

    incidents = IncidentReply(many=True)
    nextCursor = serializers.CharField(allow_null=True, help_text="Where the next page begins; null at the end.")


class StatusReply(serializers.Serializer[Any]):
    """A status the incident took."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=Incident.Status.values)
    changedAt = InstantField()
    resolutionNote = serializers.CharField(allow_null=True)


def _escalation_fields() -> dict[str, serializers.Field[Any, Any, Any, Any]]:
    return {
        "state": serializers.ChoiceField(choices=Escalation.State.values),
        "pass": serializers.IntegerField(help_text="How often the layers have been begun; 1 is the first time."),
        "position": serializers.IntegerField(help_text="The current layer; 0 before the first."),
        "firing": serializers.IntegerField(help_text="The number of the last call for attention."),
        "dueAt": InstantField(allow_null=True, help_text="When something happens next unless somebody acts."),
        "holderId": serializers.CharField(allow_null=True, help_text="The person who has it in hand."),
        "acknowledgedBy": serializers.CharField(allow_null=True, help_text="Who acknowledged: a user or a key."),
        "acknowledgedAt": InstantField(allow_null=True),
    }


class EscalationReply(serializers.Serializer[Any]):
    """Where the paging of an incident stands."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Return the fields; one has a name that is a keyword of Python."""
        return _escalation_fields()


class EventReply(serializers.Serializer[Any]):
    """Something that happened to an incident."""

    id = serializers.UUIDField()
    type = serializers.CharField()
    at = InstantField()
    actorId = serializers.CharField(allow_null=True, help_text="Who did it: a user or a key; null for the engine.")
    layerId = serializers.UUIDField(allow_null=True)
    position = serializers.IntegerField(allow_null=True)
    userId = serializers.CharField(allow_null=True, help_text="Whom it is about.")
    details = serializers.DictField()
    summary = serializers.CharField(help_text="The event in a sentence, for people.")


class TimelineReply(serializers.Serializer[Any]):
    """All that happened to an incident, oldest first."""

    events = EventReply(many=True)


class IncidentWithEscalationReply(IncidentReply):
    """An incident, and where its paging stands."""

    number = serializers.IntegerField(help_text="Counts the incidents of the organization, from 1.")
    dedupKey = serializers.CharField(allow_null=True)
    escalation = EscalationReply()


class WholeIncidentReply(IncidentWithEscalationReply):
    """An incident with its history: the statuses it took and every event of its paging, oldest first."""

    statusHistory = StatusReply(many=True)
    pagingEvents = EventReply(many=True)
