"""The bodies of requests and replies about policies and their layers (contract sections 2, 3 and 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from escalation.api.serializers.orders import OrderedIdField
from escalation.api.targets import SCHEDULE, USERS, parse_step_target, parse_target
from escalation.domain.target import Condition, LayerDraft
from escalation.models import Layer
from escalation.models.policy import MAX_LAYERS, MAX_TIMEOUT_SECONDS, MAX_USERS, MIN_TIMEOUT_SECONDS
from scaling.api.fields import (
    DescriptionField,
    InstantField,
    NameField,
    StrictChoice,
    StrictInteger,
    StrictList,
    StrictUUID,
)
from scaling.api.serializers import StrictSerializer

LAYERS_ELSEWHERE = "Layers are written one by one at …/layers, or all at once as steps of a POST or PUT."
STEPS_ELSEWHERE = "Steps are written in a POST or PUT."


class ScheduleTargetShape(StrictSerializer):
    """Whoever is on call in a schedule when the layer fires."""

    type = serializers.ChoiceField(choices=[SCHEDULE])
    scheduleId = serializers.UUIDField()


class UsersTargetShape(StrictSerializer):
    """All of these people."""

    type = serializers.ChoiceField(choices=[USERS])
    userIds = serializers.ListField(child=serializers.CharField(), min_length=1, max_length=MAX_USERS)


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="Target",
        serializers={SCHEDULE: ScheduleTargetShape, USERS: UsersTargetShape},
        resource_type_field_name="type",
    )
)
class TargetField(serializers.Field[Any, Any, Any, Any]):
    """Whom a layer pages; see ``parse_target``."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the target, whatever else is wrong with the body."""
        return super().run_validation(data) if data is serializers.empty else parse_target(data)

    def to_representation(self, value: Any) -> Any:
        """Return the target as it is."""
        return value


class MinutesField(StrictInteger):
    """A wait in whole minutes, 1 to 10,080."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_TIMEOUT_SECONDS // 60, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the wait."""
        return timedelta(minutes=super().run_validation(data))


class SecondsField(StrictInteger):
    """A wait in whole seconds, 60 to 604,800."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=MIN_TIMEOUT_SECONDS, max_value=MAX_TIMEOUT_SECONDS, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the wait."""
        return timedelta(seconds=super().run_validation(data))


class LayerInput(StrictSerializer):
    """A layer of a policy."""

    parent_id = "policyId"

    position = StrictInteger(min_value=1, help_text="1 is paged first; a place behind the last means the last.")
    ackTimeoutMinutes = MinutesField(source="timeout", help_text="The wait before the next layer is paged.")
    target = TargetField()


class LayerOrder(StrictSerializer):
    """All layers of a policy in their new order."""

    parent_id = "policyId"

    layerIds = StrictList(child=OrderedIdField(), help_text="Each layer of the policy exactly once.")


class UncheckedField(serializers.Field[Any, Any, Any, Any]):
    """A part of a step's target: ``parse_step_target`` looks at the parts together."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return ``data`` as it is."""
        return super().run_validation(data) if data is serializers.empty else data


@extend_schema_field({"type": "string", "enum": [SCHEDULE, USERS]})
class TargetTypeField(UncheckedField):
    """What kind of target a step has."""


@extend_schema_field({"type": "string"})
class TargetIdField(UncheckedField):
    """The schedule, or the first user."""


@extend_schema_field({"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MAX_USERS})
class TargetIdsField(UncheckedField):
    """All users."""


class ConditionInput(StrictSerializer):
    """When a step counts; escalation skips it at other times."""

    workingHoursId = StrictUUID()
    when = StrictChoice(choices=Layer.When.values)

    def validate(self, attrs: Mapping[str, Any]) -> Condition:
        """Return the condition."""
        return Condition(hours=attrs["workingHoursId"], during=attrs["when"] == Layer.When.DURING)


class StepInput(StrictSerializer):
    """A layer in the newer generation (contract section 11)."""

    parent_id = "policyId"

    position = StrictInteger(min_value=1)
    targetType = TargetTypeField()
    targetId = TargetIdField(help_text="The schedule, or the first user.")
    targetIds = TargetIdsField(required=False, help_text="All users; only where people are the target.")
    escalateAfterSeconds = SecondsField(help_text="The wait before the next step is paged.")
    condition = ConditionInput(required=False, allow_null=True, help_text="Null: the step always counts.")

    def validate(self, attrs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the step's place, and the layer it stands for."""
        draft = LayerDraft(
            timeout=attrs["escalateAfterSeconds"], target=parse_step_target(attrs), condition=attrs.get("condition")
        )
        return {"position": attrs["position"], "draft": draft}


class PolicyChanges(StrictSerializer):
    """A policy's own fields."""

    refused = {"layers": LAYERS_ELSEWHERE, "steps": STEPS_ELSEWHERE}

    name = NameField()
    description = DescriptionField()


class PolicyInput(StrictSerializer):
    """A policy, with its steps if the client is of the newer generation."""

    refused = {"layers": LAYERS_ELSEWHERE}

    name = NameField()
    description = DescriptionField()
    steps: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=StepInput(), required=False, max_length=MAX_LAYERS
    )

    def validate_steps(self, steps: Sequence[Mapping[str, Any]]) -> list[LayerDraft]:
        """Return the layers the steps stand for, in their order."""
        positions = {step["position"] for step in steps}
        if len(positions) < len(steps):
            raise serializers.ValidationError("Two steps have the same position.")
        return [step["draft"] for step in sorted(steps, key=lambda step: step["position"])]


class LayerReply(serializers.Serializer[Any]):
    """A layer of a policy."""

    id = serializers.UUIDField()
    policyId = serializers.UUIDField()
    orgId = serializers.CharField()
    position = serializers.IntegerField(min_value=1)
    ackTimeoutMinutes = serializers.IntegerField(min_value=1)
    target = TargetField()
    createdAt = InstantField()
    updatedAt = InstantField()


class ConditionReply(serializers.Serializer[Any]):
    """When a step counts."""

    workingHoursId = serializers.UUIDField()
    when = serializers.ChoiceField(choices=Layer.When.values)


class StepReply(serializers.Serializer[Any]):
    """A layer in the newer generation."""

    id = serializers.UUIDField()
    position = serializers.IntegerField(min_value=1)
    targetType = TargetTypeField()
    targetId = TargetIdField(help_text="The schedule, or the first user.")
    targetIds = TargetIdsField(required=False, help_text="All users; only where people are the target.")
    escalateAfterSeconds = serializers.IntegerField(min_value=MIN_TIMEOUT_SECONDS)
    condition = ConditionReply(allow_null=True)
    createdAt = InstantField()
    updatedAt = InstantField()


class PolicyReply(serializers.Serializer[Any]):
    """A policy without its layers."""

    id = serializers.UUIDField()
    orgId = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_null=True)
    createdBy = serializers.CharField(help_text="The user or API key that created it.")
    createdAt = InstantField()
    updatedAt = InstantField(help_text="Changes of its layers count.")


class CreatedPolicyReply(PolicyReply):
    """A policy, with its steps if the request had any key of that name."""

    steps = StepReply(many=True, required=False)


class PolicyWithStepsReply(PolicyReply):
    """A policy as the newer generation tells it."""

    steps = StepReply(many=True)


class PolicyWithLayersReply(PolicyReply):
    """A policy with its layers in order, told in both generations."""

    layers = LayerReply(many=True)
    steps = StepReply(many=True)
