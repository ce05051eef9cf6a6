"""Escalation policies and their layers."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models import Membership
from accounts.models.tenancy import (
    TenantForeignKey,
    TenantModel,
    TenantQuerySet,
    tenant_identity,
    tenant_reference,
    unique_within,
)
from escalation.domain.model import UserId
from escalation.domain.target import Condition, LayerDraft, ScheduleTarget, Target, UsersTarget
from escalation.models.schedule import Schedule
from escalation.models.working_hours import WorkingHours
from scaling.audit.triggers import audited
from scaling.models import NameKeyField

MAX_LAYERS = 50
MAX_USERS = 100
MIN_TIMEOUT_SECONDS = 60
MAX_TIMEOUT_SECONDS = 604_800
MAX_REPEATS = 100
MAX_REPAGE_MINUTES = 10_080

# The name of the constraint by which a running escalation holds on to its policy: the reference itself lies in
# ``incidents``, which this app never imports, so the two agree on the name here.
POLICY_IN_USE_CONSTRAINT = "incidents_escalation_active_policy_fk"
POLICY_NAME_CONSTRAINT = "escalation_policy_name"
LAYER_SCHEDULE_CONSTRAINT = "escalation_layer_schedule_fk"
LAYER_HOURS_CONSTRAINT = "escalation_layer_hours_fk"


class Policy(TenantModel):
    """An escalation policy: whom an incident pages, layer after layer, until somebody acknowledges."""

    name = models.CharField(max_length=255)
    name_key = NameKeyField(of="name")
    description = models.TextField(null=True, blank=True)  # noqa: DJ001 - the contract tells null (C19)
    repeat_count = models.PositiveIntegerField(
        default=0, validators=[MaxValueValidator(MAX_REPEATS)], help_text="How often all layers are paged again."
    )
    repage_after_ack_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_REPAGE_MINUTES)],
        help_text="Page the holder again this long after an acknowledgement. Empty: never.",
    )
    version = models.PositiveIntegerField(default=1, editable=False, help_text="Counts every change, layers included.")
    created_by = models.CharField(max_length=40, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name_plural = "policies"
        constraints = [
            tenant_identity("escalation_policy_tenant"),
            unique_within("name_key", name=POLICY_NAME_CONSTRAINT),
            models.CheckConstraint(
                condition=models.Q(repeat_count__lte=MAX_REPEATS), name="escalation_policy_repeat_count"
            ),
            models.CheckConstraint(
                condition=models.Q(repage_after_ack_minutes__isnull=True)
                | models.Q(repage_after_ack_minutes__gte=1, repage_after_ack_minutes__lte=MAX_REPAGE_MINUTES),
                name="escalation_policy_repage_after_ack",
            ),
        ]
        triggers = audited("name", "description", "repeat_count", "repage_after_ack_minutes", name=("name",))

    def __str__(self) -> str:
        return self.name


class LayerQuerySet(TenantQuerySet):
    """Layers, filtered as sentences read."""

    def with_user_ids(self) -> Self:
        """Give each layer ``user_ids``, the logins it names in their order, in the same statement."""
        named = LayerUser.objects.filter(layer_id=models.OuterRef("pk")).order_by("position", "id")
        return self.annotate(user_ids=ArraySubquery(named.values("membership__user_id")))


class Layer(TenantModel):
    """A rung of a policy: whom it pages, and how long it waits for an acknowledgement."""

    user_ids: list[str]
    """The logins the layer names, in their order; present only after ``with_user_ids`` or a service."""

    class TargetType(models.TextChoices):
        SCHEDULE = "schedule", "Schedule"
        USERS = "users", "Users"

    class When(models.TextChoices):
        DURING = "during", "During the working hours"
        OUTSIDE = "outside", "Outside the working hours"

    policy = TenantForeignKey(Policy, on_delete=models.CASCADE, related_name="layers")
    position = models.PositiveIntegerField(help_text="1 is paged first.")
    timeout_seconds = models.PositiveIntegerField(
        validators=[MinValueValidator(MIN_TIMEOUT_SECONDS), MaxValueValidator(MAX_TIMEOUT_SECONDS)],
        help_text="The wait for an acknowledgement.",
    )
    target_type = models.CharField(max_length=20, choices=TargetType.choices)
    schedule = TenantForeignKey(Schedule, on_delete=models.DO_NOTHING, null=True, blank=True)
    users = models.ManyToManyField(Membership, through="LayerUser", related_name="+")
    working_hours = TenantForeignKey(
        WorkingHours,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        help_text="Escalation skips the layer at other times. Empty: it never does.",
    )
    condition = models.CharField(max_length=20, choices=When.choices, blank=True)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects: ClassVar[LayerQuerySet] = LayerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["policy_id", "position", "id"]
        constraints = [
            tenant_identity("escalation_layer_tenant"),
            tenant_reference("policy", "escalation.Policy", "escalation_layer_policy_fk"),
            tenant_reference("schedule", "escalation.Schedule", LAYER_SCHEDULE_CONSTRAINT),
            # Deferred, so that a reorder can pass through duplicates (contract section 3, rule 6).
            models.UniqueConstraint(
                fields=["policy", "position"],
                deferrable=models.Deferrable.DEFERRED,
                name="escalation_layer_position",
            ),
            models.CheckConstraint(condition=models.Q(position__gte=1), name="escalation_layer_position_from_one"),
            models.CheckConstraint(
                condition=models.Q(timeout_seconds__gte=MIN_TIMEOUT_SECONDS, timeout_seconds__lte=MAX_TIMEOUT_SECONDS),
                name="escalation_layer_timeout",
            ),
            models.CheckConstraint(
                condition=models.Q(target_type="schedule", schedule__isnull=False)
                | models.Q(target_type="users", schedule__isnull=True),
                name="escalation_layer_target",
            ),
            tenant_reference("working_hours", "escalation.WorkingHours", LAYER_HOURS_CONSTRAINT),
            models.CheckConstraint(
                condition=models.Q(condition__in=["during", "outside"], working_hours__isnull=False)
                | models.Q(condition="", working_hours__isnull=True),
                name="escalation_layer_condition",
            ),
        ]
        indexes = [
            # Deleting a schedule asks whether a layer targets it.
            models.Index(
                fields=["organization", "schedule"],
                condition=models.Q(schedule__isnull=False),
                name="escalation_layer_schedule",
            ),
            # Deleting working hours asks whether a layer names them.
            models.Index(
                fields=["organization", "working_hours"],
                condition=models.Q(working_hours__isnull=False),
                name="escalation_layer_hours",
            ),
        ]
        triggers = audited(
            "policy",
            "position",
            "timeout_seconds",
            "target_type",
            "schedule",
            "working_hours",
            "condition",
            name=("position",),
            subject=("policy",),
        )

    def __str__(self) -> str:
        return f"Layer {self.position}"

    @property
    def timeout(self) -> timedelta:
        """The wait for an acknowledgement."""
        return timedelta(seconds=self.timeout_seconds)

    @property
    def target(self) -> Target:
        """Whom the layer pages; needs ``user_ids``."""
        if self.schedule_id is not None:
            return ScheduleTarget(schedule_id=self.schedule_id)
        return UsersTarget(user_ids=tuple(UserId(user_id) for user_id in self.user_ids))

    @property
    def draft(self) -> LayerDraft:
        """What the layer says, without its place; needs ``user_ids``."""
        hours, during = self.working_hours_id, self.condition == self.When.DURING
        return LayerDraft(
            timeout=self.timeout,
            target=self.target,
            condition=None if hours is None else Condition(hours=hours, during=during),
        )


class LayerUser(TenantModel):
    """A person a layer names directly, at their place in its list."""

    layer = TenantForeignKey(Layer, on_delete=models.CASCADE, related_name="layer_users")
    membership = TenantForeignKey(Membership, on_delete=models.PROTECT)
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["layer_id", "position", "id"]
        constraints = [
            tenant_reference("layer", "escalation.Layer", "escalation_layeruser_layer_fk"),
            tenant_reference("membership", "accounts.Membership", "escalation_layeruser_membership_fk"),
            models.UniqueConstraint(fields=["layer", "membership"], name="escalation_layeruser_once"),
        ]
        triggers = audited("layer", "membership", "position", subject=("layer__policy",))

    def __str__(self) -> str:
        return f"{self.membership_id}"
