"""Finding and locking what is to be changed, in one place so that no service forgets a step.

Editors of a policy, a schedule or working hours take ``FOR NO KEY UPDATE``: they exclude each other, and never an
incident that is triggered meanwhile, whose reference needs the key to stay. Only deleting takes the key itself
(invariant I24).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar
from uuid import UUID

from accounts.models.tenancy import TenantQuerySet
from escalation.models import Policy, Schedule, WorkingHours
from scaling.api.preconditions import require_match
from scaling.errors import NotFound

Row = TypeVar("Row", Policy, Schedule, WorkingHours)


def lock_to_change(model: type[Row], *, organization_id: str, row_id: UUID, if_match: str | None) -> Row:
    """Return the row, which nobody else changes before the transaction ends.

    Raises:
        NotFound: the organization has no such row, or it was deleted while this waited.
        PreconditionFailed: ``if_match`` does not name its current version.
    """
    return _found(model, model.objects.select_for_update(no_key=True), organization_id, row_id, if_match)


def lock_to_delete(model: type[Row], *, organization_id: str, row_id: UUID, if_match: str | None) -> Row:
    """Return the row, which nobody else changes or starts to reference before the transaction ends.

    Raises:
        NotFound: the organization has no such row.
        PreconditionFailed: ``if_match`` does not name its current version.
    """
    return _found(model, model.objects.select_for_update(), organization_id, row_id, if_match)


def lock_all_to_delete(model: type[Row], *, organization_id: str, row_ids: Collection[UUID]) -> TenantQuerySet:
    """Return the rows of the organization that have these ids, locked as ``lock_to_delete`` does, in one order."""
    rows = model.objects.for_organization(organization_id).filter(id__in=row_ids)
    list(rows.select_for_update().order_by("id").values_list("id"))
    return rows


def _found(model: type[Row], rows: TenantQuerySet, organization_id: str, row_id: UUID, if_match: str | None) -> Row:
    row: Row | None = rows.for_organization(organization_id).filter(id=row_id).first()
    if row is None:
        raise NotFound.of(str(model._meta.verbose_name))
    require_match(if_match, row)
    return row
