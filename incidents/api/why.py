"""``GET /v1/incidents/{id}/why``: why the incident paged whom it paged, and why it did not page somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.domain.model import ACCOUNT_EMAIL
from escalation.domain.roster import is_address
from incidents.api.serializers import ID_LENGTH
from incidents.domain.methods import Fate
from incidents.domain.model import Cause
from incidents.domain.why import Rejection
from incidents.models import Escalation
from incidents.outlook import Outlook
from incidents.why import ToldCall, ToldMethod, ToldPass, ToldPerson, Why, load_why
from scaling import clock
from scaling.api.fields import InstantField, StrictText
from scaling.api.schema import operation
from scaling.api.serializers import QuerySerializer
from scaling.api.views import TenantViewSet, data

Body = dict[str, Any]

_REASONS: Final = [
    *("named", "rotation", "override", "handoff", "holder", "fallback"),
    *(str(rejection) for rejection in Rejection),
]


class WhyQuery(QuerySerializer):
    """About whom."""

    userId = StrictText(
        source="user_id",
        max_length=ID_LENGTH,
        default=None,
        help_text="A person who is or was in the organization. Without it, everybody who was paged is told of.",
    )


class MethodReply(serializers.Serializer[Any]):
    """What became of a page over one of the person's methods."""

    methodId = serializers.UUIDField(allow_null=True, help_text="Null is the account's own email.")
    channel = serializers.CharField()
    state = serializers.ChoiceField(choices=[str(fate) for fate in Fate])
    at = InstantField(allow_null=True, help_text="When it was sent, begun or removed, or is due.")
    summary = serializers.CharField()


class PersonReply(serializers.Serializer[Any]):
    """Why somebody was paged by a call, or was not."""

    userId = serializers.CharField(allow_null=True, help_text="Null is a plain email address.")
    paged = serializers.BooleanField()
    reason = serializers.ChoiceField(choices=_REASONS, help_text="What put them there, or what kept them off.")
    position = serializers.IntegerField(allow_null=True, help_text="The layer it is about.")
    scheduleId = serializers.UUIDField(allow_null=True)
    sourceId = serializers.UUIDField(allow_null=True, help_text="The rotation, the override or the layer it is due to.")
    byId = serializers.CharField(allow_null=True, help_text="Who was paged or on call instead.")
    until = InstantField(allow_null=True, help_text="Until when that held.")
    nextAt = InstantField(allow_null=True, help_text="When it would be theirs, as it looked then.")
    lastPagedAt = InstantField(allow_null=True, help_text="When an earlier call paged them.")
    methods = MethodReply(many=True)
    summary = serializers.CharField(help_text="The reason in a sentence, for people.")


class PassReply(serializers.Serializer[Any]):
    """A layer that was passed on the way to a call: `reason` says why it was skipped, null that it reached nobody."""

    position = serializers.IntegerField(allow_null=True)
    layerId = serializers.UUIDField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    summary = serializers.CharField()


def _call_fields() -> dict[str, serializers.Field[Any, Any, Any, Any]]:
    return {
        "firing": serializers.IntegerField(),
        "at": InstantField(),
        "cause": serializers.ChoiceField(choices=[str(cause) for cause in Cause]),
        "pass": serializers.IntegerField(),
        "position": serializers.IntegerField(),
        "layerId": serializers.UUIDField(allow_null=True),
        "dueAt": InstantField(allow_null=True),
        "passed": PassReply(many=True),
        "people": PersonReply(many=True),
        "summary": serializers.CharField(),
    }


class CallReply(serializers.Serializer[Any]):
    """A call for attention."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Return the fields; one has a name that is a keyword of Python."""
        return _call_fields()


class NextReply(serializers.Serializer[Any]):
    """The next call unless somebody acts, by what is known now."""

    at = InstantField()
    cause = serializers.ChoiceField(choices=[str(cause) for cause in Cause])
    position = serializers.IntegerField()
    recipients = serializers.ListField(child=serializers.CharField())


class NowReply(serializers.Serializer[Any]):
    """Where it stands now, and what comes next."""

    at = InstantField()
    state = serializers.ChoiceField(choices=Escalation.State.values)
    next = NextReply(allow_null=True)
    pagesUser = serializers.BooleanField(allow_null=True, help_text="Whether the next call pages `userId`.")
    summary = serializers.CharField()


class WhyReply(serializers.Serializer[Any]):
    """Every call of an incident, oldest first, and why it paged whom it paged, or the person asked about or not."""

    incidentId = serializers.UUIDField()
    userId = serializers.CharField(allow_null=True)
    calls = CallReply(many=True)
    now = NowReply()


class WhyViewSet(TenantViewSet):
    """Why an incident paged whom it paged. A key of scope ``trigger`` reads it, as all of an incident."""

    trigger_actions = frozenset({"retrieve"})

    @operation("explainIncident", query=WhyQuery, gives=WhyReply)
    def retrieve(self, request: Request, incident_id: UUID) -> Response:
        """Why each call for attention paged whom it paged; with `userId`, why it did or did not page that person.

        It is told from what was looked at when it was decided, whatever has been edited since.
        """
        now = clock.now()
        found = load_why(self.organization_id, incident_id, now=now, **self.query(WhyQuery))
        return data(_why_body(found, now))


def _why_body(found: Why, now: datetime) -> Body:
    return {
        "incidentId": found.escalation.pk,
        "userId": found.asked,
        "calls": [_call_body(call) for call in found.calls],
        "now": {
            "at": now,
            "state": found.escalation.state,
            "next": None if found.outlook is None else _next_body(found.outlook),
            "pagesUser": found.is_next,
            "summary": found.now,
        },
    }


def _next_body(outlook: Outlook) -> Body:
    return {
        "at": outlook.at,
        "cause": outlook.cause,
        "position": outlook.position,
        "recipients": outlook.recipients,
    }


def _call_body(call: ToldCall) -> Body:
    firing = call.firing
    return {
        "firing": firing.number,
        "at": firing.fired_at,
        "cause": firing.cause,
        "pass": firing.pass_no,
        "position": firing.position,
        "layerId": call.layer_id,
        "dueAt": firing.due_at,
        "passed": [_pass_body(each) for each in call.passed],
        "people": [_person_body(person) for person in call.people],
        "summary": call.summary,
    }


def _pass_body(passed: ToldPass) -> Body:
    event = passed.event
    return {
        "position": event.position,
        "layerId": event.layer_id,
        "reason": event.details.get("reason"),
        "summary": passed.summary,
    }


def _person_body(person: ToldPerson) -> Body:
    answer = person.answer
    return {
        "userId": None if is_address(person.recipient) else person.recipient,
        "paged": answer.duty is not None,
        "reason": answer.rejection if answer.duty is None else answer.duty.source,
        "position": answer.position,
        "scheduleId": answer.schedule,
        "sourceId": answer.source,
        "byId": answer.by,
        "until": answer.until,
        "nextAt": answer.then,
        "lastPagedAt": answer.before,
        "methods": [_method_body(method) for method in person.methods],
        "summary": person.summary,
    }


def _method_body(method: ToldMethod) -> Body:
    fate = method.fate
    return {
        "methodId": None if fate.method == ACCOUNT_EMAIL else fate.method,
        "channel": method.channel,
        "state": fate.fate,
        "at": fate.at,
        "summary": method.summary,
    }
