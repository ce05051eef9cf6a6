"""The bodies of requests and replies about webhooks."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from incidents.domain.published import FILTERS
from incidents.models import Notice, Webhook
from scaling.api.fields import DescriptionField, InstantField, StrictBoolean, StrictChoice, StrictList, StrictText
from scaling.api.serializers import StrictSerializer

URL_LENGTH = 2000


# Requests


class WebhookInput(StrictSerializer):
    """Where to call, and of what to tell: types of events or families of them, null for all."""

    url = StrictText(max_length=URL_LENGTH)
    description = DescriptionField()
    events = StrictList(
        child=StrictChoice(choices=FILTERS), allow_null=True, required=False, min_length=1, max_length=len(FILTERS)
    )
    enabled = StrictBoolean(required=False)


class NoFields(StrictSerializer):
    """Nothing: the body may be left out."""

    parent_id = "webhookId"


class ReplaySpan(StrictSerializer):
    """What is sent again: all that happened from one instant up to another."""

    def get_fields(self) -> dict[str, Any]:
        """Return the fields; one has a name that is a keyword of Python."""
        return {
            "from": InstantField(help_text="The beginning, inclusive."),
            "to": InstantField(help_text="The end, exclusive; at most seven days later."),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the span in the words of ``services.webhooks.replay``."""
        return {"start": attrs["from"], "end": attrs["to"]}


# Replies


class WebhookReply(serializers.Serializer[Any]):
    """An endpoint that is told what happens. Its URL is a secret, and shown as a host and a fingerprint."""

    id = serializers.UUIDField()
    orgId = serializers.CharField()
    url = serializers.CharField(help_text="The URL's host, and a fingerprint of all of it.")
    description = serializers.CharField(allow_null=True)
    events = serializers.ListField(child=serializers.CharField(), allow_null=True, help_text="Null: all.")
    enabled = serializers.BooleanField()
    disabledReason = serializers.ChoiceField(choices=Webhook.Disabled.values, allow_null=True)
    disabledAt = InstantField(allow_null=True)
    failures = serializers.IntegerField(help_text="How many attempts failed since the last that succeeded.")
    previousSecretUntil = InstantField(
        allow_null=True, help_text="Until when the secret before this one signs beside it."
    )
    createdBy = serializers.CharField()
    createdAt = InstantField()
    updatedAt = InstantField()


class WebhookWithSecretReply(WebhookReply):
    """A webhook with the secret its calls are signed by, which is shown this once."""

    secret = serializers.CharField(
        allow_null=True, help_text="Null when a request is repeated: replace the secret if it was never seen."
    )


class WebhookDeliveryReply(serializers.Serializer[Any]):
    """An event on its way to a webhook."""

    id = serializers.UUIDField()
    webhookId = serializers.UUIDField()
    eventId = serializers.UUIDField(help_text="The event of the timeline; the header `webhook-id` of every attempt.")
    type = serializers.CharField()
    incidentId = serializers.UUIDField()
    status = serializers.ChoiceField(choices=Notice.Status.values)
    attempts = serializers.IntegerField()
    nextAttemptAt = InstantField(allow_null=True)
    sentAt = InstantField(allow_null=True)
    lastStatus = serializers.IntegerField(allow_null=True, help_text="The HTTP status of the last failed attempt.")
    lastError = serializers.CharField(allow_null=True)
    createdAt = InstantField()


class WebhookDeliveriesReply(serializers.Serializer[Any]):
    """A page of what was sent to a webhook, newest first."""

    deliveries = WebhookDeliveryReply(many=True)
    nextCursor = serializers.CharField(allow_null=True, help_text="Where the next page begins; null at the end.")


class ReplayReply(serializers.Serializer[Any]):
    """How much a replay sends."""

    events = serializers.IntegerField()
