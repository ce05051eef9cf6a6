"""The endpoints of calendar feeds: links by which calendar programs read shifts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from escalation import services
from escalation.api.bodies import Body
from escalation.calendar.tokens import calendar_url
from escalation.models import CalendarFeed
from scaling.api.fields import InstantField, StrictText, StrictUUID
from scaling.api.idempotency import ShownOnce
from scaling.api.schema import operation
from scaling.api.serializers import StrictSerializer
from scaling.api.views import TenantViewSet, data, deleted
from scaling.clock import now

_USER_ID_LENGTH = 255


class CalendarInput(StrictSerializer):
    """Whose shifts, and where: a schedule, a user, or both."""

    scheduleId = StrictUUID(source="schedule_id", allow_null=True, required=False, help_text="Null: every schedule.")
    userId = StrictText(
        source="user_id", max_length=_USER_ID_LENGTH, allow_null=True, required=False, help_text="Null: everybody."
    )


class CalendarReply(serializers.Serializer[Any]):
    """A calendar feed."""

    id = serializers.UUIDField()
    orgId = serializers.CharField()
    scheduleId = serializers.UUIDField(allow_null=True, help_text="Null: every schedule.")
    userId = serializers.CharField(allow_null=True, help_text="Null: everybody.")
    createdBy = serializers.CharField(help_text="The user or API key that created it.")
    createdAt = InstantField()


class NewCalendarReply(CalendarReply):
    """A calendar feed with its link."""

    url = serializers.CharField(
        allow_null=True,
        help_text="What a calendar program subscribes to, shown this once. Null in the answer to a repeated request.",
    )


class CalendarViewSet(TenantViewSet):
    """Calendar feeds: links by which calendar programs read shifts. Whoever holds one sees them, without a key."""

    @operation("listCalendars", gives=CalendarReply(many=True))
    def list(self, request: Request) -> Response:
        """All feeds, whole, without their links, oldest first."""
        feeds = CalendarFeed.objects.for_organization(self.organization_id).select_related("membership")
        return data([calendar_body(feed) for feed in feeds.order_by("created_at", "id")])

    @operation("createCalendar", takes=CalendarInput, gives=NewCalendarReply, status=201)
    def create(self, request: Request) -> Response:
        """Create a feed of a schedule, of a user's shifts in every schedule, or in one. Its link is shown once."""
        feed, token = services.create_calendar_feed(
            organization_id=self.organization_id, actor_id=self.actor_id, now=now(), **self.body(CalendarInput)
        )
        body = calendar_body(feed)
        told, remembered = ({"data": {**body, "url": url}} for url in (calendar_url(token), None))
        return ShownOnce(told, remembered=remembered, status=201)

    @operation("deleteCalendar")
    def destroy(self, request: Request, calendar_id: UUID) -> Response:
        """Revoke a feed: its link stops working at once."""
        services.delete_calendar_feed(organization_id=self.organization_id, feed_id=calendar_id, if_match=self.if_match)
        return deleted()


def calendar_body(feed: CalendarFeed) -> Body:
    """Return a feed without its link; needs ``membership``."""
    return {
        "id": feed.id,
        "orgId": feed.organization_id,
        "scheduleId": feed.schedule_id,
        "userId": None if feed.membership is None else feed.membership.user_id,
        "createdBy": feed.created_by,
        "createdAt": feed.created_at,
    }
