"""``GET /v1/escalation/policies/{id}/preview``: what would happen if an incident with the policy were triggered.

It lies here and not beside the other calls about policies, as it asks what decides about incidents.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.domain.model import ACCOUNT_EMAIL, MethodId
from escalation.domain.roster import is_address
from incidents.domain.ladder import Missed
from incidents.domain.model import Cause
from incidents.ladder import ToldLadder, ToldPassed, ToldPerson, ToldRung, ToldWay, load_ladder
from incidents.ladder.told import ToldLeftOut
from incidents.models import Incident
from scaling import clock
from scaling.api.fields import InstantField
from scaling.api.schema import operation
from scaling.api.serializers import QuerySerializer
from scaling.api.views import TenantViewSet, data

Body = dict[str, Any]

DEFAULT_SEVERITY: Final = Incident.Severity.CRITICAL


class PreviewQuery(QuerySerializer):
    """When the incident would be triggered, and how bad it would be."""

    at = InstantField(required=False, help_text="The instant of the trigger; now, if it is not sent.")
    severity = serializers.ChoiceField(
        choices=Incident.Severity.choices,
        default=DEFAULT_SEVERITY,
        help_text="People's rules and quiet hours depend on it.",
    )


class WayReply(serializers.Serializer[Any]):
    """A method the person is sent the call over."""

    methodId = serializers.UUIDField(allow_null=True, help_text="Null is the account's own email.")
    channel = serializers.CharField()
    sentAt = serializers.ListField(child=InstantField(), help_text="When, unless somebody acknowledges before.")
    summary = serializers.CharField()


class LeftOutReply(serializers.Serializer[Any]):
    """A method the person's rules ask for and the call does without."""

    methodId = serializers.UUIDField(allow_null=True)
    channel = serializers.CharField()
    reason = serializers.ChoiceField(choices=["unverified", "quiet_hours"])
    until = InstantField(allow_null=True, help_text="When the quiet hours end; null for never.")
    summary = serializers.CharField()


class CalledReply(serializers.Serializer[Any]):
    """Somebody the call goes to."""

    userId = serializers.CharField(allow_null=True, help_text="Null is a plain email address.")
    reason = serializers.ChoiceField(choices=["named", "rotation", "override", "fallback"])
    sourceId = serializers.UUIDField(allow_null=True, help_text="The rotation, the override or the layer it is due to.")
    until = InstantField(allow_null=True, help_text="Until when that holds.")
    methods = WayReply(many=True)
    leftOut = LeftOutReply(many=True)
    summary = serializers.CharField()


class MissedReply(serializers.Serializer[Any]):
    """Somebody who would be called and cannot be."""

    userId = serializers.CharField()
    reason = serializers.ChoiceField(choices=["inactive", "unknown"])


class PassedReply(serializers.Serializer[Any]):
    """A layer passed on the way to the call: `reason` says why it is skipped, null that it reaches nobody."""

    position = serializers.IntegerField()
    layerId = serializers.UUIDField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    missed = MissedReply(many=True)
    summary = serializers.CharField()


def _call_fields() -> dict[str, serializers.Field[Any, Any, Any, Any]]:
    return {
        "firing": serializers.IntegerField(),
        "at": InstantField(),
        "afterSeconds": serializers.IntegerField(help_text="Counted from the trigger."),
        "cause": serializers.ChoiceField(choices=[str(cause) for cause in Cause]),
        "pass": serializers.IntegerField(),
        "position": serializers.IntegerField(help_text="The layer's; 0 before the first."),
        "layerId": serializers.UUIDField(allow_null=True),
        "dueAt": InstantField(allow_null=True, help_text="When the next call comes."),
        "passed": PassedReply(many=True),
        "people": CalledReply(many=True),
        "missed": MissedReply(many=True),
        "summary": serializers.CharField(),
    }


class PreviewCallReply(serializers.Serializer[Any]):
    """A call for attention to come."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Return the fields; one has a name that is a keyword of Python."""
        return _call_fields()


class PreviewReply(serializers.Serializer[Any]):
    """Every call to come until the fallback is paged, oldest first."""

    policyId = serializers.UUIDField()
    at = InstantField()
    severity = serializers.ChoiceField(choices=Incident.Severity.choices)
    calls = PreviewCallReply(many=True)
    isCut = serializers.BooleanField(help_text="Whether more calls follow than are told.")
    waitsUntil = InstantField(
        allow_null=True,
        help_text="When a layer may reach somebody again, where none did; null otherwise, and for never.",
    )
    summary = serializers.CharField(help_text="What follows the last call.")


class PreviewViewSet(TenantViewSet):
    """What would happen if an incident with a policy were triggered."""

    @operation("previewPolicy", query=PreviewQuery, gives=PreviewReply)
    def retrieve(self, request: Request, policy_id: UUID) -> Response:
        """Whom an incident would page, when, why and over what, if nobody ever acknowledged it.

        It is told by what pages, with the policy, its people and schedules as they are now: triggered at that instant,
        an incident makes these calls. A mail server that is down delays them.
        """
        query = self.query(PreviewQuery)
        at = query.get("at") or clock.now()
        return data(_body(policy_id, load_ladder(self.organization_id, policy_id, query["severity"], at)))


def _body(policy_id: UUID, told: ToldLadder) -> Body:
    return {
        "policyId": policy_id,
        "at": told.start,
        "severity": told.severity,
        "calls": [_call_body(rung, told.start) for rung in told.rungs],
        "isCut": told.ladder.is_cut,
        "waitsUntil": told.ladder.waits_until,
        "summary": told.end,
    }


def _call_body(told: ToldRung, start: datetime) -> Body:
    rung = told.rung
    return {
        "firing": rung.firing,
        "at": rung.at,
        "afterSeconds": round((rung.at - start).total_seconds()),
        "cause": rung.cause,
        "pass": rung.pass_no,
        "position": rung.position,
        "layerId": None if rung.layer is None else rung.layer.id,
        "dueAt": rung.due_at,
        "passed": [_passed_body(passed) for passed in told.passed],
        "people": [_person_body(person) for person in told.people],
        "missed": _missed_body(rung.missed),
        "summary": " ".join([told.summary, *told.remarks]),
    }


def _passed_body(told: ToldPassed) -> Body:
    return {
        "position": told.passed.position,
        "layerId": told.passed.layer,
        "reason": told.passed.skipped,
        "missed": _missed_body(told.passed.missed),
        "summary": told.summary,
    }


def _person_body(person: ToldPerson) -> Body:
    duty = person.called.duty
    return {
        "userId": None if is_address(duty.user) else duty.user,
        "reason": duty.source,
        "sourceId": duty.source_id,
        "until": duty.until,
        "methods": [_way_body(way) for way in person.ways],
        "leftOut": [_left_out_body(each) for each in person.left_out],
        "summary": person.summary,
    }


def _way_body(told: ToldWay) -> Body:
    return {
        "methodId": _method_id(told.way.method),
        "channel": told.channel,
        "sentAt": told.way.sent_at,
        "summary": told.summary,
    }


def _left_out_body(told: ToldLeftOut) -> Body:
    return {
        "methodId": _method_id(told.left_out.method),
        "channel": told.channel,
        "reason": told.left_out.because,
        "until": told.left_out.until,
        "summary": told.summary,
    }


def _missed_body(missed: Missed) -> list[Body]:
    return [{"userId": who, "reason": reason} for who, reason in missed]


def _method_id(method: MethodId) -> MethodId | None:
    return None if method == ACCOUNT_EMAIL else method
