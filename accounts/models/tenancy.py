"""What makes a row belong to an organization (design D11)."""

from __future__ import annotations

from typing import Any, Self

from django.db import models

from accounts.models.organization import Organization
from scaling.constraints import CompositeForeignKey
from scaling.models import UUIDModel


class TenantQuerySet(models.QuerySet[Any]):
    """Rows of organizations; every reader names which one."""

    def for_organization(self, organization_id: str) -> Self:
        """Keep the rows of one organization."""
        return self.filter(organization_id=organization_id)


class TenantModel(UUIDModel):
    """A row of one organization.

    A reference to another tenant row is a ``TenantForeignKey`` with its ``tenant_reference`` beside it in
    ``Meta.constraints``; the row referenced carries ``tenant_identity``.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True


class TenantForeignKey(models.ForeignKey[Any, Any]):
    """A reference to a row of the same organization.

    The database checks it through the composite key alone (``tenant_reference``): a second, plain foreign key
    would cost another look-up per row and say less. Indexes are declared by name, each with the query it serves.
    """

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        super().__init__(to, on_delete, **{"db_constraint": False, "db_index": False, "related_name": "+", **kwargs})


def tenant_reference(field: str, to: str, name: str) -> CompositeForeignKey:
    """Return the composite foreign key that guards a ``TenantForeignKey``."""
    return CompositeForeignKey(fields=["organization", field], to=to, to_fields=["organization", "pk"], name=name)


def tenant_identity(name: str) -> models.UniqueConstraint:
    """Return the unique constraint that composite foreign keys reference."""
    return models.UniqueConstraint(fields=["organization", "id"], name=name)


def unique_within(field: str, *, name: str) -> models.UniqueConstraint:
    """Return the constraint that no two rows of one organization say the same in ``field``.

    Its index says of all rows that it is of some, which keeps it out of what PostgreSQL does with references. What is
    in a unique index of all rows could be referenced, so changing it would lock the row against anything that names
    it: whoever renames a policy would hold up its incidents. And of a table that it knows nothing about, as when
    everything has just been imported, PostgreSQL would check references by an index that leads with the organization:
    each check would go through all rows there are.
    """
    return models.UniqueConstraint(
        fields=["organization", field], condition=models.Q(**{f"{field}__isnull": False}), name=name
    )
