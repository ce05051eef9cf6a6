"""The endpoints of webhooks: where an organization is told what happens, by signed calls of ours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.webhook_serializers import (
    NoFields,
    ReplayReply,
    ReplaySpan,
    WebhookDeliveriesReply,
    WebhookDeliveryReply,
    WebhookInput,
    WebhookReply,
    WebhookWithSecretReply,
)
from incidents.models import Notice, Webhook
from incidents.services import webhooks
from scaling import clock
from scaling.api.idempotency import ShownOnce
from scaling.api.pagination import Page, PageQuery, Place, behind, newest_first
from scaling.api.preconditions import etag_of
from scaling.api.schema import operation
from scaling.api.views import TenantViewSet, data, deleted
from scaling.errors import InvalidRequest

Body = dict[str, Any]


class WebhookViewSet(TenantViewSet):
    """Endpoints that are told what happens, by Standard Webhooks 1.0.

    Nothing here pages anybody: who is to be woken by a program has a contact method for it.
    """

    @operation("listWebhooks", gives=WebhookReply(many=True))
    def list(self, request: Request) -> Response:
        """All webhooks, whole, oldest first."""
        rows = Webhook.objects.for_organization(self.organization_id).filter(removed_at__isnull=True)
        return data([_webhook_body(webhook) for webhook in rows.order_by("created_at", "id")])

    @operation("createWebhook", takes=WebhookInput, gives=WebhookWithSecretReply, status=201)
    def create(self, request: Request) -> Response:
        """Add an endpoint. Its secret is in this answer and nowhere else."""
        webhook = webhooks.create_webhook(
            organization_id=self.organization_id, actor_id=self.actor_id, now=clock.now(), **self.body(WebhookInput)
        )
        return _with_secret(webhook, status=201)

    @operation("getWebhook", gives=WebhookReply, tagged=True)
    def retrieve(self, request: Request, webhook_id: UUID) -> Response:
        """A webhook, without its secret."""
        webhook = webhooks.find_webhook(self.organization_id, webhook_id)
        return data(_webhook_body(webhook), etag=etag_of(webhook))

    @operation("updateWebhook", takes=WebhookInput, gives=WebhookReply)
    def partial_update(self, request: Request, webhook_id: UUID) -> Response:
        """Change what is sent. Disabling calls off what waits; enabling sends what happens from then on."""
        webhook = webhooks.update_webhook(
            organization_id=self.organization_id,
            webhook_id=webhook_id,
            if_match=self.if_match,
            now=clock.now(),
            **self.body(WebhookInput, partial=True),
        )
        return data(_webhook_body(webhook))

    @operation("deleteWebhook")
    def destroy(self, request: Request, webhook_id: UUID) -> Response:
        """Send nothing to it any more, and forget its URL and secret."""
        webhooks.remove_webhook(
            organization_id=self.organization_id, webhook_id=webhook_id, if_match=self.if_match, now=clock.now()
        )
        return deleted()

    @operation("rotateWebhookSecret", takes=NoFields, gives=WebhookWithSecretReply)
    def rotate_secret(self, request: Request, webhook_id: UUID) -> Response:
        """Replace the secret, which is in this answer and nowhere else. For a day, both sign every call."""
        self.optional_body(NoFields)
        webhook = webhooks.rotate_secret(organization_id=self.organization_id, webhook_id=webhook_id, now=clock.now())
        return _with_secret(webhook, status=200)

    @operation("listWebhookDeliveries", query=PageQuery, gives=WebhookDeliveriesReply)
    def deliveries(self, request: Request, webhook_id: UUID) -> Response:
        """What was sent to it within a month, and what waits: newest first, a page at a time."""
        webhooks.find_webhook(self.organization_id, webhook_id)
        page = _newest_deliveries(self.organization_id, webhook_id, **self.query(PageQuery))
        return data({"deliveries": [_delivery_body(row) for row in page.rows], "nextCursor": page.next_cursor})

    @operation("resendWebhookDelivery", takes=NoFields, gives=WebhookDeliveryReply, raises=[InvalidRequest])
    def resend(self, request: Request, webhook_id: UUID, delivery_id: UUID) -> Response:
        """Send an event again, now, under the id it had, whatever became of it."""
        self.optional_body(NoFields)
        notice = webhooks.resend(
            organization_id=self.organization_id, webhook_id=webhook_id, delivery_id=delivery_id, now=clock.now()
        )
        return data(_delivery_body(DeliveryRow.of(notice)))

    @operation("replayWebhook", takes=ReplaySpan, gives=ReplayReply, raises=[InvalidRequest])
    def replay(self, request: Request, webhook_id: UUID) -> Response:
        """Send all events of a span of time again, under the ids they had, and those it never got."""
        count = webhooks.replay(
            organization_id=self.organization_id, webhook_id=webhook_id, now=clock.now(), **self.body(ReplaySpan)
        )
        return data({"events": count})


class DeliveryRow(NamedTuple):
    """An event on its way to a webhook, its fields named like those of the notice."""

    id: UUID
    webhook_id: UUID
    event_id: UUID
    event_type: str
    incident_id: UUID
    status: str
    attempts: int
    next_at: datetime | None
    sent_at: datetime | None
    last_status: int | None
    last_error: str
    created_at: datetime

    @classmethod
    def of(cls, notice: Notice) -> Self:
        """Return the row of a notice."""
        return cls(*(getattr(notice, field) for field in cls._fields))


def _newest_deliveries(organization_id: str, webhook_id: UUID, *, limit: int, cursor: str | None) -> Page[DeliveryRow]:
    rows = Notice.objects.for_organization(organization_id).filter(webhook_id=webhook_id, kind=Notice.Kind.EVENT)

    def page(after: Place, count: int) -> Sequence[DeliveryRow]:
        found = rows.filter(behind(after)).order_by("-created_at", "-id")[:count]
        return [DeliveryRow(*row) for row in found.values_list(*DeliveryRow._fields)]

    return newest_first(
        page, list_name=f"deliveries:{webhook_id}", organization_id=organization_id, limit=limit, cursor=cursor
    )


# Bodies


def _with_secret(webhook: Webhook, *, status: int) -> Response:
    """Return the one answer with the secret in it; a repeat of the request is told null."""
    body = _webhook_body(webhook)
    remembered = {"data": {**body, "secret": None}}
    return ShownOnce({"data": {**body, "secret": webhook.secret}}, remembered=remembered, status=status)


def _webhook_body(webhook: Webhook) -> Body:
    return {
        "id": webhook.id,
        "orgId": webhook.organization_id,
        "url": webhook.shown_url,
        "description": webhook.description,
        "events": webhook.events,
        "enabled": webhook.disabled_at is None,
        "disabledReason": webhook.disabled_reason or None,
        "disabledAt": webhook.disabled_at,
        "failures": webhook.failures,
        "previousSecretUntil": webhook.previous_secret_until,
        "createdBy": webhook.created_by,
        "createdAt": webhook.created_at,
        "updatedAt": webhook.updated_at,
    }


def _delivery_body(row: DeliveryRow) -> Body:
    return {
        "id": row.id,
        "webhookId": row.webhook_id,
        "eventId": row.event_id,
        "type": row.event_type,
        "incidentId": row.incident_id,
        "status": row.status,
        "attempts": row.attempts,
        "nextAttemptAt": row.next_at,
        "sentAt": row.sent_at,
        "lastStatus": row.last_status,
        "lastError": row.last_error or None,
        "createdAt": row.created_at,
    }
