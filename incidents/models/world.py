"""What decisions looked at, kept so that every page can be explained."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import models

from accounts.models.tenancy import TenantModel, TenantQuerySet, tenant_identity


class RecordedWorld(TenantModel):
    """A plan and the part of the world it leads to, as decisions saw them (``escalation.domain.record``).

    Shared by every firing of the organization that saw the same: the id is a digest of the content, so that there is
    one row for it whoever writes first. Written, never changed; which format a record is of, it says itself.
    """

    id: models.UUIDField[UUID, UUID] = models.UUIDField(primary_key=True, editable=False)
    world = models.JSONField(help_text="Ids and times alone: no names, no addresses.")

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["id"]
        constraints = [tenant_identity("incidents_recordedworld_tenant")]

    def __str__(self) -> str:
        return str(self.id)
