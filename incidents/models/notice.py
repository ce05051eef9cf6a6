"""What is told beside pages, and may come late: the outbox of informational messages."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models import ContactMethod, Membership
from accounts.models.tenancy import TenantForeignKey, TenantModel, TenantQuerySet, tenant_reference
from incidents.models.incident import Incident
from incidents.models.webhook import Webhook


class Notice(TenantModel):
    """An informational message: to a person, to a plain address, or an event to an organization's webhook.

    Never a page: it wakes nobody, and nothing waits for it. It is sent at least once. A mail bears the row's id over
    all attempts, an event that of the timeline's event, also when it is sent again by hand.
    """

    class Kind(models.TextChoices):
        EVENT = "event", "Event"
        TAKEN = "taken", "Incident taken"
        RESOLVED = "resolved", "Incident resolved"
        WEBHOOK_DISABLED = "webhook_disabled", "Webhook disabled"
        WEBHOOK_FAILING = "webhook_failing", "Webhook failing"
        SHIFT_OFFERED = "shift_offered", "Shift offered"
        SHIFT_TAKEN = "shift_taken", "Shift taken"
        SHIFT_BEGUN = "shift_begun", "Shift begun"

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    incident = TenantForeignKey(Incident, on_delete=models.PROTECT, null=True)
    # A bare id: a key that references the timeline would cost it an index more, on the path of every page.
    event_id = models.UUIDField(null=True, help_text="The timeline's event that is told.")
    event_type = models.CharField(max_length=60, blank=True, default="", help_text="The event's published type.")
    webhook = TenantForeignKey(Webhook, on_delete=models.PROTECT, null=True)
    membership = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True)
    contact_method = TenantForeignKey(ContactMethod, on_delete=models.PROTECT, null=True)
    channel = models.CharField(max_length=20)
    destination = models.CharField(max_length=320, blank=True, help_text="Empty for a webhook, which knows its own.")
    heading = models.TextField(blank=True, default="", db_default="", help_text="Of a shift: the subject, as laid out.")
    body = models.TextField(blank=True, default="", db_default="", help_text="Of a shift: a paragraph in each line.")
    lane = models.CharField(
        max_length=50,
        help_text="Whose turn it is, and over what: an endpoint and a colon and webhook, or an organization's mail.",
    )

    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING)
    created_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True, help_text="When the next attempt is due, or the lease of this one ends.")
    token = models.UUIDField(null=True, help_text="The claim that may send now.")
    sent_at = models.DateTimeField(null=True, default=None)
    last_status = models.PositiveSmallIntegerField(null=True, default=None, help_text="What a webhook answered last.")
    last_error = models.TextField(blank=True, default="")

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            tenant_reference("incident", "incidents.Incident", "incidents_notice_incident_fk"),
            tenant_reference("webhook", "incidents.Webhook", "incidents_notice_webhook_fk"),
            tenant_reference("membership", "accounts.Membership", "incidents_notice_membership_fk"),
            tenant_reference("contact_method", "accounts.ContactMethod", "incidents_notice_contact_method_fk"),
            models.UniqueConstraint(
                fields=["webhook", "event_id"], condition=models.Q(kind="event"), name="incidents_notice_event_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="event", webhook__isnull=False, incident__isnull=False, event_id__isnull=False)
                | (
                    models.Q(kind__in=["taken", "resolved"], incident__isnull=False, event_id__isnull=False)
                    & ~models.Q(destination="")
                )
                | (
                    models.Q(kind__in=["webhook_disabled", "webhook_failing"], webhook__isnull=False)
                    & ~models.Q(destination="")
                )
                | (
                    models.Q(kind__in=["shift_offered", "shift_taken", "shift_begun"], membership__isnull=False)
                    & ~models.Q(destination="")
                    & ~models.Q(heading="")
                ),
                name="incidents_notice_says_what_to_whom",
            ),
            models.CheckConstraint(
                condition=models.Q(status="pending", next_at__isnull=False)
                | models.Q(status__in=["sent", "failed", "cancelled"], next_at__isnull=True, token__isnull=True),
                name="incidents_notice_next_while_pending",
            ),
        ]
        indexes = [
            # The claim: the head of each lane, events in the order they happened (incidents.notices.queue).
            models.Index(
                fields=["lane", "next_at", "event_id", "id"],
                condition=models.Q(next_at__isnull=False),
                name="incidents_notice_due",
            ),
            # GET /v1/webhooks/{id}/deliveries: newest first, by keyset.
            models.Index(
                fields=["webhook", "-created_at", "-id"],
                condition=models.Q(kind="event"),
                name="incidents_notice_newest",
            ),
            # The admin's list of webhooks: how the newest event that failed did so, behind however many that wait.
            models.Index(
                fields=["webhook", "-created_at", "-id"],
                condition=models.Q(kind="event") & ~models.Q(last_error=""),
                name="incidents_notice_failed",
            ),
            # Deleting what ended a month ago.
            models.Index(
                fields=["created_at"], condition=models.Q(next_at__isnull=True), name="incidents_notice_ended"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_type}".strip()
