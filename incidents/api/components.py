"""Components: what an organization runs (contract section 9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents import services
from incidents.api.bodies import component_body
from incidents.models import ALIAS_LENGTH, COMPONENT_NAME_LENGTH, MAX_ALIASES, Component
from scaling import clock
from scaling.api.fields import DescriptionField, InstantField, NameField, StrictChoice, StrictList
from scaling.api.pagination import PageQuery, Place, behind, newest_first
from scaling.api.preconditions import etag_of
from scaling.api.schema import operation
from scaling.api.serializers import StrictSerializer
from scaling.api.views import TenantViewSet, data, gone
from scaling.errors import NameConflict, NotFound


class MaintenanceInput(StrictSerializer):
    """A time for work on a component: from ``startedAt`` up to but not including ``endsAt``."""

    startedAt = InstantField()
    endsAt = InstantField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return both ends.

        Raises:
            ValidationError: it ends before it starts.
        """
        if attrs["endsAt"] <= attrs["startedAt"]:
            raise serializers.ValidationError({"endsAt": ["It has to be after startedAt."]})
        return attrs


class AliasesField(StrictList):
    """Up to 50 different names of up to 255 characters."""

    default_error_messages = {"repeated": "An alias is named more than once."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"child": NameField(max_length=ALIAS_LENGTH), "max_length": MAX_ALIASES, **kwargs})

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return the trimmed aliases in their order."""
        aliases = super().to_internal_value(data)
        if len(set(aliases)) != len(aliases):
            self.fail("repeated")
        return aliases


class ComponentChanges(StrictSerializer):
    """What an organization runs; what is not sent stays."""

    name = NameField(max_length=COMPONENT_NAME_LENGTH)
    description = DescriptionField()
    aliases = AliasesField(required=False, help_text="Replaces them all.")
    operationalStatus = StrictChoice(
        source="operational_status", choices=Component.OperationalStatus.values, required=False
    )
    maintenanceWindow = MaintenanceInput(allow_null=True, required=False)
    groupLabel = NameField(source="group_label", max_length=COMPONENT_NAME_LENGTH, allow_null=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the fields in the words of the services."""
        if "maintenanceWindow" in attrs:
            window = attrs.pop("maintenanceWindow") or {}
            attrs["maintenance_starts_at"] = window.get("startedAt")
            attrs["maintenance_ends_at"] = window.get("endsAt")
        return attrs


class MaintenanceReply(serializers.Serializer[Any]):
    """A time for work on a component."""

    startedAt = InstantField()
    endsAt = InstantField()


class ComponentItemReply(serializers.Serializer[Any]):
    """Something an organization runs."""

    id = serializers.UUIDField()
    orgId = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_null=True)
    aliases = serializers.ListField(child=serializers.CharField())
    operationalStatus = serializers.ChoiceField(choices=Component.OperationalStatus.values)
    maintenanceWindow = MaintenanceReply(allow_null=True)
    groupLabel = serializers.CharField(allow_null=True)
    createdAt = InstantField()
    updatedAt = InstantField()


class ComponentsReply(serializers.Serializer[Any]):
    """A page of components, newest first."""

    components = ComponentItemReply(many=True)
    nextCursor = serializers.CharField(allow_null=True, help_text="Where the next page begins; null at the end.")


class ComponentViewSet(TenantViewSet):
    """What an organization runs, and incidents can affect. Components never change who is paged."""

    @operation("listComponents", query=PageQuery, gives=ComponentsReply)
    def list(self, request: Request) -> Response:
        """Components, newest first, a page at a time: send `nextCursor` back as `cursor` for the next one."""

        def fetch(after: Place, count: int) -> Sequence[Component]:
            return list(self._components().filter(behind(after)).order_by("-created_at", "-id")[:count])

        page = newest_first(
            fetch, list_name="components", organization_id=self.organization_id, **self.query(PageQuery)
        )
        return data({"components": [component_body(one) for one in page.rows], "nextCursor": page.next_cursor})

    @operation("createComponent", takes=ComponentChanges, gives=ComponentItemReply, status=201, raises=[NameConflict])
    def create(self, request: Request) -> Response:
        """Create a component; it is operational unless the body says otherwise."""
        component = services.create_component(
            organization_id=self.organization_id, now=clock.now(), **self.body(ComponentChanges)
        )
        return data(component_body(component), status=201)

    @operation("getComponent", gives=ComponentItemReply, tagged=True)
    def retrieve(self, request: Request, component_id: UUID) -> Response:
        """A component."""
        component = self._components().filter(pk=component_id).first()
        if component is None:
            raise NotFound.of("component")
        return data(component_body(component), etag=etag_of(component))

    @operation("updateComponent", takes=ComponentChanges, gives=ComponentItemReply, raises=[NameConflict])
    def partial_update(self, request: Request, component_id: UUID) -> Response:
        """Change what is sent; aliases are replaced as a whole. Incidents tell the new name at once."""
        component = services.update_component(
            organization_id=self.organization_id,
            component_id=component_id,
            if_match=self.if_match,
            now=clock.now(),
            **self.body(ComponentChanges, partial=True),
        )
        return data(component_body(component))

    @operation("deleteComponent", status=204)
    def destroy(self, request: Request, component_id: UUID) -> Response:
        """Delete a component. Incidents it affected go on telling its id and its last name."""
        services.delete_component(
            organization_id=self.organization_id, component_id=component_id, if_match=self.if_match, now=clock.now()
        )
        return gone()

    def _components(self) -> Any:
        return Component.objects.for_organization(self.organization_id).current()
