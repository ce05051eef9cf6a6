"""Calls for attention: firings, the pages they send, and each page's deliveries."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models import ContactMethod, Membership
from accounts.models.tenancy import TenantForeignKey, TenantModel, TenantQuerySet, tenant_identity, tenant_reference
from incidents.models.escalation import Escalation
from incidents.models.world import RecordedWorld


class Firing(TenantModel):
    """One numbered call for attention of an escalation."""

    class Cause(models.TextChoices):
        LAYER = "layer"
        REPEAT = "repeat"
        HANDOFF = "handoff"
        JOINED = "joined"
        REPAGE = "repage"
        UNACKNOWLEDGED = "unacknowledged"
        SNOOZE_ENDED = "snooze_ended"
        ESCALATE = "escalate"
        FALLBACK = "fallback"

    escalation = TenantForeignKey(Escalation, on_delete=models.PROTECT)
    number = models.PositiveIntegerField()
    cause = models.CharField(max_length=20, choices=Cause.choices)
    pass_no = models.PositiveIntegerField()
    position = models.PositiveIntegerField()
    fired_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="When the next layer is paged unless somebody acknowledges.")
    world = TenantForeignKey(
        RecordedWorld,
        on_delete=models.PROTECT,
        null=True,
        help_text="What was looked at. Null: nothing; it was parked.",
    )

    class Meta:
        ordering = ["escalation_id", "number"]
        constraints = [
            tenant_identity("incidents_firing_tenant"),
            tenant_reference("escalation", "incidents.Escalation", "incidents_firing_escalation_fk"),
            tenant_reference("world", "incidents.RecordedWorld", "incidents_firing_world_fk"),
            models.UniqueConstraint(fields=["escalation", "number"], name="incidents_firing_number"),
            # No layer fires twice in a pass (invariant I3).
            models.UniqueConstraint(
                fields=["escalation", "pass_no", "position"],
                condition=models.Q(cause__in=["layer", "repeat", "escalate"]),
                name="incidents_firing_layer_once_a_pass",
            ),
        ]

    def __str__(self) -> str:
        return f"Firing {self.number} ({self.cause})"


class Page(TenantModel):
    """One person, or one plain address, called by one firing. Carries the person's rules as they were."""

    escalation = TenantForeignKey(Escalation, on_delete=models.PROTECT)
    firing = TenantForeignKey(Firing, on_delete=models.PROTECT, related_name="pages")
    membership = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True)
    address = models.EmailField(blank=True, default="", help_text="Set where no person of the organization is paged.")
    rules = models.JSONField(help_text="The person's rules when the page was fired.")
    reason = models.JSONField(help_text="Why this recipient: source, source id, until when.")
    started_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True, help_text="When the rules are to be looked at again.")

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["id"]
        constraints = [
            tenant_identity("incidents_page_tenant"),
            tenant_reference("escalation", "incidents.Escalation", "incidents_page_escalation_fk"),
            tenant_reference("firing", "incidents.Firing", "incidents_page_firing_fk"),
            tenant_reference("membership", "accounts.Membership", "incidents_page_membership_fk"),
            models.UniqueConstraint(
                fields=["firing", "membership"],
                condition=models.Q(membership__isnull=False),
                name="incidents_page_person_once",
            ),
            models.UniqueConstraint(
                fields=["firing", "address"], condition=~models.Q(address=""), name="incidents_page_address_once"
            ),
            models.CheckConstraint(
                condition=models.Q(membership__isnull=False, address="")
                | (models.Q(membership__isnull=True) & ~models.Q(address="")),
                name="incidents_page_one_recipient",
            ),
        ]
        indexes = [
            # What a step or an acknowledgement of one incident looks at.
            models.Index(fields=["escalation"], name="incidents_page_escalation"),
            # The engine's claim of due pages, fair over organizations (incidents.claims).
            models.Index(
                fields=["organization", "next_at", "id"],
                condition=models.Q(next_at__isnull=False),
                name="incidents_page_due",
            ),
        ]

    def __str__(self) -> str:
        return f"Page {self.id}"


class Delivery(TenantModel):
    """A page over one contact method in one round. Its id is the constant key of every attempt (design D8)."""

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        HANDED_OVER = "handed_over", "Handed over"
        DEAD = "dead", "Dead"
        CANCELLED = "cancelled", "Cancelled"

    escalation = TenantForeignKey(Escalation, on_delete=models.PROTECT)
    page = TenantForeignKey(Page, on_delete=models.PROTECT, related_name="deliveries")
    contact_method = TenantForeignKey(ContactMethod, on_delete=models.PROTECT, null=True)
    round = models.PositiveIntegerField(default=1)
    turn = models.PositiveIntegerField(help_text="The recipient's place in the firing: firsts go before seconds.")
    channel = models.CharField(max_length=20)
    destination = models.CharField(max_length=320, help_text="At most two sends at a time go to one destination.")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING)
    created_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True, help_text="When the next attempt is due, or the lease of this one ends.")
    token = models.UUIDField(null=True, help_text="The claim that may send now.")
    begun_at = models.DateTimeField(
        null=True, help_text="When the attempt over a loud method began that has not failed: the next message waits."
    )
    handed_over_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, default="")

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["id"]
        constraints = [
            tenant_reference("escalation", "incidents.Escalation", "incidents_delivery_escalation_fk"),
            tenant_reference("page", "incidents.Page", "incidents_delivery_page_fk"),
            tenant_reference("contact_method", "accounts.ContactMethod", "incidents_delivery_contact_method_fk"),
            # A null method is the account's own email, so nulls count as equal.
            models.UniqueConstraint(
                fields=["page", "contact_method", "round"], nulls_distinct=False, name="incidents_delivery_once"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "handed_over", "dead", "cancelled"]),
                name="incidents_delivery_status",
            ),
            models.CheckConstraint(
                condition=models.Q(status="pending", next_at__isnull=False)
                | (~models.Q(status="pending") & models.Q(next_at__isnull=True, token__isnull=True)),
                name="incidents_delivery_next_while_pending",
            ),
        ]
        indexes = [
            models.Index(fields=["escalation"], name="incidents_delivery_escalation"),
            # First attempts: one person of each incident before the second, fair over organizations.
            models.Index(
                fields=["organization", "turn", "next_at", "id"],
                condition=models.Q(next_at__isnull=False, attempts=0),
                name="incidents_delivery_first",
            ),
            # Retries, which get at most a quarter of the senders.
            models.Index(
                fields=["organization", "next_at", "id"],
                condition=models.Q(next_at__isnull=False, attempts__gt=0),
                name="incidents_delivery_retry",
            ),
            # What a message over a loud method may carry, and when the one before it began (incidents.bundles).
            models.Index(
                fields=["contact_method"],
                condition=models.Q(next_at__isnull=False, contact_method__isnull=False),
                name="incidents_delivery_together",
            ),
            models.Index(
                fields=["contact_method", "begun_at"],
                condition=models.Q(begun_at__isnull=False),
                name="incidents_delivery_begun",
            ),
        ]

    def __str__(self) -> str:
        return f"Delivery {self.id}"
