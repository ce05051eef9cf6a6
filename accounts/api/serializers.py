"""What the API says about people (contract section 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from accounts.models.notification_rule import (
    MAX_DELAY_SECONDS,
    MAX_REPEAT_SECONDS,
    MAX_RULES,
    MIN_REPEAT_SECONDS,
    SEVERITIES,
)
from accounts.services import RuleDraft
from scaling.api.fields import StrictChoice, StrictInteger, StrictList, StrictUUID
from scaling.api.serializers import StrictSerializer


class UserReply(serializers.Serializer[Any]):
    """A person of the organization."""

    id = serializers.CharField(help_text="`user_…`: what layers, incidents and overrides name.")
    firstName = serializers.CharField(allow_null=True)
    lastName = serializers.CharField(allow_null=True)
    email = serializers.CharField(allow_null=True)


class UsersReply(serializers.Serializer[Any]):
    """The people of the organization, in the order in which they joined."""

    users = UserReply(many=True)


class RuleInput(StrictSerializer):
    """A rule: over which method, after how long, how often again, for which incidents."""

    contactMethodId = StrictUUID(
        source="contact_method_id", allow_null=True, help_text="Null is the account's email, which goes at once anyway."
    )
    delaySeconds = StrictInteger(source="delay_seconds", default=0, max_value=MAX_DELAY_SECONDS)
    repeatSeconds = StrictInteger(
        source="repeat_seconds",
        min_value=MIN_REPEAT_SECONDS,
        max_value=MAX_REPEAT_SECONDS,
        allow_null=True,
        default=None,
        help_text="After how long it is used again, ten times in all; null for never.",
    )
    severities = StrictList(
        child=StrictChoice(choices=SEVERITIES),
        min_length=1,
        max_length=len(SEVERITIES),
        default=lambda: list(SEVERITIES),
    )

    def validate_severities(self, severities: list[str]) -> list[str]:
        """Return the severities, of which none is named twice."""
        if len(set(severities)) < len(severities):
            raise serializers.ValidationError("A severity is named more than once.")
        return severities

    def validate(self, attrs: Mapping[str, Any]) -> RuleDraft:
        """Return the rule."""
        return RuleDraft(**attrs)


class RulesInput(StrictSerializer):
    """All rules of a person, in order."""

    rules: serializers.ListSerializer[Any] = serializers.ListSerializer(child=RuleInput(), max_length=MAX_RULES)


class RuleReply(serializers.Serializer[Any]):
    """A rule of a person."""

    id = serializers.UUIDField()
    contactMethodId = serializers.UUIDField(allow_null=True, help_text="Null is the account's email.")
    delaySeconds = serializers.IntegerField()
    repeatSeconds = serializers.IntegerField(allow_null=True)
    severities = serializers.ListField(child=serializers.ChoiceField(choices=SEVERITIES))


class RulesReply(serializers.Serializer[Any]):
    """All rules of a person, in order; without any, they are paged over all verified methods at once."""

    rules = RuleReply(many=True)
