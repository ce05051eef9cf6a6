"""What is written about an incident while it runs (contract section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents import services
from incidents.api.bodies import Body, update_body
from incidents.api.serializers import Nothing
from incidents.errors import IncidentResolved, InvalidStatusTransition, NoPublicSurface, RedactionNotPermitted
from incidents.models import Incident, IncidentUpdate
from incidents.names import load_names
from scaling import clock
from scaling.api.fields import DescriptionField, InstantField, StrictChoice
from scaling.api.schema import operation
from scaling.api.serializers import StrictSerializer
from scaling.api.views import TenantViewSet, data
from scaling.errors import NotFound
from scaling.text import is_invisible


class WordsField(DescriptionField):
    """Words of up to 10,000 characters, something of them visible, or null; the empty text means null."""

    default_error_messages = {"invisible": "This field holds no visible character."}

    def to_internal_value(self, data: Any) -> str:
        """Return the text as it was sent."""
        text = super().to_internal_value(data)
        if is_invisible(text):
            self.fail("invisible")
        return text


class NewUpdate(StrictSerializer):
    """Words for the record, a step of the status, or both."""

    parent_id = "incidentId"

    visibility = StrictChoice(choices=IncidentUpdate.Visibility.values, help_text="There is no default.")
    body = WordsField(default=None)
    statusChange = StrictChoice(
        source="status_change",
        choices=Incident.Status.values,
        allow_null=True,
        default=None,
        help_text="The next status; null: it stays.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the fields, which say something.

        Raises:
            ValidationError: there is neither a body nor a statusChange, or a public update has no body.
        """
        if attrs["body"] is None and attrs["visibility"] == IncidentUpdate.Visibility.PUBLIC:
            raise serializers.ValidationError({"body": ["A public update needs a body."]})
        if attrs["body"] is None and attrs["status_change"] is None:
            raise serializers.ValidationError({"body": ["Send a body, a statusChange, or both."]})
        return attrs


class PosterReply(serializers.Serializer[Any]):
    """Who posted an update: a user or a key."""

    id = serializers.CharField()
    name = serializers.CharField()


class UpdateReply(serializers.Serializer[Any]):
    """An update of an incident."""

    id = serializers.UUIDField()
    incidentId = serializers.UUIDField()
    body = serializers.CharField(allow_null=True, help_text="Null: it had none, or it was redacted.")
    statusChange = serializers.ChoiceField(choices=Incident.Status.values, allow_null=True)
    visibility = serializers.ChoiceField(choices=IncidentUpdate.Visibility.values)
    postedBy = PosterReply()
    postedAt = InstantField()
    redactedAt = InstantField(allow_null=True)
    redactedBy = serializers.CharField(allow_null=True, help_text="A user or a key.")


class UpdatesReply(serializers.Serializer[Any]):
    """All updates of an incident, oldest first."""

    updates = UpdateReply(many=True)


class UpdateViewSet(TenantViewSet):
    """The record people and programs write of an incident: appended, never changed, at most redacted.

    A key of scope ``trigger`` reads it, and takes back within five minutes what it wrote itself with a status.
    """

    trigger_actions = frozenset({"list", "redact"})

    @operation("listIncidentUpdates", gives=UpdatesReply)
    def list(self, request: Request, incident_id: UUID) -> Response:
        """All updates, oldest first; redacted ones too, without their words."""
        if not Incident.objects.for_organization(self.organization_id).filter(pk=incident_id).exists():
            raise NotFound.of("incident")
        updates = IncidentUpdate.objects.for_organization(self.organization_id).filter(incident_id=incident_id)
        return data({"updates": self._bodies(list(updates.order_by("posted_at", "id")))})

    @operation(
        "createIncidentUpdate",
        takes=NewUpdate,
        gives=UpdateReply,
        status=201,
        raises=[IncidentResolved, NoPublicSurface, InvalidStatusTransition],
    )
    def create(self, request: Request, incident_id: UUID) -> Response:
        """Write about an incident, take it one step forward, or both.

        A public update is refused as long as no published status page covers a component the incident affects.
        """
        update = services.post_update(
            organization_id=self.organization_id,
            incident_id=incident_id,
            actor_id=self.actor_id,
            now=clock.now(),
            **self.body(NewUpdate),
        )
        return data(*self._bodies([update]), status=201)

    @operation("redactIncidentUpdate", takes=Nothing, gives=UpdateReply, raises=[RedactionNotPermitted])
    def redact(self, request: Request, incident_id: UUID, update_id: UUID) -> Response:
        """Take the words of an update out, for good; its change of the status stays. It takes no body.

        A key of scope `write` may at any time, also once the incident is resolved; whoever posted it within five
        minutes.
        """
        self.optional_body(Nothing)
        update = services.redact_update(
            organization_id=self.organization_id,
            incident_id=incident_id,
            update_id=update_id,
            actor_id=self.actor_id,
            by_admin=self.acts_as_admin,
            now=clock.now(),
        )
        return data(*self._bodies([update]))

    def _bodies(self, updates: Sequence[IncidentUpdate]) -> Sequence[Body]:
        loaded = load_names({self.organization_id: [update.posted_by for update in updates]})
        names = loaded.get(self.organization_id, {})
        return [update_body(update, names) for update in updates]
