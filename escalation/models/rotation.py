"""The rotations of a schedule: people who take turns."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models import Membership
from accounts.models.tenancy import TenantForeignKey, TenantModel, TenantQuerySet, tenant_identity, tenant_reference
from escalation.models.schedule import Schedule
from scaling.audit.triggers import audited
from scaling.models import NameKeyField

MAX_ROTATIONS = 100
MAX_PARTICIPANTS = 200
MAX_LENGTH_DAYS = 3650

ROTATION_NAME_CONSTRAINT = "escalation_rotation_name"


class RotationQuerySet(TenantQuerySet):
    """Rotations, filtered as sentences read."""

    def with_user_ids(self) -> Self:
        """Give each rotation ``user_ids``, the logins of its participants in their order, in the same statement."""
        turns = RotationParticipant.objects.filter(rotation_id=models.OuterRef("pk")).order_by("position")
        return self.annotate(user_ids=ArraySubquery(turns.values("membership__user_id")))


class Rotation(TenantModel):
    """A part of a schedule in which people take turns, in the schedule's time zone."""

    user_ids: list[str]
    """The logins of the participants, in their order; present only after ``with_user_ids`` or a service."""

    class RotationType(models.TextChoices):
        DAILY = "daily", "Daily"
        WEEKLY = "weekly", "Weekly"
        CUSTOM = "custom", "Custom"

    schedule = TenantForeignKey(Schedule, on_delete=models.CASCADE, related_name="rotations")
    name = models.CharField(max_length=255)
    name_key = NameKeyField(of="name")
    position = models.PositiveIntegerField(help_text="0 is first, and bears the owner.")
    rotation_type = models.CharField(max_length=20, choices=RotationType.choices)
    length_days = models.PositiveIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_LENGTH_DAYS)],
        help_text="How many days a turn lasts: 1 for daily, 7 for weekly.",
    )
    handoff_time = models.TimeField(help_text="When turns change, in the time zone of the schedule.")
    effective_from = models.DateTimeField(help_text="The first participant's turn begins.")
    effective_until = models.DateTimeField(null=True, blank=True, help_text="The rotation ends. Empty: never.")
    restrictions = models.JSONField(
        default=list,
        blank=True,
        help_text='Nobody serves outside these windows: [{"days": [1], "start": "09:00", "end": "17:00"}].',
    )
    participants = models.ManyToManyField(Membership, through="RotationParticipant", related_name="+")
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects: ClassVar[RotationQuerySet] = RotationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["schedule_id", "position", "id"]
        constraints = [
            tenant_identity("escalation_rotation_tenant"),
            tenant_reference("schedule", "escalation.Schedule", "escalation_rotation_schedule_fk"),
            models.UniqueConstraint(fields=["schedule", "name_key"], name=ROTATION_NAME_CONSTRAINT),
            # Deferred, so that a reorder can pass through duplicates, as for layers.
            models.UniqueConstraint(
                fields=["schedule", "position"],
                deferrable=models.Deferrable.DEFERRED,
                name="escalation_rotation_position",
            ),
            models.CheckConstraint(condition=models.Q(position__gte=0), name="escalation_rotation_position_from_zero"),
            models.CheckConstraint(
                condition=models.Q(rotation_type="daily", length_days=1)
                | models.Q(rotation_type="weekly", length_days=7)
                | models.Q(rotation_type="custom", length_days__gte=1, length_days__lte=MAX_LENGTH_DAYS),
                name="escalation_rotation_length",
            ),
            models.CheckConstraint(
                condition=models.Q(effective_until__isnull=True)
                | models.Q(effective_until__gt=models.F("effective_from")),
                name="escalation_rotation_effective",
            ),
        ]
        triggers = audited(
            "schedule",
            "name",
            "position",
            "rotation_type",
            "length_days",
            "handoff_time",
            "effective_from",
            "effective_until",
            "restrictions",
            name=("name",),
            subject=("schedule",),
        )

    def __str__(self) -> str:
        return self.name


class RotationParticipant(TenantModel):
    """A turn of a rotation: whose it is, and its place from 0. A person may have several."""

    rotation = TenantForeignKey(Rotation, on_delete=models.CASCADE, related_name="turns")
    membership = TenantForeignKey(Membership, on_delete=models.PROTECT)
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["rotation_id", "position", "id"]
        constraints = [
            tenant_reference("rotation", "escalation.Rotation", "escalation_rotationparticipant_rotation_fk"),
            tenant_reference("membership", "accounts.Membership", "escalation_rotationparticipant_membership_fk"),
            models.UniqueConstraint(fields=["rotation", "position"], name="escalation_rotationparticipant_position"),
        ]
        triggers = audited("rotation", "membership", "position", subject=("rotation__schedule",))

    def __str__(self) -> str:
        return f"{self.membership_id}"
